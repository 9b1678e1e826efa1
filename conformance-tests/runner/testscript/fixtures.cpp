// SPDX-License-Identifier: Apache-2.0
#include "runner/testscript/fixtures.h"

#include "base/text.h"
#include "fhir/codec/json.h"

#include <filesystem>
#include <fstream>

#include <fmt/format.h>

namespace runner::testscript {

namespace {

using base::Fault;
namespace files = std::filesystem;

constexpr std::uintmax_t largest = std::uintmax_t{256} << 20;

// "Patient/example" of "http://host/fhir/Patient/example/_history/2"; empty when it does not end so.
std::string type_and_id(std::string_view url) {
    url = base::cut(base::cut(url, '?').first, '|').first;
    if (const auto history = url.find("/_history/"); history != std::string_view::npos) url = url.substr(0, history);
    const auto parts = base::split(url, '/');
    if (parts.size() < 2) return {};
    const std::string_view type = parts[parts.size() - 2], id = parts.back();
    if (type.empty() || type[0] < 'A' || type[0] > 'Z' || id.empty()) return {};
    return fmt::format("{}/{}", type, id);
}

std::vector<std::string> names(const std::string& reference) {
    std::vector<std::string> stems{reference};
    const auto [type, id] = base::cut(reference, '/');
    if (!id.empty() && id.find('/') == std::string_view::npos && !type.empty() && type[0] >= 'A' && type[0] <= 'Z') {
        stems.push_back(fmt::format("{}-{}", type, id));
        stems.push_back(fmt::format("{}-{}", base::lower(type), id));
    }
    std::vector<std::string> all;
    for (const std::string& stem : stems)
        for (const char* ending : {"", ".json", ".xml"}) all.push_back(stem + ending);
    return all;
}

base::Result<std::string> contained(const Script& script, std::string_view id) {
    if (script.document)
        for (const fhir::View child : script.document->root().children())
            if (child.name_text() == "contained" && child.child("id").text() == id) return fhir::codec::to_json(child);
    return Fault{Fault::Kind::missing, fmt::format("the script contains no resource {}", id)};
}

}  // namespace

base::Result<std::string> read_file(const std::string& path) {
    std::error_code failed;
    const auto size = files::file_size(path, failed);
    if (failed || !files::is_regular_file(path, failed)) return Fault{Fault::Kind::missing, "there is no file " + path};
    if (size > largest) return Fault{Fault::Kind::too_large, path + " is larger than 256 MiB"};
    std::ifstream in(path, std::ios::binary);
    std::string bytes(static_cast<std::size_t>(size), '\0');
    if (!in.read(bytes.data(), static_cast<std::streamsize>(bytes.size()))) return Fault{Fault::Kind::missing, path + " cannot be read"};
    return bytes;
}

base::Result<std::string> content(const Script& script, const std::string& reference, const std::vector<std::string>& more, const Knowledge* knowledge) {
    if (reference.starts_with('#')) return contained(script, std::string_view(reference).substr(1));
    const bool url = reference.find("://") != std::string::npos || reference.starts_with("urn:");
    const std::string wanted = url ? type_and_id(reference) : std::string(base::cut(reference, '|').first);
    const files::path own = script.folder.empty() ? "." : script.folder;
    std::vector<files::path> folders{own, own / "fixtures", own / "..", own / ".." / "fixtures"};
    folders.insert(folders.end(), more.begin(), more.end());
    if (!wanted.empty())
        for (const files::path& folder : folders)
            for (const std::string& name : names(wanted)) {
                std::error_code ignored;
                if (const files::path file = folder / name; files::is_regular_file(file, ignored)) return read_file(file.string());
            }
    if (url && knowledge != nullptr)
        if (const auto found = knowledge->library().find(base::cut(wanted, '/').first, reference)) return fhir::codec::to_json(found->document->root());
    if (url) return Fault{Fault::Kind::unsupported, reference + " lies elsewhere, and fixtures are not fetched"};
    return Fault{Fault::Kind::missing, fmt::format("{} is not beside the script; --fixtures says where else to look", reference.empty() ? "a fixture without a reference" : reference)};
}

}  // namespace runner::testscript
