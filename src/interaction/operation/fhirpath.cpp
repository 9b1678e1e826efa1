// SPDX-License-Identifier: Apache-2.0
#include "interaction/operation/fhirpath.h"

#include "base/text.h"
#include "fhir/codec/xml.h"
#include "fhir/path/program.h"
#include "fhir/validate/services.h"
#include "interaction/operation/expression_tree.h"
#include "interaction/operation/item_path.h"
#include "interaction/operation/parameters.h"

#include <algorithm>
#include <array>
#include <optional>

namespace interaction {
namespace {

using base::Fault;
using base::IssueType;
using fhir::View;
using fhir::path::Item;
using Kind = fhir::path::Item::Kind;
using namespace fhir::literals;

constexpr std::string_view json_value = "http://fhir.forms-lab.com/StructureDefinition/json-value";
constexpr std::string_view xml_value = "http://fhir.forms-lab.com/StructureDefinition/xml-value";
constexpr std::string_view resource_path = "http://fhir.forms-lab.com/StructureDefinition/resource-path";
constexpr std::size_t most_results = 10'000;  // items of one answer

// What is wrong with an expression, where in its text: "line 2, column 9" stands in `where`.
Fault in_expression(Fault fault, const char* parameter) {
    int line = 1, column = 1;
    for (const std::string_view part : base::split(fault.where, ',')) {
        const auto [word, number] = base::cut(base::trim(part), ' ');
        const auto value = base::to_integer(number);
        if (value && word == "line") line = static_cast<int>(*value);
        if (value && word == "column") column = static_cast<int>(*value);
    }
    std::string text = fault.text;
    if (!fault.where.empty()) text += " (" + fault.where + ")";
    const std::string where = std::string("Parameters.parameter.where(name = '") + parameter + "').value";
    Fault told{Fault::Kind::malformed, text, where, IssueType::invariant};
    told.findings.push_back({base::Severity::error, fault.type, where, std::move(text), line, column});
    return told;
}

base::Result<std::optional<fhir::Document>> text_resource(View parameter, const fhir::schema::Schema& schema) {
    std::string_view json, xml;
    for (const View extension : parameter.children("extension"_name)) {
        if (extension.text("url"_name) == json_value) json = value_of(extension).text();
        if (extension.text("url"_name) == xml_value) xml = value_of(extension).text();
    }
    if (const std::string_view plain = base::trim(value_of(parameter).text()); !plain.empty()) (plain.front() == '<' ? xml : json) = plain;
    if (!xml.empty()) {
        TRY(auto document, fhir::codec::read_xml(xml, schema));
        return std::optional<fhir::Document>(std::move(document));
    }
    if (json.empty()) return std::optional<fhir::Document>{};
    TRY(auto document, fhir::codec::read_json(json, schema.names()));
    return std::optional<fhir::Document>(std::move(document));
}

bool is_calendar_word(std::string_view unit) {
    constexpr std::array<std::string_view, 8> words{"year", "month", "week", "day", "hour", "minute", "second", "millisecond"};
    if (unit.ends_with('s')) unit.remove_suffix(1);
    return std::find(words.begin(), words.end(), unit) != words.end();
}

// Writes items as parts of a result or trace.
class Writer {
public:
    Writer(const fhir::schema::Schema& schema, const ItemPaths* paths, ParametersText& out)
        : schema_(schema), paths_(paths), out_(out), holder_(schema.find_type("Parameters.parameter")) {}

    void item(const Item& item) {
        out_.open(type_of(item));
        if (item.is_node()) node(item);
        else computed(item);
        out_.close();
    }

    std::string type_of(const Item& item) const {
        switch (item.kind) {
            case Kind::boolean: return "boolean";
            case Kind::integer: return "integer";
            case Kind::decimal: return "decimal";
            case Kind::string: return item.text.empty() ? "empty-string" : "string";
            case Kind::date: return "date";
            case Kind::date_time: return "dateTime";
            case Kind::time: return "time";
            case Kind::quantity: return "Quantity";
            case Kind::type_info: return "TypeInfo";
            case Kind::node: break;
        }
        if (item.type != fhir::schema::no_type) return std::string(schema_.type_name(item.type));
        return item.node.resource_type().empty() ? "element" : std::string(item.node.resource_type());
    }

private:
    fhir::Builder& build() { return out_.builder(); }

    void extension(std::string_view url, std::string_view text) {
        build().open("extension"_name, true);
        build().value("url"_name, url);
        build().value("valueString"_name, text);
        build().close();
    }

    // value[x] of a parameter for that type; no_name when it may not stand there.
    fhir::Name value_name(std::string_view type) const {
        if (type.empty()) return fhir::no_name;
        std::string name = "value" + std::string(type);
        name[5] = type.front() >= 'a' && type.front() <= 'z' ? static_cast<char>(type.front() - 32) : type.front();
        const fhir::Name number = schema_.names().find(name);
        return number != fhir::no_name && schema_.element(holder_, number) != nullptr ? number : fhir::no_name;
    }

    void node(const Item& item) {
        if (!item.node) return;
        if (paths_ != nullptr)
            if (const std::string path = paths_->of(item.node); !path.empty()) extension(resource_path, path);
        if (!item.node.resource_type().empty()) {
            build().copy(item.node, "resource"_name, false);
            return;
        }
        const fhir::Name name = item.type == fhir::schema::no_type ? fhir::no_name : value_name(schema_.type_name(item.type));
        if (name != fhir::no_name) build().copy(item.node, name, false);
        else if (item.node.has_value()) build().value("valueString"_name, item.node.text());
        else extension(json_value, fhir::codec::to_json(item.node));
    }

    void computed(const Item& item) {
        const auto text = [&](std::string_view type, fhir::Kind kind = fhir::Kind::string) {
            const fhir::Name name = value_name(type);
            build().value(name == fhir::no_name ? "valueString"_name : name, item.text, kind);
        };
        switch (item.kind) {
            case Kind::boolean: build().flag("valueBoolean"_name, item.flag); break;
            case Kind::integer: integer(item.integer()); break;
            case Kind::decimal: text("decimal", fhir::Kind::number); break;
            case Kind::string:
                if (!item.text.empty()) text("string");
                break;
            case Kind::date: text("date"); break;
            case Kind::date_time: date_time(item.text); break;
            case Kind::time: item.text.size() < 8 ? text("string") : text("time"); break;
            case Kind::quantity: quantity(item); break;
            case Kind::type_info: build().value("valueString"_name, std::string(item.unit()) + "." + std::string(item.text)); break;
            case Kind::node: break;
        }
    }

    void integer(std::int64_t value) {
        if (value >= INT32_MIN && value <= INT32_MAX) build().number("valueInteger"_name, value);
        else build().value("valueDecimal"_name, std::to_string(value), fhir::Kind::number);
    }

    // FHIR wants seconds and a zone when there is a time; FHIRPath does not.
    void date_time(std::string_view text) {
        const auto time = text.find('T');
        const bool whole = time == std::string_view::npos || text.size() >= time + 10;
        if (text.ends_with('T')) text.remove_suffix(1);
        build().value(whole || time + 1 >= text.size() ? "valueDateTime"_name : "valueString"_name, text);
    }

    void quantity(const Item& item) {
        build().open("valueQuantity"_name);
        build().value("value"_name, item.text, fhir::Kind::number);
        build().value("unit"_name, item.unit());
        if (!is_calendar_word(item.unit())) {
            build().value("system"_name, "http://unitsofmeasure.org");
            build().value("code"_name, item.unit());
        }
        build().close();
    }

    const fhir::schema::Schema& schema_;
    const ItemPaths* paths_;
    ParametersText& out_;
    fhir::schema::TypeId holder_;
};

class Evaluation {
public:
    Evaluation(const Request& request, const Context& context)
        : context_(context), parameters_(request), out_(context.schema.names(), "fhirpath") {}

    base::Result<Response> run() {
        const std::string expression = parameters_.text("expression");
        if (expression.empty())
            return Fault{Fault::Kind::malformed, "The parameter expression is missing.", "Parameters.parameter", IssueType::required};
        TRY(read_resource());
        TRY(auto syntax, parsed(expression, "expression"));
        TRY(auto program, compiled(expression, "expression"));
        read_variables();
        tell(expression, syntax);

        if (context_.definitions != nullptr) {
            knowledge_ = context_.definitions->now();
            environment_.units = knowledge_->units();
            if (resource_) {
                services_.emplace(knowledge_->validator(), resource_);
                environment_.services = &*services_;
            }
        }
        environment_.now = context_.clock.now();
        environment_.constants = &variables_;
        environment_.traces = &traces_;
        const Item root = resource_ ? fhir::path::resource_item(resource_, context_.schema) : Item{};
        if (resource_) environment_.resource = environment_.root_resource = root;

        const std::string where = parameters_.text("context");
        if (where.empty()) {
            TRY(evaluate(program, root, ""));
        } else {
            TRY(const auto chooser, compiled(where, "context"));
            auto found = chooser.evaluate(root, environment_);
            if (!found) return in_expression(std::move(found).fault(), "context");
            traces_.clear();
            std::size_t number = 0;
            for (const Item& item : *found) {
                std::string place = item.is_node() && paths_ ? paths_->of(item.node) : std::string();
                if (place.empty()) place = where + "[" + std::to_string(number) + "]";
                ++number;
                TRY(evaluate(program, item, place));
            }
        }
        Response response;
        response.type = "Parameters";
        response.content.emplace_back(std::move(out_).finish());
        return response;
    }

private:
    base::Result<void> read_resource() {
        const View parameter = parameters_.find("resource");
        resource_ = parameter.child("resource"_name);
        if (!resource_ && parameter) {
            TRY(own_, text_resource(parameter, context_.schema));
            if (own_) resource_ = own_->root();
        }
        if (!resource_) return {};
        // Places are seen from the resource, whatever it came in.
        if (!own_) {
            fhir::Builder alone(context_.schema.names());
            alone.copy(resource_, fhir::no_name, false);
            own_ = std::move(alone).finish();
            resource_ = own_->root();
        }
        paths_.emplace(*own_, context_.schema);
        return {};
    }

    base::Result<fhir::path::Syntax> parsed(const std::string& text, const char* parameter) const {
        auto syntax = fhir::path::parse(text);
        if (!syntax) return in_expression(std::move(syntax).fault(), parameter);
        return syntax;
    }

    base::Result<fhir::path::Program> compiled(const std::string& text, const char* parameter) const {
        auto program = fhir::path::Program::compile(text, context_.schema);
        if (!program) return in_expression(std::move(program).fault(), parameter);
        return program;
    }

    void read_variables() {
        for (const View group : parameters_.all("variables"))
            for (const View part : group.children("part"_name)) {
                auto& items = variables_[std::string(part.text("name"_name))];
                if (const View inner = part.child("resource"_name)) {
                    items.push_back(fhir::path::resource_item(inner, context_.schema));
                } else if (const View value = value_of(part)) {
                    const auto* element = context_.schema.element(context_.schema.find_type("Parameters.parameter"), value.name());
                    items.push_back(Item::of(value, element != nullptr ? element->type : fhir::schema::no_type, element));
                }
            }
    }

    // What was asked, back again.
    void tell(const std::string& expression, const fhir::path::Syntax& syntax) {
        out_.open("parameters");
        out_.text("evaluator", "Andiron" + (context_.rules.version.empty() ? "" : "-" + context_.rules.version) + " (R4)");
        out_.text("parseDebugTree", expression_tree(syntax, context_.schema.names()));
        if (parameters_.text("validate") == "true" && resource_) {
            const bool inside = !parameters_.text("context").empty();
            const auto type = inside ? fhir::schema::no_type : context_.schema.find_type(resource_.resource_type());
            const auto strict = fhir::path::Program::compile_strict(expression, context_.schema, type);
            if (!strict) out_.text("parseDebug", strict.fault().text + " (" + strict.fault().where + ")");
        }
        out_.text("expression", expression);
        for (const char* name : {"context", "terminologyserver"})
            if (const std::string text = parameters_.text(name); !text.empty()) out_.text(name, text);
        if (resource_) {
            out_.open("resource");
            out_.builder().copy(resource_, "resource"_name, false);
            out_.close();
        }
        for (const View group : parameters_.all("variables")) out_.builder().copy(group, "part"_name, true);
        out_.close();
    }

    base::Result<void> evaluate(const fhir::path::Program& program, const Item& from, const std::string& place) {
        traces_.clear();
        auto found = program.evaluate(from, environment_);
        if (!found) return in_expression(std::move(found).fault(), "expression");
        written_ += found->size();
        if (written_ > most_results)
            return Fault{Fault::Kind::too_costly, "The expression has more than " + std::to_string(most_results) + " results; make it narrower."};
        Writer writer(context_.schema, paths_ ? &*paths_ : nullptr, out_);
        out_.open("result");
        if (!place.empty()) out_.builder().value("valueString"_name, place);
        for (const Item& item : *found) writer.item(item);
        for (const fhir::path::Trace& trace : traces_) {
            out_.open("trace");
            out_.builder().value("valueString"_name, trace.name);
            for (const Item& item : trace.items) writer.item(item);
            out_.close();
        }
        out_.close();
        return {};
    }

    const Context& context_;
    Parameters parameters_;
    ParametersText out_;
    View resource_{};
    std::optional<fhir::Document> own_;
    std::optional<ItemPaths> paths_;
    std::map<std::string, fhir::path::Collection> variables_;
    std::vector<fhir::path::Trace> traces_;
    std::shared_ptr<const Knowledge> knowledge_;
    std::optional<fhir::validate::PathServices> services_;
    fhir::path::Environment environment_;
    std::size_t written_ = 0;
};

}  // namespace

base::Result<Response> fhirpath(const Request& request, store::Snapshot&, const Context& context) {
    return Evaluation(request, context).run();
}

}  // namespace interaction
