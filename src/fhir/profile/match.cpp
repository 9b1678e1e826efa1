// SPDX-License-Identifier: Apache-2.0
#include "fhir/profile/match.h"

#include "base/character.h"

#include <algorithm>

namespace fhir::profile {

namespace {

// Documents may name what R4 does not know with different numbers: then the text decides.
View child_like(View parent, View model) {
    const Name name = model.name();
    return name < local_base ? parent.child(name) : parent.child(model.name_text());
}

std::size_t children(View node) {
    std::size_t count = 0;
    for ([[maybe_unused]] View child : node.children()) ++count;
    return count;
}

constexpr std::size_t longest = 160;

void describe(View node, std::string& out) {
    if (out.size() > longest) return;
    if (node.primitive() && node.has_value()) {
        out += '\'';
        out += node.text().substr(0, longest);
        out += '\'';
        return;
    }
    bool first = true;
    for (View child : node.children()) {
        if (!first) out += ", ";
        first = false;
        out += child.name_text();
        out += ' ';
        if (child.primitive()) {
            describe(child, out);
        } else {
            out += '(';
            describe(child, out);
            out += ')';
        }
    }
}

}  // namespace

bool is_fixed(View prescribed, View actual) {
    if (prescribed.primitive() != actual.primitive() || prescribed.text() != actual.text()) return false;
    if (children(prescribed) != children(actual)) return false;
    for (View child : prescribed.children()) {
        if (prescribed.child(child.name()) != child) continue;  // the first of its name speaks for all
        View theirs = child_like(actual, child);
        for (View mine = child; mine; mine = mine.next_same(), theirs = theirs.next_same())
            if (!theirs || !is_fixed(mine, theirs)) return false;
    }
    return true;
}

bool fits_pattern(View pattern, View actual) {
    if (pattern.primitive() != actual.primitive()) return false;
    if (pattern.has_value() && pattern.text() != actual.text()) return false;
    for (View wanted : pattern.children()) {
        bool found = false;
        for (View there = child_like(actual, wanted); there && !found; there = there.next_same())
            found = fits_pattern(wanted, there);
        if (!found) return false;
    }
    return true;
}

std::string describe(View prescribed) {
    std::string out;
    describe(prescribed, out);
    if (out.size() > longest) {
        out.resize(base::beginning(out, longest).size());
        out += "...";
    }
    return out;
}

}  // namespace fhir::profile
