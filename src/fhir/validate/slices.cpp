// SPDX-License-Identifier: Apache-2.0
// Cardinality in profiles, and slicing: which slice is an item in (FHIR R4 5.1.0.13)?
#include "fhir/profile/match.h"
#include "fhir/validate/walk.h"

#include <algorithm>
#include <fmt/format.h>

namespace fhir::validate {

using profile::Discriminator;
using profile::Slicing;
using profile::TypeUse;

void Walk::counts(const Frame& frame, const Node& node, std::size_t kids_from, std::size_t kids_to) {
    std::vector<std::size_t> group;
    for (const auto& [name, part] : node.parts()) {
        if (stopped()) return;
        if (!part->checks_count && part->slices.empty()) continue;
        group.clear();
        for (std::size_t i = kids_from; i < kids_to; ++i)
            if (kids_[i].row->base == name) group.push_back(i);
        if (part->checks_count) count(frame, *part, static_cast<std::uint32_t>(group.size()));
        if (!part->slices.empty()) slice(frame, *part, group);
    }
}

void Walk::count(const Frame& frame, const Node& node, std::uint32_t number) {
    if (number >= node.min && number <= node.max) return;
    const bool slice = !node.slice_name.empty();
    std::string text;
    if (number < node.min) {
        text = slice ? fmt::format("{} in the slice '{}' {} needed, but {} found{}", node.min == 1 ? std::string("one") : std::to_string(node.min),
                                   node.slice_name, node.min == 1 ? "is" : "are", number, named(node))
               : node.min == 1 ? fmt::format("this element is required{}", named(node))
                               : fmt::format("at least {} of these are required, but {} found{}", node.min, number, named(node));
    } else if (node.max == 0) {
        text = slice ? fmt::format("nothing in the slice '{}' may stand here{}", node.slice_name, named(node))
                     : fmt::format("this element may not be used{}", named(node));
    } else {
        text = slice ? fmt::format("at most {} may be in the slice '{}', but {} found{}", node.max, node.slice_name, number, named(node))
                     : fmt::format("at most {} of these, but {} found{}", node.max, number, named(node));
    }
    if (quiet_ > 0) return report(Severity::error, IssueType::structure, frame, fmt::format("{}: {}", node.name_text, text));
    report_at(Severity::error, number < node.min ? IssueType::required : IssueType::structure, where(frame, node.name_text), std::move(text));
}

void Walk::slice(const Frame& frame, const Node& slicer, const std::vector<std::size_t>& group) {
    if (!slicer.slicing) return;
    const Slicing& slicing = *slicer.slicing;
    const bool usable = std::any_of(slicing.by.begin(), slicing.by.end(), [](const Discriminator& by) { return by.understood; }) ||
                        (slicing.by.empty() && (slicer.choice || slicer.name == "extension"_name || slicer.name == "modifierExtension"_name));
    if (!usable) {
        if (!group.empty())
            report(Severity::warning, IssueType::not_supported, frame,
                   fmt::format("nothing tells the slices of {} apart, so they were not checked{}", slicer.path, named(slicer)));
        return;
    }
    std::vector<std::vector<std::size_t>> found(slicer.slices.size());
    std::size_t latest = 0;   // the last slice that was seen
    bool outside = false;     // something in no slice was seen
    for (std::size_t k = 0; k < group.size(); ++k) {
        const Kid kid = kids_[group[k]];
        std::size_t in = slicer.slices.size();
        for (std::size_t s = 0; s < slicer.slices.size() && in == slicer.slices.size(); ++s)
            if (is_in(frame, kid, slicer, *slicer.slices[s], k)) in = s;
        const auto at = [&] { return child_frame(frame, kid); };
        if (in == slicer.slices.size()) {
            outside = true;
            if (slicing.rules == Slicing::Rules::closed)
                report(Severity::error, IssueType::structure, at(), fmt::format("this is in none of the slices, and no others are allowed{}", named(slicer)));
            continue;
        }
        if (outside && slicing.rules == Slicing::Rules::open_at_end)
            report(Severity::error, IssueType::structure, at(), fmt::format("what is in no slice must stand behind the slices{}", named(*slicer.slices[in])));
        if (slicing.ordered && in < latest)
            report(Severity::error, IssueType::structure, at(),
                   fmt::format("the slice '{}' must stand before '{}'{}", slicer.slices[in]->slice_name, slicer.slices[latest]->slice_name, named(slicer)));
        latest = std::max(latest, in);
        found[in].push_back(group[k]);
        extras_.push_back({kid.node.index(), slicer.slices[in]});
    }
    for (std::size_t s = 0; s < found.size() && !stopped(); ++s) {
        const Node& one = *slicer.slices[s];
        count(frame, one, static_cast<std::uint32_t>(found[s].size()));
        if (!one.slices.empty()) slice(frame, one, found[s]);
    }
}

bool Walk::is_in(const Frame& frame, const Kid& kid, const Node& slicer, const Node& slice, std::size_t position) {
    const auto place = static_cast<std::size_t>(std::find(slicer.slices.begin(), slicer.slices.end(), &slice) - slicer.slices.begin());
    Valued value{kid.node, kid.row->type, frame.holder};
    if (kid.row->is(schema::Element::resource_inside)) {
        value.type = schema().find_type(kid.node.resource_type());
        value.holder = &hold({kid.node, value.type, frame.holder, kid.row->name == "contained"_name, frame.node.text("fullUrl"_name)});
    }
    bool decided = false;
    for (const Discriminator& by : slicer.slicing->by) {
        const auto answer = fits(by, slice, value, position, place);
        if (answer && !*answer) return false;
        decided = decided || answer;
    }
    if (decided) return true;
    // Without a usable discriminator: extensions by their url, choices by their type.
    if (slicer.slicing->by.empty()) {
        if (value.type == parts_.types.extension) {
            Discriminator by;
            by.steps.push_back({Discriminator::Step::Kind::child, "url"_name, "url"});
            return fits(by, slice, value, position, place).value_or(false);
        }
        if (slicer.choice) return allows(slice, value.type);
    }
    return false;
}

// Is the value in the slice as far as this discriminator can tell? Nothing: the slice says nothing about it.
std::optional<bool> Walk::fits(const Discriminator& by, const Node& slice, const Valued& value, std::size_t position, std::size_t place) {
    if (!by.understood) return {};
    if (by.kind == Discriminator::Kind::position) return position == place;
    // The commonest slice: an extension, told apart by its url.
    if (value.type == parts_.types.extension && by.steps.size() == 1 && by.steps.front().name == "url"_name) {
        const std::string_view url = value.node.text("url"_name);
        if (const Node* fixed = slice.child("url"_name); fixed && fixed->fixed) return fixed->fixed.text() == url;
        for (const TypeUse& use : slice.types)
            for (const std::string_view canonical : use.profiles)
                if (canonical.substr(0, canonical.find('|')) == url) return true;
        if (std::any_of(slice.types.begin(), slice.types.end(), [](const TypeUse& use) { return !use.profiles.empty(); })) return false;
    }
    std::vector<const Node*> nodes{&slice};
    std::vector<Valued> values{value};
    for (const Discriminator::Step& step : by.steps) {
        std::vector<const Node*> next_nodes;
        for (const Node* node : nodes) definitions(*node, step, next_nodes);
        nodes = std::move(next_nodes);
        std::vector<Valued> next_values;
        for (const Valued& one : values) instances(one, step, next_values);
        values = std::move(next_values);
    }
    bool decided = false;
    for (const Node* node : nodes) {
        std::optional<bool> answer;
        switch (by.kind) {
            case Discriminator::Kind::value:
            case Discriminator::Kind::pattern: answer = prescribed(*node, values, 0); break;
            case Discriminator::Kind::exists:
                if (node->max == 0) answer = values.empty();
                else if (node->min > 0) answer = !values.empty();
                break;
            case Discriminator::Kind::type: {
                const bool root = node == &node->profile->root();
                if (!root && node->types.empty()) break;
                answer = std::any_of(values.begin(), values.end(), [&](const Valued& one) {
                    if (root) return one.type != schema::no_type && schema().derives_from(one.type, node->profile->type());
                    return one.type != schema::no_type && allows(*node, one.type);
                });
                // An element of which several are looked for: one target fits.
                if (root && !*answer && node != nodes.back()) answer.reset();
                break;
            }
            case Discriminator::Kind::profile: {
                std::vector<const Profile*> wanted;
                if (node == &node->profile->root()) wanted.push_back(node->profile);
                else
                    for (const TypeUse& use : node->types)
                        for (const std::string_view canonical : use.profiles)
                            if (const Profile* profile = parts_.profiles.find(canonical, node->profile->package())) wanted.push_back(profile);
                if (wanted.empty()) break;
                answer = std::any_of(values.begin(), values.end(), [&](const Valued& one) {
                    return one.node && std::any_of(wanted.begin(), wanted.end(), [&](const Profile* profile) {
                        return conforms(one.node, one.type, nullptr, *profile, *one.holder);
                    });
                });
                if (!*answer && node != nodes.back()) answer.reset();
                break;
            }
            case Discriminator::Kind::position: break;
        }
        if (!answer) continue;
        const bool alternatives = by.kind == Discriminator::Kind::type || by.kind == Discriminator::Kind::profile;
        if (!*answer) return false;
        decided = true;
        if (alternatives) return true;
    }
    if (!decided) return {};
    return true;
}

// The definitions one step further along a discriminator's path.
void Walk::definitions(const Node& from, const Discriminator::Step& step, std::vector<const Node*>& out) {
    const std::string_view package = from.profile->package();
    const auto through_types = [&](auto&& look) {
        const std::size_t before = out.size();
        for (const TypeUse& use : from.types)
            for (const std::string_view canonical : use.profiles)
                if (const Profile* profile = parts_.profiles.find(canonical, package)) look(profile->root());
        if (out.size() == before && from.types.size() == 1)
            if (const Profile* base = parts_.profiles.of_type(from.types.front().type)) look(base->root());
    };
    switch (step.kind) {
        case Discriminator::Step::Kind::child: {
            if (const Node* child = from.child(step.name)) {
                // What the profile says about one form of a choice stands in a slice of it.
                out.push_back(child);
                for (const Node* slice : child->slices)
                    if (child->choice || slice->min > 0 || child->slices.size() == 1) out.push_back(slice);
                return;
            }
            through_types([&](const Node& root) {
                if (const Node* child = root.child(step.name)) out.push_back(child);
            });
            return;
        }
        case Discriminator::Step::Kind::extension: {
            const auto look = [&](const Node& node) {
                const Node* list = node.child("extension"_name);
                if (!list) return;
                for (const Node* slice : list->slices) {
                    const Node* url = slice->child("url"_name);
                    const bool by_url = url && url->fixed && url->fixed.text() == step.text;
                    const bool by_profile = std::any_of(slice->types.begin(), slice->types.end(), [&](const TypeUse& use) {
                        return std::any_of(use.profiles.begin(), use.profiles.end(),
                                           [&](std::string_view canonical) { return canonical.substr(0, canonical.find('|')) == step.text; });
                    });
                    if (by_url || by_profile) out.push_back(slice);
                }
            };
            const std::size_t before = out.size();
            look(from);
            if (out.size() == before) through_types(look);
            if (out.size() == before)
                if (const Profile* definition = parts_.profiles.find(step.text, package)) out.push_back(&definition->root());
            return;
        }
        case Discriminator::Step::Kind::of_type: {
            const schema::TypeId type = schema().find_type(step.text);
            if (type == schema::no_type) return;
            for (const Node* slice : from.slices)
                if (allows(*slice, type)) out.push_back(slice);
            if (from.types.empty() || allows(from, type)) out.push_back(&from);
            return;
        }
        case Discriminator::Step::Kind::resolve: {
            for (const TypeUse& use : from.types) {
                for (const std::string_view canonical : use.targets)
                    if (const Profile* profile = parts_.profiles.find(canonical, package)) out.push_back(&profile->root());
                // Some profiles say it one level deeper, on Reference itself.
                for (const std::string_view canonical : use.profiles)
                    if (const Profile* profile = parts_.profiles.find(canonical, package); profile && profile->type() != parts_.types.reference)
                        out.push_back(&profile->root());
            }
            return;
        }
    }
}

// The values one step further along a discriminator's path.
void Walk::instances(const Valued& from, const Discriminator::Step& step, std::vector<Valued>& out) {
    if (!from.node) return;
    switch (step.kind) {
        case Discriminator::Step::Kind::child:
            for (View node : from.node.children()) {
                const schema::Element* row = from.type == schema::no_type ? nullptr : schema().element(from.type, node.name());
                if (!row || (row->base != step.name && row->name != step.name)) continue;
                if (!row->is(schema::Element::resource_inside)) {
                    out.push_back({node, row->type, from.holder});
                    continue;
                }
                const schema::TypeId type = schema().find_type(node.resource_type());
                const Holder& inside = hold({node, type, from.holder, row->name == "contained"_name, from.node.text("fullUrl"_name)});
                out.push_back({node, type, &inside});
            }
            return;
        case Discriminator::Step::Kind::extension:
            for (View node : from.node.children("extension"_name))
                if (node.text("url"_name) == step.text) out.push_back({node, parts_.types.extension, from.holder});
            return;
        case Discriminator::Step::Kind::of_type: {
            const schema::TypeId type = schema().find_type(step.text);
            if (type != schema::no_type && from.type != schema::no_type && schema().derives_from(from.type, type)) out.push_back(from);
            return;
        }
        case Discriminator::Step::Kind::resolve: {
            const std::string_view text = from.node.primitive() ? from.node.text() : from.node.text("reference"_name);
            Target found = resolve(text, *from.holder);
            if (found.type == schema::no_type && !from.node.primitive()) found.type = schema().find_type(from.node.text("type"_name));
            if (found.type != schema::no_type) out.push_back({found.resource, found.type, found.holder ? found.holder : from.holder});
            return;
        }
    }
}

// What a node prescribes for values: itself, or by what it prescribes below. Nothing when it prescribes nothing.
std::optional<bool> Walk::prescribed(const Node& node, const std::vector<Valued>& values, int depth) {
    const auto any = [&](auto&& test) { return std::any_of(values.begin(), values.end(), test); };
    if (node.fixed) return any([&](const Valued& one) { return one.node && profile::is_fixed(node.fixed, one.node); });
    if (node.pattern) return any([&](const Valued& one) { return one.node && profile::fits_pattern(node.pattern, one.node); });
    std::optional<bool> below;
    if (depth < 4) {
        for (const auto& [name, child] : node.parts()) {
            const bool choice_or_list = !child->slices.empty();
            std::vector<const Node*> wanted;
            if (choice_or_list)
                for (const Node* slice : child->slices) {
                    if (slice->min > 0) wanted.push_back(slice);
                }
            wanted.push_back(child);
            for (const Node* one : wanted) {
                if (one->min == 0 && !one->fixed && !one->pattern) continue;
                std::vector<Valued> inner;
                for (const Valued& value : values) instances(value, {Discriminator::Step::Kind::child, name, {}}, inner);
                const bool binds = one->binding && one->binding->strength == profile::Binding::Strength::required;
                if (!one->fixed && !one->pattern && !binds && one->parts().empty()) continue;
                const auto answer = prescribed(*one, inner, depth + 1);
                if (!answer || (inner.empty() && one->min == 0)) continue;
                if (!*answer) return false;
                below = true;
            }
        }
    }
    if (below) return below;
    if (node.binding && node.binding->strength == profile::Binding::Strength::required && !node.binding->value_set.empty()) {
        bool unknown = false;
        const bool in = any([&](const Valued& one) {
            const auto answer = one.node ? member_of(one.node, one.type, {}, node.binding->value_set) : std::optional<bool>(false);
            unknown = unknown || !answer;
            return answer.value_or(false);
        });
        if (in) return true;
        if (!unknown) return false;
        return {};
    }
    if (depth > 0) return {};
    if (node.max == 0) return values.empty();
    if (node.min > 0) return !values.empty();
    return {};
}

std::optional<bool> Walk::in_slice(View node, schema::TypeId type, const Profile& profile, std::string_view name, const Holder& holder) {
    const Node* slice = profile.find_slice(name);
    if (!slice) return {};
    // The slicer: the node whose slices hold it.
    const Node* slicer = profile.find(slice->path);
    if (!slicer || !slicer->slicing) return {};
    bool decided = false;
    for (const Discriminator& by : slicer->slicing->by) {
        const auto place = static_cast<std::size_t>(std::find(slicer->slices.begin(), slicer->slices.end(), slice) - slicer->slices.begin());
        const auto answer = fits(by, *slice, {node, type, &holder}, 0, place);
        if (answer && !*answer) return false;
        decided = decided || answer;
    }
    return decided;
}

}  // namespace fhir::validate
