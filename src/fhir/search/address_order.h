// SPDX-License-Identifier: Apache-2.0
#pragma once

// Addresses below and above others (FHIR R4 3.1.1.4.4, :below and :above of uri and of canonical references).
//
// Of URLs the path decides: http://a.org/b is above http://a.org/b/c, not above http://a.org/bc. Of object identifiers the points:
// urn:oid:1.2 is above urn:oid:1.2.3. Other URNs are only equal. With a version ("http://a.org/b|1.2") the address is the same and the
// version below: 1.2, 1.2.3. Everything is below and above itself. Case counts.

#include <string>
#include <string_view>
#include <vector>

namespace fhir::search {

bool is_below(std::string_view asked, std::string_view address);
bool is_above(std::string_view asked, std::string_view address);

// The same for an index: below is what is equal to `asked`, or in one of these ranges [from, to) of bytes;
// above is what is one of these.
struct AddressRange {
    std::string from;
    std::string to;
};
std::vector<AddressRange> ranges_below(std::string_view asked);
std::vector<std::string> addresses_above(std::string_view asked);

}  // namespace fhir::search
