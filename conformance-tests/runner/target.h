// SPDX-License-Identifier: Apache-2.0
#pragma once

// The server that is judged: any FHIR R4 server, and the ports of its gateway when it has one.

#include <chrono>
#include <string>

namespace runner {

enum class Format { json, xml };

struct Target {
    std::string base;           // "http://127.0.0.1:8080/fhir", without a slash at its end
    std::string authorization{};  // the value of the Authorization header: "Bearer ..."; empty: none is sent
    std::string trust{};        // https: a PEM file of authorities; empty: the system's
    std::string mllp{};         // "host:port"; empty: steps that need it are skipped and say so
    std::string astm{};         // "host:port"; the same
    Format format = Format::json;  // what is asked for and sent where a test leaves it open
    std::chrono::milliseconds patience{60'000};  // for one answer
};

}  // namespace runner
