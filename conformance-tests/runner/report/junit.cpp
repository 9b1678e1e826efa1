// SPDX-License-Identifier: Apache-2.0
#include "runner/report/junit.h"

#include "runner/report/overview.h"

#include <fmt/format.h>

namespace runner::report {

namespace {

std::string seconds(base::Micros took) { return fmt::format("{:.3f}", static_cast<double>(took < 0 ? 0 : took) / 1e6); }

// The steps one below the other: what a build server shows when the test is opened.
std::string steps(const Test& test) {
    std::string text;
    for (const Step& step : test.steps) {
        text += fmt::format("[{}] {}", word(step.verdict), step.label);
        if (!step.message.empty()) text += ": " + step.message;
        if (!step.where.empty()) text += " (" + step.where + ")";
        text += '\n';
    }
    return text;
}

std::string testcase(const Case& one, const Test& test, std::string_view id) {
    std::string out = fmt::format("    <testcase classname=\"{}.{}\" name=\"{}\" time=\"{}\"", escaped(one.suite), escaped(one.id), escaped(id), seconds(test.took));
    const Verdict verdict = test.verdict();
    const Step* step = telling(test);
    std::string why = step ? step->message.empty() ? step->label : step->label + ": " + step->message : std::string("nothing to do");
    if (verdict == Verdict::limit) why = "beyond this program: " + why;
    switch (verdict) {
        case Verdict::pass: return out + "/>\n";
        case Verdict::warning: return out + fmt::format("><system-out>{}</system-out></testcase>\n", escaped(steps(test)));
        case Verdict::skip:
        case Verdict::limit: return out + fmt::format("><skipped message=\"{}\"/></testcase>\n", escaped(why));
        case Verdict::fail:
        case Verdict::error: break;
    }
    const std::string_view element = verdict == Verdict::fail ? "failure" : "error";
    const std::string text = (test.requirement.empty() ? std::string() : test.requirement + '\n') + steps(test);
    return out + fmt::format("><{0} message=\"{1}\" type=\"{2}\">{3}</{0}></testcase>\n", element, escaped(why), word(verdict), escaped(text));
}

bool went_wrong(const Test& test) { return !test.steps.empty() && test.verdict() >= Verdict::fail; }

}  // namespace

std::string junit(const Run& run) {
    std::string suites;
    std::size_t tests = 0, failures = 0, errors = 0, skipped = 0;
    for (const Case& one : run.cases) {
        Score counted = score(one);
        std::string cases;
        const auto beside = [&](const Test& test, std::string_view id) {
            if (!went_wrong(test)) return;
            cases += testcase(one, test, id);
            ++(test.verdict() == Verdict::fail ? counted.fail : counted.error);
        };
        beside(one.setup, "setup");
        for (const Test& test : one.tests) cases += testcase(one, test, test.id);
        beside(one.teardown, "teardown");
        suites += fmt::format("  <testsuite name=\"{}.{}\" tests=\"{}\" failures=\"{}\" errors=\"{}\" skipped=\"{}\" timestamp=\"{}\" time=\"{}\" hostname=\"{}\">\n{}  </testsuite>\n",
                              escaped(one.suite), escaped(one.id), counted.total(), counted.fail, counted.error, counted.skip + counted.limit,
                              base::instant(one.begun).substr(0, 19), seconds(one.took), escaped(run.base), cases);
        tests += counted.total();
        failures += counted.fail;
        errors += counted.error;
        skipped += counted.skip + counted.limit;
    }
    if (!run.cut_short.empty()) {  // a build must not take a part for the whole
        suites += fmt::format("  <testsuite name=\"run\" tests=\"1\" failures=\"0\" errors=\"1\" skipped=\"0\" time=\"0.000\">\n"
                              "    <testcase classname=\"run\" name=\"to-its-end\" time=\"0.000\"><error message=\"{}\" type=\"error\"/></testcase>\n  </testsuite>\n",
                              escaped(run.cut_short));
        ++tests;
        ++errors;
    }
    return fmt::format("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"{}\" tests=\"{}\" failures=\"{}\" errors=\"{}\" skipped=\"{}\" time=\"{}\">\n{}</testsuites>\n",
                       escaped(run.base), tests, failures, errors, skipped, seconds(run.took), suites);
}

}  // namespace runner::report
