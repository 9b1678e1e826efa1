// SPDX-License-Identifier: Apache-2.0
#pragma once

// _query=name (FHIR R4 3.1.1.5.8): the parameters beside it are put into a template that an administrator has written.

#include "fhir/search/parse.h"

#include <optional>
#include <set>
#include <string>

namespace fhir::search {

struct FilledQuery {
    UrlParameters criteria;      // what is searched
    std::set<std::string> taken; // parameters of the URL that went into them
};

// Nothing when _query is not asked. Fault: not supported, when the name is not known for the type; wrong, when a value is missing.
base::Result<std::optional<FilledQuery>> fill_named_query(std::string_view type, const UrlParameters& parameters, const ParseOptions& options);

// Fault when a template cannot be read: for who registers it. Whether its parameters exist shows when it is asked.
base::Result<void> check_named_query(const NamedQuery& query);

}  // namespace fhir::search
