// SPDX-License-Identifier: Apache-2.0
#include "fhir/validate/rules/enable_when.h"

#include "fhir/path/decimal.h"
#include "fhir/path/program.h"
#include "fhir/primitive.h"
#include "fhir/validate/rules/element.h"

#include <vector>

namespace fhir::validate {

namespace {

constexpr std::string_view expressions[] = {
    "http://hl7.org/fhir/uv/sdc/StructureDefinition/sdc-questionnaire-enableWhenExpression",
    "http://hl7.org/fhir/StructureDefinition/questionnaire-enableWhenExpression",
};

// Items below `node` with that linkId, through answers too.
void find_items(View node, std::string_view link, std::vector<View>& found) {
    for (View child : node.children()) {
        const std::string_view name = child.name_text();
        if (name == "item") {
            if (text_of(child, "linkId") == link) found.push_back(child);
            find_items(child, link, found);
        } else if (name == "answer") {
            find_items(child, link, found);
        }
    }
}

// The nearest: first what stands beside the item, then what stands around it.
std::vector<View> nearest(std::span<const View> around, std::string_view link) {
    std::vector<View> found;
    for (std::size_t i = around.size(); i-- > 0 && found.empty();) {
        if (text_of(around[i], "linkId") == link) found.push_back(around[i]);
        if (found.empty()) find_items(around[i], link, found);
    }
    return found;
}

std::optional<int> order(const auto& a, const auto& b) { return a < b ? -1 : b < a ? 1 : 0; }

std::optional<int> compare_decimals(std::string_view a, std::string_view b) {
    const auto left = path::Decimal::parse(a);
    const auto right = path::Decimal::parse(b);
    if (!left || !right) return std::nullopt;
    return order(*left, *right);
}

std::optional<int> compare_quantities(View a, View b, const Services& services) {
    const auto same = [&](Name name) { return a.text(name) == b.text(name); };
    const std::string_view value = a.text("value"_name);
    const std::string_view other = b.text("value"_name);
    const bool coded = !a.text("code"_name).empty() && !b.text("code"_name).empty();
    if (coded ? same("code"_name) && same("system"_name)
              : same("unit"_name) || a.text("unit"_name).empty() || b.text("unit"_name).empty())
        return compare_decimals(value, other);
    if (services.units == nullptr || !coded || a.text("system"_name) != "http://unitsofmeasure.org" ||
        !same("system"_name))
        return std::nullopt;
    const auto converted = services.units->convert(other, b.text("code"_name), a.text("code"_name));
    if (!converted) return std::nullopt;
    return compare_decimals(value, *converted);
}

bool condition_holds(View condition, std::span<const View> around, const Services& services) {
    const std::string_view op = text_of(condition, "operator");
    const View expected = choice_of(condition, "answer");
    std::vector<View> values;
    for (View item : nearest(around, text_of(condition, "question")))
        for (View answer : items(item, "answer"))
            if (View value = choice_of(answer)) values.push_back(value);
    if (op == "exists") return values.empty() != (expected.text() == "true");
    for (View value : values) {
        const auto compared = compare_values(value, expected, services);
        const bool holds = op == "!=" ? compared != 0
                                      : compared && (op == "="    ? *compared == 0
                                                     : op == ">"  ? *compared > 0
                                                     : op == "<"  ? *compared < 0
                                                     : op == ">=" ? *compared >= 0
                                                                  : op == "<=" && *compared <= 0);
        if (holds) return true;
    }
    return false;
}

}  // namespace

std::optional<int> compare_values(View a, View b, const Services& services) {
    const bool numbers = a.kind() == Kind::number && b.kind() == Kind::number;
    if (numbers) return compare_decimals(a.text(), b.text());
    if (a.primitive() != b.primitive()) return std::nullopt;
    if (a.primitive()) {
        const std::string_view type = a.name_text();
        if (type == "valueDate" || type == "valueDateTime") {
            const auto left = primitive::interval(a.text());
            const auto right = primitive::interval(b.text());
            if (!left || !right) return std::nullopt;
            return order(left->from, right->from);
        }
        return order(a.text(), b.text());
    }
    if (a.child("reference"_name) || b.child("reference"_name))
        return a.text("reference"_name) == b.text("reference"_name) ? std::optional<int>(0) : std::nullopt;
    if (a.child("value"_name) || b.child("value"_name)) return compare_quantities(a, b, services);
    const bool systems = !a.text("system"_name).empty() && !b.text("system"_name).empty();
    if (systems && a.text("system"_name) != b.text("system"_name)) return std::nullopt;
    const bool codes = !a.text("code"_name).empty() || !b.text("code"_name).empty();
    const Name name = codes ? "code"_name : "display"_name;
    return a.text(name) == b.text(name) ? std::optional<int>(0) : std::nullopt;
}

Enabled enabled(View definition, std::span<const View> around, const Services& services, const Question& question) {
    for (const std::string_view url : expressions) {
        const View value = extension_value(definition, url);
        if (!value) continue;
        const std::string_view expression = value.primitive() ? value.text() : text_of(value, "expression");
        const auto program = path::Program::compile(expression, services.schema);
        if (!program) return Enabled::unknown;
        path::Environment environment;
        environment.resource = path::resource_item(around.front(), services.schema);
        environment.now = question.now;
        const auto result = program->evaluate(around.front(), environment);
        if (!result) return Enabled::unknown;
        return result->size() == 1 && result->front().kind == path::Item::Kind::boolean && result->front().flag
                   ? Enabled::yes
                   : Enabled::no;
    }
    bool any = false, all = true, conditions = false;
    for (View condition : items(definition, "enableWhen")) {
        const bool holds = condition_holds(condition, around, services);
        any = any || holds;
        all = all && holds;
        conditions = true;
    }
    if (!conditions) return Enabled::yes;
    return (text_of(definition, "enableBehavior") == "all" ? all : any) ? Enabled::yes : Enabled::no;
}

}  // namespace fhir::validate
