// SPDX-License-Identifier: Apache-2.0
#pragma once

// For the tests of this folder: small profiles written as lines, and what a Validator says about a resource.

#include "fhir/codec/json.h"
#include "fhir/testing.h"
#include "fhir/validate/validator.h"

#include <doctest/doctest.h>

namespace fhir::validate::fixture {

inline Document document(std::string_view json) {
    auto read = codec::read_json(json, testing::r4().names());
    REQUIRE_MESSAGE(static_cast<bool>(read), (read ? std::string{} : read.fault().text));
    return *std::move(read);
}

class Desk {
public:
    Desk() : library_(testing::r4()) {}

    // A profile on `type`, its snapshot's elements as JSON; the root element is put before them.
    Desk& profile(std::string_view name, std::string_view type, std::string_view elements, std::string_view more = {}) {
        std::string json = R"({"resourceType":"StructureDefinition","url":")" + url(name) + R"(","name":"X","status":"draft","kind":"resource","abstract":false,"type":")" +
                           std::string(type) + R"(","derivation":"constraint","baseDefinition":"http://hl7.org/fhir/StructureDefinition/)" + std::string(type) + "\"" +
                           std::string(more) + R"(,"snapshot":{"element":[{"id":")" + std::string(type) + R"(","path":")" + std::string(type) + R"(","min":0,"max":"*"})";
        if (!elements.empty()) json += "," + std::string(elements);
        library_.add(document(json + "]}}"));
        return *this;
    }

    static std::string url(std::string_view name) { return "http://test.example/" + std::string(name); }

    // The errors, each as "where: text".
    std::vector<std::string> errors(std::string_view resource, std::string_view profile) const {
        return errors(resource, Question{.profiles = {url(profile)}});
    }
    std::vector<std::string> errors(std::string_view resource, const Question& question) const {
        const Document read = document(resource);
        std::vector<std::string> texts;
        for (const base::Finding& finding : Validator({testing::r4(), library_}).check(read.root(), question))
            if (finding.severity <= base::Severity::error) texts.push_back(finding.where + ": " + finding.text);
        return texts;
    }
    bool good(std::string_view resource, std::string_view profile) const {
        const auto found = errors(resource, profile);
        for (const std::string& text : found) MESSAGE(text);
        return found.empty();
    }
    bool bad(std::string_view resource, std::string_view profile, std::string_view where) const {
        const auto found = errors(resource, profile);
        for (const std::string& text : found)
            if (text.starts_with(std::string(where) + ":")) return true;
        for (const std::string& text : found) MESSAGE(text);
        return false;
    }

private:
    definition::Library library_;
};

}  // namespace fhir::validate::fixture
