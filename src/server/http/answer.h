// SPDX-License-Identifier: Apache-2.0
#pragma once

// Answers as bytes: the head, and the framing of the body (RFC 9112 6 and 7).

#include "server/http/codec.h"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace server::http {

// Fields of an answer as they go out, each "\r\nName: value". Not Content-Length, Transfer-Encoding, Connection or Date:
// append_head writes those. Control characters become spaces: nobody ends our head from inside.
class FieldLines {
public:
    void emplace_back(std::string_view name, std::string_view value);
    std::string_view text() const { return text_; }

private:
    std::string text_;
};

struct AnswerHead {
    int status = 200;
    std::span<const Field> fields{};       // in order; a name may stand more than once
    std::string_view lines{};              // of FieldLines, behind the fields
    std::optional<std::uint64_t> length{}; // of the body; absent: it comes in chunks
    std::string_view date{};               // base::http_date; empty: no Date field
};

// What must follow a head that was written.
struct Ending {
    bool body = true;      // false: nothing may follow (HEAD, 204, 304)
    bool chunked = false;  // frame the body with append_chunk and append_last_chunk
    bool close = false;    // close the connection after it
};

Ending append_head(std::string& out, const Manner& manner, const AnswerHead& head);

void append_chunk(std::string& out, std::string_view bytes);  // nothing for no bytes: that would be the end
void append_last_chunk(std::string& out);

// A whole answer with a short text in it, for what goes wrong below FHIR.
Ending append_plain(std::string& out, const Manner& manner, int status, std::string_view text);

inline constexpr std::string_view continue_line = "HTTP/1.1 100 Continue\r\n\r\n";

// "Not Found"; empty for a status without a registered phrase.
std::string_view phrase(int status);

}  // namespace server::http
