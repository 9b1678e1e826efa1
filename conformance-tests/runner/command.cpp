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

#include <unistd.h>

namespace runner {

namespace {

using base::Fault;

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

// Who answers. unavailable: nobody does, or nobody who speaks FHIR.
base::Result<Described> ask_who(Client& client, const Judge& judge) {
    const Exchange exchange = client.ask({.url = "/metadata"});
    const std::string& base = client.target().base;
    if (exchange.response.status == 0) return Fault{Fault::Kind::unavailable, base + " does not answer: " + exchange.fault};
    if (exchange.response.status != 200) return Fault{Fault::Kind::unavailable, fmt::format("{}/metadata answers {}", base, exchange.response.status)};
    const auto read = judge.knowledge().read(exchange.response.body);
    if (!read || read->root().resource_type() != std::string_view("CapabilityStatement"))
        return Fault{Fault::Kind::unavailable, base + "/metadata is no CapabilityStatement"};
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

std::size_t count(const std::vector<Suite>& suites) {
    std::size_t cases = 0;
    for (const Suite& suite : suites) cases += suite.jobs.size() + (suite.before ? 1 : 0) + (suite.after ? 1 : 0);
    return cases;
}

// What nobody counts as a test but must be known: what was made and could not be removed.
void say_what_stayed(const Run& run) {
    for (const Case& one : run.cases)
        for (const Step& step : one.teardown.steps)
            if (step.verdict >= Verdict::fail) fmt::print(stderr, "andiron test: left behind by {}/{}: {}: {}\n", one.suite, one.id, step.label, step.message);
}

// The reports that were asked for. True when all is as it should be: with a scoreboard, as it stands there; without, nothing failed.
base::Result<bool> deliver(const Run& run, const Arguments& arguments, const Knowledge& knowledge) {
    if (!arguments.report.empty()) {
        TRY(report::write(run, arguments.report, knowledge));
        fmt::print("report: {}/index.html\n", arguments.report);
    }
    if (arguments.scoreboard.empty()) return report::verdict(run) < Verdict::fail;
    auto read = report::read_scoreboard(arguments.scoreboard);
    if (arguments.record && (read || read.fault().kind == Fault::Kind::missing)) {
        TRY(report::write_scoreboard(arguments.scoreboard, report::updated(run, read ? *std::move(read) : report::Scoreboard())));
        return true;
    }
    TRY(const auto board, std::move(read));
    const auto compared = report::compare(run, board, arguments.only.empty() && arguments.files.empty());
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

    Client client(arguments->target, clock);
    Run run{.base = arguments->target.base};
    const auto described = ask_who(client, judge);
    if (!described) return refuse(described.fault());
    run.target = *described;
    fmt::print("{} is {}\n", run.base, spelled(run.target));

    // Beginning with a letter, since some servers take no id of digits alone from a client.
    Bench bench{.target = arguments->target, .client = client, .judge = judge, .clock = clock, .run = 't' + base::hex(base::random_bytes(5))};
    run.begun = clock.now();
    bool interrupted = false;
    {
        const Interrupt interrupt;
        Progress progress(stdout, ::isatty(STDOUT_FILENO) == 1, count(*suites));
        run.cases = execute(*suites, bench, progress, Interrupt::came);
        interrupted = Interrupt::came();
    }
    run.took = clock.now() - run.begun;

    say_what_stayed(run);
    fmt::print("\n{}", report::terminal(run));
    if (interrupted) fmt::print("interrupted; what had been made was removed\n");
    const auto good = deliver(run, *arguments, **knowledge);
    if (!good) return refuse(good.fault());
    return *good && !interrupted ? 0 : 1;
}

}  // namespace runner
