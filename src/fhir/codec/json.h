// SPDX-License-Identifier: Apache-2.0
#pragma once

// JSON in and out (FHIR R4 2.6.2).

#include "base/clock.h"
#include "base/result.h"
#include "fhir/tree/view.h"

#include <string>
#include <string_view>
#include <vector>

namespace fhir::codec {

struct Limits {
    int depth = 64;                    // open objects and arrays (XML: elements)
    std::size_t nodes = 4'000'000;     // elements in one document
    bool any_json = false;             // no resource, a package.json say: any names, and what is empty is passed over
    bool short_twins = false;          // JSON: the twin of a list may end before it; what is missing counts as null
};

// Reads one resource or datatype. Needs no schema: shape is checked (objects, primitives with their _twins, no empty
// object, array or string, no duplicate keys, valid UTF-8, whole input), meaning is left to validation.
// Fault (malformed) with line, column and path of the first thing that is wrong.
base::Result<Document> read_json(std::string_view bytes, const Names& names, const Limits& limits = {});

// Minified, in the document's order, resourceType first.
void write_json(View root, std::string& out);
std::string to_json(View root);
// `text` in quotes, escaped.
void write_json_string(std::string_view text, std::string& out);
// For people: two spaces a level.
std::string to_pretty_json(View root);

// A resource ready to be stored: only version and time are still open. Its meta stands directly behind id, with
// versionId and lastUpdated first in it; what the client sent for those two is dropped. Long texts stay those of the resource until stamped().
class Stampable {
public:
    struct LongPiece {
        std::size_t at = 0;  // it belongs before this byte of the text
        LongText text;
    };

    // `id` replaces the resource's own id.
    Stampable(View resource, std::string_view id);
    std::string stamped(std::int64_t version, base::Micros last_updated) const;

private:
    std::string before_;  // {"resourceType":"Patient","id":"p1","meta":{"versionId":"
    std::string after_;   // ...},"name":[...]}
    std::vector<LongPiece> pieces_;  // of after_
};

}  // namespace fhir::codec
