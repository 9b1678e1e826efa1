// SPDX-License-Identifier: Apache-2.0
#pragma once

// Segments, fields and data types of HL7 v2.1 to 2.7.1, read from the table that profiles/pack_fields.js makes: what a place is
// called, whether it must be filled, whether it repeats. A version that is not in the table is taken as the newest before it;
// later ones (2.8, 2.9) only add behind. Immutable, shared by all threads.

#include "base/finding.h"
#include "base/result.h"
#include "hl7v2/message.h"

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace hl7v2 {

struct FieldRule {
    std::string_view name;   // "Patient Identifier List"
    std::string_view type;   // "CX"
    bool required = false;   // HL7 v2 2.6: usage R
    bool repeats = false;
    int length = 0;          // 0: not told
    int table = 0;           // of HL7; 0: none
};

class Dictionary {
public:
    // Fault (missing, invalid) with the line that is wrong.
    static base::Result<Dictionary> load(const std::string& path);
    static base::Result<Dictionary> read(std::string text);

    // nullptr where the version has no such field or component. `number` counts from 1.
    const FieldRule* field(std::string_view version, std::string_view segment, int number) const;
    const FieldRule* component(std::string_view version, std::string_view type, int number) const;

    // Those of a whole segment, from number 1 on as far as the version has them.
    std::vector<const FieldRule*> fields(std::string_view version, std::string_view segment) const;

    // What a place ("PID-5[2].7.1") is called: "Patient Name / Name Type Code"; empty when that is not known.
    std::string name(std::string_view version, std::string_view place) const;

private:
    struct Run {
        std::size_t from = 0, to = 0;  // versions
        FieldRule field;
    };
    struct Hash {
        using is_transparent = void;
        std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
    };
    std::size_t version_of(std::string_view version) const;
    const FieldRule* find(char kind, std::string_view version, std::string_view holder, int number) const;

    std::unique_ptr<const std::string> text_;  // names are views of it
    std::vector<std::string_view> versions_;
    std::unordered_map<std::string, std::vector<Run>, Hash, std::equal_to<>> runs_;  // "S PID 3"
    std::unordered_map<std::string, std::vector<std::vector<Run>>, Hash, std::equal_to<>> segments_;  // "PID": by number - 1
};

// Required fields that are empty, and fields that repeat where the version has no repeats: warnings with their place, at most 100.
// Interfaces leave things out and go on working: nothing is refused for it.
base::Findings check_fields(const Message& message, const Dictionary& dictionary);

}  // namespace hl7v2
