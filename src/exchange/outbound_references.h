// SPDX-License-Identifier: Apache-2.0
#pragma once

// What references of a resource on its way out lead to: what is contained, and what the store held at one moment. And backwards: the text
// "AllergyIntolerance?patient=Patient/1" resolves to a Bundle (searchset) of what refers there by that search parameter, the latest version of
// each, at most a hundred. A message says what it says of its own focus; what stands beside it is as it was when the message was made.

#include "fhir/path/services.h"
#include "fhir/resource/reference.h"
#include "fhir/schema/schema.h"
#include "fhir/search/parameter.h"
#include "store/repository.h"

#include <map>
#include <memory>
#include <string>
#include <vector>

namespace exchange {

class References final : public fhir::path::Services {
public:
    // All arguments outlive it. `own_bases` as in interaction::Rules.
    References(const fhir::schema::Schema& schema, const fhir::search::Parameters& parameters, store::Snapshot& snapshot,
               const std::vector<std::string>& own_bases)
        : schema_(schema), parameters_(parameters), snapshot_(snapshot), own_bases_(own_bases) {}

    std::optional<fhir::path::Item> resolve(const fhir::path::Item& reference, const fhir::path::Item& root) override;
    std::optional<bool> member_of(const fhir::path::Item&, std::string_view) override { return std::nullopt; }
    std::optional<bool> subsumes(const fhir::path::Item&, const fhir::path::Item&) override { return std::nullopt; }
    std::optional<bool> conforms_to(const fhir::path::Item&, std::string_view) override { return std::nullopt; }
    std::optional<fhir::path::Item> element_definition(const fhir::path::Item&) override { return std::nullopt; }
    std::optional<bool> in_slice(const fhir::path::Item&, std::string_view, std::string_view) override { return std::nullopt; }

    // Of a body; kept as long as this. Null when it cannot be read.
    const fhir::Document* keep(const std::string& body);

private:
    bool ours(const fhir::resource::ReferenceText& text) const;
    const fhir::Document* referring(std::string_view question);

    const fhir::schema::Schema& schema_;
    const fhir::search::Parameters& parameters_;
    store::Snapshot& snapshot_;
    const std::vector<std::string>& own_bases_;
    std::map<std::string, const fhir::Document*, std::less<>> found_;  // by "Type/id" or question; null: there is none
    std::vector<std::unique_ptr<const fhir::Document>> kept_;
};

// The first reference to a patient in document order, "Patient/1"; of a patient itself its own name. Empty when there is none.
std::string patient_of(fhir::View resource);

}  // namespace exchange
