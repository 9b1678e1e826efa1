// SPDX-License-Identifier: Apache-2.0
#include "mapping/coverage.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <vector>

namespace mapping {

namespace {

// "PID-3[2].1" and "ORDER[3].OBX-5" without their repeats.
std::string plain(std::string_view where) {
    std::string out;
    bool inside = false;
    for (const char c : where) {
        if (c == '[') inside = true;
        else if (c == ']') inside = false;
        else if (!inside) out += c;
    }
    return out;
}

double percent(std::size_t part, std::size_t all) {
    return all == 0 ? 100.0 : 100.0 * static_cast<double>(part) / static_cast<double>(all);
}

}  // namespace

void Coverage::add(std::string_view name, const base::Result<Translation>& translation) {
    ++messages_;
    if (!translation) {
        Refusal& refusal = refused_[translation.fault().text];
        if (refusal.count++ == 0) refusal.example = name;
        return;
    }
    ++translated_;
    atoms_ += translation->atoms;
    kept_ += translation->kept;
    dropped_ += translation->dropped;
    left_ += translation->residue.size();
    for (const Residue& residue : translation->residue) ++places_[plain(residue.where)];
}

std::string Coverage::report(const std::function<std::string(std::string_view)>& name) const {
    std::string out = fmt::format("{} messages, {} translated, {} refused\n", messages_, translated_, messages_ - translated_);
    out += fmt::format("{} atoms: {} kept ({:.2f} %), {} left out on purpose ({:.2f} %), {} that no row took ({:.2f} %)\n", atoms_, kept_,
                       percent(kept_, atoms_), dropped_, percent(dropped_, atoms_), left_, percent(left_, atoms_));
    for (const auto& [reason, refusal] : refused_)
        out += fmt::format("refused {:>6}  {}  (first: {})\n", refusal.count, reason, refusal.example);
    std::vector<std::pair<std::size_t, std::string_view>> sorted;
    for (const auto& [place, count] : places_) sorted.emplace_back(count, place);
    std::sort(sorted.begin(), sorted.end(), [](const auto& a, const auto& b) { return a.first != b.first ? a.first > b.first : a.second < b.second; });
    for (const auto& [count, place] : sorted) out += fmt::format("left {:>9}  {:<16} {}\n", count, place, name ? name(place) : std::string());
    return out;
}

std::string Coverage::line(std::string_view name, const base::Result<Translation>& translation) {
    if (!translation) return fmt::format("{}: refused: {}", name, translation.fault().text);
    return fmt::format("{}: {} resources, {} atoms, {} kept, {} left out, {} that no row took", name, translation->entries.size(),
                       translation->atoms, translation->kept, translation->dropped, translation->residue.size());
}

}  // namespace mapping
