// SPDX-License-Identifier: Apache-2.0
#include "fhir/search/examine.h"

#include "base/text.h"
#include "fhir/path/check.h"
#include "fhir/path/program.h"

#include <algorithm>
#include <array>
#include <fmt/format.h>

namespace fhir::search {

namespace {

using base::IssueType;
using base::Severity;

constexpr std::size_t longest_code = 64;

// What the standard itself says in a search (FHIR R4 3.1.1.4.1, 3.1.1.5): a parameter of that name could never be asked.
constexpr std::array<std::string_view, 17> taken{"_format", "_pretty", "_summary", "_elements", "_count", "_sort", "_total", "_include", "_revinclude",
                                                 "_contained", "_containedType", "_has", "_type", "_query", "_filter", "_list", "_explain"};

bool fit_for_an_address(std::string_view code) {
    return !code.empty() && code.size() <= longest_code && std::all_of(code.begin(), code.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
    });
}

// What extraction reads (extract.cpp).
bool fits(ParameterType type, Shape shape) {
    switch (type) {
        case ParameterType::date: return shape == Shape::date || shape == Shape::period || shape == Shape::timing;
        case ParameterType::number: return shape == Shape::integer || shape == Shape::decimal || shape == Shape::quantity || shape == Shape::range;
        case ParameterType::quantity: return shape == Shape::quantity || shape == Shape::money || shape == Shape::range || shape == Shape::sampled_data;
        case ParameterType::reference:
            return shape == Shape::reference || shape == Shape::canonical || shape == Shape::uri || shape == Shape::resource;
        case ParameterType::uri:
            return shape == Shape::uri || shape == Shape::canonical || shape == Shape::text || shape == Shape::code || shape == Shape::reference;
        case ParameterType::token:
            return shape != Shape::human_name && shape != Shape::address && shape != Shape::period && shape != Shape::timing && shape != Shape::range &&
                   shape != Shape::money && shape != Shape::resource && shape != Shape::none;
        case ParameterType::string:
            return shape != Shape::boolean && shape != Shape::reference && shape != Shape::period && shape != Shape::timing && shape != Shape::range &&
                   shape != Shape::quantity && shape != Shape::money && shape != Shape::resource && shape != Shape::date && shape != Shape::none;
        case ParameterType::composite: case ParameterType::special: return true;
    }
    return true;
}

bool fits(ParameterType type, const path::Yield& yield, const Shapes& shapes) {
    return yield.anything || yield.computed || std::any_of(yield.types.begin(), yield.types.end(), [&](schema::TypeId one) {
        return shapes.of(one) == Shape::extension || fits(type, shapes.of(one));
    });
}

void branches_of(const path::Syntax& syntax, path::NodeIndex index, std::vector<path::NodeIndex>& out) {
    const path::SyntaxNode& node = syntax.nodes[index];
    if (node.form != path::Form::binary || node.op != path::Operator::union_) return out.push_back(index);
    for (const path::NodeIndex part : node.parts) branches_of(syntax, part, out);
}

// The type that a branch begins with; no_type: none.
schema::TypeId begin_of(const path::Syntax& syntax, path::NodeIndex index, const schema::Schema& schema) {
    const path::SyntaxNode* node = &syntax.nodes[index];
    while (!node->parts.empty()) node = &syntax.nodes[node->parts.front()];
    return node->form == path::Form::member ? schema.find_type(node->text) : schema::no_type;
}

class Examiner {
public:
    Examiner(const StoredParameter& one, const schema::Schema& schema, const Parameters& known) : one_(one), schema_(schema), known_(known) {}

    base::Findings run() && {
        const auto type = parameter_type(one_.type);
        if (!type) say("type", IssueType::code_invalid, "'" + one_.type + "' is no type of search parameter.");
        check_code();
        check_bases();
        if (!type || *type == ParameterType::special) {
            if (type) say("type", IssueType::not_supported, "A parameter of type special needs a program of its own, which this server does not have.");
        } else if (one_.expression.empty()) {
            say("expression", IssueType::required, "A search parameter needs a FHIRPath expression; an xpath alone is not searched.");
        } else {
            check_expression(*type);
            if (*type == ParameterType::composite) check_components();
        }
        return std::move(findings_);
    }

private:
    void say(const char* where, IssueType issue, std::string text, Severity severity = Severity::error) {
        findings_.push_back({severity, issue, std::string("SearchParameter.") + where, std::move(text)});
    }

    void check_code() {
        if (!fit_for_an_address(one_.code))
            say("code", IssueType::value, "The code is the name in the address: 1 to 64 letters, digits, '-' and '_'.");
        else if (std::find(taken.begin(), taken.end(), one_.code) != taken.end())
            say("code", IssueType::value, "The code " + one_.code + " has a meaning of its own in every search.");
    }

    void check_bases() {
        for (const std::string_view base : base::split(one_.bases, ' ')) {
            if (base.empty()) continue;
            const schema::TypeId type = schema_.find_type(base);
            if (type == schema::no_type || schema_.type(type).kind != schema::TypeKind::resource)
                say("base", IssueType::code_invalid, "There is no resource type " + std::string(base) + " in FHIR R4.");
            else
                bases_.push_back(type);
        }
        if (bases_.empty() && findings_.empty()) say("base", IssueType::required, "A search parameter needs a resource type to search in.");
    }

    void check_expression(ParameterType type) {
        const auto syntax = path::parse(one_.expression);
        if (!syntax) return unreadable("expression", syntax.fault());
        if (const auto program = path::Program::compile(one_.expression, schema_); !program) return unreadable("expression", program.fault());
        std::vector<path::NodeIndex> branches;
        branches_of(*syntax, syntax->root, branches);
        for (const schema::TypeId base : bases_) check_base(type, *syntax, branches, base);
    }

    void check_base(ParameterType type, const path::Syntax& syntax, const std::vector<path::NodeIndex>& branches, schema::TypeId base) {
        const std::string name(schema_.type_name(base));
        bool reads = false;
        bool fit = false;
        std::string types;
        for (const path::NodeIndex branch : branches) {
            const schema::TypeId begin = begin_of(syntax, branch, schema_);
            const bool its = begin == schema::no_type || schema_.derives_from(base, begin) || schema_.derives_from(begin, base) ||
                             schema_.type(begin).kind == schema::TypeKind::primitive;
            if (!its) continue;
            reads = true;
            const auto yield = path::yield_of(syntax, branch, schema_, base);
            if (!yield) return unreadable("expression", yield.fault());
            fit = fit || fits(type, *yield, known_.shapes());
            for (const schema::TypeId one : yield->types) types.append(types.empty() ? "" : ", ").append(schema_.type_name(one));
        }
        if (!reads) return say("expression", IssueType::invariant, "The expression reads nothing of the base " + name + ".");
        if (!fit) say("type", IssueType::invariant, fmt::format("Of {} the expression gives {}, of which no parameter of type {} can be made.", name, types, one_.type));
    }

    void check_components() {
        if (one_.components.empty()) return say("component", IssueType::required, "A composite needs components.");
        for (const std::string_view line : base::split(one_.components, '\n')) {
            const auto [url, expression] = base::cut(line, ' ');
            const Parameter* const part = known_.by_url(url);
            if (part == nullptr)
                say("component.definition", IssueType::not_found, "No search parameter " + std::string(url) + " is active here.");
            else if (!is_supported(*part) || part->type == ParameterType::composite)
                say("component.definition", IssueType::not_supported, "The search parameter " + std::string(url) + " cannot be a part of another.");
            if (const auto program = path::Program::compile(expression, schema_); !program) unreadable("component.expression", program.fault());
        }
    }

    void unreadable(const char* where, const base::Fault& fault) {
        say(where, IssueType::invariant, fault.text + (fault.where.empty() ? "" : " (" + fault.where + ")"));
    }

    const StoredParameter& one_;
    const schema::Schema& schema_;
    const Parameters& known_;
    std::vector<schema::TypeId> bases_;
    base::Findings findings_;
};

}  // namespace

base::Findings examine(const StoredParameter& parameter, const schema::Schema& schema, const Parameters& known) {
    if (parameter.status != "active") return {};
    const Parameter* const published = known.by_url(parameter.url);
    base::Findings findings;
    if (published == nullptr || !published->package.empty()) findings = Examiner(parameter, schema, known).run();
    if (base::any_error(findings)) return findings;
    for (base::Finding& remark : Parameters::remarks_on(parameter, schema, known)) {
        remark.where = "SearchParameter.code";
        findings.push_back(std::move(remark));
    }
    return findings;
}

}  // namespace fhir::search
