// SPDX-License-Identifier: Apache-2.0
#include "mapping/bundle.h"

#include "fhir/tree/builder.h"
#include "mapping/merge.h"

namespace mapping {

using namespace fhir::literals;

fhir::Document transaction(const Translation& translation, const fhir::Names& names, const Existing& existing) {
    fhir::Builder build(names);
    build.resource("Bundle");
    build.value("type"_name, "transaction");
    for (const Entry& entry : translation.entries) {
        const std::string url = entry.type + '/' + entry.id;
        build.open("entry"_name, true);
        build.value("fullUrl"_name, "urn:uuid:" + entry.id);
        const fhir::View stored = existing && entry.mode == Entry::Mode::merge ? existing(entry.type, entry.id) : fhir::View{};
        const fhir::Document merged = merge(stored, entry.resource.root(), entry.deleted);
        build.copy(merged.root(), "resource"_name, false);
        build.open("request"_name);
        build.value("method"_name, "PUT");
        build.value("url"_name, url);
        build.close();
        build.close();
    }
    return std::move(build).finish();
}

}  // namespace mapping
