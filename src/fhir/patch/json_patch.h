// SPDX-License-Identifier: Apache-2.0
#pragma once

// JSON Patch (RFC 6902) with JSON Pointer (RFC 6901), on any JSON value. All or nothing; an operation costs what it walks over,
// shifts and copies, and the sum of that is bounded, so that small patches cannot make large work.

#include "fhir/patch/json_value.h"

#include <optional>
#include <vector>

namespace fhir::patch {

inline constexpr std::size_t most_operations = 1000;  // of one patch, whatever its form

struct Pointer {
    std::string text{};
    std::vector<std::string> tokens{};  // unescaped; empty = the whole document

    static std::optional<Pointer> read(std::string_view text);  // nothing when it is none
};

struct JsonOperation {
    enum class Kind : std::uint8_t { add, remove, replace, move, copy, test };
    Kind kind = Kind::test;
    Pointer path{};
    Pointer from{};     // move, copy
    JsonValue value{};  // add, replace, test
};

// Members that RFC 6902 does not name are ignored, as it asks. Faults: malformed (no JSON, no list of operations, a member is missing,
// unknown op), invalid (a pointer that is none), too_large (more than most_operations, most_values or most_depth).
base::Result<std::vector<JsonOperation>> read_json_patch(std::string_view bytes);

// Faults: invalid (what a pointer names is not there; a test failed), malformed (a value moved into itself), too_large, too_costly.
// The text counts operations from 1 and quotes nothing of the document.
base::Result<JsonValue> apply(JsonValue document, std::vector<JsonOperation> operations);

}  // namespace fhir::patch
