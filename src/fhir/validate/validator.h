// SPDX-License-Identifier: Apache-2.0
#pragma once

// Everything that FHIR lets one check of a resource: structure first, then invariants, bindings, profiles with slicing,
// extensions, references, and the rules that single resource types have (bundles, questionnaires, definitions).
//
// A Validator borrows its services and may be used by any number of threads. Profiles are compiled when they are first
// needed and kept. What is not known (a profile, a code system) is a warning, never an error of the data.

#include "base/finding.h"
#include "fhir/definition/library.h"
#include "fhir/schema/schema.h"
#include "fhir/tree/view.h"
#include "fhir/ucum/units.h"
#include "base/clock.h"
#include "fhir/validate/codes.h"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace fhir::validate {

// Finds a resource that is not inside the one that is checked: "Patient/1", a full URL, a canonical. Nothing: not known.
using Fetch = std::function<std::shared_ptr<const Document>(std::string_view reference)>;

struct Services {
    const schema::Schema& schema;
    const definition::Library& library;
    const Codes* codes = nullptr;         // null: bindings beyond the packed required ones are not checked
    const ucum::Units* units = nullptr;
    Fetch fetch{};                        // empty: references that leave the resource are not followed
};

struct Question {
    std::vector<std::string> profiles{};   // canonicals the resource must conform to, besides meta.profile
    bool follow_meta = true;               // check meta.profile
    bool references_must_exist = false;    // an unresolved local reference is an error, not left alone
    bool best_practice = false;            // remark on what is allowed and not recommended
    bool security_checks = false;          // scripts and the like in any text are errors
    bool known_extensions_only = false;    // an extension without a known definition is an error, not a remark
    bool assume_valid_references = false;  // a relative reference is taken for one of a server: its type is believed
    bool reference_types = true;           // a reference's type is checked also where its target is not at hand
    bool allow_examples = true;            // example.org and the like may stand in extensions and systems
    bool check_contained = true;           // contained resources too
    bool for_publication = false;          // the rules for what HL7 publishes
    base::Micros now = 0;                  // for now() and today() in invariants
};

class Validator {
public:
    explicit Validator(const Services& services);
    Validator(Validator&&) noexcept;
    ~Validator();

    // First what is wrong with the shape, then the rest, each in order of the document and with its FHIRPath. At most
    // about twice `most_findings`.
    base::Findings check(View resource, const Question& question = {}) const;

    struct Parts;
    const Parts& parts() const { return *parts_; }

private:
    std::unique_ptr<Parts> parts_;
};

}  // namespace fhir::validate
