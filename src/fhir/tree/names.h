// SPDX-License-Identifier: Apache-2.0
#pragma once

// Element names as small integers.
//
// A Name below Names::size() is the same element name in every document of the program; comparing two is
// comparing numbers. A name that the definitions do not know gets a number above local_base inside one
// document only, so that a validator can say *which* element was unknown.
//
// The names that our own code mentions have fixed numbers: "birthDate"_name is a constant, and a name that is
// not in the list below does not compile. A test compares the list with the definitions.

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace fhir {

using Name = std::uint16_t;

inline constexpr Name no_name = 0;
inline constexpr Name local_base = 0x8000;

namespace known {
// Sorted; a constant's number is its place here. Number 0 is "no name".
inline constexpr std::string_view names[] = {
#include "fhir/tree/names.def"
};
}  // namespace known

consteval Name known_name(std::string_view text) {
    for (std::size_t i = 1; i < std::size(known::names); ++i)
        if (known::names[i] == text) return static_cast<Name>(i);
    throw "this name is missing in fhir/tree/names.def";
}

inline namespace literals {
consteval Name operator""_name(const char* text, std::size_t length) { return known_name({text, length}); }
}  // namespace literals

// The table. Immutable once shared: any number of threads may read it.
class Names {
public:
    Names();  // holds known::names

    Name intern(std::string_view text);            // only while the table is being built
    Name find(std::string_view text) const;        // no_name when unknown
    std::string_view text(Name name) const { return texts_[name]; }
    std::size_t size() const { return texts_.size(); }

private:
    struct Hash {
        using is_transparent = void;
        std::size_t operator()(std::string_view text) const;
    };
    struct Equal {
        using is_transparent = void;
        bool operator()(std::string_view a, std::string_view b) const { return a == b; }
    };
    std::vector<std::string> texts_;
    std::unordered_map<std::string, Name, Hash, Equal> numbers_;
};

}  // namespace fhir
