// SPDX-License-Identifier: Apache-2.0
#include "fhir/definition/snapshot_maker.h"

#include "fhir/definition/model.h"
#include "fhir/definition/version.h"

#include "base/text.h"
#include "fhir/tree/builder.h"

#include <algorithm>
#include <set>

namespace fhir::definition {

namespace {

constexpr std::size_t most_elements = 50'000;  // in one snapshot; the largest published have some 3,000
constexpr std::string_view core = "http://hl7.org/fhir/StructureDefinition/";

bool is_choice(std::string_view tail) { return tail.ends_with("[x]"); }
bool is_extension(std::string_view tail) { return tail == "extension" || tail == "modifierExtension"; }

std::string canonical_of(std::string_view type) {
    return type.find("://") != std::string_view::npos ? std::string(type) : std::string(core) + std::string(type);
}

// "valueQuantity" as a form of "value[x]": the type, as the element's types spell it; empty when it is none.
std::string_view form_of(const ElementNode& choice, std::string_view tail) {
    const std::string_view stem = std::string_view(choice.tail).substr(0, choice.tail.size() - 3);
    if (!tail.starts_with(stem)) return {};
    const std::string_view form = tail.substr(stem.size());
    for (const View type : choice.all("type")) {
        const std::string_view code = type.text("code"_name);
        if (code.size() == form.size() && base::equal_ignoring_case(code.substr(0, 1), form.substr(0, 1)) && code.substr(1) == form.substr(1)) return code;
    }
    return {};
}

std::size_t size_of(const ElementNode& node) {
    std::size_t size = 1;
    for (const ElementNode& child : node.children) size += size_of(child);
    return size;
}

// Copies of what is sliced do not say how it is sliced.
void forget_slicing(ElementNode& node) { node.drop("slicing"); }

}  // namespace

View SnapshotMaker::keep(Document document) {
    kept_.push_back(std::make_shared<const Document>(std::move(document)));
    return kept_.back()->root().first_child();
}

void SnapshotMaker::add_slicing(ElementNode& element, std::string_view type, std::string_view path, bool closed) {
    Builder build(schema_.names());
    build.open("element"_name);
    build.open(build.name("slicing"));
    build.open(build.name("discriminator"), true);
    build.value("type"_name, type);
    build.value("path"_name, path);
    build.close();
    build.flag(build.name("ordered"), false);
    build.value(build.name("rules"), closed ? "closed" : "open");
    element.replace(keep(std::move(build).finish()));
}

std::shared_ptr<const Document> SnapshotMaker::structure(std::string_view canonical) {
    if (const auto found = structures_.find(canonical); found != structures_.end()) return found->second;
    return structures_.emplace(canonical, lookup_(canonical)).first->second;
}

const ElementNode* SnapshotMaker::tree(std::string_view canonical) {
    if (const auto found = trees_.find(canonical); found != trees_.end()) return &found->second;
    const auto document = structure(canonical);
    if (!document || !document->root().child("snapshot"_name)) return nullptr;
    base::Findings ignored;  // of a published snapshot: not ours to judge
    return &trees_.emplace(canonical, read_elements(document->root().child("snapshot"_name), ignored)).first->second;
}

void SnapshotMaker::remark(const ElementNode& at, std::string text, base::Severity severity) {
    std::string where = "StructureDefinition.differential";
    const ElementNode* written = &at;  // what is implied stands where the first that implies it does
    while (written->position < 0 && !written->children.empty()) written = &written->children.front();
    if (written->position >= 0) where += ".element[" + std::to_string(written->position) + "]";
    findings_.push_back({severity, base::IssueType::invariant, std::move(where), std::move(text)});
}

base::Result<ElementNode> SnapshotMaker::make(View definition) {
    using base::Fault;
    const std::string_view base = definition.text("baseDefinition"_name);
    const ElementNode changes = read_elements(definition.child("differential"_name), findings_);
    specializes_ = definition.text("derivation"_name) != "constraint";
    const std::string_view type = definition.text("type"_name);
    ElementNode result;
    if (base.empty()) {
        if (!specializes_) return Fault{Fault::Kind::invalid, "a profile names its base (baseDefinition)"};
        result.tail = last_segment(type);
    } else {
        const ElementNode* found = tree(base);
        if (found == nullptr) return Fault{Fault::Kind::invalid, "the base " + std::string(base) + " is not known or has no snapshot"};
        result = *found;
    }
    pristine_ = result;
    elements_ = size_of(result);
    if (specializes_) result.tail = changes.tail.empty() ? std::string(last_segment(type)) : changes.tail;
    if (changes.tail.empty()) return result;  // it changes nothing
    if (result.tail != changes.tail) {
        remark(changes, "the paths begin with " + changes.tail + ", not with the type " + result.tail);
        return result;
    }
    if (changes.has("slicing")) remark(changes, "the root of a profile cannot be sliced");
    if (!changes.slice.empty()) remark(changes, "the root of a profile has no sliceName");
    lay(result, changes);
    return result;
}

void SnapshotMaker::lay(ElementNode& base, const ElementNode& changes) {
    lay_profile(base, changes);
    lay_properties(base, changes, *this);
    lay_children(base, changes);
}

// A type with a profile: the root of that profile lies between base and differential. That of an extension says how
// often it may stand; that of another profile cannot know.
void SnapshotMaker::lay_profile(ElementNode& base, const ElementNode& changes) {
    const auto types = changes.all("type");
    if (types.size() != 1) return;
    std::string_view canonical;
    for (const View child : types[0].children()) {
        if (child.name_text() != "profile") continue;
        if (!canonical.empty()) return;  // one of several: none decides
        canonical = child.text();
    }
    if (canonical.empty() || canonical.find('#') != std::string_view::npos) return;
    const ElementNode* profile = tree(canonical);
    if (profile == nullptr) {
        remark(changes, "the profile " + std::string(canonical) + " of " + changes.path + " is not known", base::Severity::warning);
        return;
    }
    const std::string_view code = types[0].text("code"_name);
    const bool extension = code == "Extension";
    const bool any_resource = code == "Resource" || code == "DomainResource";  // profiles of what derives from it fit too
    if (profile->tail != code && any_resource) return;
    if (profile->tail != code) {
        remark(changes, "the profile " + std::string(canonical) + " of " + changes.path + " is one of " + profile->tail + ", not of " + std::string(types[0].text("code"_name)));
        return;
    }
    if (extension) {
        if (base.slice.empty() || changes.min.empty()) base.min = profile->min;
        base.max = profile->max;
        base.drop("isModifier");
        base.drop("isModifierReason");
    }
    for (const View property : profile->properties) {
        const std::string_view name = property.name_text();
        if (name == "constraint") {
            const auto same = [&](View each) { return each.name_text() == name && each.child("key").text() == property.child("key").text(); };
            if (std::none_of(base.properties.begin(), base.properties.end(), same)) base.properties.push_back(property);
        } else if (name == "condition") {
            base.properties.push_back(property);
        } else if (extension && (name == "short" || name == "definition" || name == "comment" || name == "isModifier" || name == "isModifierReason")) {
            base.replace(property);
        } else if (name.starts_with("fixed") || name.starts_with("pattern")) {
            base.replace(property);
        }
    }
}

// The child as the base spells it: a form of a choice becomes a slice of the choice.
ElementNode SnapshotMaker::normal(const ElementNode& parent, const ElementNode& child) const {
    ElementNode node = child;
    for (const ElementNode& own : parent.children) {
        if (own.tail == child.tail) return node;
        if (!is_choice(own.tail) || !own.slice.empty() || form_of(own, child.tail).empty()) continue;
        node.tail = own.tail;
        if (node.slice.empty()) node.slice = child.tail;
        return node;
    }
    return node;
}

void SnapshotMaker::lay_children(ElementNode& parent, const ElementNode& changes) {
    if (changes.children.empty()) return;
    const bool folded = parent.children.empty();
    if (folded && !unfold(parent, changes) && !specializes_) return;
    within_ += folded ? 1 : 0;
    std::list<ElementNode> normals;
    for (const ElementNode& child : changes.children) normals.push_back(normal(parent, child));
    std::vector<std::pair<std::string_view, Group>> groups;
    for (const ElementNode& child : normals) {
        const auto same = [&](const auto& group) { return group.first == child.tail; };
        auto group = std::find_if(groups.begin(), groups.end(), same);
        if (group == groups.end()) group = groups.insert(groups.end(), {child.tail, {}});
        group->second.push_back(&child);
    }
    int last_place = -1;
    std::string_view last_tail;
    for (const auto& [tail, group] : groups) {
        const auto named = [&t = tail](const ElementNode& node) { return node.tail == t && node.slice.empty(); };
        const auto element = std::find_if(parent.children.begin(), parent.children.end(), named);
        if (element == parent.children.end()) {
            if (specializes_) {
                for (const ElementNode* each : group) add_new(parent, *each);
            } else {
                remark(*group.front(), "there is no element " + group.front()->path + " in the base");
            }
            continue;
        }
        int place = 0;
        for (auto at = parent.children.begin(); at != element; ++at) ++place;
        if (place < last_place && !specializes_)
            remark(*group.front(), group.front()->path + " stands out of order: it comes before " + std::string(last_tail) + " in the base");
        lay_group(parent, element, group);
        // Slices that were added move what follows: count anew.
        last_place = 0;
        for (auto at = parent.children.begin(); at != element; ++at) ++last_place;
        last_tail = tail;
    }
    within_ -= folded ? 1 : 0;
}

void SnapshotMaker::lay_group(ElementNode& parent, Place element, const Group& group) {
    const bool slices = std::any_of(group.begin(), group.end(), [](const ElementNode* each) { return !each->slice.empty(); });
    // valueQuantity alone, where nothing else is said of value[x]: that choice has this type, and needs no slices. At the
    // top of a profile it is a slice, and other types stay open unless this one must be there.
    const auto next = std::next(element);
    const bool sliced = element->has("slicing") || (next != parent.children.end() && next->tail == element->tail);
    const auto shortcut = [](const ElementNode* each) { return !each->slice.empty() && !each->path.ends_with("[x]"); };
    if (is_choice(element->tail) && !sliced && !group.front()->has("slicing") && std::count_if(group.begin(), group.end(), shortcut) == 1) {
        const ElementNode* form = *std::find_if(group.begin(), group.end(), shortcut);
        const ElementNode* whole = group.front()->slice.empty() ? group.front() : nullptr;
        const auto types = whole != nullptr && whole->has("type") ? whole->all("type") : element->all("type");
        if (group.size() == (whole != nullptr ? 2U : 1U) && (types.size() == 1 || within_ > 0) && (whole == nullptr || types.size() == 1)) {
            if (whole != nullptr) lay(*element, *whole);
            lay_form(*element, *form);
            return;
        }
    }
    const ElementNode pristine = slices ? *element : ElementNode{};
    bool plain = false;
    bool choice_made = false;
    for (const ElementNode* each : group) {
        if (each->slice.empty()) {
            if (plain) remark(*each, each->path + " stands twice; slices need a sliceName");
            if (!plain) lay(*element, *each);
            plain = true;
            continue;
        }
        if (!element->has("slicing")) {
            if (is_extension(element->tail)) {
                add_slicing(*element, "value", "url", false);
            } else if (is_choice(element->tail)) {
                choice_made = shortcut(each);
                add_slicing(*element, "type", "$this", false);
            } else {
                remark(*each, each->path + " has the slice " + each->slice + ", but nothing says how it is sliced (slicing)");
                add_slicing(*element, "value", "$this", false);
            }
        }
        lay_slice(parent, element, pristine, *each);
    }
    if (!is_choice(element->tail)) return;
    // The value of an extension has the type that its definition names.
    if (choice_made && pristine_.tail == "Extension") {
        std::set<std::string, std::less<>> codes;
        for (auto slice = std::next(element); slice != parent.children.end() && slice->tail == element->tail; ++slice)
            for (const View type : slice->all("type")) codes.emplace(type.text("code"_name));
        std::erase_if(element->properties, [&](View each) { return each.name_text() == "type" && !codes.contains(each.text("code"_name)); });
        add_slicing(*element, "type", "$this", true);
    }
    for (const ElementNode* each : group)
        if (!each->slice.empty()) narrow_choice(*element, *each, choice_made);
}

void SnapshotMaker::lay_form(ElementNode& element, const ElementNode& form) {
    const std::string code(form_of(element, form.slice));
    ElementNode whole = form;
    whole.slice.clear();
    std::erase_if(element.properties, [&](View each) { return each.name_text() == "type" && each.text("code"_name) != code; });
    lay(element, whole);
}

// A choice has one value: a form that must be there leaves room for no other.
void SnapshotMaker::narrow_choice(ElementNode& element, const ElementNode& slice, bool close) {
    const std::string_view form = form_of(element, slice.slice);
    if (form.empty() || base::to_integer(slice.min).value_or(0) < 1 || element.max != "1") return;
    const std::string code(form);
    if (base::to_integer(element.min).value_or(0) < 1) element.min = "1";
    std::erase_if(element.properties, [&](View each) { return each.name_text() == "type" && each.text("code"_name) != code; });
    if (close) add_slicing(element, "type", "$this", true);
}

void SnapshotMaker::lay_slice(ElementNode& parent, Place element, const ElementNode& pristine, const ElementNode& slice) {
    auto end = std::next(element);
    while (end != parent.children.end() && end->tail == element->tail) ++end;
    const auto named = [&](std::string_view name) {
        return std::find_if(std::next(element), end, [&](const ElementNode& node) { return node.slice == name; });
    };
    if (const auto found = named(slice.slice); found != end) {
        ++within_;
        lay(*found, slice);
        --within_;
        return;
    }
    // A slice of a slice stands behind it: "a", "a/b", "c".
    ElementNode made = pristine;
    auto before = end;
    if (const std::size_t slash = slice.slice.rfind('/'); slash != std::string::npos) {
        const std::string outer = slice.slice.substr(0, slash);
        if (const auto found = named(outer); found != end) {
            made = *found;
            before = std::next(found);
            while (before != end && before->slice.starts_with(outer + "/")) ++before;
        }
    } else if (element->first("slicing").child("rules").text() == "closed" && pristine.first("slicing").child("rules").text() == "closed") {
        remark(slice, slice.path + " gets the slice " + slice.slice + ", but the base has closed its slicing");
    }
    elements_ += size_of(made);
    if (elements_ > most_elements) {
        remark(slice, "the snapshot would grow beyond " + std::to_string(most_elements) + " elements");
        return;
    }
    forget_slicing(made);
    made.slice = slice.slice;
    made.min = "0";
    if (is_choice(made.tail)) {
        const std::string_view form = form_of(made, slice.slice);
        if (!form.empty() && !slice.has("type")) {
            const auto types = made.all("type");
            std::erase_if(made.properties, [&](View each) { return each.name_text() == "type" && each.text("code"_name) != form; });
        }
    }
    const auto placed = parent.children.insert(before, std::move(made));
    ++within_;
    lay(*placed, slice);
    --within_;
}

// What a type adds to those it builds on.
void SnapshotMaker::add_new(ElementNode& parent, const ElementNode& element) {
    if (++elements_ > most_elements) return;
    ElementNode made = element;
    made.children.clear();
    if (!made.has("base")) {
        Builder build(schema_.names());
        build.open("element"_name);
        build.open(build.name("base"));
        build.value("path"_name, element.path);
        build.value("min"_name, element.min.empty() ? "0" : element.min, Kind::number);
        build.value("max"_name, element.max.empty() ? "*" : element.max);
        made.properties.push_back(keep(std::move(build).finish()));
    }
    parent.children.push_back(std::move(made));
    lay_children(parent.children.back(), element);
}

bool SnapshotMaker::unfold_reference(ElementNode& parent, std::string_view reference) {
    const std::size_t hash = reference.find('#');
    const std::string_view target = reference.substr(hash == std::string_view::npos ? 0 : hash + 1);
    const ElementNode* at = nullptr;
    if (hash != std::string_view::npos && hash > 0) at = tree(reference.substr(0, hash));
    if (at == nullptr) at = &pristine_;
    const auto steps = base::split(target, '.');
    for (std::size_t i = 1; i < steps.size() && at != nullptr; ++i) {
        const auto [tail, slice] = base::cut(steps[i], ':');
        const ElementNode* next = nullptr;
        for (const ElementNode& child : at->children)
            if (next == nullptr && child.tail == tail && child.slice == slice) next = &child;
        at = next;
    }
    if (at == nullptr || at == &pristine_) return false;
    parent.children = at->children;
    parent.drop("contentReference");
    parent.drop("type");
    for (const View type : at->all("type")) parent.properties.push_back(type);
    return true;
}

// Gives an element without children those of its type, type profile or content reference.
bool SnapshotMaker::unfold(ElementNode& parent, const ElementNode& changes) {
    const ElementNode* found = nullptr;
    if (const View reference = parent.first("contentReference"); reference && !parent.has("type")) {
        if (!unfold_reference(parent, reference.text())) {
            remark(changes, "the content of " + changes.path + " (" + std::string(reference.text()) + ") is not known");
            return false;
        }
        elements_ += size_of(parent);
        return true;
    }
    const auto types = parent.all("type");
    std::set<std::string_view> codes;
    std::vector<std::string_view> profiles;
    for (const View type : types) {
        codes.insert(type.text("code"_name));
        for (const View child : type.children())
            if (child.name_text() == "profile") profiles.push_back(child.text());
    }
    const ElementNode& first = changes.children.front();
    if (codes.empty()) {
        if (!specializes_) remark(first, first.path + " goes into an element that has no type");
        return false;
    }
    if (codes.size() > 1) {
        const auto common = [](const ElementNode& child) { return child.tail == "id" || child.tail == "extension"; };
        if (!std::all_of(changes.children.begin(), changes.children.end(), common)) {
            remark(first, first.path + " goes into an element that has several types");
            return false;
        }
        found = tree(canonical_of("Element"));
    } else {
        if (types.size() == 1 && profiles.size() == 1) {
            // "url#name": an element of that profile; its type will do.
            found = tree(profiles[0]);
            if (found != nullptr && found->children.empty()) found = nullptr;
        }
        if (found == nullptr) found = tree(canonical_of(*codes.begin()));
    }
    if (found == nullptr) {
        remark(first, first.path + " goes into the type " + std::string(*codes.begin()) + ", which is not known");
        return false;
    }
    elements_ += size_of(*found);
    if (elements_ > most_elements) {
        remark(first, "the snapshot would grow beyond " + std::to_string(most_elements) + " elements");
        return false;
    }
    parent.children = found->children;
    return true;
}

}  // namespace fhir::definition
