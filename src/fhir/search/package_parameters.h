// SPDX-License-Identifier: Apache-2.0
#pragma once

// The SearchParameters of installed packages, as rows like those of the schema.

#include "fhir/definition/library.h"
#include "fhir/schema/schema.h"

#include <deque>
#include <string>
#include <vector>

namespace fhir::search {

class PackageParameters {
public:
    // Of a URL that several packages hold, the newest version. Without an expression and a base a parameter searches
    // nothing and is left out, drafts and retired ones alike.
    explicit PackageParameters(const definition::Library& library);
    PackageParameters(const PackageParameters&) = delete;  // the rows look into the texts
    PackageParameters(PackageParameters&&) = default;

    const std::vector<schema::SearchParameterRow>& rows() const { return rows_; }  // sorted by URL
    std::string_view package(std::size_t row) const { return packages_[row]; }     // "hl7.fhir.us.core#6.1.0"

private:
    std::string_view keep(std::string text);
    void add(View definition, const std::string& package);

    std::deque<std::string> texts_;
    std::vector<schema::SearchParameterRow> rows_;
    std::vector<std::string> packages_;
};

}  // namespace fhir::search
