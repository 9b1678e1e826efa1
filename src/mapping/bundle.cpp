// SPDX-License-Identifier: Apache-2.0
#include "mapping/bundle.h"

#include "fhir/tree/builder.h"
#include "mapping/merge.h"

namespace mapping {

using namespace fhir::literals;

base::Result<fhir::Document> transaction(const Translation& translation, const fhir::Names& names) {
    fhir::Builder build(names);
    build.resource("Bundle");
    build.value("type"_name, "transaction");
    for (const Entry& entry : translation.entries) {
        build.open("entry"_name, true);
        build.copy(entry.resource.root(), "resource"_name, false);
        build.open("request"_name);
        build.value("method"_name, "PUT");
        build.value("url"_name, entry.type + '/' + entry.id);
        build.close();
        build.close();
    }
    return std::move(build).finish();
}

std::optional<fhir::Document> laid_over(fhir::View stored, const Entry& entry) {
    fhir::Document merged = merge(stored, entry.resource.root(), entry.deleted);
    if (stored && fhir::equal(merged.root(), stored)) return std::nullopt;
    return merged;
}

}  // namespace mapping
