// SPDX-License-Identifier: Apache-2.0
// References: where they lead (contained, Bundle, elsewhere), and whether that is what definitions allow (FHIR R4 2.3.0).
#include "fhir/resource/reference.h"
#include "fhir/validate/walk.h"

#include <algorithm>
#include <array>
#include <fmt/format.h>

namespace fhir::validate {

using profile::TypeUse;
using resource::ReferenceText;

// The entries of one Bundle (or the resources of one Parameters), found by what references say.
struct Walk::Entries {
    View bundle;
    std::unordered_multimap<std::string_view, const Holder*> by_url;
    std::unordered_multimap<std::string, const Holder*> by_id;  // "Patient/1"
};

Walk::Walk(const Validator::Parts& parts, const Question& question) : parts_(parts), question_(question) {}
Walk::~Walk() = default;  // here, where Entries is complete

const Walk::Entries& Walk::entries_of(const Holder& bundle) {
    for (const auto& known : entries_)
        if (known->bundle == bundle.resource) return *known;
    Entries& made = *entries_.emplace_back(std::make_unique<Entries>());
    made.bundle = bundle.resource;
    const auto add = [&](View entry) {
        const View resource = entry.child("resource"_name);
        const std::string_view type = resource.resource_type();
        if (type.empty()) return;
        const std::string_view url = entry.text("fullUrl"_name);
        const Holder& holder = hold({resource, schema().find_type(type), &bundle, false, url});
        if (!url.empty()) made.by_url.emplace(url, &holder);
        if (const std::string_view id = resource.text("id"_name); !id.empty()) made.by_id.emplace(fmt::format("{}/{}", type, id), &holder);
    };
    for (View entry : bundle.resource.children("entry"_name)) add(entry);
    for (View parameter : bundle.resource.children("parameter"_name)) {
        add(parameter);
        for (View part : parameter.children("part"_name)) add(part);
    }
    return made;
}

void Walk::own(View node, const Holder& holder) {
    owners_[node.index()] = &holder;
    for (View child : node.children()) {
        const std::string_view type = child.resource_type();
        if (type.empty()) own(child, holder);
        else own(child, hold({child, schema().find_type(type), &holder, child.name() == "contained"_name, node.text("fullUrl"_name)}));
    }
}

const Holder* Walk::holder_of(View node) {
    if (!holder_ || !node) return holder_;
    const Holder* top = holder_;
    while (top->outer) top = top->outer;
    if (&top->resource.document() != &node.document()) return nullptr;
    if (owned_ != &node.document()) {
        owned_ = &node.document();
        owners_.assign(owned_->node_count(), nullptr);
        own(top->resource, *top);
    }
    return owners_[node.index()];
}

Walk::Target Walk::resolve(std::string_view text, const Holder& from) {
    Target found;
    const ReferenceText parsed = resource::read_reference(text);
    if (parsed.kind == ReferenceText::Kind::none) return found;
    if (parsed.kind == ReferenceText::Kind::contained) {
        const Holder& container = from.container();
        if (parsed.id.empty()) return {Target::Kind::contained, container.resource, container.type, &container};
        for (View contained : container.resource.children("contained"_name))
            if (contained.text("id"_name) == parsed.id) {
                const schema::TypeId type = schema().find_type(contained.resource_type());
                return {Target::Kind::contained, contained, type, &hold({contained, type, &container, true})};
            }
        return found;
    }
    if (!parsed.type.empty()) found.type = schema().find_type(parsed.type);
    // Up to the Bundle that holds the resource; references inside Parameters and nested Bundles see the outer ones too.
    for (const Holder* inside = &from.container(); inside->outer != nullptr; inside = inside->outer) {
        const Holder& bundle = *inside->outer;
        if (bundle.type == schema::no_type || (bundle.type != parts_.types.bundle && bundle.type != parts_.types.parameters)) continue;
        const Entries& entries = entries_of(bundle);
        std::string url(text);
        if (parsed.kind == ReferenceText::Kind::relative || parsed.kind == ReferenceText::Kind::absolute)
            if (const std::size_t history = url.find("/_history/"); history != std::string::npos) url.resize(history);
        std::vector<const Holder*> fits;
        const auto of_version = [&](const Holder& holder) {
            return parsed.version.empty() || holder.resource.child("meta"_name).text("versionId"_name) == parsed.version;
        };
        const auto take = [&](const auto& table, const auto& key) {
            for (auto [at, end] = table.equal_range(key); at != end; ++at)
                if (of_version(*at->second)) fits.push_back(at->second);
        };
        if (parsed.kind == ReferenceText::Kind::relative) {
            const ReferenceText own = resource::read_reference(inside->full_url);
            if (own.kind == ReferenceText::Kind::absolute && !own.base.empty()) {
                const std::string full = fmt::format("{}/{}", own.base, url);
                take(entries.by_url, std::string_view(full));
            } else {
                take(entries.by_url, std::string_view(url));
                if (fits.empty()) take(entries.by_id, url);
            }
        } else {
            take(entries.by_url, std::string_view(url));
        }
        if (fits.empty()) continue;
        return {Target::Kind::bundled, fits.front()->resource, fits.front()->type, fits.front(), fits.size() > 1};
    }
    if (!parts_.services.fetch) return found;
    const auto [place, fresh] = outside_.try_emplace(std::string(text));
    if (fresh) {
        if (auto document = parts_.services.fetch(text)) {
            const View root = document->root();
            fetched_.push_back(std::move(document));
            const Holder& holder = enter(root);
            place->second = {Target::Kind::outside, root, holder.type, &holder};
        }
    }
    return place->second.kind == Target::Kind::none ? found : place->second;
}

void Walk::reference(const Frame& frame) {
    const View text = frame.node.child("reference"_name);
    const std::string_view said = frame.node.text("type"_name);
    Target found;
    if (text.has_value()) {
        found = resolve(text.text(), *frame.holder);
        const ReferenceText parsed = resource::read_reference(text.text());
        if (found.kind == Target::Kind::none && quiet_ == 0) {
            if (parsed.kind == ReferenceText::Kind::contained)
                report(Severity::error, IssueType::not_found, frame, "no contained resource has this id (ref-1)");
            else if (question_.references_must_exist && parts_.services.fetch &&
                     (parsed.kind == ReferenceText::Kind::relative || parsed.kind == ReferenceText::Kind::other))
                report(Severity::error, IssueType::not_found, frame, "what this refers to does not exist here");
        }
        if (!parsed.type.empty() && found.type == schema::no_type && parsed.kind == ReferenceText::Kind::relative && quiet_ == 0)
            report(Severity::error, IssueType::value, frame, fmt::format("{} is no resource type", parsed.type));
    }
    if (!said.empty() && quiet_ == 0) {
        const schema::TypeId type = schema().find_type(said);
        if (type == schema::no_type) {
            if (said.find(':') == std::string_view::npos)
                report(Severity::error, IssueType::value, frame, fmt::format("the type '{}' that this reference names is no resource type", said.substr(0, 64)));
        } else if (found.type != schema::no_type && found.type != type) {
            report(Severity::error, IssueType::value, frame,
                   fmt::format("this reference says that it leads to {}, but it leads to {}", said, schema().type_name(found.type)));
        }
        if (found.type == schema::no_type) found.type = type;
    }
    const Node* same = nullptr;
    for (std::size_t i = frame.first; i < frame.last && !stopped(); ++i) {
        const Node& node = *active_[i];
        const TypeUse* use = node.type("Reference");
        if (!use || (same && same->type("Reference")->targets == use->targets && use->aggregation == 0 && use->versioning == TypeUse::Versioning::either)) continue;
        if (!same) same = &node;
        target(frame, node, *use, found);
    }
}

void Walk::target(const Frame& frame, const Node& node, const TypeUse& use, const Target& found) {
    const bool literal = frame.node.child("reference"_name).has_value();
    if (literal && use.aggregation != 0) {
        const bool good = found.kind == Target::Kind::contained ? (use.aggregation & TypeUse::contained) != 0
                          : found.kind == Target::Kind::bundled ? (use.aggregation & (TypeUse::bundled | TypeUse::referenced)) != 0
                                                                : (use.aggregation & TypeUse::referenced) != 0;
        if (!good)
            report(Severity::error, IssueType::structure, frame,
                   fmt::format("a reference to {} is not allowed here{}", found.kind == Target::Kind::contained ? "a contained resource"
                               : found.kind == Target::Kind::bundled ? "an entry of the same Bundle" : "something outside", named(node)));
    }
    if (literal && use.versioning != TypeUse::Versioning::either) {
        const bool versioned = frame.node.text("reference"_name).find("/_history/") != std::string_view::npos;
        if (versioned != (use.versioning == TypeUse::Versioning::specific))
            report(Severity::error, IssueType::structure, frame, fmt::format("the reference must {} a version{}", versioned ? "not name" : "name", named(node)));
    }
    if (use.targets.empty() || found.type == schema::no_type) return;
    if (found.kind == Target::Kind::none && !question_.reference_types) return;
    bool type_fits = false;
    bool unknown = false;
    std::string allowed;
    std::string reasons;
    for (const std::string_view canonical : use.targets) {
        std::string_view name = canonical.substr(0, canonical.find('|'));
        constexpr std::string_view core = "http://hl7.org/fhir/StructureDefinition/";
        const schema::TypeId type = name.starts_with(core) ? schema().find_type(name.substr(core.size())) : schema::no_type;
        if (type != schema::no_type) {
            if (schema().derives_from(found.type, type)) return;
            allowed += (allowed.empty() ? "" : ", ") + std::string(name.substr(core.size()));
            continue;
        }
        const Profile* profile = parts_.profiles.find(canonical, node.profile->package());
        if (!profile) {
            unknown = true;
            continue;
        }
        allowed += (allowed.empty() ? "" : ", ") + std::string(canonical);
        if (profile->type() == schema::no_type || !schema().derives_from(found.type, profile->type())) continue;
        type_fits = true;
        if (!found.resource || found.kind == Target::Kind::none) return;  // nothing more to see
        why_.clear();
        if (conforms(found.resource, found.type, nullptr, *profile, *found.holder)) return;
        reasons += fmt::format("; {}: {}", profile->url(), why_);
    }
    if (unknown) return;
    if (!type_fits)
        return report(Severity::error, IssueType::structure, frame,
                      fmt::format("this refers to {}, but it may only refer to {}{}", schema().type_name(found.type), allowed, named(node)));
    report(Severity::error, IssueType::structure, frame, fmt::format("what this refers to does not conform to {}{}{}", allowed, named(node), reasons));
}

// A canonical that the library knows as something else than what may stand here.
void Walk::canonical(const Frame& frame) {
    if (!frame.row || !frame.node.has_value()) return;
    const std::string_view text = frame.node.text();
    if (text.starts_with('#')) {
        if (text.size() > 1 && resolve(text, *frame.holder).kind == Target::Kind::none)
            report(Severity::error, IssueType::not_found, frame, "no contained resource has this id");
        return;
    }
    const auto targets = schema().targets(*frame.row);
    if (targets.empty()) return;
    const definition::Library& library = parts_.services.library;
    for (const schema::TypeId type : targets)
        if (schema().type(type).abstract != 0 || library.knows(schema().type_name(type), text)) return;
    constexpr std::array<std::string_view, 5> kinds{"StructureDefinition", "ValueSet", "CodeSystem", "SearchParameter", "ConceptMap"};
    for (const std::string_view kind : kinds) {
        if (!library.knows(kind, text)) continue;
        std::string allowed;
        for (const schema::TypeId type : targets) allowed += (allowed.empty() ? "" : ", ") + std::string(schema().type_name(type));
        return report(Severity::error, IssueType::value, frame, fmt::format("this is the canonical of a {}, but it may only be one of {}", kind, allowed));
    }
}

}  // namespace fhir::validate
