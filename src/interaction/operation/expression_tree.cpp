// SPDX-License-Identifier: Apache-2.0
#include "interaction/operation/expression_tree.h"

#include "fhir/codec/json.h"
#include "fhir/tree/builder.h"

namespace interaction {

namespace {

using fhir::path::Form;
using fhir::path::NodeIndex;
using fhir::path::Operator;
using fhir::path::Syntax;
using fhir::path::SyntaxNode;

const char* spelling(Operator op) {
    switch (op) {
        case Operator::none: return "";
        case Operator::plus: return "+";
        case Operator::minus: return "-";
        case Operator::times: return "*";
        case Operator::divide: return "/";
        case Operator::div: return "div";
        case Operator::mod: return "mod";
        case Operator::join: return "&";
        case Operator::union_: return "|";
        case Operator::less: return "<";
        case Operator::greater: return ">";
        case Operator::less_equal: return "<=";
        case Operator::greater_equal: return ">=";
        case Operator::equal: return "=";
        case Operator::equivalent: return "~";
        case Operator::not_equal: return "!=";
        case Operator::not_equivalent: return "!~";
        case Operator::in: return "in";
        case Operator::contains: return "contains";
        case Operator::and_: return "and";
        case Operator::or_: return "or";
        case Operator::xor_: return "xor";
        case Operator::implies: return "implies";
        case Operator::is: return "is";
        case Operator::as: return "as";
    }
    return "";
}

struct Shown {
    const char* kind;
    std::string name;
};

Shown shown(const SyntaxNode& node) {
    switch (node.form) {
        case Form::empty: return {"EmptyExpression", "{}"};
        case Form::this_item: return {"AxisExpression", "$this"};
        case Form::index: return {"AxisExpression", "$index"};
        case Form::total: return {"AxisExpression", "$total"};
        case Form::constant: return {"VariableRefExpression", node.text};
        case Form::member: return {"ChildExpression", node.text};
        case Form::call: return {"FunctionCallExpression", node.text};
        case Form::item_at: return {"IndexerExpression", "[]"};
        case Form::unary: return {"UnaryExpression", spelling(node.op)};
        case Form::binary: return {"BinaryExpression", spelling(node.op)};
        case Form::type_test: return {"BinaryExpression", spelling(node.op)};
        case Form::quantity: return {"ConstantExpression", node.text + " '" + node.unit + "'"};
        default: return {"ConstantExpression", node.text};
    }
}

class Writer {
public:
    Writer(const Syntax& syntax, const fhir::Names& names)
        : syntax_(syntax), build_(names), kind_(build_.name("ExpressionType")), name_(build_.name("Name")),
          arguments_(build_.name("Arguments")), line_(build_.name("Line")), column_(build_.name("Column")) {}

    std::string run() && {
        build_.resource("");
        fill(syntax_.root);
        return fhir::codec::to_json(std::move(build_).finish().root());
    }

private:
    void leaf(const char* kind, std::string_view name) {
        build_.open(arguments_, true);
        build_.value(kind_, kind);
        build_.value(name_, name);
        build_.close();
    }

    // The tree's height is bounded by the parser.
    void fill(NodeIndex index) {
        const SyntaxNode& node = syntax_.nodes[index];
        const Shown words = shown(node);
        build_.value(kind_, words.kind);
        build_.value(name_, words.name);
        build_.number(line_, node.place.line);
        build_.number(column_, node.place.column);
        if ((node.form == Form::member || node.form == Form::call) && !node.has_focus) leaf("AxisExpression", "builtin.that");
        for (const NodeIndex part : node.parts) {
            build_.open(arguments_, true);
            fill(part);
            build_.close();
        }
        if (node.form == Form::type_test) leaf("ConstantExpression", node.text);
    }

    const Syntax& syntax_;
    fhir::Builder build_;
    fhir::Name kind_, name_, arguments_, line_, column_;
};

}  // namespace

std::string expression_tree(const Syntax& syntax, const fhir::Names& names) { return Writer(syntax, names).run(); }

}  // namespace interaction
