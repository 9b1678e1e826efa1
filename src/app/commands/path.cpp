// SPDX-License-Identifier: Apache-2.0
// Evaluates FHIRPath on a resource and prints each item of the result on a line.
#include "app/commands.h"
#include "app/definitions.h"
#include "fhir/codec/json.h"
#include "fhir/path/program.h"

#include <fmt/format.h>

namespace app::commands {

namespace {

constexpr std::string_view usage =
    "usage: andiron path EXPRESSION FILE\n\n"
    "Evaluates a FHIRPath expression on one FHIR R4 resource (JSON or XML; - is standard input). Prints a line for each item:\n"
    "values as text, complex elements as JSON. Exit 0 also when nothing was found, 64 when the expression is wrong.\n";

}  // namespace

int path(const Arguments& arguments) {
    if (!arguments.empty() && arguments[0] == "--help") {
        fmt::print("{}", usage);
        return 0;
    }
    if (arguments.size() != 2) return wrong_usage("give an expression and a file", "path");
    auto schema = open_definitions();
    if (!schema) return fail(schema.fault());
    const auto program = fhir::path::Program::compile(arguments[0], *schema);
    if (!program) {
        fail(program.fault());
        return 64;
    }
    const auto bytes = read_file(arguments[1]);
    if (!bytes) return fail(bytes.fault());
    const auto document = read_resource(*bytes, *schema);
    if (!document) return fail(document.fault());
    const auto items = program->evaluate(document->root(), {.now = base::system_clock().now()});
    if (!items) return fail(items.fault());
    for (const fhir::path::Item& item : *items) {
        const auto text = fhir::path::text_of(item, *schema);
        fmt::print("{}\n", text ? *text : item.node ? fhir::codec::to_json(item.node) : std::string{});
    }
    return 0;
}

}  // namespace app::commands
