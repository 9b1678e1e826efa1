// SPDX-License-Identifier: Apache-2.0
// Invariants: the FHIRPath constraints of every definition that speaks about an element.
#include "fhir/validate/services.h"
#include "fhir/validate/walk.h"

#include <algorithm>
#include <fmt/format.h>

namespace fhir::validate {

base::Result<path::Collection> Walk::evaluate(const path::Program& program, const Frame& frame) {
    if (!services_) services_ = std::make_unique<PathServices>(*this);
    const Holder& holder = *frame.holder;
    path::Environment environment;
    environment.resource = path::Item::of(holder.resource, holder.type);
    environment.now = question_.now;
    return program.evaluate(path::Item::of(frame.node, frame.type, frame.row), environment);
}

// Nothing when it cannot be evaluated.
std::optional<bool> Walk::holds(const path::Program& program, const Frame& frame, std::string* fault) {
    const auto result = evaluate(program, frame);
    if (!result) {
        if (fault) *fault = result.fault().text;
        return {};
    }
    if (result->empty()) return false;
    if (result->size() > 1) return true;
    const auto value = path::system_value(result->front(), schema());
    return !value || value->kind != path::Item::Kind::boolean || value->flag;
}

bool Walk::gives(const path::Program& program, const Frame& frame, View wanted) {
    const auto result = evaluate(program, frame);
    if (!result) return true;  // nobody can tell
    return std::any_of(result->begin(), result->end(), [&](const path::Item& item) {
        if (item.is_node()) return item.node == wanted;
        return item.kind == path::Item::Kind::boolean && item.flag;
    });
}

void Walk::invariants(const Frame& frame) {
    const std::size_t from = seen_.size();
    for (std::size_t i = frame.first; i < frame.last && !stopped(); ++i) {
        const Node& node = *active_[i];
        for (const profile::Constraint& constraint : node.constraints) {
            if (constraint.best_practice && !question_.best_practice) continue;
            if (quiet_ > 0 && (!constraint.error || constraint.best_practice)) continue;
            const path::Program* program = constraint.program.get();
            if (!program) {
                if (quiet_ == 0 && !constraint.fault.empty())
                    report(Severity::warning, IssueType::invariant, frame,
                           fmt::format("the rule {} could not be read, so it was not checked: {}{}", constraint.key, constraint.fault, named(node)));
                continue;
            }
            if (std::find(seen_.begin() + static_cast<std::ptrdiff_t>(from), seen_.end(), program) != seen_.end()) continue;
            seen_.push_back(program);
            std::string fault;
            const auto good = holds(*program, frame, &fault);
            if (!good) {
                report(Severity::warning, IssueType::invariant, frame,
                       fmt::format("the rule {} could not be evaluated, so it was not checked: {}{}", constraint.key, fault, named(node)));
            } else if (!*good) {
                report(constraint.error && !constraint.best_practice ? Severity::error : Severity::warning, IssueType::invariant, frame,
                       fmt::format("{} ({}){}", constraint.human, constraint.key, named(node)));
            }
        }
    }
    seen_.resize(from);
}

}  // namespace fhir::validate
