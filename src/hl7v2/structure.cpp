// SPDX-License-Identifier: Apache-2.0
#include "hl7v2/structure.h"

#include <algorithm>
#include <array>

namespace hl7v2 {
namespace {

// More remarks than this say nothing new.
constexpr std::size_t most_findings = 200;

base::Finding unexpected(const Segment& segment, const char* text) {
    base::Finding made;
    made.severity = segment.name()[0] == 'Z' ? base::Severity::information : base::Severity::warning;
    made.type = base::IssueType::structure;
    made.where = segment.name();
    made.text = text;
    made.line = static_cast<int>(segment.index()) + 1;
    return made;
}

// The first segment that stands for an element: of a group, what it begins with.
const std::string& stands_for(const Structure& structure, std::uint16_t element) {
    const auto* it = &structure.element(element);
    while (it->group) {
        const auto required = std::find_if(it->children.begin(), it->children.end(),
                                           [&](auto child) { return structure.element(child).required; });
        it = &structure.element(required == it->children.end() ? it->children.front() : *required);
    }
    return it->names[0];
}

bool lenient(const Structure& structure, std::uint16_t element) {
    const auto& it = structure.element(element);
    if (it.lenient || !it.group) return it.lenient;
    return std::all_of(it.children.begin(), it.children.end(), [&](auto child) {
        return !structure.element(child).required || lenient(structure, child);
    });
}

}  // namespace

const Node* Tree::child(const Node& of, std::string_view name) const {
    const Node* each = child(of);
    while (each && each->name != name) each = next(*each);
    return each;
}

const Node* Tree::next(const Node& of, std::string_view name) const {
    const Node* each = next(of);
    while (each && each->name != name) each = next(*each);
    return each;
}

std::uint32_t Tree::append(Node node) {
    const auto index = size();
    if (node.parent != Node::none) {
        Node& parent = nodes_[node.parent];
        if (parent.last_child == Node::none) parent.first_child = index;
        else nodes_[parent.last_child].next = index;
        parent.last_child = index;
    }
    nodes_.push_back(node);
    return index;
}

Tree arrange(const Message& message, const Structure* structure) {
    Tree tree;
    tree.nodes_.reserve(message.size() * 2 + 8);
    Node root;
    if (structure) root.name = structure->name();
    tree.append(root);
    if (!structure) {
        for (std::size_t i = 0; i < message.size(); ++i) {
            Node leaf;
            leaf.name = message.segment(i).name();
            leaf.segment = static_cast<std::uint32_t>(i);
            leaf.parent = 0;
            tree.append(leaf);
        }
        return tree;
    }

    std::array<std::uint32_t, 32> open{};  // node of the open group at each depth
    std::uint16_t depth = 0;
    std::uint16_t at = 0;
    for (std::size_t i = 0; i < message.size(); ++i) {
        const Segment segment = message.segment(i);
        const auto step = structure->step(at, segment.name());
        Node leaf;
        leaf.name = segment.name();
        leaf.segment = static_cast<std::uint32_t>(i);
        if (step.leaf == Structure::none) {
            leaf.expected = false;
            leaf.parent = open[depth];
            tree.append(leaf);
            if (tree.findings_.size() < most_findings)
                tree.findings_.push_back(unexpected(segment, "the message structure does not have this segment here"));
            continue;
        }
        const auto& element = structure->element(step.leaf);
        std::array<std::uint16_t, 32> opening{};
        std::size_t count = 0;
        for (auto up = element.parent; structure->element(up).depth > step.keep; up = structure->element(up).parent)
            opening[count++] = up;
        std::uint32_t parent = open[step.keep];
        if (step.moves) depth = step.keep;
        while (count > 0) {
            Node group;
            group.element = opening[--count];
            group.name = structure->element(group.element).names[0];
            group.parent = parent;
            parent = tree.append(group);
            if (step.moves) open[++depth] = parent;
        }
        leaf.element = step.leaf;
        leaf.expected = step.in_order;
        leaf.parent = parent;
        tree.append(leaf);
        if (!step.in_order && tree.findings_.size() < most_findings)
            tree.findings_.push_back(unexpected(segment, "the segment is out of order"));
        if (step.moves) at = step.leaf;
    }

    for (const Node& group : tree.nodes_) {
        if (!group.is_group()) continue;
        std::uint64_t seen = 0;
        for (const Node* each = tree.child(group); each; each = tree.next(*each))
            if (each->element != 0) seen |= std::uint64_t{1} << structure->element(each->element).place;
        for (auto child : structure->element(group.element).children) {
            const auto& element = structure->element(child);
            if (!element.required || (seen >> element.place & 1) != 0) continue;
            if (tree.findings_.size() >= most_findings) return tree;
            base::Finding missing;
            missing.severity = lenient(*structure, child) ? base::Severity::warning : base::Severity::error;
            missing.type = base::IssueType::required;
            missing.where = stands_for(*structure, child);
            missing.text = structure->path(child) + " is missing";
            tree.findings_.push_back(std::move(missing));
        }
    }
    return tree;
}

}  // namespace hl7v2
