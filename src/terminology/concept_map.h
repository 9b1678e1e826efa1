// SPDX-License-Identifier: Apache-2.0
#pragma once

// Concept maps: codes of one system to codes of another, read from `.codes` files.
//
// A file is a table that reads like the published sheet:
//
//     # HL7 table 0002 to FHIR
//     from http://terminology.hl7.org/CodeSystem/v2-0002
//     to   http://terminology.hl7.org/CodeSystem/v3-MaritalStatus
//     M     M    Married
//     U     UNK  Unknown
//
// Columns are separated by tabs: source code, target code, display (may be absent), and a target system of this row
// alone (may be absent). A row with "-" as target says that the code is known and deliberately has no counterpart.
// `else CODE` gives the answer for every code that is not listed. Later `from`/`to` lines hold for the rows below.
// Immutable after loading; looking up is one hash.

#include "base/result.h"

#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace terminology {

struct Concept {
    std::string code;
    std::string system;
    std::string display;  // may be empty
};

class ConceptMap {
public:
    // `name` and line go into the fault's text when the file is wrong.
    static base::Result<ConceptMap> read(std::string_view name, std::string_view text);

    const std::string& name() const { return name_; }
    const std::string& source_system() const { return source_system_; }
    bool knows(std::string_view code) const { return rows_.find(code) != rows_.end(); }

    // The counterpart, the `else` row, or nullptr when there is none.
    const Concept* translate(std::string_view code) const;

    // The way back: every code that stands for this one; `system` "" = whichever. Linear: for tables read at start.
    std::vector<std::string> sources(std::string_view code, std::string_view system) const;
    // Codes that some row leads to.
    std::vector<Concept> targets() const;

private:
    struct Hash {
        using is_transparent = void;
        std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
    };
    std::string name_;
    std::string source_system_;
    std::unordered_map<std::string, Concept, Hash, std::equal_to<>> rows_;
    Concept otherwise_;
};

// All `.codes` files of some folders, by file name without its ending. A later folder wins.
class ConceptMaps {
public:
    base::Result<void> load(const std::string& folder);
    base::Result<void> add(std::string_view name, std::string_view text);
    const ConceptMap* find(std::string_view name) const;

private:
    std::unordered_map<std::string, ConceptMap> maps_;
};

}  // namespace terminology
