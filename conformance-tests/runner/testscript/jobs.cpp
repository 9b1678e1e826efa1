// SPDX-License-Identifier: Apache-2.0
#include "runner/testscript/jobs.h"

#include "base/text.h"
#include "runner/testscript/fixtures.h"
#include "runner/testscript/memory.h"

#include <algorithm>
#include <filesystem>
#include <list>
#include <memory>
#include <set>

namespace runner::testscript {

namespace {

using base::Fault;
namespace files = std::filesystem;

Case run_on(const Script& script, const Options& options, Bench& bench) {
    // Targets beside the bench's own have connections of their own, as long as the script runs.
    std::list<Client> clients;
    Setting setting{.destinations = {}, .judge = bench.judge, .clock = bench.clock, .options = options, .stopped = bench.stopped, .run = bench.run};
    setting.destinations.emplace(0, Destination{bench.target, [&](const Request& request) { return bench.client.ask(request); }});
    for (const auto& [index, target] : options.targets) {
        Client& client = clients.emplace_back(target, bench.clock);
        setting.destinations.emplace(index, Destination{target, [&client](const Request& request) { return client.ask(request); }});
    }
    return run(script, setting);
}

// A Case that only says that there is nothing to run, and why.
Job refused(const std::string& suite, const std::string& id, const std::string& file, const Fault& fault) {
    return {.suite = suite, .id = id, .run = [suite, id, file, fault](Bench& bench) {
                Case made{.suite = suite, .id = id, .title = id, .source = file, .begun = bench.clock.now()};
                Test test{.id = "script", .title = "the script can be read"};
                test.steps.push_back({.label = "read " + file, .verdict = verdict_of(fault), .message = fault.text, .where = fault.where});
                made.tests.push_back(std::move(test));
                return made;
            }};
}

bool has_ending(const files::path& path) {
    const std::string ending = base::lower(path.extension().string());
    return ending == ".json" || ending == ".xml";
}

std::vector<std::string> listed(const files::path& folder) {
    std::vector<std::string> found;
    std::error_code failed;
    for (auto at = files::recursive_directory_iterator(folder, failed); !failed && at != files::recursive_directory_iterator(); at.increment(failed))
        if (at->is_regular_file(failed) && has_ending(at->path())) found.push_back(at->path().string());
    std::sort(found.begin(), found.end());
    return found;
}

}  // namespace

Job job(const std::string& suite, Script script, const Options& options) {
    const auto shared = std::make_shared<const Script>(std::move(script));
    const std::string id = shared->id;
    return {.suite = suite, .id = id, .run = [suite, shared, options](Bench& bench) {
                Case made = run_on(*shared, options, bench);
                made.suite = suite;
                return made;
            }};
}

base::Result<Jobs> jobs(const std::string& suite, const std::vector<std::string>& files_or_folders, const Knowledge& knowledge, const Options& options) {
    Jobs made;
    std::set<std::string> ids;
    const auto take = [&](const std::string& file, bool must_be_one) {
        const files::path path(file);
        const auto bytes = read_file(file);
        if (bytes && !must_be_one && !is_script(*bytes)) return;
        std::string stem = path.stem().string();
        for (int again = 2; ids.contains(stem); ++again) stem = path.stem().string() + '-' + std::to_string(again);
        if (!bytes) {
            made.push_back(refused(suite, stem, file, bytes.fault()));
            ids.insert(stem);
            return;
        }
        auto script = read(*bytes, path.parent_path().string(), knowledge);
        if (!script) {
            made.push_back(refused(suite, stem, file, script.fault()));
            ids.insert(stem);
            return;
        }
        if (script->id.empty() || ids.contains(script->id)) script->id = stem;
        script->file = file;
        ids.insert(script->id);
        made.push_back(job(suite, *std::move(script), options));
    };
    for (const std::string& one : files_or_folders) {
        std::error_code failed;
        if (!files::exists(one, failed)) return Fault{Fault::Kind::missing, "there is no file " + one};
        if (!files::is_directory(one, failed)) take(one, true);
        else
            for (const std::string& file : listed(one)) take(file, false);
    }
    return made;
}

}  // namespace runner::testscript
