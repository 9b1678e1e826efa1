// SPDX-License-Identifier: Apache-2.0
#pragma once

// Any JSON value as a tree that can be changed: what JSON Patch and merge patch work on, as both are defined on JSON and
// not on FHIR. Numbers keep their text. A value costs about a hundred bytes; read_value() bounds their number and depth.

#include "base/result.h"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace fhir::patch {

inline constexpr int most_depth = 64;
inline constexpr std::size_t most_values = 1'000'000;

struct JsonValue {
    enum class Kind : std::uint8_t { null, boolean, number, string, array, object };

    Kind kind = Kind::null;
    bool emptied = false;              // a patch took its last child away
    std::string key{};                 // of a member of an object
    std::string text{};                // "true", digits as sent, or the string unescaped
    std::vector<JsonValue> children{}; // of arrays and objects, in order

    JsonValue* member(std::string_view name);  // nullptr when absent; walks the members
};

// Strict RFC 8259 in UTF-8, linear. Fault (malformed) with line and column; also on a key that stands twice, half a
// surrogate pair and U+0000. (too_large) on more than most_values or most_depth.
base::Result<JsonValue> read_value(std::string_view bytes);

std::string write_value(const JsonValue& value);

// RFC 6902 4.6: numbers by value, objects in any order. Keys of the two themselves do not count.
bool equal(const JsonValue& a, const JsonValue& b);

// How many values it is made of, and how deep: 1 for what has no children.
struct Extent {
    std::size_t values = 0;
    int depth = 0;
};
Extent extent(const JsonValue& value);

// Takes out what a patch has emptied: FHIR knows no empty objects and lists (FHIR R4 2.6.2), so what has lost its last
// part is gone. What was sent empty stays, to be refused.
void prune(JsonValue& root);

}  // namespace fhir::patch
