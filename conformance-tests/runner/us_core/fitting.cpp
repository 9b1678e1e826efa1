// SPDX-License-Identifier: Apache-2.0
#include "runner/us_core/fitting.h"

#include "base/text.h"
#include "fhir/codec/json.h"
#include "fhir/primitive.h"

#include <limits>
#include <optional>

namespace runner::us_core {

namespace {

using fhir::primitive::Interval;

// An element that values() gave: text, or a small document.
struct Element {
    Element(const Judge& judge, const std::string& given) : text(given) {
        if (text.empty() || text[0] != '{') return;
        if (auto read = fhir::codec::read_json(text, judge.knowledge().schema().names(), {.any_json = true})) document.emplace(std::move(*read));
    }
    fhir::View root() const { return document ? document->root() : fhir::View{}; }
    const std::string& text;
    std::optional<fhir::Document> document{};
};

bool coding_fits(std::string_view system, std::string_view code, std::string_view asked) {
    const std::size_t bar = asked.find('|');
    if (bar == std::string_view::npos) return code == asked;
    return system == asked.substr(0, bar) && (bar + 1 == asked.size() || code == asked.substr(bar + 1));
}

bool token_fits(const Element& element, std::string_view asked) {
    const fhir::View root = element.root();
    if (!root) return element.text == asked;
    for (const fhir::View child : root.children())
        if (child.name_text() == "coding" && coding_fits(child.child("system").text(), child.child("code").text(), asked)) return true;
    const fhir::View code = root.child("code") ? root.child("code") : root.child("value");
    return code && coding_fits(root.child("system").text(), code.text(), asked);
}

// "Patient/1" of all the ways to write it.
std::string_view relative(std::string_view reference, std::string_view base) {
    if (reference.starts_with(base) && reference.size() > base.size() && reference[base.size()] == '/') return reference.substr(base.size() + 1);
    return reference;
}

bool reference_fits(const Element& element, std::string_view asked, std::string_view base) {
    if (!element.root()) {  // a canonical: with its version or without
        const std::string_view text = element.text;
        return text == asked || text.substr(0, text.find('|')) == asked;
    }
    const std::string_view target = relative(element.root().child("reference").text(), base);
    const std::string_view wanted = relative(asked, base);
    return target == wanted || (wanted.find('/') == std::string_view::npos && target.ends_with(wanted) && target.size() > wanted.size() && target[target.size() - wanted.size() - 1] == '/');
}

std::optional<Interval> span_of(const Element& element) {
    const fhir::View root = element.root();
    if (!root) return fhir::primitive::interval(element.text);
    Interval span{std::numeric_limits<base::Micros>::min(), std::numeric_limits<base::Micros>::max()};
    const auto start = fhir::primitive::interval(root.child("start").text());
    const auto end = fhir::primitive::interval(root.child("end").text());
    if (!start && !end) return std::nullopt;
    if (start) span.from = start->from;
    if (end) span.to = end->to;
    return span;
}

// FHIR R4 3.1.1.4.7 with 3.1.1.4.5.
bool date_fits(const Element& element, std::string_view asked) {
    std::string_view prefix = "eq";
    if (asked.size() > 2 && asked[0] >= 'a' && asked[0] <= 'z') {
        prefix = asked.substr(0, 2);
        asked.remove_prefix(2);
    }
    const auto span = span_of(element);
    const auto wanted = fhir::primitive::interval(asked);
    if (!span || !wanted) return false;
    const bool inside = span->from >= wanted->from && span->to <= wanted->to;
    if (prefix == "gt") return span->to > wanted->to;
    if (prefix == "lt") return span->from < wanted->from;
    if (prefix == "ge") return inside || span->to > wanted->to;
    if (prefix == "le") return inside || span->from < wanted->from;
    return inside;
}

bool begins(std::string_view text, std::string_view folded) { return base::fold(text).starts_with(folded); }

bool any_text_begins(fhir::View element, std::string_view folded) {
    for (const fhir::View child : element.children())
        if (child.has_value() ? begins(child.text(), folded) : any_text_begins(child, folded)) return true;
    return false;
}

bool one_fits(const Element& element, std::string_view type, std::string_view asked, std::string_view base) {
    if (type == "token") return token_fits(element, asked);
    if (type == "reference") return reference_fits(element, asked, base);
    if (type == "date") return date_fits(element, asked);
    const std::string folded = base::fold(asked);
    return element.root() ? any_text_begins(element.root(), folded) : begins(element.text, folded);
}

}  // namespace

std::vector<std::string> values(const Judge& judge, fhir::View resource, const Parameter& parameter) {
    // What resolve() would ask is seen in the reference itself.
    static constexpr std::string_view asks = ".where(resolve() is ";
    static constexpr std::string_view letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    std::string expression = parameter.expression;
    std::string only;
    if (const std::size_t at = expression.find(asks); at != std::string::npos) {
        const std::size_t end = expression.find(')', at + asks.size());
        only = expression.substr(at + asks.size(), end - at - asks.size()) + '/';
        expression.erase(at, end + 1 - at);
    }
    // Some end with an element as JSON names it, ".valueDateTime", which FHIRPath calls value.
    if (const std::size_t dot = expression.rfind(".value"); dot != std::string::npos && dot + 6 < expression.size() && expression.find_first_not_of(letters, dot + 6) == std::string::npos)
        expression.resize(dot + 6);
    auto found = judge.values(resource, expression);
    if (!found) return {};
    if (!only.empty()) std::erase_if(*found, [&](const std::string& one) { return one.find('"' + only) == std::string::npos && one.find('/' + only) == std::string::npos; });
    return std::move(*found);
}

bool fits(const Judge& judge, fhir::View resource, const Term& term, std::string_view base) {
    for (const std::string& value : values(judge, resource, *term.parameter)) {
        const Element element(judge, value);
        for (const std::string_view asked : base::split(term.value, ','))
            if (one_fits(element, term.parameter->type, asked, base)) return true;
    }
    return false;
}

}  // namespace runner::us_core
