// SPDX-License-Identifier: Apache-2.0
#pragma once

// FHIR definitions in, packed rows out (the file that schema::Schema maps).
//
// Compiler takes definition resources one at a time, in any order, whatever format they were read from, and keeps
// only what it needs of each. finish() resolves everything against everything (base types, content references,
// reference targets, bindings) and lays the rows out. What a definition names and nobody defined is a Fault when
// rows would be wrong without it (a type), and nothing when they are merely less strict (a value set).
//
// The types come from StructureDefinitions that specialize; those that constrain (profiles, extensions) are
// counted and left aside until profiles are compiled too.

#include "base/result.h"
#include "fhir/tree/view.h"

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace fhir::definition {

struct TypeModel;  // model.h: one StructureDefinition's snapshot

class Compiler {
public:
    Compiler();
    Compiler(Compiler&&) noexcept;
    ~Compiler();

    // A StructureDefinition, SearchParameter or expanded ValueSet; anything else is passed over.
    // The View is not needed afterwards.
    void add(View definition);

    struct Counts {
        std::size_t types = 0, profiles = 0, parameters = 0, value_sets = 0;
    };
    Counts counts() const;

    // The bytes of the packed file.
    base::Result<std::string> finish() &&;

private:
    struct Code {
        std::string code, system;
        auto operator<=>(const Code&) const = default;
    };
    struct Expansion {
        bool complete = false;
        std::vector<Code> codes;
    };
    struct Parameter {
        std::string url, code, type, bases, expression, targets, components;
    };
    friend class Layout;

    void add_structure(View definition);
    void add_parameter(View definition);
    void add_value_set(View definition);
    static void collect(View contains, std::vector<Code>& codes);

    std::string fhir_version_;
    std::map<std::string, TypeModel, std::less<>> types_;       // by name
    std::map<std::string, Expansion, std::less<>> expansions_;  // by canonical URL
    std::map<std::string, Parameter, std::less<>> parameters_;  // by canonical URL
    std::size_t profiles_ = 0;
};

}  // namespace fhir::definition
