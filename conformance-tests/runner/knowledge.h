// SPDX-License-Identifier: Apache-2.0
#pragma once

// What this program itself knows of FHIR while it judges another: R4's definitions, the packages it was given, codes, units,
// and the Validator over them. Nothing of it is asked of the target.

#include "fhir/definition/library.h"
#include "fhir/schema/schema.h"
#include "fhir/ucum/units.h"
#include "fhir/validate/validator.h"
#include "terminology/local.h"

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace runner {

// Files, as paths.
struct Sources {
    std::string pack;                     // R4's compiled definitions
    std::string archive;                  // their full text
    std::string units;                    // UCUM
    std::string suites;                   // the folder conformance-tests: scenarios/, testscripts/, fixtures/
    std::vector<std::string> packages{};  // FHIR packages (.tgz) that the suites speak of
};

class Knowledge {
public:
    static base::Result<std::unique_ptr<const Knowledge>> open(const Sources& sources);
    Knowledge(const Knowledge&) = delete;
    Knowledge& operator=(const Knowledge&) = delete;

    const fhir::schema::Schema& schema() const { return schema_; }
    const fhir::definition::Library& library() const { return *library_; }
    const fhir::ucum::Units& units() const { return units_; }
    const fhir::validate::Validator& validator() const { return *validator_; }

    // A resource of either format, told by its first character.
    base::Result<fhir::Document> read(std::string_view bytes) const;

private:
    Knowledge(fhir::schema::Schema schema, fhir::ucum::Units units) : schema_(std::move(schema)), units_(std::move(units)) {}

    fhir::schema::Schema schema_;
    fhir::ucum::Units units_;
    std::optional<fhir::definition::Library> library_{};  // these three stand on what is above them
    std::optional<terminology::Local> codes_{};
    std::optional<fhir::validate::Validator> validator_{};
};

}  // namespace runner
