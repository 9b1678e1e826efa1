// SPDX-License-Identifier: Apache-2.0
#pragma once

// The answer to a Request. Content is JSON as a rope of pieces: stored bodies are shared, never copied or parsed.
// A failure is a base::Fault instead; the door turns it into its own words.

#include "store/repository.h"

#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace interaction {

using Piece = std::variant<std::string, store::Body>;

// The bytes of one piece, whoever owns them.
const std::string& text_of(const Piece& piece);

struct Response {
    enum class Status : std::uint8_t { ok, created, accepted, no_content, not_modified };
    Status status = Status::ok;
    std::string media_type;                        // of content that is no resource, "application/json" say; "" = FHIR
    std::optional<base::Fault::Kind> failed;       // the content tells of a failure in a form of its own; its status counts

    std::vector<Piece> content;     // empty = no body
    std::string type;               // of the resource that was read or written; empty for bundles
    std::string id;
    std::int64_t version = 0;       // ETag W/"version"; 0 = none
    std::string tag;                // ETag W/"tag" of what has no version: the same as long as the answer would be; "" = none
    base::Micros last_updated = 0;  // Last-Modified; 0 = none
    bool located = false;           // Location: [base]/type/id/_history/version
    base::Findings findings;        // warnings, for Prefer: return=OperationOutcome

    std::size_t size() const;
    std::string text() const;       // the whole content as one string
};

}  // namespace interaction
