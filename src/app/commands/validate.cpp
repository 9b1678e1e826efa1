// SPDX-License-Identifier: Apache-2.0
// Checks resources against the definitions and prints what is wrong, a line each, as OperationOutcomes, or as lines of JSON.
#include "app/commands.h"
#include "app/inspection.h"
#include "base/flags.h"
#include "base/text.h"
#include "fhir/codec/json.h"
#include "fhir/resource/outcome.h"
#include "fhir/tree/builder.h"

#include <fmt/format.h>

#include <algorithm>

namespace app::commands {

namespace {

constexpr std::string_view usage =
    "usage: andiron validate FILE... [--full] [--profile URL]... [--package PACKAGE]... [--with FILE]... [--outcome] [--quiet]\n"
    "       andiron validate --list FILE\n\n"
    "Checks each FHIR R4 resource (JSON or XML; - is standard input): well-formed, known elements, cardinality, choice types,\n"
    "primitive formats, required bindings, narrative. Prints FILE: SEVERITY: PLACE: what is wrong. Exit 0 when there is no error,\n"
    "65 when there is one, 66 when a file cannot be read.\n\n"
    "  --full                    also invariants, all bindings, the profiles of meta.profile, slices, extensions, references, and the\n"
    "                            rules of single types; every option below means it too\n"
    "  --profile URL             must conform to it as well; a FILE with the profile will do\n"
    "  --package PACKAGE         a .tgz or folder as FHIR registries publish them\n"
    "  --with FILE               a file or folder with definitions and other resources that may be pointed to\n"
    "  --references DIR          Type/id is looked for in DIR as type-id.json or type-id.xml, in small letters\n"
    "  --references-must-exist   what a reference points to must be there\n"
    "  --best-practice           remarks on what is allowed and not recommended\n"
    "  --security-checks         what looks like HTML in plain text is an error\n"
    "  --outcome                 print an OperationOutcome for each file\n"
    "  --list FILE               a job on each line of FILE, as JSON: {\"id\": ..., \"file\": ..., \"profile\": [...], \"with\": [...],\n"
    "                            \"package\": [...], \"references\": DIR, \"structure\": true, \"references_must_exist\": true,\n"
    "                            \"best_practice\": true, \"security_checks\": true}; answers with a line of JSON for each\n";

struct Options {
    Job job;
    Arguments files;
    std::string list;
    bool quiet = false;
    bool outcome = false;
    bool help = false;
};

base::Result<Options> read(const Arguments& arguments) {
    Options options;
    bool full = false;
    Job& job = options.job;
    base::Flags flags;
    flags.sign("--help", options.help).sign("--quiet", options.quiet).sign("--outcome", options.outcome).sign("--full", full);
    flags.sign("--best-practice", job.question.best_practice).sign("--security-checks", job.question.security_checks);
    flags.sign("--references-must-exist", job.question.references_must_exist);
    flags.texts("--profile", job.profiles).texts("--with", job.with).texts("--package", job.packages);
    flags.text("--list", options.list).text("--references", job.references).others(options.files);
    TRY(flags.read(arguments));
    const auto& question = job.question;
    job.full = full || question.best_practice || question.security_checks || question.references_must_exist ||
               !job.profiles.empty() || !job.with.empty() || !job.packages.empty() || !job.references.empty();
    return options;
}

void print(const std::string& file, const base::Finding& finding) {
    std::string place = finding.where;
    const bool told = finding.text.ends_with(")") && finding.text.find("(line ") != std::string::npos;
    if (finding.line > 0 && !told)
        place += fmt::format("{}(line {}, column {})", place.empty() ? "" : " ", finding.line, finding.column);
    fmt::print("{}: {}: {}{}{}\n", file, base::spelling(finding.severity), place, place.empty() ? "" : ": ", finding.text);
}

// {"id": ..., "resource": ..., "errors": 1, "warnings": 0, "issues": [...]}; or "fault" when the job could not be done.
std::string answer_line(const Job& job, const base::Result<Inspection::Outcome>& outcome, const fhir::Names& names) {
    using namespace fhir::literals;
    fhir::Builder build(names);
    build.resource("");
    build.value("id"_name, job.id);
    if (!outcome) {
        build.value(build.name("fault"), outcome.fault().text);
        return fhir::codec::to_json(std::move(build).finish().root());
    }
    const auto count = [&](auto&& wanted) { return std::count_if(outcome->findings.begin(), outcome->findings.end(), wanted); };
    build.value("resource"_name, outcome->type);
    build.number(build.name("errors"), count([](const base::Finding& one) { return one.severity <= base::Severity::error; }));
    build.number(build.name("warnings"), count([](const base::Finding& one) { return one.severity == base::Severity::warning; }));
    for (const base::Finding& finding : outcome->findings) {
        build.open(build.name("issues"), true);
        build.value("severity"_name, base::spelling(finding.severity));
        build.value("code"_name, base::spelling(finding.type));
        build.value("expression"_name, finding.where);
        build.number("line"_name, finding.line);
        build.number(build.name("column"), finding.column);
        build.value("text"_name, finding.text);
        build.close();
    }
    return fhir::codec::to_json(std::move(build).finish().root());
}

int run_list(const std::string& file, Inspection& inspection) {
    const auto text = read_file(file);
    if (!text) return fail(text.fault());
    for (const std::string_view line : base::split(*text, '\n')) {
        if (base::trim(line).empty()) continue;
        auto job = read_job(line, inspection.schema());
        if (!job) return fail(job.fault());
        job->question.now = base::system_clock().now();
        fmt::print("{}\n", answer_line(*job, inspection.run(*job), inspection.schema().names()));
        std::fflush(stdout);
    }
    return 0;
}

}  // namespace

int validate(const Arguments& arguments) {
    auto options = read(arguments);
    if (!options) return wrong_usage(options.fault().text, "validate");
    if (options->help) {
        fmt::print("{}", usage);
        return 0;
    }
    if (options->files.empty() && options->list.empty()) return wrong_usage("no file given", "validate");
    auto inspection = Inspection::open();
    if (!inspection) return fail(inspection.fault());
    if (!options->list.empty()) return run_list(options->list, *inspection);

    std::size_t bad = 0;
    for (const std::string& file : options->files) {
        Job job = options->job;
        job.file = file;
        job.question.now = base::system_clock().now();
        const auto outcome = inspection->run(job);
        if (!outcome) return fail(outcome.fault());
        const base::Findings& findings = outcome->findings;
        const bool wrong = base::any_error(findings);
        if (wrong) ++bad;
        if (options->outcome) {
            fmt::print("{}\n", fhir::codec::to_pretty_json(fhir::resource::outcome(findings, inspection->schema().names()).root()));
            continue;
        }
        for (const base::Finding& finding : findings) print(file, finding);
        if (!wrong && !options->quiet) fmt::print("{}: valid {}\n", file, outcome->type);
    }
    return bad == 0 ? 0 : 65;
}

}  // namespace app::commands
