// SPDX-License-Identifier: Apache-2.0
#pragma once

// Answers about codes from what is here: the CodeSystems and ValueSets of a Library, and the systems that need none
// (built_in.h). Never asks anybody outside. What is not here is "unknown".
//
// A check of a known code costs a few hundred nanoseconds once its value set is compiled; the first one pays for
// reading the definitions. Any number of threads may ask. It keeps a copy of the Library, which shares what that holds; what is
// added to the original later is not seen. The Units must outlive it.

#include "fhir/validate/codes.h"
#include "terminology/catalog.h"
#include "terminology/language_choice.h"

namespace terminology {

struct CheckOptions {
    LanguageChoice languages{};              // which displays count; nothing: all
    std::vector<std::string> supplements{};  // canonicals of what must be added to the system
};

class Local final : public fhir::validate::Codes {
public:
    // `units` may be null: then UCUM codes are unknown. `most_bytes` bounds what is kept compiled.
    explicit Local(fhir::definition::Library library, const fhir::ucum::Units* units = nullptr,
                   std::size_t most_bytes = 48U << 20U);

    fhir::validate::CodeVerdict check(const fhir::validate::CodedValue& value, std::string_view value_set,
                                      std::string_view package) const override;
    Answer subsumes(std::string_view system, std::string_view general, std::string_view specific) const override;

    fhir::validate::CodeVerdict check(const fhir::validate::CodedValue& value, std::string_view value_set, std::string_view package,
                                      const CheckOptions& options) const;
    // The same for a value set that stands in no library.
    fhir::validate::CodeVerdict check(const fhir::validate::CodedValue& value, const ValueSet& set, std::string_view package,
                                      const CheckOptions& options = {}) const;

    const Catalog& catalog() const { return catalog_; }
    const fhir::ucum::Units* units() const { return units_; }
    void forget() { catalog_.forget(); }  // after definitions have changed

private:
    fhir::validate::CodeVerdict judge(const fhir::validate::CodedValue& value, const ValueSet* set, std::string_view package,
                                      const CheckOptions& options) const;

    Catalog catalog_;
    const fhir::ucum::Units* units_;
};

}  // namespace terminology
