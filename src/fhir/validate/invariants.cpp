// SPDX-License-Identifier: Apache-2.0
// Invariants: the FHIRPath constraints of every definition that speaks about an element.
#include "fhir/validate/services.h"
#include "fhir/validate/walk.h"

#include <algorithm>
#include <fmt/format.h>

namespace fhir::validate {

path::Environment Walk::environment(const Frame& frame) {
    if (!services_) services_ = std::make_unique<PathServices>(*this);
    const Holder& holder = *frame.holder;
    const Holder& container = holder.container();
    path::Environment made;
    made.resource = path::Item::of(holder.resource, holder.type);
    made.root_resource = path::Item::of(container.resource, container.type);
    made.now = question_.now;
    made.services = services_.get();
    made.units = parts_.services.units;
    made.common_steps = &steps_left_;
    return made;
}

// Nothing when it cannot be evaluated.
std::optional<bool> Walk::holds(const path::Program& program, const Frame& frame, const path::Environment& environment, std::string* fault) {
    const auto result = program.holds(path::Item::of(frame.node, frame.type, frame.row), environment, arena_);
    if (result) return *result;
    // A step that costs more than what is left ends the run before the last one is taken.
    if (result.fault().kind == base::Fault::Kind::too_costly && steps_left_ < environment.steps) steps_left_ = 0;
    if (fault) *fault = result.fault().text;
    return {};
}

bool Walk::gives(const path::Program& program, const Frame& frame, View wanted) {
    const auto result = program.evaluate(path::Item::of(frame.node, frame.type, frame.row), environment(frame));
    if (!result) return true;  // nobody can tell
    return std::any_of(result->begin(), result->end(), [&](const path::Item& item) {
        if (item.is_node()) return item.node == wanted;
        return item.kind == path::Item::Kind::boolean && item.flag;
    });
}

// All rules together cost too much on this resource. What was not checked is not known to be good.
void Walk::give_up(const Frame& frame) {
    if (gave_up_) return;
    report(Severity::error, IssueType::too_costly, frame,
           "checking the rules of all profiles costs too much on this resource; it was given up here: divide the resource, or name fewer profiles");
    gave_up_ = true;
}

void Walk::invariants(const Frame& frame) {
    const std::size_t from = seen_.size();
    std::optional<path::Environment> around;
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
            if (!around) around = environment(frame);
            const auto good = holds(*program, frame, *around, &fault);
            if (steps_left_ == 0) return give_up(frame);
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
