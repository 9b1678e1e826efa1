// SPDX-License-Identifier: Apache-2.0
#include "fhir/patch/merge_patch.h"

#include <algorithm>
#include <unordered_map>
#include <utility>

namespace fhir::patch {

JsonValue merged(JsonValue target, const JsonValue& patch) {
    if (patch.kind != JsonValue::Kind::object) {
        JsonValue taken = patch;
        taken.key = std::move(target.key);
        return taken;
    }
    if (target.kind != JsonValue::Kind::object) {
        target.kind = JsonValue::Kind::object;
        target.text.clear();
        target.children.clear();
    }
    std::unordered_map<std::string_view, const JsonValue*> wanted;
    for (const JsonValue& member : patch.children) wanted.emplace(member.key, &member);
    std::vector<JsonValue> result;
    result.reserve(target.children.size() + patch.children.size());
    const bool had_any = !target.children.empty();
    for (JsonValue& member : target.children) {
        const auto change = wanted.find(member.key);
        if (change == wanted.end()) {
            result.push_back(std::move(member));
            continue;
        }
        if (change->second->kind != JsonValue::Kind::null) result.push_back(merged(std::move(member), *change->second));
        wanted.erase(change);
    }
    for (const JsonValue& member : patch.children) {
        if (member.kind == JsonValue::Kind::null || !wanted.contains(member.key)) continue;
        JsonValue fresh;
        fresh.key = member.key;
        result.push_back(merged(std::move(fresh), member));
    }
    target.children = std::move(result);
    if (target.children.empty() && (had_any || !patch.children.empty())) target.emptied = true;
    return target;
}

}  // namespace fhir::patch
