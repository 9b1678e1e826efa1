// SPDX-License-Identifier: Apache-2.0
#pragma once

// All ConceptMaps of a Library as one table: code of a system to its counterparts (FHIR R4 ConceptMap, 4.10). Immutable.

#include "fhir/definition/library.h"
#include "terminology/service.h"

#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace terminology {

class Counterparts {
public:
    // Maps that are active or drafts; what is retired is passed over.
    explicit Counterparts(const fhir::definition::Library& library);

    bool of_system(std::string_view system) const { return rows_.find(system) != rows_.end(); }

    // Those of the code, else those that `unmapped` gives (fixed, or the code itself where provided; another map is not asked).
    std::vector<Counterpart> find(const Coding& code, const Translating& asked) const;

private:
    struct Hash {
        using is_transparent = void;
        std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
    };
    struct Row {
        Counterpart counterpart;
        std::string target_set;
    };
    struct Group {
        std::string map;            // canonical
        std::string target_system, target_version, target_set;
        std::unordered_map<std::string, std::vector<Row>, Hash, std::equal_to<>> codes;
        bool pass_on = false;       // unmapped.mode = provided: the code itself
        std::vector<Row> otherwise; // unmapped.mode = fixed
    };
    void add(fhir::View map);
    std::unordered_map<std::string, std::vector<Group>, Hash, std::equal_to<>> rows_;  // by source system
};

}  // namespace terminology
