// SPDX-License-Identifier: Apache-2.0
#include "terminology/concept_map.h"

#include "base/text.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <vector>

namespace terminology {

namespace {

base::Fault wrong(std::string_view name, int line, std::string_view what) {
    return {base::Fault::Kind::invalid, std::string(name) + ".codes:" + std::to_string(line) + ": " + std::string(what)};
}

}  // namespace

base::Result<ConceptMap> ConceptMap::read(std::string_view name, std::string_view text) {
    ConceptMap map;
    map.name_ = name;
    std::string target;
    int number = 0;
    for (std::string_view line : base::split(text, '\n')) {
        ++number;
        if (base::trim(line).empty() || line.front() == '#') continue;
        if (line.find('\t') == std::string_view::npos) {
            auto [word, rest] = base::cut(base::trim(line), ' ');
            rest = base::trim(rest);
            if (rest.empty()) return wrong(name, number, "a row is: code, tab, target code");
            if (word == "from") map.source_system_ = rest;
            else if (word == "to") target = rest;
            else if (word == "else") map.otherwise_ = {std::string(rest), target, {}};
            else return wrong(name, number, "expected from, to, else or a row with tabs");
            continue;
        }
        std::vector<std::string_view> columns = base::split(line, '\t');
        for (std::string_view& column : columns) column = base::trim(column);
        if (columns.size() > 4) return wrong(name, number, "more than four columns");
        if (columns[0].empty() || columns[1].empty()) return wrong(name, number, "a code is missing");
        Concept concept_row;
        if (columns[1] != "-") concept_row = {std::string(columns[1]), target, {}};
        if (columns.size() > 2) concept_row.display = columns[2];
        if (columns.size() > 3 && !columns[3].empty()) concept_row.system = columns[3];
        if (!map.rows_.emplace(std::string(columns[0]), std::move(concept_row)).second)
            return wrong(name, number, "this code stands here twice");
    }
    return map;
}

const Concept* ConceptMap::translate(std::string_view code) const {
    const auto found = rows_.find(code);
    const Concept* answer = found == rows_.end() ? &otherwise_ : &found->second;
    return answer->code.empty() ? nullptr : answer;
}

std::vector<std::string> ConceptMap::sources(std::string_view code, std::string_view system) const {
    std::vector<std::string> found;
    for (const auto& [source, target] : rows_)
        if (target.code == code && (system.empty() || target.system == system)) found.push_back(source);
    std::sort(found.begin(), found.end());
    return found;
}

std::vector<Concept> ConceptMap::targets() const {
    std::vector<Concept> all;
    for (const auto& row : rows_)
        if (!row.second.code.empty()) all.push_back(row.second);
    return all;
}

base::Result<void> ConceptMaps::add(std::string_view name, std::string_view text) {
    TRY(ConceptMap map, ConceptMap::read(name, text));
    maps_.insert_or_assign(std::string(name), std::move(map));
    return {};
}

base::Result<void> ConceptMaps::load(const std::string& folder) {
    std::error_code failed;
    std::vector<std::filesystem::path> files;
    for (std::filesystem::directory_iterator at(folder, failed), end; !failed && at != end; at.increment(failed))
        if (at->path().extension() == ".codes") files.push_back(at->path());
    if (failed) return base::Fault{base::Fault::Kind::missing, "cannot read the folder " + folder};
    std::sort(files.begin(), files.end());
    for (const auto& file : files) {
        std::ifstream in(file, std::ios::binary);
        const std::string text{std::istreambuf_iterator<char>(in), {}};
        TRY(add(file.stem().string(), text));
    }
    return {};
}

const ConceptMap* ConceptMaps::find(std::string_view name) const {
    const auto found = maps_.find(std::string(name));
    return found == maps_.end() ? nullptr : &found->second;
}

}  // namespace terminology
