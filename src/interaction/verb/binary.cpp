// SPDX-License-Identifier: Apache-2.0
#include "interaction/verb/binary.h"

#include "fhir/resource/bundle_reference.h"
#include "fhir/search/extract.h"

#include <stdexcept>

namespace interaction {
namespace {

using namespace fhir::literals;

constexpr int most_steps = 4;  // a Binary may name a Binary

bool reaches(const fhir::search::Reach& reach, const store::Version& version, const fhir::Document& resource, const Context& context) {
    if (reach.all(version.type)) return true;
    if (reach.nothing(version.type)) return false;
    base::Findings ignored;  // they were told when it was written
    const auto index = fhir::search::extract(resource.root(), context.parameters, context.schema, ignored, {.units = context.units});
    return reach.admits(version.type, index, version.id, version.last_updated);
}

base::Result<bool> is_open(const store::Version& version, const permission::Plan& plan, store::Snapshot& snapshot,
                           const Context& context, int steps) {
    if (plan.read.all() || version.type != "Binary" || version.deleted()) return true;
    const auto binary = fhir::codec::read_json(*version.body, context.schema.names());
    if (!binary) throw std::runtime_error("a stored body is not readable");
    const fhir::View security = binary->root().child("securityContext");
    if (!security) return true;
    const auto reference = fhir::resource::parse_reference(security.text("reference"_name));
    if (reference.form != fhir::resource::Reference::Form::relative || steps == 0) return false;
    TRY(const auto guard, snapshot.read(std::string(reference.type), std::string(reference.id)));
    if (!guard || guard->deleted()) return false;
    const auto resource = fhir::codec::read_json(*guard->body, context.schema.names());
    if (!resource) throw std::runtime_error("a stored body is not readable");
    if (!reaches(plan.read, *guard, *resource, context)) return false;
    return is_open(*guard, plan, snapshot, context, steps - 1);
}

}  // namespace

base::Result<bool> is_open(const store::Version& version, const permission::Plan& plan, store::Snapshot& snapshot,
                           const Context& context) {
    return is_open(version, plan, snapshot, context, most_steps);
}

}  // namespace interaction
