// SPDX-License-Identifier: Apache-2.0
#include "fhir/definition/element_tree.h"

#include "base/text.h"

#include <algorithm>

namespace fhir::definition {

namespace {

constexpr std::size_t deepest = 40;  // elements below each other; R4's deepest has six

struct Step {
    std::string_view tail, slice;
};

// One step a segment of the path; slices as the id names them ("Observation.component:systolic.code").
std::vector<Step> steps_of(std::string_view path, std::string_view id, std::string_view slice) {
    std::vector<Step> steps;
    for (const std::string_view tail : base::split(path, '.')) steps.push_back({tail, {}});
    const auto named = base::split(id, '.');
    if (named.size() == steps.size())
        for (std::size_t i = 0; i < steps.size(); ++i) steps[i].slice = base::cut(named[i], ':').second;
    if (!slice.empty() || named.size() != steps.size()) steps.back().slice = slice;
    return steps;
}

// Ids are optional in a differential, and some say nothing of slices: then the last sibling of that name is meant.
ElementNode* child_of(ElementNode& parent, const Step& step, bool ids) {
    for (auto child = parent.children.rbegin(); child != parent.children.rend(); ++child)
        if (child->tail == step.tail && (!ids || child->slice == step.slice)) return &*child;
    return nullptr;
}

ElementNode node_of(View element, const Step& step, int position) {
    ElementNode node{std::string(step.tail), std::string(step.slice), std::string(element.text("min"_name)), std::string(element.text("max"_name)), {}, {}, position, std::string(element.text("path"_name))};
    for (const View property : element.children()) {
        const std::string_view name = property.name_text();
        if (name != "id" && name != "path" && name != "sliceName" && name != "min" && name != "max") node.properties.push_back(property);
    }
    return node;
}

}  // namespace

View ElementNode::first(std::string_view property) const {
    for (const View each : properties)
        if (each.name_text() == property) return each;
    return {};
}

std::vector<View> ElementNode::all(std::string_view property) const {
    std::vector<View> found;
    for (const View each : properties)
        if (each.name_text() == property) found.push_back(each);
    return found;
}

void ElementNode::drop(std::string_view property) {
    std::erase_if(properties, [&](View each) { return each.name_text() == property; });
}

void ElementNode::replace(View property) {
    drop(property.name_text());
    properties.push_back(property);
}

std::pair<std::string_view, std::string_view> cut_last(std::string_view path) {
    const std::size_t dot = path.rfind('.');
    return dot == std::string_view::npos ? std::pair{std::string_view{}, path} : std::pair{path.substr(0, dot), path.substr(dot + 1)};
}

ElementNode read_elements(View list, base::Findings& findings) {
    ElementNode root;
    int position = -1;
    for (const View element : list.children("element"_name)) {
        ++position;
        const std::string_view path = element.text("path"_name);
        const std::string_view id = element.text("id"_name);
        const auto wrong = [&](std::string text) {
            findings.push_back({base::Severity::error, base::IssueType::invariant,
                                "StructureDefinition." + std::string(list.name_text()) + ".element[" + std::to_string(position) + "]", std::move(text)});
        };
        const auto steps = steps_of(path, id, element.text("sliceName"_name));
        if (path.empty() || steps.size() > deepest) {
            wrong(path.empty() ? "an element has no path" : "the path " + std::string(path.substr(0, 200)) + " is too deep");
            continue;
        }
        if (root.tail.empty()) {
            root.tail = steps[0].tail;
            root.path = root.tail;
        } else if (root.tail != steps[0].tail) {
            wrong("the path " + std::string(path) + " begins with another type than " + root.tail);
            continue;
        }
        if (steps.size() == 1) {
            if (root.position < 0 && root.children.empty()) {
                root = node_of(element, steps[0], position);
            } else {
                wrong("the root element stands twice, or behind its children");
            }
            continue;
        }
        const bool ids = base::split(id, '.').size() == steps.size();
        ElementNode* parent = &root;
        for (std::size_t i = 1; i + 1 < steps.size(); ++i) {
            ElementNode* next = child_of(*parent, steps[i], ids);
            // An id may write a choice otherwise than the path does; the path decides then.
            if (next == nullptr && ids && steps[i].slice.empty()) next = child_of(*parent, steps[i], false);
            if (next == nullptr) {
                parent->children.push_back({std::string(steps[i].tail), std::string(ids ? steps[i].slice : std::string_view{}), {}, {}, {}, {}, -1, std::string(path)});
                next = &parent->children.back();
            }
            parent = next;
        }
        parent->children.push_back(node_of(element, steps.back(), position));
    }
    return root;
}

}  // namespace fhir::definition
