// SPDX-License-Identifier: Apache-2.0
// Asks about codes: is it in the value set, what does it mean, which are there, which is above.
#include "app/commands.h"
#include "app/definitions.h"
#include "app/knowledge.h"
#include "base/flags.h"
#include "base/text.h"
#include "fhir/codec/json.h"
#include "fhir/tree/builder.h"
#include "terminology/expand.h"
#include "terminology/lookup.h"

#include <fmt/format.h>

#include <iostream>
#include <limits>

namespace app::commands {

namespace {

using base::Fault;

constexpr std::string_view usage =
    "usage: andiron code check [--set URL] [--system URL] [--version V] [--display TEXT] [--language LANGUAGES]\n"
    "                          [--supplement URL]... CODE\n"
    "       andiron code lookup --system URL [--version V] [--supplement URL]... CODE\n"
    "       andiron code expand [--filter TEXT] [--offset N] [--count N] [--active] [--language LANGUAGES] SET-URL\n"
    "       andiron code subsumes --system URL A B\n"
    "       andiron code -\n\n"
    "Answers from R4's own code systems and value sets, and those that are given; prints a Parameters resource or an expansion\n"
    "on one line. \"unknown\" means that the content is not here. With '-', reads questions from standard input, one a line, their\n"
    "words separated by tabs, and answers each on a line of its own.\n\n"
    "  --package PACKAGE  a .tgz archive or folder as FHIR registries publish them; before the question\n"
    "  --with FILE        a CodeSystem or ValueSet; before the question\n";

const char* spelling(terminology::Answer answer) {
    switch (answer) {
        case terminology::Answer::yes: return "yes";
        case terminology::Answer::no: return "no";
        case terminology::Answer::unknown: return "unknown";
    }
    return "unknown";
}

struct Options {
    std::string set, system, version, display, filter, language;
    std::vector<std::string> supplements, words;
    std::int64_t offset = 0;
    std::int64_t count = -1;  // less than none: all
    bool active = false;
};

base::Result<Options> read_options(const Arguments& arguments) {
    Options options;
    constexpr std::int64_t most = std::numeric_limits<std::int64_t>::max();
    base::Flags flags;
    flags.sign("--active", options.active).texts("--supplement", options.supplements).others(options.words);
    flags.number("--offset", options.offset, 0, most).number("--count", options.count, 0, most);
    flags.text("--set", options.set).text("--system", options.system).text("--version", options.version);
    flags.text("--display", options.display).text("--filter", options.filter).text("--language", options.language);
    TRY(flags.read(arguments));
    return options;
}

// A Parameters resource, put together name by name.
class Sheet {
public:
    explicit Sheet(const fhir::schema::Schema& schema) : build_(schema.names()) { build_.resource("Parameters"); }
    void add(std::string_view name, std::string_view type, std::string_view text, fhir::Kind kind = fhir::Kind::string) {
        if (text.empty()) return;
        open(name);
        build_.value(build_.name(type), text, kind);
        build_.close();
    }
    void flag(std::string_view name, bool value) { add(name, "valueBoolean", value ? "true" : "false", fhir::Kind::boolean); }
    void open(std::string_view name) {
        build_.open(build_.name(build_.depth() > 1 ? "part" : "parameter"), true);
        build_.value(build_.name("name"), name);
    }
    void close() { build_.close(); }
    std::string text() && { return fhir::codec::to_json(std::move(build_).finish().root()); }

private:
    fhir::Builder build_;
};

base::Result<std::string> check(const terminology::Local& local, const Options& options) {
    if (options.words.size() != 1) return Fault{Fault::Kind::unsupported, "give one code"};
    const auto verdict = local.check({options.system, options.version, options.words[0], options.display}, options.set, {},
                                     {terminology::LanguageChoice(options.language), options.supplements});
    Sheet sheet(local.catalog().library().schema());
    sheet.add("in-set", "valueCode", spelling(verdict.in_set));
    sheet.add("in-system", "valueCode", spelling(verdict.in_system));
    sheet.add("display-fits", "valueCode", spelling(verdict.display_fits));
    sheet.flag("set-known", verdict.set_known);
    sheet.flag("system-known", verdict.system_known);
    sheet.flag("inactive", verdict.inactive);
    sheet.flag("abstract", verdict.abstract);
    sheet.add("display", "valueString", verdict.display);
    sheet.add("message", "valueString", verdict.text);
    return std::move(sheet).text();
}

base::Result<std::string> lookup(const terminology::Local& local, const Options& options) {
    if (options.words.size() != 1) return Fault{Fault::Kind::unsupported, "give one code"};
    TRY(const auto found, terminology::lookup(local, options.system, options.version, options.words[0], options.supplements));
    Sheet sheet(local.catalog().library().schema());
    sheet.add("name", "valueString", found.name);
    sheet.add("version", "valueString", found.version);
    sheet.add("display", "valueString", found.display);
    sheet.add("definition", "valueString", found.definition);
    sheet.flag("abstract", found.abstract);
    for (const auto& each : found.designations) {
        sheet.open("designation");
        sheet.add("language", "valueCode", each.language);
        sheet.add("use", "valueString", each.use_code);
        sheet.add("value", "valueString", each.value);
        sheet.close();
    }
    for (const auto& each : found.properties) {
        sheet.open("property");
        sheet.add("code", "valueCode", each.code);
        const bool flag = each.type == "boolean";
        sheet.add("value", flag ? "valueBoolean" : each.type == "code" ? "valueCode" : "valueString", each.value,
                  flag ? fhir::Kind::boolean : fhir::Kind::string);
        sheet.add("description", "valueString", each.description);
        sheet.close();
    }
    return std::move(sheet).text();
}

base::Result<std::string> expand(const terminology::Local& local, const Options& options) {
    if (options.words.size() != 1) return Fault{Fault::Kind::unsupported, "give one value set"};
    const auto set = local.catalog().set(options.words[0], {});
    if (!set) return Fault{Fault::Kind::missing, fmt::format("the value set {} is not known", options.words[0])};
    terminology::ExpandQuestion question;
    question.filter = options.filter;
    question.offset = static_cast<std::size_t>(options.offset);
    if (options.count >= 0) question.count = static_cast<std::size_t>(options.count);
    question.active_only = options.active;
    TRY(const auto made, terminology::expand(*set, question, local.units()));
    const terminology::LanguageChoice languages(options.language);
    fhir::Builder build(local.catalog().library().schema().names());
    build.resource("ValueSet");
    build.value(build.name("url"), set->url());
    build.open(build.name("expansion"));
    build.number(build.name("total"), static_cast<std::int64_t>(made.total));
    build.number(build.name("offset"), options.offset);
    for (const std::string& system : made.systems) {
        build.open(build.name("parameter"), true);
        build.value(build.name("name"), "used-codesystem");
        build.value(build.name("valueUri"), system);
        build.close();
    }
    for (const auto& each : made.codes) {
        build.open(build.name("contains"), true);
        build.value(build.name("system"), each.system);
        if (each.abstract) build.flag(build.name("abstract"), true);
        if (each.inactive) build.flag(build.name("inactive"), true);
        build.value(build.name("code"), each.code);
        if (const auto display = languages.display(each.table, each.id, each.entry, each.set_language); !display.empty())
            build.value(build.name("display"), display);
        build.close();
    }
    build.close();
    return fhir::codec::to_json(std::move(build).finish().root());
}

base::Result<std::string> subsumes(const terminology::Local& local, const Options& options) {
    if (options.words.size() != 2) return Fault{Fault::Kind::unsupported, "give two codes"};
    TRY(const auto found, terminology::subsumption(local, options.system, options.words[0], options.words[1]));
    using terminology::Subsumption;
    Sheet sheet(local.catalog().library().schema());
    sheet.add("outcome", "valueCode",
              found == Subsumption::equivalent    ? "equivalent"
              : found == Subsumption::subsumes    ? "subsumes"
              : found == Subsumption::subsumed_by ? "subsumed-by"
                                                  : "not-subsumed");
    return std::move(sheet).text();
}

base::Result<std::string> answer(const terminology::Local& local, const Arguments& question) {
    struct Verb {
        std::string_view name;
        base::Result<std::string> (*run)(const terminology::Local&, const Options&);
    };
    static constexpr Verb verbs[] = {{"check", check}, {"lookup", lookup}, {"expand", expand}, {"subsumes", subsumes}};
    for (const Verb& verb : verbs) {
        if (question.empty() || question[0] != verb.name) continue;
        TRY(const Options options, read_options(Arguments(question.begin() + 1, question.end())));
        return verb.run(local, options);
    }
    return Fault{Fault::Kind::unsupported, "say check, lookup, expand or subsumes"};
}

// One question a line; a fault is a line that begins with "!".
int answer_lines(const terminology::Local& local) {
    for (std::string line; std::getline(std::cin, line);) {
        Arguments words;
        for (const std::string_view word : base::split(line, '\t')) words.emplace_back(word);
        const auto answered = answer(local, words);
        fmt::print("{}\n", answered ? *answered : "!" + answered.fault().text);
        std::fflush(stdout);
    }
    return 0;
}

}  // namespace

int code(const Arguments& arguments) {
    if (arguments.empty() || arguments[0] == "--help") {
        fmt::print("{}", usage);
        return arguments.empty() ? 64 : 0;
    }
    auto schema = open_definitions();
    if (!schema) return fail(schema.fault());
    auto library = open_library(*schema);
    if (!library) return fail(library.fault());
    const auto units = open_units();
    if (!units) return fail(units.fault());
    Arguments question = arguments;
    while (question.size() > 1 && (question[0] == "--package" || question[0] == "--with")) {
        if (question[0] == "--package") {
            if (const auto added = library->add_package(question[1]); !added) return fail(added.fault());
        } else {
            const auto bytes = read_file(question[1]);
            if (!bytes) return fail(bytes.fault());
            const auto document = read_resource(*bytes, *schema);
            if (!document) return fail(document.fault());
            library->add(*document);
        }
        question.erase(question.begin(), question.begin() + 2);
    }
    const terminology::Local local(*library, &*units);
    if (question == Arguments{"-"}) return answer_lines(local);
    const auto answered = answer(local, question);
    if (!answered) return answered.fault().kind == Fault::Kind::unsupported && question.size() < 2
                              ? wrong_usage(answered.fault().text, "code") : fail(answered.fault());
    fmt::print("{}\n", *answered);
    return 0;
}

}  // namespace app::commands
