// SPDX-License-Identifier: Apache-2.0
#include "runner/report/test_report.h"

#include "base/text.h"
#include "fhir/tree/builder.h"
#include "runner/report/overview.h"

#include <fmt/format.h>

namespace runner::report {

namespace {

// What is empty is not written: FHIR has no empty strings.
class Writer {
public:
    explicit Writer(const fhir::Names& names) : build_(names) {}

    void resource(std::string_view type) { build_.resource(type); }
    void open(std::string_view name, bool list = false) { build_.open(build_.name(name), list); }
    void close() { build_.close(); }
    void text(std::string_view name, std::string_view value) {
        std::string good;  // FHIR's string: no control characters but tab and line ends, no white space alone
        for (const char byte : base::valid_utf8(value) ? value : std::string_view("(not UTF-8)"))
            good += static_cast<unsigned char>(byte) < 0x20 && byte != '\n' && byte != '\t' ? ' ' : byte;
        if (!base::trim(good).empty()) build_.value(build_.name(name), base::trim(good));
    }
    void number(std::string_view name, std::string_view digits) { build_.value(build_.name(name), digits, fhir::Kind::number); }
    fhir::Document finish() { return std::move(build_).finish(); }

private:
    fhir::Builder build_;
};

// http://hl7.org/fhir/report-action-result-codes has no word for what the program cannot do.
std::string_view action_result(Verdict verdict) { return verdict == Verdict::limit ? "skip" : word(verdict); }

void action(Writer& writer, const Step& step, bool only_operations) {
    writer.open("action", true);
    const bool operation = only_operations || step.kind == Step::Kind::operation;
    writer.open(operation ? "operation" : "assert");
    writer.text("result", action_result(step.verdict));
    std::string message = step.verdict == Verdict::limit ? "beyond this program: " + step.label : step.label;
    if (!step.message.empty()) message += ": " + step.message;
    writer.text("message", message);
    if (!operation) writer.text("detail", step.where);
    writer.close();
    writer.close();
}

void actions(Writer& writer, const Test& test, bool only_operations = false) {
    for (const Step& step : test.steps) action(writer, step, only_operations);
}

void participant(Writer& writer, std::string_view type, std::string_view uri, std::string_view display) {
    writer.open("participant", true);
    writer.text("type", type);
    writer.text("uri", uri);
    writer.text("display", display);
    writer.close();
}

}  // namespace

fhir::Document test_report(const Run& run, const Case& one, const Knowledge& knowledge) {
    const Score counted = score(one);
    const std::size_t good = counted.pass + counted.warning;
    const std::size_t tried = good + counted.fail + counted.error;
    const Verdict verdict = one.verdict();

    Writer writer(knowledge.schema().names());
    writer.resource("TestReport");
    writer.open("identifier");
    writer.text("system", "urn:ietf:rfc:3986");
    writer.text("value", fmt::format("{}#{}/{}@{}", run.base, one.suite, one.id, base::instant(one.begun)));
    writer.close();
    writer.text("name", fmt::format("{}/{}", one.suite, one.id));
    writer.text("status", "completed");
    writer.open("testScript");
    if (!one.script.empty()) writer.text("reference", one.script);
    writer.text("display", one.source.empty() ? one.suite + '/' + one.id : one.source);
    writer.close();
    writer.text("result", verdict >= Verdict::fail ? "fail" : tried == 0 ? "pending" : "pass");
    if (tried > 0) writer.number("score", fmt::format("{:.1f}", 100.0 * static_cast<double>(good) / static_cast<double>(tried)));
    writer.text("tester", "Andiron conformance tests");
    writer.text("issued", base::instant(one.begun + one.took));
    const std::string server = server_name(run.target);
    participant(writer, "test-engine", "urn:andiron:conformance-tests", "Andiron conformance tests");
    participant(writer, "server", run.base, server.empty() ? run.base : server);
    if (!one.setup.steps.empty()) {
        writer.open("setup");
        actions(writer, one.setup);
        writer.close();
    }
    for (const Test& test : one.tests) {
        if (test.steps.empty()) continue;  // a test has at least one action
        writer.open("test", true);
        writer.text("name", test.id);
        std::string description = test.title;
        if (!test.requirement.empty()) description += (description.empty() ? "" : ". ") + test.requirement;
        writer.text("description", description);
        actions(writer, test);
        writer.close();
    }
    if (!one.teardown.steps.empty()) {
        writer.open("teardown");
        actions(writer, one.teardown, true);  // the standard has no assertions there
        writer.close();
    }
    return writer.finish();
}

}  // namespace runner::report
