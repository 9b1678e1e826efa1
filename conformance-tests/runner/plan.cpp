// SPDX-License-Identifier: Apache-2.0
#include "runner/plan.h"

#include "base/text.h"
#include "runner/scenario/jobs.h"
#include "runner/testscript/jobs.h"
#include "runner/us_core/jobs.h"

#include <algorithm>
#include <filesystem>
#include <functional>

namespace runner {

namespace {

using base::Fault;
namespace files = std::filesystem;

// A suite by its name, and what makes its jobs.
struct Listed {
    const char* name;
    const char* about;
    base::Result<Suite> (*make)(const Ground& ground, Suite suite);
};

// All scenarios of the folder that has the suite's name.
base::Result<Suite> scenarios(const Ground& ground, Suite suite) {
    TRY(suite.jobs, scenario::jobs(suite.name, {ground.sources.suites + "/scenarios/" + suite.name}));
    return suite;
}

base::Result<Suite> us_core(const Ground& ground, Suite suite) {
    TRY(auto prepared, us_core::jobs(ground.judge.knowledge(), suite.name, ground.sources.suites + "/fixtures/us-core"));
    suite.jobs = std::move(prepared.jobs);
    suite.before = std::move(prepared.before);
    suite.after = std::move(prepared.after);
    return suite;
}

base::Result<Suite> test_scripts(const Ground& ground, Suite suite) {
    TRY(suite.jobs, testscript::jobs(suite.name, {ground.sources.suites + "/testscripts"}, ground.judge.knowledge(), ground.arguments.scripts));
    return suite;
}

constexpr Listed listed[] = {
    {"rest", "every interaction, conditional and versioned, batch and transaction, formats and errors", scenarios},
    {"search", "parameters of each type, modifiers, prefixes, chains, includes, sorting, pages", scenarios},
    {"validation", "$validate, and writes that must be refused", scenarios},
    {"operations", "the operations that the CapabilityStatement names", scenarios},
    {"gateway", "HL7 v2 over MLLP, and what of it is found in FHIR; needs --mllp", scenarios},
    {"testscript", "FHIR TestScripts: writes, conditions, search, history, transactions, patches, formats, refusals", test_scripts},
    {"us-core", "US Core 6.1.0: profiles, searches, must-support elements; needs --package", us_core},
};

bool contains(std::string_view text, std::string_view word) { return base::lower(text).find(base::lower(word)) != std::string::npos; }

void keep_only(Suite& suite, const std::string& word) {
    if (!word.empty()) std::erase_if(suite.jobs, [&](const Job& job) { return !contains(job.suite + '/' + job.id, word); });
}

// Files and folders named on the command line: each folder is a suite.
base::Result<std::vector<Suite>> from_files(const Ground& ground) {
    std::vector<Suite> suites;
    for (const std::string& file : ground.arguments.files) {
        std::error_code ignored;
        const files::path path = files::absolute(file, ignored).lexically_normal();
        if (!files::exists(path, ignored)) return Fault{Fault::Kind::missing, "there is no file " + file};
        files::path folder = files::is_directory(path, ignored) ? path : path.parent_path();
        if (folder.filename().empty()) folder = folder.parent_path();
        const std::string name = folder.filename();
        auto suite = std::find_if(suites.begin(), suites.end(), [&](const Suite& one) { return one.name == name; });
        if (suite == suites.end()) suite = suites.insert(suites.end(), Suite{.name = name, .about = "from the command line"});
        const auto extension = path.extension();
        const bool both = files::is_directory(path, ignored);
        if (both || extension == ".scenario") {
            TRY(Jobs found, scenario::jobs(name, {path.string()}));
            std::move(found.begin(), found.end(), std::back_inserter(suite->jobs));
        }
        if (both || extension == ".json" || extension == ".xml") {
            TRY(Jobs found, testscript::jobs(name, {path.string()}, ground.judge.knowledge(), ground.arguments.scripts));
            std::move(found.begin(), found.end(), std::back_inserter(suite->jobs));
        } else if (extension != ".scenario") {
            return Fault{Fault::Kind::malformed, file + " is no .scenario and no TestScript (.json, .xml)"};
        }
    }
    return suites;
}

}  // namespace

std::vector<std::string> suite_names() {
    std::vector<std::string> names;
    for (const Listed& one : listed) names.emplace_back(one.name);
    return names;
}

base::Result<std::vector<Suite>> plan(const Ground& ground) {
    const Arguments& wanted = ground.arguments;
    const auto names = suite_names();
    for (const std::string& name : wanted.suites)
        if (std::find(names.begin(), names.end(), name) == names.end()) {
            std::string known;
            for (const std::string& one : names) known += (known.empty() ? "" : ", ") + one;
            return Fault{Fault::Kind::unsupported, "there is no suite " + name + "; there are " + known};
        }
    TRY(std::vector<Suite> suites, from_files(ground));
    for (const Listed& one : listed) {
        const bool named = std::find(wanted.suites.begin(), wanted.suites.end(), one.name) != wanted.suites.end();
        if (!named && !(wanted.suites.empty() && wanted.files.empty())) continue;
        TRY(Suite made, one.make(ground, Suite{.name = one.name, .about = one.about}));
        suites.push_back(std::move(made));
    }
    std::erase_if(suites, [](const Suite& suite) { return suite.jobs.empty(); });
    if (suites.empty()) {
        std::string where;
        for (const std::string& one : wanted.files) where += (where.empty() ? "" : ", ") + one;
        return Fault{Fault::Kind::missing, "there is no .scenario and no TestScript in " + where};
    }
    for (Suite& suite : suites) keep_only(suite, wanted.only);
    std::erase_if(suites, [](const Suite& suite) { return suite.jobs.empty(); });
    if (suites.empty()) return Fault{Fault::Kind::unsupported, "no case has a name that contains " + wanted.only + "; --list says what there is"};
    return suites;
}

}  // namespace runner
