// SPDX-License-Identifier: Apache-2.0
#pragma once

// FHIR to a foreign message of segments, fields, repetitions, components and subcomponents: the maps of compose_table.h, proven when they
// are loaded and run over resources. Knows no format by name: which segments there are and how many fields they have is told by who loads.
//
// Immutable after loading; any number of threads may compose. Costs about a microsecond a row.

#include "base/clock.h"
#include "base/finding.h"
#include "fhir/path/program.h"
#include "fhir/path/services.h"
#include "mapping/compose_table.h"
#include "terminology/concept_map.h"
#include "terminology/naming.h"

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace mapping {

// One piece of text with its place, counted from 1.
struct Atom {
    int field = 0;
    int repetition = 1;
    int component = 1;
    int subcomponent = 1;
    std::string text;
    bool lines = false;  // line feeds in it are line breaks that the receiver shall see
};

struct ComposedSegment {
    std::string name;
    std::vector<Atom> atoms;
};

struct Composed {
    std::string code, event, structure;  // "ADT", "A08", "ADT_A01"
    std::vector<ComposedSegment> segments;
    base::Findings findings;             // what found no place: the rows' files and lines, never values
};

// What happened to a resource.
struct Occurrence {
    fhir::View now;          // its version; of a deletion the one before it
    fhir::View before;       // the version before; absent when there was none
    const char* change = "updated";  // "created", "updated", "deleted"
};

struct ComposeOptions {
    base::Micros now = 0;
    std::string version = "2.5.1";                       // of the message: rows with since and until
    fhir::path::Services* services = nullptr;            // resolve()
    const fhir::ucum::Units* units = nullptr;
    const std::set<std::string, std::less<>>* kinds = nullptr;  // "ADT" or "ADT^A08": which messages may be made; null: all
};

struct ComposeSources {
    std::vector<std::string> maps;  // folders; all .map files below, later ones win
    // The highest field of a segment, component of a data type ("PID" 40, "CX" 12); nothing when it is unknown.
    std::function<std::optional<int>(std::string_view name)> highest;
};

class Composer {
public:
    // Fault (invalid) with everything that is wrong in the files as its findings. All arguments outlive the composer.
    static base::Result<Composer> load(const ComposeSources& sources, const fhir::schema::Schema& schema, const terminology::ConceptMaps& codes,
                                       const terminology::Naming& naming);
    Composer(Composer&&) noexcept;
    Composer& operator=(Composer&&) noexcept;
    ~Composer();

    // The messages that this change sends: of each code ("ADT") the first whose conditions hold.
    base::Result<std::vector<Composed>> compose(const Occurrence& what, const ComposeOptions& options) const;

    // Types whose changes send something by themselves.
    std::set<std::string, std::less<>> types() const;
    // Of a change of `type`: the types of what is sent with it, and the search parameter that leads there.
    struct Dependent {
        std::string focus, type, parameter;
        std::string kind;  // "ORU^R01"
        bool operator==(const Dependent&) const = default;
    };
    std::vector<Dependent> dependents(std::string_view type) const;
    std::vector<std::string> kinds() const;  // "ADT^A08^ADT_A01" ...

    struct Inside;

private:
    explicit Composer(std::unique_ptr<const Inside> inside);
    std::unique_ptr<const Inside> inside_;
};

}  // namespace mapping
