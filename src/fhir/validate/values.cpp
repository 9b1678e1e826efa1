// SPDX-License-Identifier: Apache-2.0
// Values that a profile prescribes: fixed[x], pattern[x], minValue[x], maxValue[x], maxLength.
#include "fhir/primitive.h"
#include "fhir/profile/match.h"
#include "fhir/validate/walk.h"

#include <algorithm>
#include <charconv>
#include <compare>
#include <fmt/format.h>

namespace fhir::validate {

namespace {

std::optional<double> number(std::string_view text) {
    double value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size()) return {};
    return value;
}

std::size_t characters(std::string_view text) {
    return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xC0) != 0x80; }));
}

// Nothing when they cannot be compared.
std::optional<std::partial_ordering> compare(View value, View bound, const ucum::Units* units) {
    if (value.primitive() != bound.primitive()) return {};
    if (!value.primitive()) {
        auto mine = number(value.text("value"_name));
        auto theirs = number(bound.text("value"_name));
        if (!mine || !theirs) return {};
        const std::string_view from = value.text("code"_name);
        const std::string_view to = bound.text("code"_name);
        if (from == to) return *mine <=> *theirs;
        if (!units) return {};
        const auto converted = units->convert(value.text("value"_name), from, to);
        if (!converted) return {};
        mine = number(*converted);
        if (!mine) return {};
        return *mine <=> *theirs;
    }
    if (const auto mine = number(value.text()), theirs = number(bound.text()); mine && theirs && value.kind() == Kind::number)
        return *mine <=> *theirs;
    const auto mine = primitive::interval(value.text());
    const auto theirs = primitive::interval(bound.text());
    if (mine && theirs) {
        if (mine->to <= theirs->from) return std::partial_ordering::less;
        if (theirs->to <= mine->from) return std::partial_ordering::greater;
        return std::partial_ordering::equivalent;
    }
    if (primitive::is_time(value.text()) && primitive::is_time(bound.text())) return value.text() <=> bound.text();
    return {};
}

// The languages of the sections of a narrative: <div lang="de" xml:lang="de"> inside the outer <div>.
std::vector<std::string_view> section_languages(std::string_view div) {
    std::vector<std::string_view> found;
    for (std::size_t at = div.find("<div", 1); at != std::string_view::npos; at = div.find("<div", at + 4)) {
        const std::string_view tag = div.substr(at, div.find('>', at) - at);
        const std::size_t lang = tag.find("lang=");
        if (lang == std::string_view::npos || lang + 6 > tag.size()) continue;
        const std::size_t end = tag.find(tag[lang + 5], lang + 6);
        if (end != std::string_view::npos) found.push_back(tag.substr(lang + 6, end - lang - 6));
    }
    return found;
}

}  // namespace

void Walk::narrative(const Frame& frame, const Node& node) {
    const auto found = section_languages(frame.node.text("div"_name));
    for (std::string_view wanted : node.narrative_languages) {
        if (wanted == "_no" || wanted == "_yes") {
            if (found.empty() != (wanted == "_no"))
                report(Severity::error, IssueType::business_rule, frame,
                       fmt::format("the narrative {} sections in languages of their own{}", wanted == "_no" ? "may not have" : "needs", named(node)));
            continue;
        }
        if (wanted == "_resource") wanted = frame.holder->resource.text("language"_name);
        if (!wanted.empty() && std::find(found.begin(), found.end(), wanted) == found.end())
            report(Severity::error, IssueType::business_rule, frame, fmt::format("the narrative needs a section in the language {}{}", wanted, named(node)));
    }
}

void Walk::values(const Frame& frame, const Node& node) {
    if (node.fixed && !profile::is_fixed(node.fixed, frame.node))
        report(Severity::error, IssueType::value, frame, fmt::format("the value must be exactly {}{}", profile::describe(node.fixed), named(node)));
    if (node.pattern && !profile::fits_pattern(node.pattern, frame.node))
        report(Severity::error, IssueType::value, frame, fmt::format("the value must have at least {}{}", profile::describe(node.pattern), named(node)));
    if (node.min_value) range(frame, node, node.min_value, true);
    if (node.max_value) range(frame, node, node.max_value, false);
    if (!node.narrative_languages.empty()) narrative(frame, node);
    if (!frame.node.primitive()) return;
    if (frame.node.has_value() && (node.max_length != 0 || node.min_length != 0)) {
        const std::size_t length = characters(frame.node.text());
        if (node.max_length != 0 && length > node.max_length)
            report(Severity::error, IssueType::too_long, frame, fmt::format("at most {} characters are allowed here{}", node.max_length, named(node)));
        if (length < node.min_length)
            report(Severity::error, IssueType::value, frame, fmt::format("at least {} characters are needed here{}", node.min_length, named(node)));
    }
    if (frame.node.has_value()) return;
    if (node.must_have_value)
        report(Severity::error, IssueType::value, frame, fmt::format("a value is needed here, not an extension alone{}", named(node)));
    const bool replaced = std::any_of(node.value_alternatives.begin(), node.value_alternatives.end(), [&](std::string_view url) {
        for (View extension : frame.node.children("extension"_name))
            if (extension.text("url"_name) == url) return true;
        return false;
    });
    if (!node.value_alternatives.empty() && !replaced)
        report(Severity::error, IssueType::value, frame,
               fmt::format("without a value, the extension {} is needed here{}", node.value_alternatives.front(), named(node)));
}

void Walk::range(const Frame& frame, const Node& node, View bound, bool least) {
    if (frame.node.primitive() && !frame.node.has_value()) return;
    const auto order = compare(frame.node, bound, parts_.services.units);
    const std::string value = profile::describe(bound);
    if (!order) {
        if (frame.node.primitive() == bound.primitive())
            report(Severity::warning, IssueType::value, frame, fmt::format("this cannot be compared with {}{}", value, named(node)));
    } else if (least && *order == std::partial_ordering::less) {
        report(Severity::error, IssueType::value, frame, fmt::format("the value must not be less than {}{}", value, named(node)));
    } else if (!least && *order == std::partial_ordering::greater) {
        report(Severity::error, IssueType::value, frame, fmt::format("the value must not be more than {}{}", value, named(node)));
    }
}

}  // namespace fhir::validate
