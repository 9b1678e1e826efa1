// SPDX-License-Identifier: Apache-2.0
#pragma once

// What was asked of a server, and what came back: kept whole, so that a report can show both.

#include "base/clock.h"

#include <string>
#include <string_view>
#include <vector>

namespace runner {

struct Field {
    std::string name;
    std::string value;
};

struct Request {
    std::string method = "GET";
    std::string url{};            // absolute, or below the base: "Patient?name=x", "/Patient", "" for the base itself
    std::vector<Field> fields{};  // as the test gave them; the client adds Accept, Authorization and the like when they are not here
    std::string body{};
};

struct Response {
    int status = 0;
    std::vector<Field> fields{};  // in the order they came
    std::string body{};

    // The first of that name, whatever its case; nullptr when there is none.
    const std::string* field(std::string_view name) const;
};

struct Exchange {
    Request request;      // as it was sent: the URL absolute, all fields; what authorizes stands there as "***"
    Response response;    // status 0: nobody answered
    std::string fault{};  // why not
    base::Micros took = 0;
};

}  // namespace runner
