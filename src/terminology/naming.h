// SPDX-License-Identifier: Apache-2.0
#pragma once

// Names that senders use for identifier systems and code systems, and the URIs that FHIR wants.
//
// The table (`naming-systems.tsv`) has three columns: name, URI, and `id` or `code` for what it names. What it does
// not know becomes a URI in the same way for ever:
//   - an OID or UUID (by its type, or by its look)   urn:oid:1.2.3 · urn:uuid:...
//   - a URI                                          itself
//   - HL70002, HL7-0002                              http://terminology.hl7.org/CodeSystem/v2-0002 (codes)
//   - any other name N                               <base>N, percent-encoded; the base is "urn:id:" unless configured
// A name that only means "local" (L, LOCAL, 99xxx) says nothing without its sender: <base><sender>:L.

#include "base/result.h"

#include <string>
#include <string_view>
#include <unordered_map>

namespace terminology {

class Naming {
public:
    explicit Naming(std::string local_base = "urn:id:") : local_base_(std::move(local_base)) {}

    base::Result<void> read(std::string_view file, std::string_view text);
    base::Result<void> load(const std::string& path);

    // The URI of an assigning authority (HL7 v2 HD: namespace, universal id and its type); empty when all are.
    std::string identifier_system(std::string_view name, std::string_view universal, std::string_view type) const;

    // The URI of a coding system named as in CWE-3; empty for an empty name.
    std::string code_system(std::string_view name, std::string_view sender) const;

    // The way back: the parts of an HD from which identifier_system() makes this URI.
    struct Authority {
        std::string name, universal, type;
    };
    Authority authority(std::string_view uri) const;
    // What CWE-3 says for it; code_system() makes the URI of it again.
    std::string code_system_name(std::string_view uri) const;

private:
    std::string local(std::string_view name) const;
    std::string local_name(std::string_view made) const;
    std::string local_base_;
    std::unordered_map<std::string, std::string> ids_;
    std::unordered_map<std::string, std::string> codes_;
    std::unordered_map<std::string, std::string> id_names_;    // by URI; of several names the first
    std::unordered_map<std::string, std::string> code_names_;
};

}  // namespace terminology
