// SPDX-License-Identifier: Apache-2.0
#include "terminology/counterparts.h"

#include "base/text.h"
#include "fhir/tree/view.h"

#include <algorithm>

namespace terminology {

using namespace fhir::literals;
using fhir::View;

namespace {

std::string canonical_of(View map) {
    std::string canonical(map.text("url"_name));
    if (const std::string_view version = map.text("version"_name); !version.empty()) (canonical += '|') += version;
    return canonical;
}

bool stands_for_nothing(std::string_view equivalence) { return equivalence == "unmatched" || equivalence == "disjoint"; }

// "url" is meant by "url" and by "url|version".
bool names(std::string_view asked, std::string_view canonical) {
    return asked.empty() || asked == canonical || asked == base::cut(canonical, '|').first;
}

}  // namespace

Counterparts::Counterparts(const fhir::definition::Library& library) {
    std::vector<std::string> urls = library.all("ConceptMap", true);
    std::sort(urls.begin(), urls.end());
    urls.erase(std::unique(urls.begin(), urls.end()), urls.end());
    for (const std::string& url : urls)
        if (const auto found = library.find("ConceptMap", url)) add(found->document->root());
}

void Counterparts::add(View map) {
    if (map.text("status"_name) == "retired") return;
    const std::string canonical = canonical_of(map);
    const View uri = map.child("targetUri");
    const std::string target_set(uri ? uri.text() : map.child("targetCanonical").text());
    for (const View part : map.children("group"_name)) {
        const std::string source(part.text("source"_name));
        if (source.empty()) continue;
        Group group;
        group.map = canonical;
        group.target_system = part.text("target"_name);
        group.target_version = part.child("targetVersion").text();
        group.target_set = target_set;
        const auto row = [&](std::string_view code, std::string_view display, std::string_view equivalence) {
            return Row{{{group.target_system, group.target_version, std::string(code), std::string(display)},
                        std::string(equivalence.empty() ? "equivalent" : equivalence), canonical},
                       target_set};
        };
        for (const View element : part.children("element"_name)) {
            std::vector<Row>& rows = group.codes[std::string(element.text("code"_name))];
            for (const View target : element.children("target"_name)) {
                const std::string_view equivalence = target.text("equivalence"_name);
                if (stands_for_nothing(equivalence) || target.text("code"_name).empty()) continue;
                rows.push_back(row(target.text("code"_name), target.text("display"_name), equivalence));
            }
        }
        if (const View unmapped = part.child("unmapped"_name)) {
            group.pass_on = unmapped.text("mode"_name) == "provided";
            if (unmapped.text("mode"_name) == "fixed") group.otherwise.push_back(row(unmapped.text("code"_name), unmapped.text("display"_name), "inexact"));
        }
        rows_[source].push_back(std::move(group));
    }
}

std::vector<Counterpart> Counterparts::find(const Coding& code, const Translating& asked) const {
    std::vector<Counterpart> out;
    const auto groups = rows_.find(std::string_view(code.system));
    if (groups == rows_.end()) return out;
    const auto take = [&](const Counterpart& counterpart) {
        const bool known = std::any_of(out.begin(), out.end(), [&](const Counterpart& one) {
            return one.coding.system == counterpart.coding.system && one.coding.code == counterpart.coding.code && one.equivalence == counterpart.equivalence;
        });
        if (!known) out.push_back(counterpart);
    };
    for (const Group& group : groups->second) {
        if (!names(asked.map, group.map) || !names(asked.target_set, group.target_set)) continue;
        if (!asked.target_system.empty() && asked.target_system != group.target_system) continue;
        if (const auto found = group.codes.find(std::string_view(code.code)); found != group.codes.end()) {
            for (const Row& row : found->second) take(row.counterpart);
            continue;
        }
        if (group.pass_on) take({{group.target_system, group.target_version, code.code, code.display}, "equal", group.map});
        for (const Row& row : group.otherwise) take(row.counterpart);
    }
    return out;
}

}  // namespace terminology
