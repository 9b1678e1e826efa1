// SPDX-License-Identifier: Apache-2.0
#include "mapping/overlay.h"

#include <algorithm>
#include <map>

namespace mapping {

namespace {

bool same_source(const RowText& a, const RowText& b) {
    // What identifies is said as a whole: one row that overrides takes the place of all.
    if (a.kind == RowText::Kind::identity || b.kind == RowText::Kind::identity) return a.kind == b.kind;
    return a.source.kind != SourceText::Kind::none && a.source.spelling == b.source.spelling;
}

}  // namespace

void name_file(RowText& row, const std::string& file) {
    if (row.file.empty()) row.file = file;
    for (RowText& child : row.children) name_file(child, file);
}

std::vector<MapText> overlay(std::vector<MapText> texts) {
    std::vector<MapText> merged;
    std::map<std::string, std::size_t> known;
    for (MapText& text : texts) {
        const auto [at, fresh] = known.emplace(text.name, merged.size());
        if (fresh) {
            merged.push_back(std::move(text));
            continue;
        }
        MapText& base = merged[at->second];
        std::vector<RowText> kept;
        for (RowText& row : base.rows) {
            const bool replaced = std::any_of(text.rows.begin(), text.rows.end(), [&](const RowText& other) {
                return (other.overrides || other.kind == RowText::Kind::drop) && same_source(row, other);
            });
            if (!replaced) kept.push_back(std::move(row));
        }
        base.rows = std::move(kept);
        for (RowText& row : text.rows) {
            name_file(row, text.file);
            base.rows.push_back(std::move(row));
        }
    }
    return merged;
}

}  // namespace mapping
