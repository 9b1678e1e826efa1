// SPDX-License-Identifier: Apache-2.0
#pragma once

// Writes a Bundle (FHIR R4 2.36) as JSON text around resources that are JSON already. The result is a rope: bodies
// are shared, never copied, parsed or checked. Order of calls: links, total and identify, entries, finish.
//
//     BundleText bundle("searchset", id, now);
//     bundle.link("self", url);
//     bundle.total(1);
//     bundle.entry({.full_url = url, .resource = body, .search_mode = "match"});
//     std::vector<Piece> content = std::move(bundle).finish();

#include "base/clock.h"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace fhir::resource {

using Body = std::shared_ptr<const std::string>;  // minified JSON
using Piece = std::variant<std::string, Body>;

struct BundleEntry {
    std::string full_url{};
    Body resource{};                // null = none
    std::string_view search_mode{}; // "match", "outcome"

    std::string_view method{};      // request: both or none
    std::string url{};

    std::string_view status{};      // response: "201 Created"; empty = no response part
    std::string location{};
    std::int64_t version = 0;       // etag W/"version"; 0 = none
    base::Micros last_modified = 0; // 0 = none
    std::string outcome{};          // an OperationOutcome as JSON
};

class BundleText {
public:
    // `type` as FHIR spells it; a searchset or history says when it was made in meta.lastUpdated.
    BundleText(std::string_view type, std::string_view id, base::Micros made);

    void link(std::string_view relation, std::string_view url);
    void total(std::int64_t total);
    // Who it is and when it was put together; a document has both (FHIR R4 3.3.1). `identifier` is a URI.
    void identify(std::string_view identifier, base::Micros timestamp);
    void entry(const BundleEntry& entry);
    std::vector<Piece> finish() &&;

private:
    enum class Part { head, link, entry };
    void close_part();

    Part part_ = Part::head;
    std::string text_;           // the piece being written
    std::vector<Piece> pieces_;  // what is done
};

// `text` as a JSON string with its quotes.
void append_json_string(std::string& out, std::string_view text);

}  // namespace fhir::resource
