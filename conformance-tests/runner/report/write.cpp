// SPDX-License-Identifier: Apache-2.0
#include "runner/report/write.h"

#include "fhir/codec/json.h"
#include "runner/report/html.h"
#include "runner/report/junit.h"
#include "runner/report/test_report.h"

#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <set>

namespace runner::report {

namespace {

namespace fs = std::filesystem;

base::Result<void> put(const fs::path& file, std::string_view text) {
    std::ofstream out(file, std::ios::binary | std::ios::trunc);
    out << text;
    out.close();
    if (!out) return base::Fault{base::Fault::Kind::unavailable, "cannot write " + file.string()};
    return {};
}

// Fit for a file's name on any system, and not used before.
std::string file_name(const Case& one, std::set<std::string>& used) {
    std::string name = "TestReport-" + one.suite + '-' + one.id;
    for (char& byte : name) {
        const bool good = (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || (byte >= '0' && byte <= '9') || byte == '-' || byte == '_' || byte == '.';
        if (!good) byte = '_';
    }
    if (name.size() > 150) name.resize(150);
    std::string chosen = name;
    for (int more = 2; !used.insert(chosen).second; ++more) chosen = fmt::format("{}-{}", name, more);
    return chosen + ".json";
}

}  // namespace

base::Result<void> write(const Run& run, const std::string& folder, const Knowledge& knowledge) {
    std::error_code failed;
    fs::create_directories(folder, failed);
    if (failed) return base::Fault{base::Fault::Kind::unavailable, "cannot make the folder " + folder + ": " + failed.message()};
    for (const auto& entry : fs::directory_iterator(folder, failed)) {
        const std::string name = entry.path().filename().string();
        if (!name.starts_with("TestReport-") || !name.ends_with(".json")) continue;
        std::error_code ignored;
        fs::remove(entry.path(), ignored);
    }
    TRY(put(fs::path(folder) / "index.html", html(run, knowledge)));
    TRY(put(fs::path(folder) / "junit.xml", junit(run)));
    std::set<std::string> used;
    for (const Case& one : run.cases) {
        const fhir::Document report = test_report(run, one, knowledge);
        TRY(put(fs::path(folder) / file_name(one, used), fhir::codec::to_pretty_json(report.root()) + '\n'));
    }
    return {};
}

}  // namespace runner::report
