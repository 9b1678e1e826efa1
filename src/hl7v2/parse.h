// SPDX-License-Identifier: Apache-2.0
#pragma once

// Bytes to Message: character set to UTF-8 once (MSH-18), then segments and fields. One or two passes over
// the bytes, linear, never throws.
//
// Segment ends may be CR (the standard's), LF or CRLF; empty lines and a byte order mark are passed over. A
// line that does not begin like a segment belongs to the field before it, line break included, with a Finding.
//
// A Fault has its `where` as a Location ("MSH-2") and a type from which ack.h makes the code of HL7 table 0357:
//   structure 100 (no MSH, a second MSH, delimiters) · required 101 · value 102 (NUL, VT or FS in the bytes, broken character
//   set) · too_costly 207 (over a limit). base::Fault::Kind is malformed, unsupported (character set) or too_large.

#include "hl7v2/message.h"

#include <string>
#include <string_view>

namespace hl7v2 {

struct ParseOptions {
    Message::Limits limits{};
    // For bytes above 127 that the declared set does not explain (ASCII or none declared, and not UTF-8):
    // read as this set with a warning. Empty: a Fault.
    std::string fallback_charset = "WINDOWS-1252";
    bool fallback_instead_of_wrong = false;  // also for bytes that are not of the set that MSH-18 names
    bool wide = false;  // UTF-16 is read too: of files and requests. In a frame of single bytes (MLLP) its own bytes may end the frame
};

base::Result<Message> parse(std::string bytes, const ParseOptions& options = {});

// The delimiters of the MSH (FHS, BHS) at the start of `bytes`. Fault structure at "MSH", "MSH-1" or "MSH-2".
base::Result<Delimiters> read_delimiters(std::string_view bytes);

// What a listener accepts. Empty lists accept everything.
struct Accepted {
    std::vector<std::string> types;       // MSH-9.1
    std::vector<std::string> processing;  // MSH-11.1: "P", "T", "D"
    std::vector<std::string> versions = {"2.1", "2.2", "2.3", "2.3.1", "2.4",   "2.5",
                                         "2.5.1", "2.6", "2.7", "2.7.1", "2.8", "2.8.1", "2.8.2", "2.9"};
    std::size_t control_id_length = 199;  // MSH-10; the standard's own bound grew from 20 (2.3) to 199 (2.8)
};

// The fields of MSH that nothing can be answered without: MSH-9.1 (101, 200), MSH-10 (101; 102 over length or
// with an escape or separator in it), MSH-11 (202), MSH-12 (101, 203).
base::Result<void> check_header(const Message& message, const Accepted& accepted = {});

}  // namespace hl7v2
