// SPDX-License-Identifier: Apache-2.0
#pragma once

// TestScript's `path`: an XPath or a JSONPath, asked of a resource in whichever format it came (FHIR R4 TestScript.setup.action.assert.path).
//
// The parts of both languages that test scripts use. XPath 1.0: absolute and relative location paths, '//', '.', '..', '*', prefixes (any, they
// all mean FHIR), attributes, predicates with numbers, last(), position(), contains(), starts-with(), not(), and, or, = and != between paths,
// strings and numbers; unions; count() and string() around a path. JSONPath: $.a.b, $['a'], [0], [-1], [*], '..', [0,1],
// [?(@.a.b == 'x')] with ==, != or nothing. Everything else is refused as unsupported.
//
// Linear in the path; in the resource as much as the path asks for, bounded: 2,000,000 steps, then Fault too_costly.

#include "base/result.h"
#include "fhir/tree/view.h"

#include <string>
#include <string_view>
#include <vector>

namespace runner::testscript {

// What the path selects, in order of the document: values as text, complex elements as JSON. Faults: invalid, no such path can be;
// unsupported, a part of the language that is not here; too_costly.
base::Result<std::vector<std::string>> select(fhir::View resource, std::string_view path);

// The two languages. A JSONPath begins with '$'.
base::Result<std::vector<std::string>> select_xpath(fhir::View resource, std::string_view path);
base::Result<std::vector<std::string>> select_json_path(fhir::View resource, std::string_view path);

inline constexpr std::size_t most_steps = 2'000'000;

}  // namespace runner::testscript
