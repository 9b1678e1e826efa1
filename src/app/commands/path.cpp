// SPDX-License-Identifier: Apache-2.0
// Evaluates FHIRPath on a resource and prints each item of the result on a line; or many expressions, with typed results as JSON.
#include "app/commands.h"
#include "app/definitions.h"
#include "app/places.h"
#include "base/flags.h"
#include "base/text.h"
#include "fhir/codec/json.h"
#include "fhir/path/program.h"
#include "fhir/resource/bundle.h"
#include "fhir/ucum/units.h"

#include <fmt/format.h>

#include <iostream>
#include <map>

namespace app::commands {

namespace {

using fhir::path::Environment;
using fhir::path::Item;
using fhir::path::Program;
using fhir::path::Trace;

constexpr std::string_view usage =
    "usage: andiron path [--strict] [--json] [--variable NAME=TEXT]... EXPRESSION FILE\n"
    "       andiron path --batch LIST\n\n"
    "Evaluates a FHIRPath expression on one FHIR R4 resource (JSON or XML; - is standard input). Prints a line for each item:\n"
    "values as text, complex elements as JSON. Exit 0 also when nothing was found, 64 when the expression is wrong.\n\n"
    "  --strict         refuse what cannot be right for this type of resource: unknown elements, wrong operands\n"
    "  --json           one JSON object: {\"results\": [{\"type\", \"value\"}], \"traces\": [...]} or {\"error\": {\"kind\", \"text\", \"where\"}}\n"
    "  --variable N=T   %N is the string T\n"
    "  --batch LIST     one question a line of LIST: {\"expression\": \"...\", \"file\": \"...\", \"strict\": true}; one answer a line,\n"
    "                   as with --json. Without a file the expression is evaluated on nothing.\n";

void append_items(std::string& out, std::span<const Item> items, const fhir::schema::Schema& schema) {
    out += '[';
    for (const Item& item : items) {
        if (&item != items.data()) out += ',';
        out += "{\"type\":";
        fhir::resource::append_json_string(out, fhir::path::type_of(item, schema));
        const auto text = item.is_node() && !item.node.primitive() ? std::nullopt : fhir::path::text_of(item, schema);
        if (text) {
            out += ",\"value\":";
            fhir::resource::append_json_string(out, *text);
        } else if (item.is_node() && item.node) {
            out += ",\"value\":";
            fhir::codec::write_json(item.node, out);
        } else if (item.kind == Item::Kind::type_info) {
            out += ",\"value\":{\"namespace\":";
            fhir::resource::append_json_string(out, item.unit());
            out += ",\"name\":";
            fhir::resource::append_json_string(out, item.text);
            out += '}';
        }
        out += '}';
    }
    out += ']';
}

std::string error_line(std::string_view kind, const base::Fault& fault) {
    std::string out = "{\"error\":{\"kind\":";
    fhir::resource::append_json_string(out, kind);
    out += ",\"text\":";
    fhir::resource::append_json_string(out, fault.text);
    out += ",\"where\":";
    fhir::resource::append_json_string(out, fault.where);
    return out + "}}";
}

struct Question {
    std::string expression;
    bool strict = false;
};

// What both ways of asking share.
struct Bench {
    const fhir::schema::Schema& schema;
    const fhir::ucum::Units* units;
    const std::map<std::string, fhir::path::Collection>* variables;

    base::Result<Program> compile(const Question& question, const Item& context) const {
        if (question.strict) return Program::compile_strict(question.expression, schema, context.type);
        return Program::compile(question.expression, schema);
    }
    Environment environment(std::vector<Trace>* traces) const {
        Environment made;
        made.now = base::system_clock().now();
        made.constants = variables;
        made.units = units;
        made.traces = traces;
        return made;
    }
    std::string json(const Question& question, const Item& context) const {
        const auto program = compile(question, context);
        if (!program) return error_line(program.fault().type == base::IssueType::structure ? "syntax" : "semantic", program.fault());
        std::vector<Trace> traces;
        const auto items = program->evaluate(context, environment(&traces));
        if (!items) return error_line("execution", items.fault());
        std::string out = "{\"results\":";
        append_items(out, {items->begin(), items->size()}, schema);
        if (!traces.empty()) {
            out += ",\"traces\":[";
            for (const Trace& trace : traces) {
                if (&trace != traces.data()) out += ',';
                out += "{\"name\":";
                fhir::resource::append_json_string(out, trace.name);
                out += ",\"values\":";
                append_items(out, trace.items, schema);
                out += '}';
            }
            out += ']';
        }
        return out + '}';
    }
};

base::Result<fhir::Document> open_resource(const std::string& file, const fhir::schema::Schema& schema) {
    TRY(const auto bytes, read_file(file));
    return read_resource(bytes, schema, fhir::codec::Order::any);
}

int batch(const std::string& list, const Bench& bench) {
    const auto text = read_file(list);
    if (!text) return fail(text.fault());
    std::map<std::string, fhir::Document> documents;
    std::string_view rest = *text;
    while (!rest.empty()) {
        const std::size_t end = std::min(rest.find('\n'), rest.size());
        const std::string_view line = rest.substr(0, end);
        rest.remove_prefix(std::min(end + 1, rest.size()));
        if (line.empty()) continue;
        const auto asked = fhir::codec::read_json(line, bench.schema.names());
        if (!asked) return fail(asked.fault());
        const fhir::View view = asked->root();
        const Question question{std::string(view.child("expression").text()), view.child("strict").text() == "true"};
        const std::string file(view.child("file").text());
        Item context;
        if (!file.empty()) {
            auto place = documents.find(file);
            if (place == documents.end()) {
                auto document = open_resource(file, bench.schema);
                if (!document) return fail(document.fault());
                place = documents.emplace(file, *std::move(document)).first;
            }
            context = fhir::path::resource_item(place->second.root(), bench.schema);
        }
        fmt::print("{}\n", bench.json(question, context));
    }
    return 0;
}

int ask(const Question& question, const std::string& file, bool json, const Bench& bench) {
    // Wrong words are told before a file is looked for.
    if (const auto program = Program::compile(question.expression, bench.schema); !program && !json) {
        fail(program.fault());
        return 64;
    }
    const auto document = open_resource(file, bench.schema);
    if (!document) return fail(document.fault());
    const Item context = fhir::path::resource_item(document->root(), bench.schema);
    if (json) {
        const std::string line = bench.json(question, context);
        fmt::print("{}\n", line);
        return line.starts_with("{\"error\"") ? 65 : 0;
    }
    const auto program = bench.compile(question, context);
    if (!program) {
        fail(program.fault());
        return 64;
    }
    const auto items = program->evaluate(context, bench.environment(nullptr));
    if (!items) return fail(items.fault());
    for (const Item& item : *items) {
        const bool complex = item.is_node() && item.node && !item.node.primitive();
        const auto text = complex ? std::nullopt : fhir::path::text_of(item, bench.schema);
        if (text) fmt::print("{}\n", *text);
        else if (complex) fmt::print("{}\n", fhir::codec::to_json(item.node));
        else if (item.kind == Item::Kind::type_info) fmt::print("{}.{}\n", item.unit(), item.text);
        else fmt::print("{}\n", fhir::path::type_of(item, bench.schema));  // a resource of which only the type is known
    }
    return 0;
}

}  // namespace

int path(const Arguments& arguments) {
    Question question;
    bool json = false, help = false;
    std::string list;
    std::map<std::string, std::string> texts;
    Arguments words;
    base::Flags flags;
    flags.sign("--help", help).sign("--strict", question.strict).sign("--json", json).text("--batch", list).others(words);
    flags.value("--variable", [&](const std::string& given) -> base::Result<void> {
        const auto [name, text] = base::cut(given, '=');
        if (name.empty() || name.size() == given.size()) return base::Fault{base::Fault::Kind::unsupported, "a variable is written NAME=TEXT"};
        texts[std::string(name)] = text;
        return {};
    });
    if (const auto done = flags.read(arguments); !done) return wrong_usage(done.fault().text, "path");
    if (help) {
        fmt::print("{}", usage);
        return 0;
    }
    if (list.empty() ? words.size() != 2 : !words.empty()) return wrong_usage("give an expression and a file", "path");
    auto schema = open_definitions();
    if (!schema) return fail(schema.fault());
    const auto units = fhir::ucum::Units::open(places().units);
    std::map<std::string, fhir::path::Collection> variables;
    for (const auto& [name, text] : texts) variables[name] = {Item::of_text(Item::Kind::string, text)};
    const Bench bench{*schema, units ? &*units : nullptr, &variables};
    if (!list.empty()) return batch(list, bench);
    question.expression = words[0];
    return ask(question, words[1], json, bench);
}

}  // namespace app::commands
