// SPDX-License-Identifier: Apache-2.0
#pragma once

// A place in a message: "PID-3[2].1.2" is the second subcomponent of the first component of the second
// repetition of field 3 of the first PID; "OBX[4]-5" is in the fourth OBX of the message. This is how a
// Fault or a Finding of this room says where (`where`), and what becomes ERR-2 (HL7 v2.5 2.15.5.2).

#include <optional>
#include <string>
#include <string_view>

namespace hl7v2 {

struct Location {
    std::string segment;   // three characters
    int sequence = 1;      // which of the segments of that name, from 1
    int field = 0;         // 0: the segment as a whole; likewise below
    int repetition = 0;
    int component = 0;
    int subcomponent = 0;

    friend bool operator==(const Location&, const Location&) = default;

    // Nothing when `text` is not a place in a v2 message (a FHIRPath, for instance).
    static std::optional<Location> read(std::string_view text);
    std::string text() const;
};

}  // namespace hl7v2
