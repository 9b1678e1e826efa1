// SPDX-License-Identifier: Apache-2.0
#include "runner/testscript/subset.h"

#include <cctype>
#include <vector>

#include <fmt/format.h>

namespace runner::testscript {

namespace {

using fhir::View;

std::string one_spaced(std::string_view text) {
    std::string out;
    for (const char c : text) {
        if (std::isspace(static_cast<unsigned char>(c)) == 0) out += c;
        else if (!out.empty() && out.back() != ' ') out += ' ';
    }
    while (out.ends_with(' ')) out.pop_back();
    return out;
}

std::string difference(View wanted, View found, const std::string& path);

// Items to items, each to one of its own: augmenting paths, so that a general item does not take what only fits another.
struct Matching {
    std::vector<std::vector<bool>> fits;
    std::vector<std::size_t> taken;  // item of found -> item of wanted + 1

    bool place(std::size_t item, std::vector<bool>& tried) {
        for (std::size_t i = 0; i < taken.size(); ++i) {
            if (!fits[item][i] || tried[i]) continue;
            tried[i] = true;
            if (taken[i] == 0 || place(taken[i] - 1, tried)) {
                taken[i] = item + 1;
                return true;
            }
        }
        return false;
    }
};

std::string items(const std::vector<View>& wanted, const std::vector<View>& found, const std::string& path) {
    const auto where = [&](std::size_t i) { return wanted[i].list() ? fmt::format("{}[{}]", path, i) : path; };
    if (wanted.size() == 1 && found.size() == 1) return difference(wanted[0], found[0], where(0));
    Matching matching{.fits = {}, .taken = std::vector<std::size_t>(found.size(), 0)};
    for (const View item : wanted) {
        auto& row = matching.fits.emplace_back();
        for (const View other : found) row.push_back(difference(item, other, path).empty());
    }
    for (std::size_t i = 0; i < wanted.size(); ++i) {
        std::vector<bool> tried(found.size(), false);
        if (!matching.place(i, tried)) return where(i);
    }
    return {};
}

std::string difference(View wanted, View found, const std::string& path) {
    if (wanted.resource_type() != found.resource_type()) return path;
    if (wanted.has_value()) {
        const bool same = wanted.text() == found.text() || (wanted.name_text() == "div" && one_spaced(wanted.text()) == one_spaced(found.text()));
        if (!found.has_value() || !same) return path;
    }
    for (const View child : wanted.children()) {
        if (wanted.child(child.name()) != child) continue;  // done with the first of its name
        std::vector<View> these, those;
        for (const View one : wanted.children(child.name())) these.push_back(one);
        const auto name = child.name_text();
        for (const View one : found.children())
            if (one.name_text() == name) those.push_back(one);
        if (std::string missing = items(these, those, path + '.' + std::string(name)); !missing.empty()) return missing;
    }
    return {};
}

}  // namespace

std::string lacking(View wanted, View found) {
    return difference(wanted, found, std::string(wanted.resource_type().empty() ? wanted.name_text() : wanted.resource_type()));
}

}  // namespace runner::testscript
