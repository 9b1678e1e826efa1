// SPDX-License-Identifier: Apache-2.0
#pragma once

// The characters that one sender separates with (HL7 v2 2.5.4). They stand in MSH-1 and MSH-2 and hold
// for that message only; the defaults are the ones the standard recommends.

#include <string>

namespace hl7v2 {

struct Delimiters {
    char field = '|';
    char component = '^';
    char repetition = '~';
    char escape = '\\';       // '\0': the sender declared none, and nothing is escaped
    char subcomponent = '&';  // '\0': the sender declared none
    char truncation = '\0';   // '#' in most 2.7 messages (HL7 v2.7 2.5.5.2); '\0': the sender declared none

    friend bool operator==(const Delimiters&, const Delimiters&) = default;

    // As MSH-2 spells them: "^~\&", or "^~\&#" with truncation.
    std::string encoding_characters() const {
        std::string all{component, repetition};
        for (char c : {escape, subcomponent, truncation}) {
            if (c == '\0') break;
            all += c;
        }
        return all;
    }

    bool separates(char c) const {
        return c != '\0' && (c == field || c == component || c == repetition || c == subcomponent);
    }
};

}  // namespace hl7v2
