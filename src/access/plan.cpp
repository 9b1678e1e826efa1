// SPDX-License-Identifier: Apache-2.0
#include "access/plan.h"

namespace permission {

const Held& unlimited() {
    using fhir::search::Reach;
    static const Held plan = std::make_shared<const Plan>(Plan{"", Reach::everything(), Reach::everything(), Reach::everything(),
                                                               Reach::everything(), Reach::everything(), true});
    return plan;
}

}  // namespace permission
