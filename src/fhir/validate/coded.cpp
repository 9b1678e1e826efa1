// SPDX-License-Identifier: Apache-2.0
// Codes: are they in the sets that definitions bind (FHIR R4 4.1.5), and does their system have them?
#include "fhir/validate/walk.h"

#include <algorithm>
#include <array>
#include <fmt/format.h>

namespace fhir::validate {

using profile::Binding;

namespace {

std::string spelled(const CodedValue& value) {
    return value.system.empty() ? fmt::format("the code '{}'", value.code) : fmt::format("the code '{}' of {}", value.code, value.system);
}

CodedValue coded_value(View coding) {
    return {coding.text("system"_name), coding.text("version"_name), coding.text("code"_name), coding.text("display"_name)};
}

}  // namespace

void Walk::bindings(const Frame& frame) {
    std::array<const Binding*, 8> done{};
    std::size_t number = 0;
    for (std::size_t i = frame.first; i < frame.last; ++i) {
        const Node& node = *active_[i];
        if (!node.binding) continue;
        const Binding& binding = *node.binding;
        if (binding.max_value_set.empty() && (binding.strength == Binding::Strength::example || binding.strength == Binding::Strength::preferred)) continue;
        const bool again = std::any_of(done.begin(), done.begin() + static_cast<std::ptrdiff_t>(number), [&](const Binding* other) {
            return other->strength >= binding.strength && other->value_set == binding.value_set && other->max_value_set == binding.max_value_set;
        });
        if (again) continue;
        if (number < done.size()) done[number++] = &binding;
        bound(frame, node, binding);
    }
}

Answer Walk::in_set(const CodedValue& value, std::string_view value_set, std::string_view package, std::string* why) const {
    CodeVerdict verdict = parts_.services.codes->check(value, value_set, package);
    if (why) *why = std::move(verdict.text);
    return verdict.in_set;
}

void Walk::bound(const Frame& frame, const Node& node, const Binding& binding) {
    const View value = frame.node;
    std::vector<CodedValue> codes;
    if (frame.type == parts_.types.codeable) {
        for (View coding : value.children("coding"_name))
            if (coding.child("code"_name).has_value()) codes.push_back(coded_value(coding));
    } else if (frame.type == parts_.types.coding) {
        if (value.child("code"_name).has_value()) codes.push_back(coded_value(value));
    } else if (!value.primitive() && parts_.types.quantity != schema::no_type && schema().derives_from(frame.type, parts_.types.quantity)) {
        if (value.child("code"_name).has_value()) codes.push_back({value.text("system"_name), {}, value.text("code"_name), {}});
    } else if (value.primitive()) {
        if (!value.has_value()) return;
        // The shape knows the sets of `code` elements that R4 itself requires.
        if (frame.row && frame.row->value_set != 0 && !node.profile->constrains() && schema().value_set(frame.row->value_set).complete) return;
        codes.push_back({{}, {}, value.text(), {}});
    } else {
        return;
    }
    const auto check = [&](std::string_view set, bool must, bool most) {
        if (set.empty()) return;
        const Severity severity = must ? Severity::error : Severity::warning;
        if (codes.empty()) {
            if (!most && (must || !value.child("text"_name)))
                report(severity, IssueType::code_invalid, frame, fmt::format("a code of the value set {} {} here{}", set, must ? "is required" : "should be", named(node)));
            return;
        }
        bool unknown = false;
        std::string why;
        for (const CodedValue& code : codes) {
            CodeVerdict verdict = parts_.services.codes->check(code, set, node.profile->package());
            if (verdict.in_set == Answer::yes) return;
            // A system that nobody here has heard of may be anything, even a copy of one that the set includes.
            unknown = unknown || verdict.in_set == Answer::unknown || (!code.system.empty() && !verdict.system_named && !value.primitive());
            why = std::move(verdict.text);
        }
        if (unknown) {
            if (must && quiet_ == 0)
                report(Severity::warning, IssueType::code_invalid, frame,
                       fmt::format("whether this is in the required value set {} is not known here{}{}", set, why.empty() ? "" : ": " + why, named(node)));
            return;
        }
        report(severity, IssueType::code_invalid, frame,
               fmt::format("{} {} in the {} value set {}{}", codes.size() == 1 ? spelled(codes.front()) : "none of the codes",
                           codes.size() == 1 ? "is not" : "is", most ? "largest" : must ? "required" : "extensible", set, named(node)));
    };
    if (binding.strength == Binding::Strength::required) check(binding.value_set, true, false);
    if (binding.strength == Binding::Strength::extensible && quiet_ == 0) check(binding.value_set, false, false);
    check(binding.max_value_set, true, true);
}

// Nothing when nobody can tell.
std::optional<bool> Walk::member_of(View node, schema::TypeId type, std::string_view text, std::string_view value_set) const {
    if (!parts_.services.codes) return {};
    std::vector<CodedValue> codes;
    if (!node) codes.push_back({{}, {}, text, {}});
    else if (node.primitive()) codes.push_back({{}, {}, node.text(), {}});
    else if (type == parts_.types.codeable)
        for (View coding : node.children("coding"_name)) codes.push_back(coded_value(coding));
    else codes.push_back(coded_value(node));
    bool unknown = false;
    for (const CodedValue& code : codes) {
        if (code.code.empty()) continue;
        const Answer answer = in_set(code, value_set, {}, nullptr);
        if (answer == Answer::yes) return true;
        unknown = unknown || answer == Answer::unknown;
    }
    if (unknown) return {};
    return false;
}

}  // namespace fhir::validate
