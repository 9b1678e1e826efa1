// SPDX-License-Identifier: Apache-2.0
#pragma once

// Bundles in short words, for this room's tests.

#include "interaction/testing.h"

namespace interaction {

inline std::string bundle_of(const std::string& type, const std::vector<std::string>& entries) {
    std::string text = R"({"resourceType":"Bundle","type":")" + type + "\"";
    for (std::size_t i = 0; i < entries.size(); ++i) text += (i == 0 ? ",\"entry\":[" : ",") + entries[i];
    return text + (entries.empty() ? "}" : "]}");
}

// `more` stands inside the request: ,"ifMatch":"..."
inline std::string entry_of(const std::string& method, const std::string& url, const std::string& resource = "",
                            const std::string& full_url = "", const std::string& more = "") {
    std::string text = "{";
    if (!full_url.empty()) text += R"("fullUrl":")" + full_url + "\",";
    if (!resource.empty()) text += "\"resource\":" + resource + ",";
    return text + R"("request":{"method":")" + method + R"(","url":")" + url + "\"" + more + "}}";
}

inline std::string response_of(fhir::View bundle, std::size_t number, std::string_view part = "status") {
    return std::string(nth(bundle, "entry", number).child("response").child(part).text());
}

// "Patient/p1" out of the location of an entry's answer.
inline std::string place_of(fhir::View bundle, std::size_t number) {
    const std::string location = response_of(bundle, number, "location");
    return location.substr(0, location.find("/_history"));
}

inline std::string patient(const std::string& id, const std::string& more = "") {
    return R"({"resourceType":"Patient","id":")" + id + "\"" + more + "}";
}

inline std::string observation(const std::string& id, const std::string& subject, const std::string& more = "") {
    return R"({"resourceType":"Observation","id":")" + id + R"(","status":"final","code":{"text":"x"},"subject":{"reference":")" + subject +
           "\"}" + more + "}";
}

// With an identifier http://s|number.
inline std::string numbered(const std::string& type, const std::string& number, const std::string& more = "") {
    return R"({"resourceType":")" + type + R"(","identifier":[{"system":"http://s","value":")" + number + "\"}]" + more + "}";
}

}  // namespace interaction
