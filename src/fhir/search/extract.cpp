// SPDX-License-Identifier: Apache-2.0
#include "fhir/search/extract.h"

#include "base/text.h"
#include "fhir/path/program.h"
#include "fhir/path/temporal.h"
#include "fhir/resource/reference.h"

#include <algorithm>
#include <cmath>

namespace fhir::search {

namespace {

using path::Item;

constexpr double infinite = std::numeric_limits<double>::infinity();

// One resource's way through all of its parameters.
class Extractor {
public:
    Extractor(const Parameters& parameters, const schema::Schema& schema, base::Findings& findings,
              const ExtractOptions& options)
        : parameters_(parameters), schema_(schema), findings_(findings), options_(options) {}

    void run(const Extraction& extraction, const Item& resource) {
        const Parameter& parameter = *extraction.parameter;
        slot_ = {};
        slot_.parameter = parameter.index;
        for (const auto& branch : extraction.branches) {
            arena_.clear();
            const auto items = branch->evaluate(resource, {}, arena_);
            if (!items) {
                findings_.push_back({base::Severity::warning, base::IssueType::processing, parameter.code,
                                     "this search parameter could not be read: " + items.fault().text});
                continue;
            }
            for (const Item& item : *items) {
                if (parameter.type == ParameterType::composite) composite(parameter, item, resource);
                else value(parameter, item);
            }
        }
    }

    std::vector<IndexValue> finish() && {
        std::sort(values_.begin(), values_.end(), [](const IndexValue& a, const IndexValue& b) { return a < b; });
        values_.erase(std::unique(values_.begin(), values_.end()), values_.end());
        return std::move(values_);
    }

private:
    // All components of one element, or nothing: a pair needs both halves (R4 3.1.1.4.12).
    void composite(const Parameter& parameter, const Item& item, const Item& resource) {
        const std::size_t before = values_.size();
        ++slot_.group;
        path::Environment environment;
        environment.resource = resource;
        for (std::size_t i = 0; i < parameter.components.size(); ++i) {
            const Parameter::Component& component = parameter.components[i];
            slot_.component = static_cast<std::uint8_t>(i + 1);
            const std::size_t begin = values_.size();
            if (const auto items = component.expression->evaluate(item, environment, arena_))
                for (const Item& part : *items) value(*component.parameter, part);
            if (values_.size() == begin) {
                values_.resize(before);
                break;
            }
        }
        slot_.component = 0;
    }

    IndexValue& add(IndexKind kind) {
        values_.push_back(slot_);
        values_.back().kind = kind;
        return values_.back();
    }

    Shape shape(const Item& item) const {
        if (item.kind == Item::Kind::boolean) return Shape::boolean;
        if (!item.is_node()) return Shape::text;
        return parameters_.shapes().of(item.type);
    }
    static std::string_view text(const Item& item) {
        if (item.is_node()) return item.node.text();
        if (item.kind == Item::Kind::boolean) return item.flag ? "true" : "false";
        return item.text;
    }

    void value(const Parameter& parameter, const Item& item) {
        if (shape(item) == Shape::extension) {  // Patient.extension(url) means the extension's value
            for (View child : item.node.children()) {
                const schema::Element* element = schema_.element(item.type, child.name());
                if (element && element->base == "value"_name) value(parameter, Item::of(child, element->type, element));
            }
            return;
        }
        switch (parameter.type) {
            case ParameterType::token: return token(item);
            case ParameterType::string: return string(item);
            case ParameterType::date: return date(parameter, item);
            case ParameterType::number: return number(item);
            case ParameterType::quantity: return quantity(item);
            case ParameterType::reference: return reference(item);
            case ParameterType::uri: return uri(item);
            case ParameterType::composite: case ParameterType::special: return;
        }
    }

    void add_token(std::string_view system, std::string_view code, std::string_view shown) {
        if (system.empty() && code.empty() && shown.empty()) return;
        IndexValue& made = add(IndexKind::token);
        made.system = system;
        made.code = code;
        if (!shown.empty()) made.text = base::fold(shown);
    }

    void token(const Item& item) {
        const View node = item.node;
        switch (shape(item)) {
            case Shape::none: case Shape::extension: case Shape::resource: case Shape::human_name: case Shape::address:
            case Shape::period: case Shape::timing: case Shape::range: case Shape::money: return;
            case Shape::coding: return add_token(node.text("system"_name), node.text("code"_name), node.text("display"_name));
            case Shape::concept_:
                for (View coding : node.children("coding"_name))
                    add_token(coding.text("system"_name), coding.text("code"_name), coding.text("display"_name));
                add_token({}, {}, node.text("text"_name));
                return;
            case Shape::identifier: {
                const std::string_view code = node.text("value"_name);
                if (!code.empty() || node.child("system"_name)) add_token(node.text("system"_name), code, {});
                return;
            }
            case Shape::contact_point: return add_token({}, node.text("value"_name), {});
            case Shape::quantity: return add_token(node.text("system"_name), node.text("code"_name), node.text("unit"_name));
            case Shape::reference:
                for (View identifier : node.children("identifier"_name))
                    add_token(identifier.text("system"_name), identifier.text("value"_name), {});
                return;
            case Shape::code: {
                // A code's system is implied by its binding (R4 3.1.1.4.10).
                const std::string_view code = text(item);
                const std::uint32_t set = item.element() ? item.element()->value_set : 0;
                return add_token(set ? schema_.system_of(set, code) : std::string_view{}, code, {});
            }
            default: return add_token({}, text(item), {});
        }
    }

    void add_string(std::string_view shown) {
        std::string folded = base::fold(shown);
        if (folded.empty()) return;
        IndexValue& made = add(IndexKind::string);
        made.code = std::move(folded);
        made.text = shown;
    }

    void string(const Item& item) {
        const auto parts = [&](std::initializer_list<Name> names) {
            for (const Name name : names)
                for (View part : item.node.children(name)) add_string(part.text());
        };
        switch (shape(item)) {
            case Shape::human_name:
                return parts({"family"_name, "given"_name, "prefix"_name, "suffix"_name, "text"_name});
            case Shape::address:
                return parts({"line"_name, "city"_name, "district"_name, "state"_name, "postalCode"_name, "country"_name,
                              "text"_name});
            case Shape::concept_:
                parts({"text"_name});
                for (View coding : item.node.children("coding"_name)) add_string(coding.text("display"_name));
                return;
            case Shape::coding: return parts({"display"_name});
            case Shape::identifier: case Shape::contact_point: return parts({"value"_name});
            default: return add_string(text(item));
        }
    }

    struct Span {
        base::Micros from = no_begin;
        base::Micros to = no_end;
    };

    std::optional<Span> span(const Parameter& parameter, std::string_view written) {
        const auto time = path::Temporal::date_time(written);
        if (time) return Span{time->first(), time->end()};
        findings_.push_back({base::Severity::warning, base::IssueType::value, parameter.code,
                             "a date that cannot be read is not indexed"});
        return {};
    }

    std::optional<Span> span_of_period(const Parameter& parameter, View period) {
        Span result;
        const std::string_view start = period.text("start"_name);
        const std::string_view end = period.text("end"_name);
        if (start.empty() && end.empty()) return {};
        if (!start.empty()) {
            const auto first = span(parameter, start);
            if (!first) return {};
            result.from = first->from;
        }
        if (!end.empty()) {
            const auto last = span(parameter, end);
            if (!last) return {};
            result.to = last->to;
        }
        return result;
    }

    // Only the outer limits of a schedule count (R4 3.1.1.4.7).
    std::optional<Span> span_of_timing(const Parameter& parameter, View timing) {
        std::optional<Span> result;
        const auto widen = [&](std::optional<Span> more) {
            if (!more) return;
            if (!result) result = more;
            result->from = std::min(result->from, more->from);
            result->to = std::max(result->to, more->to);
        };
        for (View event : timing.children("event"_name)) widen(span(parameter, event.text()));
        for (View repeat : timing.children("repeat"_name))
            for (View bounds : repeat.children("boundsPeriod"_name)) widen(span_of_period(parameter, bounds));
        return result;
    }

    void date(const Parameter& parameter, const Item& item) {
        std::optional<Span> found;
        switch (shape(item)) {
            case Shape::period: found = span_of_period(parameter, item.node); break;
            case Shape::timing: found = span_of_timing(parameter, item.node); break;
            case Shape::date: case Shape::text:
                if (!text(item).empty()) found = span(parameter, text(item));
                break;
            default: return;
        }
        if (!found) return;
        IndexValue& made = add(IndexKind::date);
        made.from = found->from;
        made.to = found->to;
    }

    static std::optional<double> read_number(std::string_view written) {
        const auto value = base::to_double(written);
        return value && std::isfinite(*value) ? value : std::nullopt;
    }

    void number(const Item& item) {
        const Shape is = shape(item);
        if (is == Shape::range) return range(item, IndexKind::number);
        if (is != Shape::integer && is != Shape::decimal && is != Shape::text && is != Shape::quantity) return;
        const auto value = read_number(is == Shape::quantity ? item.node.text("value"_name) : text(item));
        if (!value) return;
        IndexValue& made = add(IndexKind::number);
        made.low = made.high = *value;
    }

    void range(const Item& item, IndexKind kind) {
        const View low = item.node.child("low"_name);
        const View high = item.node.child("high"_name);
        const auto from = read_number(low.text("value"_name));
        const auto to = read_number(high.text("value"_name));
        if (!from && !to) return;
        IndexValue& made = add(kind);
        made.low = from.value_or(-infinite);
        made.high = to.value_or(infinite);
        if (kind == IndexKind::number) return;
        const View one = from ? low : high;
        made.system = one.text("system"_name);
        made.code = one.text("code"_name);
        made.text = one.text("unit"_name);
    }

    void quantity(const Item& item) {
        const Shape is = shape(item);
        if (is == Shape::range) return range(item, IndexKind::quantity);
        if (is != Shape::quantity && is != Shape::money) return;
        const auto value = read_number(item.node.text("value"_name));
        if (!value) return;
        IndexValue& made = add(IndexKind::quantity);
        made.low = made.high = *value;
        if (is == Shape::money) {
            made.system = "urn:iso:std:iso:4217";
            made.code = item.node.child("currency").text();
            return;
        }
        made.system = item.node.text("system"_name);
        made.code = item.node.text("code"_name);
        made.text = item.node.text("unit"_name);
        // "<5" is anything below 5.
        const std::string_view comparator = item.node.text("comparator"_name);
        if (comparator.starts_with('<')) made.low = -infinite;
        if (comparator.starts_with('>')) made.high = infinite;
    }

    void reference(const Item& item) {
        switch (shape(item)) {
            case Shape::reference:
                add_reference(item.node.text("reference"_name));
                for (View identifier : item.node.children("identifier"_name)) {
                    IndexValue& made = add(IndexKind::token);
                    made.system = identifier.text("system"_name);
                    made.code = identifier.text("value"_name);
                    made.text = ":identifier";
                }
                return;
            case Shape::canonical: case Shape::uri: {
                const std::string_view url = text(item);
                if (url.starts_with('#')) return;
                add_address(IndexKind::reference, url);
                return;
            }
            case Shape::resource: {  // Bundle.entry[0].resource: the resource itself
                const std::string_view id = item.node.text("id"_name);
                if (id.empty()) return;
                IndexValue& made = add(IndexKind::reference);
                made.system = item.node.resource_type();
                made.code = id;
                return;
            }
            default: return;
        }
    }

    void add_reference(std::string_view written) {
        using Kind = resource::ReferenceText::Kind;
        const auto reference = resource::read_reference(written);
        if (reference.kind == Kind::none || reference.kind == Kind::contained) return;
        IndexValue& made = add(IndexKind::reference);
        if (reference.kind == Kind::other) {
            made.text = written;
            return;
        }
        made.system = reference.type;
        made.code = reference.id;
        const bool ours = std::find(options_.own_bases.begin(), options_.own_bases.end(), reference.base) !=
                          options_.own_bases.end();
        if (reference.kind == Kind::absolute && !ours)
            made.text.append(reference.base).append("/").append(reference.type).append("/").append(reference.id);
    }

    // With its version and without: whoever asks without one wants any (R4 3.1.1.4.13).
    void add_address(IndexKind kind, std::string_view url) {
        if (url.empty()) return;
        const auto set = [kind](IndexValue& made, std::string_view address) {
            (kind == IndexKind::uri ? made.code : made.text) = address;
        };
        set(add(kind), url);
        if (const std::size_t bar = url.find('|'); bar != std::string_view::npos && bar > 0) set(add(kind), url.substr(0, bar));
    }

    void uri(const Item& item) {
        switch (shape(item)) {
            case Shape::canonical: return add_address(IndexKind::uri, text(item));
            case Shape::uri: case Shape::text: case Shape::code:
                if (!text(item).empty()) add(IndexKind::uri).code = text(item);
                return;
            case Shape::reference: return add_address(IndexKind::uri, item.node.text("reference"_name));
            default: return;
        }
    }

    const Parameters& parameters_;
    const schema::Schema& schema_;
    base::Findings& findings_;
    const ExtractOptions& options_;
    std::vector<IndexValue> values_;
    path::Arena arena_{};  // of one expression's items
    IndexValue slot_;  // parameter, component and group of what comes next
};

}  // namespace

std::vector<IndexValue> extract(View resource, const Parameters& parameters, const schema::Schema& schema,
                                base::Findings& findings, const ExtractOptions& options) {
    Extractor extractor(parameters, schema, findings, options);
    const Item item = path::resource_item(resource, schema);
    for (const Extraction& extraction : parameters.extractions(resource.resource_type())) extractor.run(extraction, item);
    return std::move(extractor).finish();
}

}  // namespace fhir::search
