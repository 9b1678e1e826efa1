// SPDX-License-Identifier: Apache-2.0
#include "runner/command.h"

#include "base/crypto.h"
#include "runner/arguments.h"
#include "runner/execute.h"
#include "runner/interrupt.h"
#include "runner/plan.h"
#include "runner/progress.h"
#include "runner/report/overview.h"
#include "runner/report/scoreboard.h"
#include "runner/report/terminal.h"
#include "runner/report/write.h"

#include <fmt/format.h>

#include <cstdio>
#include <filesystem>

#include <sys/ioctl.h>
#include <unistd.h>

namespace runner {

namespace {

using base::Fault;

// A run of a server that has gone would take a patience for every test.
constexpr int most_unanswered = 10;

int refuse(const Fault& fault) {
    fmt::print(stderr, "andiron test: {}\n", fault.text);
    if (fault.kind == Fault::Kind::unsupported) {
        fmt::print(stderr, "See andiron test --help.\n");
        return 64;
    }
    return fault.kind == Fault::Kind::missing ? 66 : fault.kind == Fault::Kind::unavailable ? 69 : 65;
}

void list(const std::vector<Suite>& suites) {
    for (const Suite& suite : suites) {
        fmt::print("{}: {}\n", suite.name, suite.about);
        for (const Job& job : suite.jobs) fmt::print("  {}\n", job.id);
    }
}

// What to do about a status that is not 200.
std::string advice(const Response& answer, const std::string& said) {
    std::string text = said.empty() ? std::string() : " (" + said + ")";
    if (answer.status == 401 || answer.status == 403) return text + "; --auth gives what it asks for";
    if (const std::string* place = answer.field("Location"); place != nullptr && answer.status / 100 == 3) return text + ": it has moved to " + *place;
    return answer.status == 404 ? text + "; is this the base of its FHIR endpoint?" : text;
}

// Requests that were refused for want of a permission, when they are many.
std::string refusals(const Run& run) {
    std::size_t all = 0, refused = 0;
    const auto count = [&](const Test& test) {
        for (const Step& step : test.steps) {
            if (!step.exchange || step.exchange->response.status == 0) continue;
            ++all;
            if (step.exchange->response.status == 401 || step.exchange->response.status == 403) ++refused;
        }
    };
    for (const Case& one : run.cases) {
        count(one.setup);
        for (const Test& test : one.tests) count(test);
    }
    if (refused * 4 < all || refused == 0) return {};
    return fmt::format("{} of {} requests were answered with 401 or 403: --auth gives what the server asks for\n", refused, all);
}

// Who answers. unavailable: nobody does, or nobody who speaks FHIR.
base::Result<Described> ask_who(Client& client, const Judge& judge) {
    const Exchange exchange = client.ask({.url = "/metadata"});
    const std::string& base = client.target().base;
    const Response& answer = exchange.response;
    if (answer.status == 0) return Fault{Fault::Kind::unavailable, base + " does not answer: " + exchange.fault};
    const auto read = judge.knowledge().read(answer.body);
    if (answer.status != 200) return Fault{Fault::Kind::unavailable, fmt::format("{}/metadata answers {}{}", base, answer.status, advice(answer, read ? complaint(read->root()) : std::string()))};
    if (!read || read->root().resource_type() != std::string_view("CapabilityStatement")) {
        const std::string* type = answer.field("Content-Type");
        return Fault{Fault::Kind::unavailable, fmt::format("{}/metadata is no CapabilityStatement{}: {}", base, type != nullptr ? " but " + *type : std::string(),
                                                           read ? "it is a " + std::string(read->root().resource_type()) : read.fault().text)};
    }
    const fhir::View statement = read->root();
    const fhir::View software = statement.child("software");
    return Described{.software = std::string(software.child("name").text()), .version = std::string(software.child("version").text()),
                     .fhir_version = std::string(statement.child("fhirVersion").text()), .name = std::string(statement.child("name").text())};
}

std::string spelled(const Described& target) {
    std::string said = target.software.empty() ? target.name : target.software + (target.version.empty() ? "" : ' ' + target.version);
    if (said.empty()) said = "a server without a name";
    return said + (target.fhir_version.empty() ? "" : ", FHIR " + target.fhir_version);
}

// Of the terminal; 0: it is none, or does not say.
std::size_t columns() {
    winsize size{};
    return ::isatty(STDOUT_FILENO) == 1 && ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 ? size.ws_col : 0U;
}

std::size_t count(const std::vector<Suite>& suites) {
    std::size_t cases = 0;
    for (const Suite& suite : suites) cases += suite.jobs.size() + (suite.before ? 1 : 0) + (suite.after ? 1 : 0);
    return cases;
}

// What nobody counts as a test but must be known: what was made and could not be removed.
bool something_stayed(const Run& run) {
    bool stayed = false;
    for (const Case& one : run.cases)
        for (const Step& step : one.teardown.steps)
            if (step.verdict >= Verdict::fail) {
                fmt::print(stderr, "andiron test: left behind by {}/{}: {}: {}\n", one.suite, one.id, step.label, step.message);
                stayed = true;
            }
    return stayed;
}

// The scoreboard that was asked for, empty when none was; before the run, so that nobody waits for it in vain.
base::Result<report::Scoreboard> scoreboard(const Arguments& arguments) {
    if (arguments.scoreboard.empty()) return report::Scoreboard();
    auto read = report::read_scoreboard(arguments.scoreboard);
    if (!read && arguments.record && read.fault().kind == Fault::Kind::missing) return report::Scoreboard();
    return read;
}

base::Result<void> report_folder(const std::string& folder) {
    if (folder.empty()) return {};
    std::error_code failed;
    std::filesystem::create_directories(folder, failed);
    if (!failed && ::access(folder.c_str(), W_OK) == 0) return {};
    return Fault{Fault::Kind::missing, "--report: nothing can be written into " + folder + (failed ? ": " + failed.message() : std::string())};
}

// The reports that were asked for. True when all is as it should be: with a scoreboard, as it stands there; without, nothing failed.
base::Result<bool> deliver(const Run& run, const Arguments& arguments, const report::Scoreboard& board, const Knowledge& knowledge, bool cut_short) {
    if (!arguments.report.empty()) {
        TRY(report::write(run, arguments.report, knowledge));
        fmt::print("report: {}/index.html\n", arguments.report);
    }
    if (cut_short) return false;
    if (arguments.scoreboard.empty()) return report::verdict(run) < Verdict::fail;
    const bool whole = arguments.only.empty() && arguments.files.empty();
    if (arguments.record) {
        TRY(report::write_scoreboard(arguments.scoreboard, report::updated(run, board, whole)));
        return true;
    }
    const auto compared = report::compare(run, board, whole);
    fmt::print("{}", compared.text());
    return compared.good();
}

}  // namespace

int command(const std::vector<std::string>& words, Sources sources, const base::Clock& clock) {
    const auto arguments = read(words);
    if (!arguments) return refuse(arguments.fault());
    if (arguments->help) {
        fmt::print("{}", usage);
        return 0;
    }
    sources.packages.insert(sources.packages.end(), arguments->packages.begin(), arguments->packages.end());
    const auto knowledge = Knowledge::open(sources);
    if (!knowledge) return refuse(knowledge.fault());
    const Judge judge(**knowledge, clock);
    const auto suites = plan({.arguments = *arguments, .sources = sources, .judge = judge});
    if (!suites) return refuse(suites.fault());
    if (suites->empty()) return refuse({Fault::Kind::unsupported, "there is nothing to run"});
    if (arguments->list) {
        list(*suites);
        return 0;
    }

    const auto board = scoreboard(*arguments);
    if (!board) return refuse(board.fault());
    if (const auto folder = report_folder(arguments->report); !folder) return refuse(folder.fault());
    Client client(arguments->target, clock);
    Run run{.base = arguments->target.base};
    const auto described = ask_who(client, judge);
    if (!described) return refuse(described.fault());
    run.target = *described;
    fmt::print("{} is {}\n", run.base, spelled(run.target));
    if (!run.target.fhir_version.starts_with("4.0")) fmt::print(stderr, "andiron test: it does not say that it speaks FHIR R4 (4.0), which is what it is judged by\n");

    // Beginning with a letter, since some servers take no id of digits alone from a client.
    Bench bench{.target = arguments->target, .client = client, .judge = judge, .clock = clock, .run = 't' + base::hex(base::random_bytes(5))};
    bench.stopped = [&client]() -> std::string {
        if (Interrupt::came()) return "interrupted";
        return client.unanswered() < most_unanswered ? std::string() : fmt::format("the last {} requests were not answered", client.unanswered());
    };
    run.begun = clock.now();
    std::string ended;
    {
        const Interrupt interrupt;
        Progress progress(stdout, ::isatty(STDOUT_FILENO) == 1, count(*suites), columns());
        run.cases = execute(*suites, bench, progress, [&] {
            if (ended.empty()) ended = bench.why_stopped();
            return !ended.empty();
        });
        if (ended.empty()) ended = bench.why_stopped();
    }
    run.took = clock.now() - run.begun;

    const bool stayed = something_stayed(run);
    fmt::print("\n{}", report::terminal(run, columns()));
    fmt::print("{}", refusals(run));
    if (!ended.empty()) fmt::print("{} after {} of {} cases; {}\n", ended == "interrupted" ? ended : "stopped: " + ended, run.cases.size(), count(*suites),
                                        stayed ? "not all of what had been made could be removed" : "what had been made was removed");
    const auto good = deliver(run, *arguments, *board, **knowledge, !ended.empty());
    if (!good) return refuse(good.fault());
    return *good ? 0 : 1;
}

}  // namespace runner
