// SPDX-License-Identifier: Apache-2.0
#include "mapping/bundle.h"

#include "fhir/tree/builder.h"
#include "mapping/merge.h"

namespace mapping {

using namespace fhir::literals;

base::Result<fhir::Document> transaction(const Translation& translation, const fhir::Names& names, const Existing& existing,
                                         std::string_view base) {
    fhir::Builder build(names);
    build.resource("Bundle");
    build.value("type"_name, "transaction");
    for (const Entry& entry : translation.entries) {
        std::optional<Stored> before;
        std::optional<fhir::Document> merged;
        if (existing && entry.mode == Entry::Mode::merge) {
            TRY(before, existing(entry));
            if (before) merged = merge(before->document.root(), entry.resource.root(), entry.deleted, entry.assumed);
            if (merged && fhir::equal(merged->root(), before->document.root())) continue;  // it says nothing new
        }
        build.open("entry"_name, true);
        if (!base.empty()) build.value("fullUrl"_name, std::string(base) + '/' + entry.type + '/' + entry.id);
        build.copy(merged ? merged->root() : entry.resource.root(), "resource"_name, false);
        build.open("request"_name);
        build.value("method"_name, "PUT");
        build.value("url"_name, entry.type + '/' + entry.id);
        if (before) build.value("ifMatch"_name, "W/\"" + std::to_string(before->version) + '"');
        else if (existing && entry.mode == Entry::Mode::merge) build.value("ifNoneMatch"_name, "*");
        build.close();
        build.close();
    }
    return std::move(build).finish();
}

}  // namespace mapping
