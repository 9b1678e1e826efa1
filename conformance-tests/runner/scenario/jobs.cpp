// SPDX-License-Identifier: Apache-2.0
#include "runner/scenario/jobs.h"

#include "runner/scenario/parse.h"
#include "runner/scenario/run.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace runner::scenario {

namespace {

using base::Fault;
namespace files = std::filesystem;

base::Result<std::string> content(const files::path& path) {
    std::ifstream file(path, std::ios::binary);
    if (!file) return Fault{Fault::Kind::missing, "there is no file " + path.string()};
    return std::string(std::istreambuf_iterator<char>(file), {});
}

base::Result<std::vector<files::path>> all(const std::vector<std::string>& paths) {
    std::vector<files::path> found;
    for (const std::string& path : paths) {
        std::error_code ignored;
        if (!files::is_directory(path, ignored)) {
            found.emplace_back(path);
            continue;
        }
        std::vector<files::path> within;
        for (const auto& entry : files::directory_iterator(path, ignored))
            if (entry.path().extension() == ".scenario") within.push_back(entry.path());
        std::sort(within.begin(), within.end());
        std::move(within.begin(), within.end(), std::back_inserter(found));
    }
    return found;
}

}  // namespace

base::Result<Jobs> jobs(const std::string& suite, const std::vector<std::string>& paths) {
    TRY(const auto found, all(paths));
    const auto offered = std::make_shared<Offered>();
    Jobs made;
    for (const files::path& path : found) {
        TRY(const std::string text, content(path));
        TRY(Scenario read, parse(text, path.filename().string()));
        const auto scenario = std::make_shared<const Scenario>(std::move(read));
        const std::string id = path.stem();
        made.push_back({suite, id, [scenario, offered, suite, id](Bench& bench) { return run(*scenario, suite, id, bench, *offered); }});
    }
    return made;
}

}  // namespace runner::scenario
