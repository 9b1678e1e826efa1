// SPDX-License-Identifier: Apache-2.0
#include "fhir/validate/walk.h"

#include "fhir/validate/services.h"
#include "fhir/validate/structure.h"
#include "fhir/validate/vital_signs.h"

#include <algorithm>
#include <fmt/format.h>

namespace fhir::validate {

namespace {

constexpr int deepest = 100;              // elements inside each other
constexpr std::size_t most_nested = 8;    // conformance questions inside each other

}  // namespace

void Walk::run(View root, base::Findings& findings) {
    findings_ = &findings;
    limit_ = most_findings;
    const Holder& holder = enter(root);
    if (holder.type == schema::no_type) return;
    Frame frame{root, holder.type, nullptr, root.resource_type()};
    frame.first = frame.last = active_.size();
    resource(frame, holder, true);
    findings_ = nullptr;
}

const Holder& Walk::enter(View root) { return hold({root, schema().find_type(root.resource_type())}); }

const Holder& Walk::hold(Holder holder) { return holders_.emplace_back(holder); }

void Walk::resource(Frame& frame, const Holder& holder, bool top) {
    const Holder* const before = std::exchange(holder_, &holder);
    frame.type = holder.type;
    frame.holder = &holder;
    const std::size_t until = active_.size();
    if (quiet_ == 0)
        if (const Profile* base = parts_.profiles.of_type(frame.type)) add(base->root(), frame.first);
    type_profiles(frame, until);
    if (quiet_ == 0) profiles_of(frame, top);
    frame.last = active_.size();
    if (quiet_ == 0 && frame.node.child("id"_name).first_child())
        report_at(Severity::error, IssueType::structure, where(frame, "id"), "the id of a resource has no id and no extensions of its own");
    visit(frame);
    holder_ = before;
}

// What the question, meta.profile and the specification itself want this resource to conform to.
void Walk::profiles_of(const Frame& frame, bool top) {
    if (top)
        for (const std::string& canonical : question_.profiles) declared(frame, canonical);
    if (question_.follow_meta)
        for (View profile : frame.node.child("meta"_name).children("profile"_name))
            if (profile.has_value()) declared(frame, profile.text());
    if (const std::string_view name = vital_sign(frame.node); !name.empty()) {
        const Profile* profile = parts_.profiles.find(name);
        if (profile && profile->type() == frame.type) add(profile->root(), frame.first);
    }
}

void Walk::declared(const Frame& frame, std::string_view canonical) {
    std::string why;
    const Profile* profile = parts_.profiles.find(canonical, {}, &why);
    if (!profile)
        return report(Severity::warning, IssueType::not_found, frame,
                      fmt::format("the profile {} is not known here, so it was not checked{}{}", canonical, why.empty() ? "" : ": ", why));
    if (profile->type() == schema::no_type || !schema().derives_from(frame.type, profile->type()))
        return report(Severity::error, IssueType::structure, frame,
                      fmt::format("the profile {} is for {}, not for {}", canonical, profile->type_name(), schema().type_name(frame.type)));
    if (profile->abstract() && profile->constrains())
        report(Severity::warning, IssueType::structure, frame, fmt::format("the profile {} is abstract: name one that is derived from it", canonical));
    add(profile->root(), frame.first);
}

void Walk::add(const Node& node, std::size_t from) {
    if (std::find(active_.begin() + static_cast<std::ptrdiff_t>(from), active_.end(), &node) == active_.end()) active_.push_back(&node);
}

void Walk::visit(Frame& frame) {
    if (stopped() || depth_ > deepest) return;
    ++depth_;
    const Frame* const before = std::exchange(frame_, &frame);
    element(frame);
    if (quiet_ == 0) rules(frame);
    if (frame.node.first_child()) children(frame);
    frame_ = before;
    --depth_;
}

void Walk::element(const Frame& frame) {
    for (std::size_t i = frame.first; i < frame.last; ++i) {
        const Node& node = *active_[i];
        if (node.checks_value) values(frame, node);
        if (node.checks_types) types(frame, node);
    }
    if (frame.type == parts_.types.reference) reference(frame);
    if (frame.type == parts_.types.canonical && quiet_ == 0) canonical(frame);
    if (parts_.services.codes != nullptr) bindings(frame);
    if (!stopped()) invariants(frame);
}

void Walk::rules(const Frame& frame) {
    if (!parts_.rules.has(frame.type)) return;
    const Frame* root = &frame;
    while (root->up) root = root->up;
    const std::size_t before = findings_->size();
    parts_.rules.check({frame.node, frame.type, frame.holder->resource, root->node, {}}, parts_.services, question_, *findings_);
    if (findings_->size() == before) return;  // the path is written out only where something is wrong
    const std::string place = where(frame);
    for (std::size_t i = before; i < findings_->size(); ++i) (*findings_)[i].where.insert(0, place);
}

bool Walk::allows(const Node& node, schema::TypeId type) const {
    return std::any_of(node.types.begin(), node.types.end(), [&](const profile::TypeUse& use) { return profile::fits(schema(), type, use.type); });
}

void Walk::types(const Frame& frame, const Node& node) {
    if (allows(node, frame.type)) return;
    std::string list;
    for (const profile::TypeUse& use : node.types) list += (list.empty() ? "" : ", ") + std::string(use.code);
    report(Severity::error, IssueType::structure, frame,
           fmt::format("the type {} may not stand here, but {}{}", schema().type_name(frame.type), list, named(node)));
}

void Walk::children(const Frame& frame) {
    const std::size_t kids_from = kids_.size();
    View before;
    for (View node : frame.node.children()) {
        const schema::Element* row = schema().element(frame.type, node.name());
        if (row == nullptr) continue;  // the shape says so
        const std::int64_t index = before && before.name() == node.name() ? kids_.back().index + 1 : 0;
        kids_.push_back({node, row, row->repeats() ? index : -1});
        before = node;
    }
    const std::size_t kids_to = kids_.size();
    const std::size_t extras_from = extras_.size();
    for (std::size_t i = frame.first; i < frame.last && !stopped(); ++i)
        if (active_[i]->counts_children) counts(frame, *active_[i], kids_from, kids_to);
    std::sort(extras_.begin() + static_cast<std::ptrdiff_t>(extras_from), extras_.end(), [](const Extra& a, const Extra& b) { return a.child < b.child; });
    for (std::size_t i = kids_from; i < kids_to && !stopped(); ++i) child(frame, Kid(kids_[i]), extras_from);
    extras_.resize(extras_from);
    kids_.resize(kids_from);
}

Frame Walk::child_frame(const Frame& parent, const Kid& kid) const {
    return {kid.node, kid.row->type, kid.row, schema().names().text(kid.row->base), kid.index, &parent, parent.holder};
}

void Walk::child(const Frame& parent, const Kid& kid, std::size_t extras_from) {
    Frame frame = child_frame(parent, kid);
    frame.first = active_.size();
    for (std::size_t i = parent.first; i < parent.last; ++i)
        if (const Node* node = active_[i]->child(kid.row->base)) add(*node, frame.first);
    const auto mine = std::equal_range(extras_.begin() + static_cast<std::ptrdiff_t>(extras_from), extras_.end(), Extra{kid.node.index(), nullptr},
                                       [](const Extra& a, const Extra& b) { return a.child < b.child; });
    for (auto extra = mine.first; extra != mine.second; ++extra) add(*extra->node, frame.first);
    if (kid.row->is(schema::Element::resource_inside)) {
        const schema::TypeId type = schema().find_type(kid.node.resource_type());
        if (type != schema::no_type && !kid.node.primitive()) {
            resource(frame, hold({kid.node, type, parent.holder, kid.row->name == "contained"_name, parent.node.text("fullUrl"_name)}), false);
        }
    } else {
        const std::size_t until = active_.size();
        const schema::TypeKind kind = schema().type(frame.type).kind;
        if ((kind == schema::TypeKind::primitive) == kid.node.primitive()) {
            if (quiet_ == 0 && kind == schema::TypeKind::complex)
                if (const Profile* base = parts_.profiles.of_type(frame.type)) add(base->root(), frame.first);
            if (frame.type == parts_.types.extension) extension(frame);
            type_profiles(frame, until);
            frame.last = active_.size();
            visit(frame);
        }
    }
    active_.resize(frame.first);
}

// ElementDefinition.type.profile: the value conforms to one of them.
void Walk::type_profiles(const Frame& frame, std::size_t until) {
    for (std::size_t i = frame.first; i < until; ++i) {
        const Node& node = *active_[i];
        if (&node == &node.profile->root()) continue;
        std::vector<const Profile*> found;
        std::string_view unknown;
        for (const profile::TypeUse& use : node.types) {
            if (use.profiles.empty() || use.type == schema::no_type || !schema().derives_from(frame.type, use.type)) continue;
            for (const std::string_view canonical : use.profiles) {
                if (const Profile* profile = parts_.profiles.find(canonical, node.profile->package())) found.push_back(profile);
                else unknown = canonical;
            }
        }
        if (found.empty() && !unknown.empty())
            report(Severity::warning, IssueType::not_found, frame,
                   fmt::format("the profile {} is not known here, so it was not checked{}", unknown, named(node)));
        if (!unknown.empty() && !found.empty()) continue;  // it may be the one that fits
        if (found.size() == 1) {
            const Profile& only = *found.front();
            if (only.type() != schema::no_type && !schema().derives_from(frame.type, only.type()))
                report(Severity::error, IssueType::structure, frame,
                       fmt::format("the profile {} is for {}, not for {}{}", only.url(), only.type_name(), schema().type_name(frame.type), named(node)));
            else add(only.root(), frame.first);
        } else if (found.size() > 1) {
            std::string reasons;
            bool any = false;
            for (const Profile* profile : found) {
                why_.clear();
                if (conforms(frame.node, frame.type, frame.row, *profile, *frame.holder)) {
                    any = true;
                    break;
                }
                reasons += fmt::format("; {}: {}", profile->url(), why_);
            }
            if (!any)
                report(Severity::error, IssueType::structure, frame,
                       fmt::format("this conforms to none of the profiles that are allowed here{}{}", named(node), reasons));
        }
    }
}

bool Walk::conforms(View node, schema::TypeId type, const schema::Element* row, const Profile& profile, const Holder& holder) {
    if (profile.type() == schema::no_type || !schema().derives_from(type, profile.type())) {
        why_ = fmt::format("{} is for {}, not for {}", profile.url(), profile.type_name(), type == schema::no_type ? "this" : schema().type_name(type));
        return false;
    }
    if (running_.size() >= most_nested) return true;
    for (const Running& running : running_)
        if (running.node == node && running.profile == &profile) return true;
    const Key key{&node.document(), node.index(), &profile};
    if (const auto known = answers_.find(key); known != answers_.end()) {
        why_ = known->second.why;
        return known->second.conforms;
    }
    running_.push_back({node, &profile});
    const Holder* const before = std::exchange(holder_, &holder);
    const bool good = quietly([&] {
        Frame frame{node, type, row, row ? schema().names().text(row->base) : node.resource_type(), -1, nullptr, &holder};
        frame.first = active_.size();
        active_.push_back(&profile.root());
        frame.last = active_.size();
        visit(frame);
        active_.resize(frame.first);
    });
    holder_ = before;
    running_.pop_back();
    answers_.insert_or_assign(key, Known{good, good ? std::string{} : why_});
    return good;
}

void Walk::report(Severity severity, IssueType type, const Frame& frame, std::string text) {
    if (quiet_ > 0) {
        if (severity > Severity::error || failed_) return;
        failed_ = true;
        why_ = where(frame) + ": " + text;
        return;
    }
    if (findings_) report_at(severity, type, where(frame), std::move(text));
}

void Walk::report_at(Severity severity, IssueType type, std::string place, std::string text) {
    if (quiet_ > 0) {
        if (severity > Severity::error || failed_) return;
        failed_ = true;
        why_ = place + ": " + text;
        return;
    }
    if (!findings_ || findings_->size() > limit_) return;
    if (findings_->size() == limit_) {
        findings_->push_back({Severity::information, IssueType::too_long, {}, "and more; these are the first"});
        return;
    }
    for (const base::Finding& known : *findings_)
        if (known.text == text && known.where == place) return;
    findings_->push_back({severity, type, std::move(place), std::move(text)});
}

std::string Walk::where(const Frame& frame) {
    std::string text = frame.up ? where(*frame.up) + "." : std::string{};
    text += frame.name;
    if (frame.index >= 0) text += fmt::format("[{}]", frame.index);
    return text;
}

std::string Walk::where(const Frame& frame, std::string_view below) { return where(frame) + "." + std::string(below); }

std::string Walk::named(const Node& node) {
    if (!node.profile || !node.profile->constrains()) return {};
    if (node.slice_name.empty()) return fmt::format(" (profile {})", node.profile->url());
    return fmt::format(" (profile {}, slice {})", node.profile->url(), node.slice_name);
}

}  // namespace fhir::validate
