// SPDX-License-Identifier: Apache-2.0
#pragma once

// The URL grammar of FHIR R4 3.1.0.0 below the base, as it stands in Bundle.entry.request: which verb, on what.

#include "interaction/call/request.h"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace interaction {

using Pairs = std::vector<std::pair<std::string, std::string>>;

// "a=b&c=d" decoded; '+' is a space. Fault (malformed) on a broken escape, and on what is no UTF-8.
base::Result<Pairs> read_query(std::string_view query);

// "a=b&c=d" encoded again, without anything before it.
std::string write_query(const Pairs& parameters);

// Fills verb, type, id, version, operation and parameters of `request` from an entry's method ("GET", "POST" ...) and
// url. `request.base` must stand already: an absolute url has to begin with it. Fault (malformed or unsupported)
// when the two make no interaction.
base::Result<void> read_url(std::string_view method, std::string_view url, Request& request);

}  // namespace interaction
