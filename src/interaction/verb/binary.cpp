// SPDX-License-Identifier: Apache-2.0
#include "interaction/verb/binary.h"

#include "fhir/resource/bundle_reference.h"
#include "interaction/verb/shown.h"
#include "interaction/verb/sight.h"

namespace interaction {
namespace {

using namespace fhir::literals;

constexpr int most_steps = 4;  // a Binary may name a Binary

base::Result<bool> is_open(const store::Version& version, const fhir::search::Reach& reach, store::Snapshot& snapshot,
                           const Context& context, int steps) {
    if (reach.all() || !guarded(version.type)) return true;
    if (version.deleted()) {  // as open as what was deleted
        TRY(const auto before, snapshot.vread(version.type, version.id, version.version - 1));
        return before && !before->deleted() && steps > 0 ? is_open(*before, reach, snapshot, context, steps - 1) : base::Result<bool>(false);
    }
    const fhir::Document binary = body_of(version, context);
    const fhir::View security = binary.root().child("securityContext");
    if (!security) return true;
    const auto reference = fhir::resource::parse_reference(security.text("reference"_name));
    if (reference.form != fhir::resource::Reference::Form::relative || steps == 0) return false;
    TRY(const auto guard, snapshot.read(std::string(reference.type), std::string(reference.id)));
    if (!guard || guard->deleted()) return false;
    if (!in_reach(reach, *guard, context)) return false;
    return is_open(*guard, reach, snapshot, context, steps - 1);
}

}  // namespace

bool guarded(std::string_view type) { return type == "Binary"; }

base::Result<bool> is_open(const store::Version& version, const fhir::search::Reach& reach, store::Snapshot& snapshot,
                           const Context& context) {
    return is_open(version, reach, snapshot, context, most_steps);
}

}  // namespace interaction
