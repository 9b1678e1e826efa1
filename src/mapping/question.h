// SPDX-License-Identifier: Apache-2.0
#pragma once

// What a foreign message asks of the store, and what was found: values between a tongue and the exchange.

#include "fhir/tree/document.h"

#include <string>
#include <utility>
#include <vector>

namespace mapping {

struct Question {
    std::string type;                                          // "Patient"
    std::vector<std::pair<std::string, std::string>> criteria;  // search parameters of FHIR, all of which must hold
    int from = 0;                                              // hits to pass over: a continuation
    int count = 0;                                             // at most so many
};

struct Found {
    std::vector<fhir::Document> hits;
    bool more = false;
    int total = -1;  // -1: not counted
};

}  // namespace mapping
