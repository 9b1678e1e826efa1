// SPDX-License-Identifier: Apache-2.0
#include "interaction/operations.h"

#include "interaction/operation/fhirpath.h"
#include "interaction/operation/validate.h"

#include <algorithm>
#include <array>

namespace interaction {

std::span<const Operation> operations() {
    static const std::array<Operation, 2> rows{{
        {"validate", "http://hl7.org/fhir/OperationDefinition/Resource-validate", true, true, true, true, true, validate},
        {"fhirpath", "http://fhirpath-lab.org/OperationDefinition/fhirpath", true, false, false, false, false, fhirpath},
    }};
    return rows;
}

const Operation* find_operation(std::string_view name) {
    const auto rows = operations();
    const auto found = std::find_if(rows.begin(), rows.end(), [&](const Operation& row) { return row.name == name; });
    return found == rows.end() ? nullptr : &*found;
}

base::Result<void> admit_operation(const Request& request) {
    using base::Fault;
    const Operation* row = find_operation(request.operation);
    if (row == nullptr) return Fault{Fault::Kind::unsupported, "The operation $" + request.operation + " is not supported."};
    const bool there = !request.id.empty() ? row->on_instance : !request.type.empty() ? row->on_type : row->on_system;
    if (there) return {};
    std::string where;
    const auto level = [&](bool on, const char* path) {
        if (on) where += (where.empty() ? "" : " or ") + std::string(path) + "$" + request.operation;
    };
    level(row->on_system, "[base]/");
    level(row->on_type, "[base]/[type]/");
    level(row->on_instance, "[base]/[type]/[id]/");
    return Fault{Fault::Kind::unsupported, "The operation $" + request.operation + " is asked at " + where + "."};
}

base::Result<Response> operation(const Request& request, store::Snapshot& snapshot, const Context& context) {
    const Operation& row = *find_operation(request.operation);
    if (!request.body && !request.unreadable && !row.by_get)
        return base::Fault{base::Fault::Kind::malformed, "The operation $" + request.operation + " needs a body.", "",
                           base::IssueType::required};
    return row.run(request, snapshot, context);
}

}  // namespace interaction
