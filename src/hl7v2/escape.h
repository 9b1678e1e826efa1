// SPDX-License-Identifier: Apache-2.0
#pragma once

// Escape sequences (HL7 v2 2.7). Pure and linear.

#include "hl7v2/delimiters.h"

#include <string>
#include <string_view>

namespace hl7v2 {

// Text as it was meant, in UTF-8:
//   \F\ \S\ \T\ \R\ \E\ \P\   the delimiter that the letter names
//   \Xhh..\                   those bytes; when all of them together are no UTF-8, each as ISO 8859-1
//   \.br\ \.sp\ \.spN\        line feeds;  \.in\ \.ti\ \.sk\ \.fi\ \.nf\ \.ce\  become what plain text can show
//   \H\ \N\                   nothing (highlighting)
// \Cxxyy\, \Mxxyyzz\, \Z..\ and whatever is not a well-formed sequence stay as they are, escape characters included.
std::string unescape(std::string_view raw, const Delimiters& delimiters);

// `text` as one atom of a message with these delimiters: delimiters as \F\ ... and every control character
// (CR, LF, VT, FS, NUL ...) as \Xhh\, so that no text can begin a field, a segment or a frame.
// unescape(escape(text)) == text for every UTF-8 text. Without an escape character, what would separate is
// replaced by a space: the message keeps its shape.
std::string escape(std::string_view text, const Delimiters& delimiters);

// A raw field of one message, made fit for another: separators become the other's, sequences are kept, and
// what would separate there but did not here (a raw line break, too) is escaped.
std::string reescape(std::string_view raw, const Delimiters& from, const Delimiters& to);

}  // namespace hl7v2
