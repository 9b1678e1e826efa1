// SPDX-License-Identifier: Apache-2.0
#include "fhir/validate/rules/bundle_index.h"

#include "fhir/validate/rules/address.h"
#include "fhir/validate/rules/xhtml.h"

namespace fhir::validate {

BundleIndex::BundleIndex(View bundle, const schema::Schema& schema) : schema_(schema) {
    for (View node : bundle.children("entry"_name)) {
        BundleEntry entry;
        entry.node = node;
        entry.resource = node.child("resource"_name);
        entry.full_url = node.text("fullUrl"_name);
        entry.type = entry.resource.resource_type();
        entry.id = entry.resource.text("id"_name);
        entry.version = entry.resource.child("meta"_name).text("versionId"_name);
        const std::size_t number = entries_.size();
        if (!entry.full_url.empty()) {
            std::string url(entry.full_url);
            by_url_[url].push_back(number);
            if (!entry.version.empty()) by_url_[url.append("/_history/").append(entry.version)].push_back(number);
        }
        if (!entry.type.empty() && !entry.id.empty())
            by_local_[std::string(entry.type).append("/").append(entry.id)].push_back(number);
        entries_.push_back(entry);
    }
}

BundleIndex::Match BundleIndex::find(std::string_view reference, const BundleEntry& from) const {
    Match match;
    if (const std::size_t hash = reference.find('#'); hash != std::string_view::npos) {
        match.fragment = reference.substr(hash + 1);
        reference = reference.substr(0, hash);
    }
    std::string url(reference);
    match.absolute = is_absolute(reference);
    if (!match.absolute) {
        const auto rest = rest_address(from.full_url, schema_);
        if (rest && rest->version.empty() && rest->type == from.type && rest->id == from.id)
            url = std::string(rest->base).append(reference);
    }
    if (const auto found = by_url_.find(url); found != by_url_.end()) {
        match.entries = found->second;
        return match;
    }
    if (match.absolute) return match;
    const std::size_t slash = reference.find('/');
    if (slash == std::string_view::npos || !schema_.is_resource(reference.substr(0, slash))) return match;
    const std::size_t end = reference.find('/', slash + 1);
    if (const auto found = by_local_.find(std::string(reference.substr(0, end))); found != by_local_.end())
        match.apparent = found->second;
    return match;
}

std::size_t count_ids(View node, std::string_view id) {
    std::size_t count = node.text("id"_name) == id ? 1 : 0;
    for (View child : node.children()) {
        if (child.name() == "div"_name && child.primitive()) count += count_xhtml_ids(child.text(), id);
        count += count_ids(child, id);
    }
    return count;
}

}  // namespace fhir::validate
