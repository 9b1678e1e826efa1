// SPDX-License-Identifier: Apache-2.0
#pragma once

// Messages to bytes (UTF-8; charset.h turns them into what the receiver reads). What is put is text and gets
// escaped: no value can begin a field, a segment or a frame. Segments end in CR, trailing separators are left out.

#include "base/clock.h"
#include "hl7v2/delimiters.h"
#include "hl7v2/message.h"

#include <array>
#include <map>
#include <string>
#include <string_view>

namespace hl7v2 {

// A message, written segment by segment: begin, put in any order, begin the next.
class Draft {
public:
    explicit Draft(Delimiters delimiters = {}) : delimiters_(delimiters) {}

    // `name` is three capitals or digits. MSH, FHS and BHS bring their fields 1 and 2 with them.
    void begin(std::string_view name);

    // Numbers from 1, at most 9,999; others are passed over. Empty text puts nothing.
    void put(int field, std::string_view text) { put(field, 1, 1, 1, text); }
    void put(int field, int repetition, int component, int subcomponent, std::string_view text);
    // The same, with its line feeds as \.br\, as far as the message can say it (HL7 v2 2.7.5).
    void put_lines(int field, int repetition, int component, int subcomponent, std::string_view text);
    void put_null(int field);  // "", "delete what you have"
    // A whole field of another message, separators and sequences translated; replaces what was put there.
    void copy(int field, std::string_view raw, const Delimiters& from);

    std::string bytes() const { return done_ + segment(); }

private:
    std::string segment() const;  // the one begun
    Delimiters delimiters_;
    std::string done_;
    std::string name_;
    std::map<std::array<int, 4>, std::string> atoms_;  // field, repetition, component, subcomponent: escaped text
};

// The message again, with other delimiters perhaps. Every text in it is the same; raw line breaks inside fields
// come out escaped.
std::string reencode(const Message& message, const Delimiters& to);

// DTM of HL7 v2 2A.22, in UTC: "20240501120000+0000".
std::string timestamp(base::Micros time);

}  // namespace hl7v2
