// SPDX-License-Identifier: Apache-2.0
#include "fhir/path/program.h"

#include "fhir/path/check.h"
#include "fhir/path/functions.h"

#include <array>
#include <fmt/format.h>

namespace fhir::path {

namespace {

struct SystemType {
    std::string_view name;
    Item::Kind kind;
};

constexpr std::array<SystemType, 9> system_types{{{"Boolean", Item::Kind::boolean},
                                                  {"Integer", Item::Kind::integer},
                                                  {"Long", Item::Kind::integer},
                                                  {"Decimal", Item::Kind::decimal},
                                                  {"String", Item::Kind::string},
                                                  {"Date", Item::Kind::date},
                                                  {"DateTime", Item::Kind::date_time},
                                                  {"Time", Item::Kind::time},
                                                  {"Quantity", Item::Kind::quantity}}};

base::Fault wrong(const SyntaxNode& node, std::string text) {
    return {base::Fault::Kind::invalid, "FHIRPath: " + std::move(text), spelled(node.place), base::IssueType::not_supported, {}};
}

class Compiler {
public:
    Compiler(const Syntax& syntax, const schema::Schema& schema, Program::Code& code)
        : syntax_(syntax), schema_(schema), code_(code) {
        std::size_t size = 0;
        for (const SyntaxNode& node : syntax.nodes) size += node.text.size() + node.unit.size();
        code_.texts.reserve(size);
    }

    // Children first, so that a node stands behind its parts. Depth is bounded by the parser.
    base::Result<NodeIndex> compile(NodeIndex index) {
        const SyntaxNode& node = syntax_.nodes[index];
        Instruction made;
        made.form = node.form;
        made.op = node.op;
        made.has_focus = node.has_focus;
        made.descending = node.descending;
        made.place = node.place;
        made.text = keep(node.text);
        if (node.form == Form::call) TRY(find_function_of(node, made));
        if (node.form == Form::type_test) {
            const auto type = find_type_name(node.text, schema_);
            if (!type) return wrong(node, "there is no type " + node.text);
            made.type = *type;
        }
        if (node.form == Form::member) {
            made.name = schema_.names().find(node.text);
            if (!node.has_focus) made.root = schema_.find_type(node.text);
            if (made.root != schema::no_type && schema_.type(made.root).kind == schema::TypeKind::primitive) made.root = schema::no_type;
        }
        for (std::size_t i = 0; i < node.parts.size(); ++i) {
            const bool is_type = made.function && made.function->takes == Function::Takes::type && i == (node.has_focus ? 1U : 0U);
            if (is_type) continue;
            TRY(const NodeIndex part, compile(node.parts[i]));
            made.parts.push_back(part);
        }
        TRY(made.literal, literal(node, made.text));
        if (node.form == Form::call) TRY(compile_pattern(node, made));
        code_.instructions.push_back(std::move(made));
        return static_cast<NodeIndex>(code_.instructions.size() - 1);
    }

private:
    std::string_view keep(std::string_view text) {
        const std::size_t begin = code_.texts.size();
        code_.texts += text;
        return std::string_view(code_.texts).substr(begin);
    }

    base::Result<Item> literal(const SyntaxNode& node, std::string_view text) {
        switch (node.form) {
            case Form::boolean: return Item::of_bool(text == "true");
            case Form::decimal: return Item::of_text(Item::Kind::decimal, text);
            case Form::date: return Item::of_text(Item::Kind::date, text);
            case Form::date_time: return Item::of_text(Item::Kind::date_time, text);
            case Form::time: return Item::of_text(Item::Kind::time, text);
            case Form::quantity: return Item::of_quantity(text, node.unit.empty() ? std::string_view("1") : keep(node.unit));
            case Form::integer:
            case Form::long_integer: break;
            default: return Item::of_text(Item::Kind::string, text);
        }
        std::int64_t sum = 0;
        for (const char c : text)
            if (__builtin_mul_overflow(sum, std::int64_t{10}, &sum) || __builtin_add_overflow(sum, c - '0', &sum))
                return wrong(node, "a number that is too large");
        return Item::of_integer(sum, node.form == Form::long_integer || sum > INT32_MAX);
    }

    base::Result<void> find_function_of(const SyntaxNode& node, Instruction& made) const {
        made.function = find_function(node.text);
        if (!made.function) return wrong(node, fmt::format("there is no function {}()", node.text));
        const std::size_t arguments = node.parts.size() - (node.has_focus ? 1 : 0);
        if (arguments < made.function->least || arguments > made.function->most)
            return wrong(node, fmt::format("{}() with {} arguments", node.text, arguments));
        if (made.function->takes != Function::Takes::type) return {};
        const std::string name = spelled_type(syntax_, node.parts[node.has_focus ? 1 : 0]);
        const auto type = find_type_name(name, schema_);
        if (!type) return wrong(node, fmt::format("{}() needs the name of a type", node.text));
        made.type = *type;
        return {};
    }

    base::Result<void> compile_pattern(const SyntaxNode& node, Instruction& made) const {
        const std::size_t first = node.has_focus ? 1 : 0;
        if (node.text != "matches" && node.text != "matchesFull" && node.text != "replaceMatches") return {};
        const SyntaxNode& argument = syntax_.nodes[node.parts[first]];
        if (argument.form != Form::string) return {};
        auto pattern = Pattern::compile(argument.text);
        if (!pattern) return wrong(argument, pattern.fault().text);
        made.pattern = *std::move(pattern);
        return {};
    }

    const Syntax& syntax_;
    const schema::Schema& schema_;
    Program::Code& code_;
};

}  // namespace

// A type may be written as an argument: ofType(Quantity), as(FHIR.Patient), ofType('string').
std::string spelled_type(const Syntax& syntax, NodeIndex index) {
    const SyntaxNode& node = syntax.nodes[index];
    if (node.form == Form::string) return node.text;
    if (node.form != Form::member) return {};
    if (!node.has_focus) return node.text;
    const std::string before = spelled_type(syntax, node.parts.front());
    return before.empty() ? before : before + "." + node.text;
}

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
    name.is_long = name.system && text == "Long";
    if (name.fhir == schema::no_type && !name.system && !only_system) return {};
    return name;
}

bool names_root(const schema::Schema& schema, schema::TypeId type, schema::TypeId root) {
    return type == root || (type != schema::no_type && schema.derives_from(type, root));
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
    code->quantity = schema.find_type("Quantity");
    Compiler compiler(syntax, schema, *code);
    TRY(code->root, compiler.compile(root));
    return Program(std::move(code));
}

base::Result<Program> Program::compile_strict(std::string_view text, const schema::Schema& schema, schema::TypeId context,
                                              const ParseLimits& limits) {
    TRY(const Syntax syntax, parse(text, limits));
    auto code = std::make_unique<Code>();
    code->schema = &schema;
    code->quantity = schema.find_type("Quantity");
    code->strict = true;
    Compiler compiler(syntax, schema, *code);
    TRY(code->root, compiler.compile(syntax.root));
    TRY(check(syntax, schema, context));
    return Program(std::move(code));
}

namespace {

bool is_nothing(const Item& item) { return item.is_node() && !item.node && item.type == schema::no_type; }

}  // namespace

base::Result<std::span<const Item>> Program::evaluate(const Item& context, const Environment& environment, Arena& arena) const {
    Run run(*code_, environment, context, arena);
    Items out(arena);
    const std::span<const Item> focus = is_nothing(context) ? std::span<const Item>{} : std::span<const Item>{&context, 1};
    run.evaluate(code_->root, {focus, 0, {}}, out);
    if (run.failed()) return std::move(run).fault();
    return out.view();
}

base::Result<bool> Program::holds(const Item& context, const Environment& environment, Arena& arena) const {
    Run run(*code_, environment, context, arena);
    const std::span<const Item> focus = is_nothing(context) ? std::span<const Item>{} : std::span<const Item>{&context, 1};
    const auto result = run.truth(code_->root, {focus, 0, {}});
    if (run.failed()) return std::move(run).fault();
    return result.value_or(false);
}

base::Result<Answer> Program::evaluate(const Item& context, const Environment& environment) const {
    Arena arena;
    TRY(const auto items, evaluate(context, environment, arena));
    return Answer(std::move(arena), items);
}

base::Result<Answer> Program::evaluate(View context, const Environment& environment) const {
    return evaluate(resource_item(context, *code_->schema), environment);
}

Item resource_item(View resource, const schema::Schema& schema) {
    return Item::of(resource, schema.find_type(resource.resource_type()));
}

}  // namespace fhir::path
