// SPDX-License-Identifier: Apache-2.0
#include "fhir/path/program.h"

#include "fhir/path/functions.h"

#include <array>
#include <fmt/format.h>

namespace fhir::path {

namespace {

struct SystemType {
    std::string_view name;
    Item::Kind kind;
};

constexpr std::array<SystemType, 8> system_types{{{"Boolean", Item::Kind::boolean},
                                                  {"Integer", Item::Kind::integer},
                                                  {"Decimal", Item::Kind::decimal},
                                                  {"String", Item::Kind::string},
                                                  {"Date", Item::Kind::date},
                                                  {"DateTime", Item::Kind::date_time},
                                                  {"Time", Item::Kind::time},
                                                  {"Quantity", Item::Kind::quantity}}};

base::Fault wrong(const SyntaxNode& node, std::string text) {
    return {base::Fault::Kind::invalid, "FHIRPath: " + std::move(text), fmt::format("offset {}", node.position),
            base::IssueType::not_supported, {}};
}

// A type may be written as an argument: ofType(Quantity), as(FHIR.Patient), ofType('string').
std::string spelled_type(const Syntax& syntax, NodeIndex index) {
    const SyntaxNode& node = syntax.nodes[index];
    if (node.form == Form::string) return node.text;
    if (node.form != Form::member) return {};
    if (!node.has_focus) return node.text;
    const std::string before = spelled_type(syntax, node.parts.front());
    return before.empty() ? before : before + "." + node.text;
}

Item literal(const SyntaxNode& node) {
    switch (node.form) {
        case Form::boolean: return Item::of_bool(node.text == "true");
        case Form::decimal: return Item::of_text(Item::Kind::decimal, node.text);
        case Form::date: return Item::of_text(Item::Kind::date, node.text);
        case Form::date_time: return Item::of_text(Item::Kind::date_time, node.text);
        case Form::time: return Item::of_text(Item::Kind::time, node.text);
        case Form::quantity: return Item::of_text(Item::Kind::quantity, node.text, node.unit);
        default: return Item::of_text(Item::Kind::string, node.text);
    }
}

class Compiler {
public:
    Compiler(const Syntax& syntax, const schema::Schema& schema, Program::Code& code)
        : syntax_(syntax), schema_(schema), code_(code) {}

    // Children first, so that a node stands behind its parts. Depth is bounded by the parser.
    base::Result<NodeIndex> compile(NodeIndex index) {
        const SyntaxNode& node = syntax_.nodes[index];
        Instruction made;
        made.form = node.form;
        made.op = node.op;
        made.has_focus = node.has_focus;
        made.position = node.position;
        made.text = node.text;
        if (node.form == Form::call) TRY(find_function_of(node, made));
        if (node.form == Form::type_test) {
            const auto type = find_type_name(node.text, schema_);
            if (!type) return wrong(node, "there is no type " + node.text);
            made.type = *type;
        }
        if (node.form == Form::member) {
            made.name = schema_.names().find(node.text);
            if (!node.has_focus) made.root = schema_.find_type(node.text);
        }
        for (std::size_t i = 0; i < node.parts.size(); ++i) {
            const bool is_type = made.function && made.function->takes_type && i == (node.has_focus ? 1U : 0U);
            if (is_type) continue;
            TRY(const NodeIndex part, compile(node.parts[i]));
            made.parts.push_back(part);
        }
        TRY(made.literal, read_literal(node));
        code_.instructions.push_back(std::move(made));
        return static_cast<NodeIndex>(code_.instructions.size() - 1);
    }

private:
    base::Result<Item> read_literal(const SyntaxNode& node) const {
        if (node.form != Form::integer) return literal(node);
        std::int64_t sum = 0;
        for (const char c : node.text)
            if (__builtin_mul_overflow(sum, std::int64_t{10}, &sum) || __builtin_add_overflow(sum, c - '0', &sum))
                return wrong(node, "a number that is too large");
        return Item::of_integer(sum);
    }

    base::Result<void> find_function_of(const SyntaxNode& node, Instruction& made) const {
        made.function = find_function(node.text);
        if (!made.function) return wrong(node, fmt::format("there is no function {}()", node.text));
        const std::size_t arguments = node.parts.size() - (node.has_focus ? 1 : 0);
        if (arguments < made.function->least || arguments > made.function->most)
            return wrong(node, fmt::format("{}() with {} arguments", node.text, arguments));
        if (!made.function->takes_type) return {};
        const std::string name = spelled_type(syntax_, node.parts[node.has_focus ? 1 : 0]);
        const auto type = find_type_name(name, schema_);
        if (!type) return wrong(node, fmt::format("{}() needs the name of a type", node.text));
        made.type = *type;
        return {};
    }

    const Syntax& syntax_;
    const schema::Schema& schema_;
    Program::Code& code_;
};

}  // namespace

std::optional<TypeName> find_type_name(std::string_view text, const schema::Schema& schema) {
    const bool only_system = text.starts_with("System.");
    const bool only_fhir = text.starts_with("FHIR.");
    if (only_system) text.remove_prefix(7);
    if (only_fhir) text.remove_prefix(5);
    TypeName name;
    if (only_system && text == "Any") {
        name.any = true;
        return name;
    }
    if (!only_system) name.fhir = schema.find_type(text);
    if (!only_fhir)
        for (const SystemType& type : system_types)
            if (type.name == text) name.system = type.kind;
    if (name.fhir == schema::no_type && !name.system) return {};
    return name;
}

Program::Program(std::unique_ptr<const Code> code) : code_(std::move(code)) {}
Program::Program(Program&&) noexcept = default;
Program& Program::operator=(Program&&) noexcept = default;
Program::~Program() = default;

base::Result<Program> Program::compile(std::string_view text, const schema::Schema& schema, const ParseLimits& limits) {
    TRY(const Syntax syntax, parse(text, limits));
    return compile(syntax, syntax.root, schema);
}

base::Result<Program> Program::compile(const Syntax& syntax, NodeIndex root, const schema::Schema& schema) {
    auto code = std::make_unique<Code>();
    code->schema = &schema;
    Compiler compiler(syntax, schema, *code);
    TRY(code->root, compiler.compile(root));
    return Program(std::move(code));
}

base::Result<Collection> Program::evaluate(View context, const Environment& environment) const {
    return evaluate(resource_item(context, *code_->schema), environment);
}

base::Result<Collection> Program::evaluate(const Item& context, const Environment& environment) const {
    Run run(*code_, environment, context);
    Collection focus{context};
    Collection out;
    run.evaluate(code_->root, {&focus, 0, nullptr}, out);
    if (run.failed()) return std::move(run).fault();
    return out;
}

Item resource_item(View resource, const schema::Schema& schema) {
    return Item::of(resource, schema.find_type(resource.resource_type()));
}

}  // namespace fhir::path
