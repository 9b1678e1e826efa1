// SPDX-License-Identifier: Apache-2.0
#include "interaction/operations.h"

#include "interaction/operation/convert.h"
#include "interaction/operation/document.h"
#include "interaction/operation/everything.h"
#include "interaction/operation/fhirpath.h"
#include "interaction/operation/graphql.h"
#include "interaction/operation/index_status.h"
#include "interaction/operation/lastn.h"
#include "interaction/operation/merge.h"
#include "interaction/operation/meta.h"
#include "interaction/operation/purge.h"
#include "interaction/operation/validate.h"

#include <algorithm>

namespace interaction {

using base::Fault;

std::span<const Operation> operations() {
    static const std::vector<Operation> rows{
        {.name = "validate",
         .definition = "http://hl7.org/fhir/OperationDefinition/Resource-validate",
         .on_system = true,
         .on_type = true,
         .on_instance = true,
         .by_get = true,
         .answers_malformed = true,
         .reads = validate},
        {.name = "fhirpath",
         .definition = "http://fhirpath-lab.org/OperationDefinition/fhirpath",
         .on_system = true,
         .needs_body = true,
         .reads = fhirpath},
        {.name = "graphql",
         .definition = "http://hl7.org/fhir/OperationDefinition/Resource-graphql",
         .on_system = true,
         .on_instance = true,
         .by_get = true,
         .takes_text = true,
         .reads = graphql},
        {.name = "convert",
         .definition = "urn:andiron:operation:convert",
         .on_system = true,
         .takes_text = true,
         .reads = convert},
        {.name = "meta",
         .definition = "http://hl7.org/fhir/OperationDefinition/Resource-meta",
         .on_system = true,
         .on_type = true,
         .on_instance = true,
         .on_version = true,
         .by_get = true,
         .reads = meta},
        {.name = "meta-add",
         .definition = "http://hl7.org/fhir/OperationDefinition/Resource-meta-add",
         .on_instance = true,
         .needs_body = true,
         .acts = meta_add},
        {.name = "meta-delete",
         .definition = "http://hl7.org/fhir/OperationDefinition/Resource-meta-delete",
         .on_instance = true,
         .needs_body = true,
         .acts = meta_delete},
        {.name = "lastn",
         .definition = "http://hl7.org/fhir/OperationDefinition/Observation-lastn",
         .types = {"Observation"},
         .on_type = true,
         .by_get = true,
         .reads = lastn},
        {.name = "document",
         .definition = "http://hl7.org/fhir/OperationDefinition/Composition-document",
         .types = {"Composition"},
         .on_type = true,
         .on_instance = true,
         .by_get = true,
         .reads = document,
         .acts = document_alone},
        {.name = "purge",
         .definition = "http://hl7.org/fhir/OperationDefinition/Patient-purge",
         .types = {"Patient"},
         .on_instance = true,
         .acts = purge},
        {.name = "merge",
         .definition = "http://hl7.org/fhir/OperationDefinition/Patient-merge",
         .types = {"Patient"},
         .on_type = true,
         .needs_body = true,
         .acts = merge},
        {.name = "unmerge",
         .definition = "urn:andiron:operation:Patient-unmerge",
         .types = {"Patient"},
         .on_type = true,
         .on_instance = true,
         .acts = unmerge},
        {.name = "everything",
         .definition = "http://hl7.org/fhir/OperationDefinition/Patient-everything",
         .types = {"Patient"},
         .on_type = true,
         .on_instance = true,
         .by_get = true,
         .dated = true,
         .reads = everything},
        {.name = "everything",
         .definition = "http://hl7.org/fhir/OperationDefinition/Encounter-everything",
         .types = {"Encounter"},
         .on_instance = true,
         .by_get = true,
         .reads = everything},
        {.name = "status",
         .definition = "urn:andiron:operation:SearchParameter-status",
         .types = {"SearchParameter"},
         .on_type = true,
         .on_instance = true,
         .by_get = true,
         .reads = index_status},
        {.name = "reindex", .definition = "urn:andiron:operation:reindex", .on_system = true, .acts = reindex},
    };
    return rows;
}

bool Operation::is_for(std::string_view type) const {
    if (type.empty()) return on_system;
    return (on_type || on_instance || on_version) && (types.empty() || std::find(types.begin(), types.end(), type) != types.end());
}

const Operation* find_operation(std::string_view name, std::string_view type) {
    const auto rows = operations();
    const auto found = std::find_if(rows.begin(), rows.end(), [&](const Operation& row) { return row.name == name && row.is_for(type); });
    return found == rows.end() ? nullptr : &*found;
}

namespace {

bool there(const Operation& row, const Request& request) {
    if (!row.is_for(request.type)) return false;
    if (!request.version.empty()) return row.on_version;
    return !request.id.empty() ? row.on_instance : !request.type.empty() ? row.on_type : row.on_system;
}

// Where it is asked instead; empty when it is nowhere.
std::string places(std::string_view name) {
    std::string where;
    const auto level = [&](bool on, const std::string& path) {
        if (on) where += (where.empty() ? "" : " or ") + ("[base]/" + path + "$" + std::string(name));
    };
    for (const Operation& row : operations()) {
        if (row.name != name) continue;
        level(row.on_system, "");
        const std::vector<std::string_view> types = row.types.empty() ? std::vector<std::string_view>{"[type]"} : row.types;
        for (const std::string_view type : types) {
            level(row.on_type, std::string(type) + "/");
            level(row.on_instance, std::string(type) + "/[id]/");
        }
    }
    return where;
}

base::Result<void> check_body(const Operation& row, const Request& request) {
    if (!row.needs_body || request.body || request.unreadable) return {};
    return Fault{Fault::Kind::malformed, "The operation $" + request.operation + " needs a body.", "", base::IssueType::required};
}

}  // namespace

base::Result<void> admit_operation(const Request& request) {
    const Operation* row = find_operation(request.operation, request.type);
    if (row == nullptr || !there(*row, request)) {
        const std::string where = places(request.operation);
        const std::string name = "The operation $" + request.operation;
        return Fault{Fault::Kind::unsupported, where.empty() ? name + " is not supported." : name + " is asked at " + where + "."};
    }
    if (request.safe && !row->by_get)
        return Fault{Fault::Kind::unsupported, "The operation $" + request.operation + " is asked by POST.", "POST",
                     base::IssueType::processing};
    return {};
}

base::Result<Response> operation(const Request& request, store::Snapshot& snapshot, const Context& context) {
    const Operation& row = *find_operation(request.operation, request.type);
    if (row.reads == nullptr)
        return Fault{Fault::Kind::unsupported, "The operation $" + request.operation + " cannot stand in a bundle; send it alone."};
    TRY(check_body(row, request));
    return row.reads(request, snapshot, context);
}

base::Result<Response> operation_alone(const Request& request, const Context& context) {
    const Operation& row = *find_operation(request.operation, request.type);
    TRY(check_body(row, request));
    if (row.acts != nullptr) return row.acts(request, context);
    const auto snapshot = context.repository.snapshot();
    return operation(request, *snapshot, context);
}

}  // namespace interaction
