// SPDX-License-Identifier: Apache-2.0
#pragma once

// What the US Core package asks of a server: its CapabilityStatement (us-core-server) and the SearchParameters that names, as values.
// Nothing of it is written down in this program: another version of the package gives another Guide.

#include "base/result.h"
#include "fhir/definition/library.h"

#include <string>
#include <string_view>
#include <vector>

namespace runner::us_core {

// http://hl7.org/fhir/StructureDefinition/capabilitystatement-expectation; what carries none is MAY.
enum class Demand { shall, should, may };
const char* word(Demand demand);  // "SHALL"

struct Wish {
    std::string name;  // "vread", "ge", "Provenance:target"
    Demand demand = Demand::may;
};

struct Parameter {
    std::string code;
    std::string type;        // "token", "date", "reference", "string"
    std::string expression;  // FHIRPath
    Demand demand = Demand::may;
    std::vector<Wish> comparators{};
    Demand multiple_or = Demand::may;
    Demand multiple_and = Demand::may;
};

struct Combination {
    std::vector<std::string> codes;
    Demand demand = Demand::may;
};

// What is asked for one type of resource.
struct Kind {
    std::string type;
    Demand demand = Demand::may;
    std::vector<std::string> profiles{};  // canonicals
    std::vector<Wish> interactions{};
    std::vector<Parameter> parameters{};
    std::vector<Combination> combinations{};
    std::vector<Wish> includes{};
    std::vector<Wish> reverse_includes{};
    std::vector<Wish> operations{};

    const Parameter* parameter(std::string_view code) const;
    Demand interaction(std::string_view code) const;
};

struct Guide {
    std::string name;  // "US Core 6.1.0"
    std::vector<Kind> kinds{};

    const Kind* kind(std::string_view type) const;
};

// Fault (missing) when the library holds no US Core package.
base::Result<Guide> read_guide(const fhir::definition::Library& library);

}  // namespace runner::us_core
