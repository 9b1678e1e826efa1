// SPDX-License-Identifier: Apache-2.0
#include "fhir/search/parameter.h"

#include "base/text.h"
#include "fhir/path/check.h"
#include "fhir/path/program.h"
#include "fhir/search/single.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

namespace fhir::search {

namespace {

using ProgramPointer = std::shared_ptr<const path::Program>;

constexpr std::size_t most_components = 7;  // index_value.h

constexpr std::array<const char*, 9> type_names{"number",    "date",      "string",   "token",  "reference",
                                                "composite", "quantity", "uri",      "special"};

std::vector<std::string> words(std::string_view text) {
    std::vector<std::string> result;
    for (const std::string_view word : base::split(text, ' '))
        if (!word.empty()) result.emplace_back(word);
    return result;
}

// A published expression of several resource types is a union of one branch or more for each.
struct Branch {
    path::NodeIndex root = 0;
    schema::TypeId type = schema::no_type;  // its leading type; no_type = it names none
    ProgramPointer program{};
};

void find_branches(const path::Syntax& syntax, path::NodeIndex index, std::vector<Branch>& out) {
    const path::SyntaxNode& node = syntax.nodes[index];
    if (node.form != path::Form::binary || node.op != path::Operator::union_) {
        out.push_back({index});
        return;
    }
    for (const path::NodeIndex part : node.parts) find_branches(syntax, part, out);
}

schema::TypeId leading_type(const path::Syntax& syntax, path::NodeIndex index, const schema::Schema& schema) {
    const path::SyntaxNode* node = &syntax.nodes[index];
    while (!node->parts.empty()) node = &syntax.nodes[node->parts.front()];
    return node->form == path::Form::member ? schema.find_type(node->text) : schema::no_type;
}

base::Finding unreadable(std::string_view url, const base::Fault& fault) {
    return {base::Severity::error, base::IssueType::invariant, std::string(url),
            fault.text + (fault.where.empty() ? "" : " (" + fault.where + ")")};
}

// Raised whenever extraction makes other rows of the same parameter: what a store has is then made anew.
constexpr std::string_view rows_version = "2";

// Where in the text a form of a choice is named as JSON names it ("extension.valueDateTime"), from `at` on: the place behind "value" and the
// length of the type's name. Guides write it (US Core's condition-asserted-date); FHIRPath knows the element as value.
std::optional<std::pair<std::size_t, std::size_t>> written_form(std::string_view text, std::size_t at) {
    constexpr std::string_view written = ".value";
    for (at = text.find(written, at); at != std::string_view::npos; at = text.find(written, at)) {
        at += written.size();
        std::size_t end = at;
        while (end < text.size() && ((text[end] >= 'A' && text[end] <= 'Z') || (text[end] >= 'a' && text[end] <= 'z') || (text[end] >= '0' && text[end] <= '9'))) ++end;
        const bool called = end < text.size() && text[end] == '(';
        if (end > at && text[at] >= 'A' && text[at] <= 'Z' && !called && text.substr(at, end - at) != "Set") return std::pair{at, end - at};
    }
    return std::nullopt;
}

// R4 writes "value.as(DateTime)", a system type, where it means FHIR's dateTime (code-value-date); and see above.
std::string as_meant(std::string_view expression, const schema::Schema& schema) {
    constexpr std::string_view written = "as(DateTime)";
    std::string text(expression);
    for (std::size_t at = text.find(written); at != std::string::npos; at = text.find(written, at)) text.replace(at, written.size(), "as(dateTime)");
    std::size_t at = 0;
    while (const auto form = written_form(text, at)) {
        at = form->first;
        std::string type = text.substr(form->first, form->second);
        if (schema.find_type(type) == schema::no_type) type[0] = static_cast<char>(type[0] - 'A' + 'a');  // primitives are small
        if (schema.find_type(type) != schema::no_type) text.replace(form->first, form->second, ".ofType(" + type + ")");
    }
    return text;
}

// Asked by servers and clients of R4 as much as its sisters, and published only with R5.
constexpr schema::SearchParameterRow language_row{"http://hl7.org/fhir/SearchParameter/Resource-language", "_language", "token", "Resource", "Resource.language", {}, {}};

// Whether case counts in what an expression gives, as far as its types tell.
LetterCase letter_case(const path::Syntax& syntax, const schema::Schema& schema, const Shapes& shapes) {
    const auto yield = path::yield_of(syntax, syntax.root, schema, schema::no_type);
    if (!yield || yield->anything) return LetterCase::mixed;
    bool counts = false;
    bool ignored = false;
    for (const schema::TypeId type : yield->types) {
        const Shape shape = shapes.of(type);
        if (shape == Shape::extension) return LetterCase::mixed;
        counts = counts || case_counts(shape) == 'y';
        ignored = ignored || case_counts(shape) == 'n';
    }
    for (const char kind : yield->system) {
        if (kind == 'b' || kind == 'q') ignored = true;
        else if (kind == 's') counts = true;
        else return LetterCase::mixed;
    }
    if (counts && ignored) return LetterCase::mixed;
    return counts ? LetterCase::counts : LetterCase::ignored;
}

// Canonicals and uris and nothing else, as far as the types tell.
bool gives_addresses(const path::Syntax& syntax, const schema::Schema& schema, const Shapes& shapes) {
    const auto yield = path::yield_of(syntax, syntax.root, schema, schema::no_type);
    if (!yield || yield->anything || yield->types.empty()) return false;
    return std::all_of(yield->types.begin(), yield->types.end(), [&](schema::TypeId type) {
        return shapes.of(type) == Shape::canonical || shapes.of(type) == Shape::uri;
    });
}

// These are columns of every resource, not values in its index.
bool is_column(std::string_view code) { return code == "_id" || code == "_lastUpdated"; }

// Two published parameters may share type and code: one is the real one ("Condition-subject"), one an example.
bool named_by_base(const Parameter& parameter) {
    const std::string_view url = parameter.url;
    const std::string_view tail = url.substr(url.rfind('/') + 1);
    return std::any_of(parameter.bases.begin(), parameter.bases.end(),
                       [&](const std::string& base) { return tail.starts_with(base + "-"); });
}

std::string package_of(const PackageParameters& packages, std::string_view url) {
    for (std::size_t i = 0; i < packages.rows().size(); ++i)
        if (packages.rows()[i].url == url) return std::string(packages.package(i));
    return {};
}

// "Observation.code | Condition.code" says for a Condition what "Condition.code" says.
bool says_the_same(std::string_view type, const Parameter& a, const Parameter& b) {
    const auto branches = [&](const Parameter& parameter) {
        std::vector<std::string> own;
        for (std::string_view branch : base::split(parameter.expression_text, '|')) {
            std::string plain;
            for (const char c : branch)
                if (c != ' ' && c != '(' && c != ')') plain += c;
            if (plain.starts_with(std::string(type) + ".")) own.push_back(std::move(plain));
        }
        std::sort(own.begin(), own.end());
        return own;
    };
    return a.type == b.type && branches(a) == branches(b);
}

void remark_twice(const std::string& type, const Parameter& late, const Parameter& kept, base::Findings& findings) {
    if (type.empty() || says_the_same(type, late, kept)) return;
    findings.push_back({base::Severity::information, base::IssueType::duplicate, late.url,
                        "of " + type + " the code " + late.code + " stays that of " + kept.url + "; the one of " + late.package + " reads other elements and is not searched"});
}

struct Compiled {
    std::vector<Branch> branches;
};

}  // namespace

const char* spelling(ParameterType type) { return type_names[static_cast<std::size_t>(type)]; }

std::optional<ParameterType> parameter_type(std::string_view spelling) {
    for (std::size_t i = 0; i < type_names.size(); ++i)
        if (spelling == type_names[i]) return static_cast<ParameterType>(i);
    return {};
}

base::Result<Parameters> Parameters::compile(const schema::Schema& schema, base::Findings& findings, const PackageParameters* packages) {
    Rows rows(schema.search_parameters().begin(), schema.search_parameters().end());
    if (std::none_of(rows.begin(), rows.end(), [](const auto& row) { return row.url == language_row.url || row.code == language_row.code; }))
        rows.push_back(language_row);
    const std::size_t own = rows.size();
    if (packages != nullptr) {
        const auto known = [&](const schema::SearchParameterRow& row) {
            return std::any_of(rows.begin(), rows.begin() + static_cast<std::ptrdiff_t>(own), [&](const auto& other) { return other.url == row.url; });
        };
        for (const schema::SearchParameterRow& row : packages->rows())
            if (!known(row)) rows.push_back(row);
    }
    TRY(Parameters result, compile_rows(schema, rows, own, packages, nullptr, findings));
    result.shapes_ = Shapes(schema);
    return result;
}

base::Result<Parameters> Parameters::compile_rows(const schema::Schema& schema, const Rows& rows, std::size_t own, const PackageParameters* packages,
                                                  const Parameters* known, base::Findings& findings) {
    Parameters result;
    const Shapes shapes(schema);
    std::vector<std::shared_ptr<Parameter>> made;
    const std::size_t first = known == nullptr ? 0 : known->all_.size();
    std::vector<Compiled> compiled;
    std::unordered_map<std::string_view, Parameter*> by_url;
    const auto component_at = [&](std::string_view url) -> const Parameter* {
        const auto found = by_url.find(url);
        return found != by_url.end() ? found->second : known != nullptr ? known->by_url(url) : nullptr;
    };

    for (std::size_t i = 0; i < rows.size(); ++i) {
        const schema::SearchParameterRow& row = rows[i];
        auto parameter = std::make_shared<Parameter>();
        parameter->index = static_cast<std::uint32_t>(first + made.size());
        parameter->url = row.url;
        parameter->code = row.code;
        parameter->bases = words(row.bases);
        parameter->targets = words(row.targets);
        parameter->expression_text = row.expression;
        if (i >= own) parameter->package = package_of(*packages, row.url);
        const auto type = parameter_type(row.type);
        if (!type) {
            findings.push_back({base::Severity::error, base::IssueType::value, std::string(row.url),
                                "the search parameter has no known type"});
            continue;
        }
        parameter->type = *type;
        Compiled branches;
        if (!row.expression.empty() && !is_column(row.code)) {
            const auto syntax = path::parse(as_meant(row.expression, schema));
            if (!syntax) {
                findings.push_back(unreadable(row.url, syntax.fault()));
                continue;
            }
            auto whole = path::Program::compile(*syntax, syntax->root, schema);
            if (!whole) {
                findings.push_back(unreadable(row.url, whole.fault()));
                continue;
            }
            parameter->expression = std::make_shared<const path::Program>(*std::move(whole));
            if (*type == ParameterType::date)
                for (const std::string& one : parameter->bases)
                    if (gives_one_value(as_meant(row.expression, schema), one, schema)) parameter->single_in.push_back(one);
            if (*type == ParameterType::reference) parameter->by_address = gives_addresses(*syntax, schema, shapes);
            if (*type == ParameterType::token) parameter->letter_case = letter_case(*syntax, schema, shapes);
            find_branches(*syntax, syntax->root, branches.branches);
            for (Branch& branch : branches.branches) {
                branch.type = leading_type(*syntax, branch.root, schema);
                if (branches.branches.size() == 1) {
                    branch.program = parameter->expression;
                } else if (auto program = path::Program::compile(*syntax, branch.root, schema)) {
                    branch.program = std::make_shared<const path::Program>(*std::move(program));
                }
            }
        }
        by_url.emplace(parameter->url, parameter.get());
        made.push_back(std::move(parameter));
        compiled.push_back(std::move(branches));
    }

    // Components may stand behind the composite that names them.
    for (const schema::SearchParameterRow& row : rows) {
        const auto itself = by_url.find(row.url);
        if (row.components.empty() || itself == by_url.end()) continue;
        Parameter& composite = *itself->second;
        for (const std::string_view line : base::split(row.components, '\n')) {
            if (line.empty()) continue;
            const auto [url, expression] = base::cut(line, ' ');
            const Parameter* const part = component_at(url);
            auto program = path::Program::compile(as_meant(expression, schema), schema);
            if (part == nullptr || !program) {
                findings.push_back(unreadable(row.url, program ? base::Fault{base::Fault::Kind::invalid, "component " + std::string(url) + " is not defined"}
                                                               : program.fault()));
                composite.components.clear();
                break;
            }
            if (composite.components.size() == most_components) {
                findings.push_back(unreadable(row.url, {base::Fault::Kind::invalid, "more than 7 components"}));
                composite.components.clear();
                break;
            }
            composite.components.push_back({part, std::make_shared<const path::Program>(*std::move(program))});
        }
    }

    const auto add = [&](const std::string& name, schema::TypeId type) {
        ByType entry;
        const auto applies = [&](const Parameter& parameter) {
            return std::any_of(parameter.bases.begin(), parameter.bases.end(),
                               [&](const std::string& base) { return schema.derives_from(type, schema.find_type(base)); });
        };
        for (const auto& parameter : made) {
            if (!applies(*parameter)) continue;
            const auto [place, fresh] = entry.by_code.emplace(parameter->code, parameter.get());
            if (fresh) continue;
            if (!parameter->package.empty()) {
                if (parameter->package != place->second->package) remark_twice(name, *parameter, *place->second, findings);
            } else if (!named_by_base(*place->second) && named_by_base(*parameter)) {
                place->second = parameter.get();
            }
        }
        for (std::size_t i = 0; i < made.size(); ++i) {
            const Parameter& parameter = *made[i];
            const auto found = entry.by_code.find(parameter.code);
            if (found == entry.by_code.end() || found->second != &parameter) continue;
            entry.parameters.push_back(&parameter);
            Extraction extraction{&parameter, {}};
            for (const Branch& branch : compiled[i].branches)
                if (branch.program && (branch.type == schema::no_type || schema.derives_from(type, branch.type)))
                    extraction.branches.push_back(branch.program);
            if (!extraction.branches.empty() && (parameter.type != ParameterType::special || is_position(parameter)))
                entry.extractions.push_back(std::move(extraction));
        }
        std::sort(entry.parameters.begin(), entry.parameters.end(),
                  [](const Parameter* a, const Parameter* b) { return a->code < b->code; });
        if (!entry.parameters.empty()) result.by_type_.emplace(name, std::make_shared<const ByType>(std::move(entry)));
    };
    for (std::size_t i = 1; i < schema.type_count(); ++i) {
        const auto id = static_cast<schema::TypeId>(i);
        if (schema.type(id).kind == schema::TypeKind::resource && !schema.type(id).abstract)
            add(std::string(schema.type_name(id)), id);
    }
    add("", schema.find_type("Resource"));
    result.all_.assign(made.begin(), made.end());
    for (const auto& parameter : made) result.by_url_.emplace(parameter->url, parameter.get());
    return result;
}

std::string meaning_of(const Parameter& parameter) {
    std::string meaning(rows_version);
    ((meaning += ' ') += spelling(parameter.type)) += ' ';
    meaning += parameter.expression_text;
    if (written_form(parameter.expression_text, 0)) meaning += " as ofType";  // read otherwise once: rows of then are made anew
    for (const Parameter::Component& component : parameter.components) (meaning += '\n') += meaning_of(*component.parameter);
    return meaning;
}

bool is_words(const Parameter& parameter) {
    return !parameter.expression && (parameter.code == "_text" || parameter.code == "_content");
}

bool is_position(const Parameter& parameter) {
    return parameter.type == ParameterType::special && parameter.code == "near" && parameter.expression;
}

bool is_supported(const Parameter& parameter) {
    if (is_words(parameter) || is_position(parameter)) return true;
    if (parameter.type == ParameterType::special) return false;
    if (parameter.type == ParameterType::composite && parameter.components.empty()) return false;
    return parameter.expression || is_column(parameter.code);
}

const Parameters::ByType& Parameters::entry(std::string_view resource_type) const {
    static const ByType nothing;
    const auto found = by_type_.find(resource_type);
    return found == by_type_.end() ? nothing : *found->second;
}

const Parameter* Parameters::by_url(std::string_view url) const {
    const auto found = by_url_.find(url);
    return found == by_url_.end() ? nullptr : found->second;
}

const Parameter* Parameters::find(std::string_view resource_type, std::string_view code) const {
    const ByType& type = entry(resource_type);
    const auto found = type.by_code.find(code);
    return found == type.by_code.end() ? nullptr : found->second;
}

const std::vector<const Parameter*>& Parameters::of(std::string_view resource_type) const {
    return entry(resource_type).parameters;
}

const std::vector<Extraction>& Parameters::extractions(std::string_view resource_type) const {
    return entry(resource_type).extractions;
}

}  // namespace fhir::search
