// SPDX-License-Identifier: Apache-2.0
#include "app/packages.h"

#include "fhir/definition/compile_package.h"
#include "fhir/definition/version.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>

#include <fcntl.h>
#include <unistd.h>

namespace app {

namespace {

using base::Fault;
namespace files = std::filesystem;

constexpr std::string_view ending = ".archive";

files::path folder_of(const std::string& data) { return files::path(data) / "packages"; }

// Names come out of the package itself: none may lead anywhere.
bool fit_for_a_file(std::string_view text) {
    return !text.empty() && text.size() <= 128 && text.front() != '.' && std::all_of(text.begin(), text.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '_' || c == '+' || c == '#';
    });
}

Fault failed(const files::path& path) { return {Fault::Kind::unavailable, "cannot write " + path.string() + ": " + std::strerror(errno)}; }

// On disk before it has its name.
base::Result<void> write_whole(const files::path& path, std::string_view bytes) {
    const files::path unfinished = path.string() + ".new";
    const int file = ::open(unfinished.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (file < 0) return failed(unfinished);
    while (!bytes.empty()) {
        const ssize_t written = ::write(file, bytes.data(), bytes.size());
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) {
            const Fault fault = failed(unfinished);
            ::close(file);
            return fault;
        }
        bytes.remove_prefix(static_cast<std::size_t>(written));
    }
    const bool safe = ::fsync(file) == 0;
    if (::close(file) != 0 || !safe || ::rename(unfinished.c_str(), path.c_str()) != 0) return failed(path);
    const int folder = ::open(path.parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    const bool named = folder >= 0 && ::fsync(folder) == 0;
    if (folder >= 0) ::close(folder);
    if (!named) return failed(path);
    return {};
}

}  // namespace

std::vector<InstalledPackage> installed_packages(const std::string& data) {
    std::vector<InstalledPackage> found;
    std::error_code problem;
    for (files::directory_iterator at(folder_of(data), problem), end; !problem && at != end; at.increment(problem)) {
        const std::string name = at->path().filename().string();
        if (name.ends_with(ending) && name.size() > ending.size()) found.push_back({name.substr(0, name.size() - ending.size()), at->path().string()});
    }
    // Several versions of one package: the older first.
    std::sort(found.begin(), found.end(), [](const InstalledPackage& a, const InstalledPackage& b) {
        const auto [name_a, version_a] = std::pair(a.label.substr(0, a.label.find('#')), a.label.substr(std::min(a.label.size(), a.label.find('#'))));
        const auto [name_b, version_b] = std::pair(b.label.substr(0, b.label.find('#')), b.label.substr(std::min(b.label.size(), b.label.find('#'))));
        return name_a != name_b ? name_a < name_b : fhir::definition::compare_versions(version_a, version_b) < 0;
    });
    return found;
}

base::Result<fhir::definition::PackageFacts> install_package(const std::string& data, const std::string& package, fhir::definition::Library& library) {
    TRY(const std::string bytes, fhir::definition::compile_package(package, library.schema(), 6));
    TRY(const auto archive, fhir::definition::Archive::read(bytes));
    const std::string label = archive.packages().front().label();
    if (!fit_for_a_file(label)) return Fault{Fault::Kind::invalid, "the package is refused: its name or version holds characters that a file name may not hold"};
    std::error_code problem;
    files::create_directories(folder_of(data), problem);
    if (problem) return Fault{Fault::Kind::unavailable, "cannot make the folder " + folder_of(data).string() + ": " + problem.message()};
    const files::path path = folder_of(data) / (label + std::string(ending));
    TRY(write_whole(path, bytes));
    return library.add_archive(path.string());
}

base::Result<void> remove_package(const std::string& data, const std::string& label) {
    std::error_code problem;
    if (!fit_for_a_file(label) || !files::remove(folder_of(data) / (label + std::string(ending)), problem))
        return Fault{Fault::Kind::missing, problem ? "cannot remove " + label + ": " + problem.message() : label + " is not installed"};
    return {};
}

base::Findings load_packages(const std::string& data, fhir::definition::Library& library) {
    base::Findings findings;
    for (const InstalledPackage& package : installed_packages(data)) {
        const auto facts = library.add_archive(package.path);
        if (!facts) {
            findings.push_back({base::Severity::error, base::IssueType::not_found, package.label, facts.fault().text + "; or add the package again"});
            continue;
        }
        for (const std::string& missing : facts->missing)
            findings.push_back({base::Severity::warning, base::IssueType::not_found, package.label, "it depends on " + missing + ", which is not installed"});
    }
    return findings;
}

}  // namespace app
