// SPDX-License-Identifier: Apache-2.0
#include "fhir/search/extract.h"

#include "base/text.h"
#include "fhir/path/program.h"
#include "fhir/path/temporal.h"
#include "fhir/resource/reference.h"
#include "fhir/search/base_units.h"
#include "fhir/search/full_text.h"
#include "fhir/search/string_key.h"
#include "fhir/search/token.h"

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
        : parameters_(parameters), schema_(schema), findings_(findings), options_(options) {
        values_.reserve(32);
    }

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

    // What _text and _content find.
    void words(const Parameter* parameter, std::string text) {
        if (!parameter || text.empty()) return;
        slot_ = {};
        slot_.parameter = parameter->index;
        add(IndexKind::words).text = std::move(text);
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
            case ParameterType::token: return token(parameter, item);
            case ParameterType::string: return string(item);
            case ParameterType::date: return date(parameter, item);
            case ParameterType::number: return number(item);
            case ParameterType::quantity: return quantity(item);
            case ParameterType::reference: return reference(item);
            case ParameterType::uri: return uri(item);
            case ParameterType::special: return position(item);
            case ParameterType::composite: return;
        }
    }

    // What may be read beside a code, for :text.
    void add_text(std::string_view shown) {
        if (slot_.component != 0) return;
        std::string key = string_key(shown);
        if (key.empty()) return;
        IndexValue& made = add(IndexKind::string);
        made.component = facet_text;
        made.code = std::move(key);
    }

    void identifier(LetterCase letter_case, View node) {
        const View type = node.child("type"_name);
        const std::string_view code = node.text("value"_name);
        const std::string_view system = node.text("system"_name);
        if (code.empty() && system.empty() && !type) return;
        IndexValue& made = add(IndexKind::token);
        made.system = system;
        made.code = token_key(letter_case, true, code);
        if (slot_.component != 0 || !type) return;
        add_text(type.text("text"_name));
        for (View coding : type.children("coding"_name)) {
            const std::string_view type_code = coding.text("code"_name);
            if (type_code.empty() || code.empty()) continue;
            IndexValue& typed = add(IndexKind::token);
            typed.component = facet_of_type;
            typed.system = coding.text("system"_name);
            typed.code = of_type_key(type_code, code);
        }
    }

    void token(const Parameter& parameter, const Item& item) {
        const View node = item.node;
        const Shape is = shape(item);
        const auto add_code = [&](std::string_view system, std::string_view code) {
            IndexValue& made = add(IndexKind::token);
            made.system = system;
            made.code = token_key(parameter.letter_case, case_counts(is) == 'y', code);
        };
        const auto add_coding = [&](View coding) {
            if (!coding.first_child()) return;
            add_code(coding.text("system"_name), coding.text("code"_name));
            add_text(coding.text("display"_name));
        };
        switch (is) {
            case Shape::none: case Shape::extension: case Shape::resource: case Shape::human_name: case Shape::address:
            case Shape::period: case Shape::timing: case Shape::range: case Shape::money: case Shape::sampled_data: return;
            case Shape::coding: return add_coding(node);
            case Shape::concept_: {
                const std::string_view text = node.text("text"_name);
                for (View coding : node.children("coding"_name)) add_coding(coding);
                if (!text.empty() && !node.child("coding"_name)) add_code({}, {});
                return add_text(text);
            }
            case Shape::identifier: return identifier(parameter.letter_case, node);
            case Shape::quantity: return add_code(node.text("system"_name), node.text("code"_name));
            case Shape::contact_point:
                if (node.child("value"_name)) add_code({}, node.text("value"_name));
                return;
            case Shape::reference:
                for (View one : node.children("identifier"_name)) identifier(parameter.letter_case, one);
                return;
            case Shape::code: {
                // A code's system is implied by its binding (R4 3.1.1.4.10).
                const std::string_view code = text(item);
                const std::uint32_t set = item.element() ? item.element()->value_set : 0;
                if (!code.empty()) add_code(set ? schema_.system_of(set, code) : std::string_view{}, code);
                return;
            }
            default:
                if (!text(item).empty()) add_code({}, text(item));
                return;
        }
    }

    void add_string(std::string_view shown) {
        std::string key = string_key(shown);
        if (key.empty()) return;
        IndexValue& made = add(IndexKind::string);
        made.code = std::move(key);
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
        std::optional<InBaseUnits> least, most;
        if (const InBaseUnits* const base = from ? in_base(low) : nullptr) least = *base;
        if (const InBaseUnits* const base = to ? in_base(high) : nullptr) most = *base;
        if ((from && !least) || (to && !most) || (least && most && least->unit != most->unit)) return;
        add_in_base(least ? least->unit : most->unit, least ? least->number : -infinite, most ? most->number : infinite);
    }

    // Of the same element for several parameters: looked up by its place in the document.
    const InBaseUnits* in_base(View quantity) {
        if (!options_.units || quantity.text("system"_name) != ucum_system) return nullptr;
        for (const Converted& one : converted_)
            if (one.place == quantity.index()) return one.made ? &*one.made : nullptr;
        converted_.push_back({quantity.index(), in_base_units_of(*options_.units, quantity.text("value"_name), quantity.text("code"_name))});
        return converted_.back().made ? &*converted_.back().made : nullptr;
    }

    void add_in_base(const std::string& unit, double low, double high) {
        IndexValue& made = add(IndexKind::quantity);
        made.component = static_cast<std::uint8_t>(in_base_units + slot_.component);
        made.code = unit;
        made.low = low;
        made.high = high;
    }

    void quantity(const Item& item) {
        const Shape is = shape(item);
        if (is == Shape::range) return range(item, IndexKind::quantity);
        if (is != Shape::quantity && is != Shape::money && is != Shape::sampled_data) return;
        const View node = is == Shape::sampled_data ? item.node.child("origin"_name) : item.node;
        const auto value = read_number(node.text("value"_name));
        if (!value) return;
        IndexValue& made = add(IndexKind::quantity);
        made.low = made.high = *value;
        if (is == Shape::money) {
            made.system = "urn:iso:std:iso:4217";
            made.code = node.child("currency").text();
            return;
        }
        made.system = node.text("system"_name);
        made.code = node.text("code"_name);
        made.text = node.text("unit"_name);
        compared(node, made.low, made.high);
        if (const InBaseUnits* const base = in_base(node)) {
            double low = base->number;
            double high = base->number;
            compared(node, low, high);
            add_in_base(base->unit, low, high);
        }
    }

    // "<5" is anything below 5, but not 5.
    static void compared(View quantity, double& low, double& high) {
        const std::string_view comparator = quantity.text("comparator"_name);
        if (comparator == "<") high = std::nextafter(high, -infinite);
        if (comparator == ">") low = std::nextafter(low, infinite);
        if (comparator.starts_with('<')) low = -infinite;
        if (comparator.starts_with('>')) high = infinite;
    }

    void position(const Item& item) {
        if (!item.is_node()) return;
        const auto latitude = read_number(item.node.child("latitude").text());
        const auto longitude = read_number(item.node.child("longitude").text());
        if (!latitude || !longitude || std::fabs(*latitude) > 90 || std::fabs(*longitude) > 180) return;
        IndexValue& made = add(IndexKind::position);
        made.low = *latitude;
        made.high = *longitude;
    }

    void reference(const Item& item) {
        switch (shape(item)) {
            case Shape::reference: {
                const std::size_t before = values_.size();
                add_reference(item.node.text("reference"_name));
                // Nothing that can be looked up by itself, but a value.
                if (values_.size() == before && item.node.first_child()) add(IndexKind::reference);
                if (slot_.component != 0) return;
                for (View identifier : item.node.children("identifier"_name)) {
                    IndexValue& made = add(IndexKind::token);
                    made.component = facet_identifier;
                    made.system = identifier.text("system"_name);
                    made.code = identifier.text("value"_name);
                }
                return;
            }
            case Shape::canonical: case Shape::uri: {
                const std::string_view url = text(item);
                if (url.starts_with('#')) {
                    add(IndexKind::reference);
                    return;
                }
                if (resource::read_reference(url).kind == resource::ReferenceText::Kind::relative) add_reference(url);
                add_address(IndexKind::reference, url);
                return;
            }
            case Shape::resource: {  // Bundle.entry[0].resource: the resource itself
                IndexValue& made = add(IndexKind::reference);
                const std::string_view id = item.node.text("id"_name);
                if (id.empty()) return;
                made.system = item.node.resource_type();
                made.code = id;
                return;
            }
            default: return;
        }
    }

    void add_literal(std::string_view type, std::string_view id) {
        IndexValue& made = add(IndexKind::reference);
        made.system = type;
        made.code = id;
    }

    void add_reference(std::string_view written) {
        using Kind = resource::ReferenceText::Kind;
        const auto reference = resource::read_reference(written);
        if (reference.kind == Kind::none || reference.kind == Kind::contained) return;
        if (reference.kind == Kind::other) return add_address(IndexKind::reference, written);
        const bool ours = reference.kind == Kind::relative ||
                          std::find(options_.own_bases.begin(), options_.own_bases.end(), reference.base) != options_.own_bases.end();
        std::string address;
        if (!ours) (address += reference.base) += '/';
        ((address += reference.type) += '/') += reference.id;
        if (ours) add_literal(reference.type, reference.id);
        else add_literal({}, address);
        if (reference.version.empty()) return;
        (address += "/_history/") += reference.version;
        add_literal({}, address);
    }

    // With its version and fragment and without: whoever asks without wants any (R4 3.1.1.4.13).
    void add_address(IndexKind kind, std::string_view url) {
        if (url.empty()) return;
        add(kind).code = url;
        const std::string_view whole = url.substr(0, url.find('#'));
        if (!whole.empty() && whole.size() < url.size()) add(kind).code = whole;
        if (const std::size_t bar = whole.find('|'); bar != std::string_view::npos && bar > 0) add(kind).code = whole.substr(0, bar);
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
    struct Converted {
        Document::Index place;
        std::optional<InBaseUnits> made;
    };
    std::vector<Converted> converted_{};
    IndexValue slot_;  // parameter, component and group of what comes next
};

}  // namespace

std::vector<IndexValue> extract(View resource, const Parameters& parameters, const schema::Schema& schema,
                                base::Findings& findings, const ExtractOptions& options) {
    Extractor extractor(parameters, schema, findings, options);
    const Item item = path::resource_item(resource, schema);
    for (const Extraction& extraction : parameters.extractions(resource.resource_type())) extractor.run(extraction, item);
    if (options.words) {
        const std::string_view type = resource.resource_type();
        if (resource.child("text"_name)) extractor.words(parameters.find(type, "_text"), words_of_narrative(resource));
        extractor.words(parameters.find(type, "_content"), words_of_content(resource, schema));
    }
    return std::move(extractor).finish();
}

}  // namespace fhir::search
