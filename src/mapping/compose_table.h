// SPDX-License-Identifier: Apache-2.0
#pragma once

// `.map` files of the way out: FHIR becomes a foreign message, one fact a line. What a row means is proven in compose.h.
//
//     message ORU^R01^ORU_R01 from DiagnosticReport   # a message, and the resource whose change sends it
//     when status != 'registered'                     # of several messages of one kind the first that holds is sent
//     on created updated deleted                      # without this line: created updated
//     also Observation by result                      # a change of what refers or is referred to sends it too (search parameter)
//     subject.resolve() -> PID                        # a segment for each item, by the map of its type
//       $this -> PD1                                  # rows below run with that item
//     $this -> OBR as OBR[result]                     # by the map of that name
//
//     map Patient to PID
//     when active != false                            # of a segment: only of items for which that holds
//     '1'                -> PID-1
//     identifier         -> PID-3     as CX           # a repetition for each item, by the map "Identifier to CX"
//     birthDate          -> PID-7     as time         # lower case: a conversion (compose.h has the closed set)
//     gender             -> PID-8     code administrative-gender else 'U'
//     contact            -> PID-13    since 2.3 until 2.8
//
//     map HumanName to XPN
//     family             -> XPN.1.1
//     $this              -> .         as XPN[rest]    # another map, at the same place
//
//     codes order-status                              # FHIR code, their code: wins over profiles/vocabulary read backwards
//       active IP
//
// Left of the last " -> " stands FHIRPath. It may ask %focus (the resource that changed), %before (that resource as it was; empty
// when new), %event ("A08"), %change ("created", "updated", "deleted") and %parent (the item of the row above). Of several items, and of several
// rows for the same component, the first counts; a row for a whole field adds repetitions. Two spaces make a row part of the one above.
// Later files replace maps, messages and codes of the same name: so a site changes what it sends.

#include "base/result.h"

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace mapping {

struct ComposeRow {
    int line = 0;
    std::string expression;
    std::string anchor;         // "PID", "CX"; "." for this place
    std::vector<int> numbers;   // 3, 4, 2
    std::string as;             // "CX", "CX[visit]" or a conversion
    std::string code;
    std::string otherwise;
    std::string since, until;   // versions, both included; empty: any
    std::vector<ComposeRow> children;
};

struct ComposeMap {
    std::string file;
    int line = 0;
    std::string type;           // "Patient"; of a message: of its focus
    std::string target;         // "PID", "CX[visit]"; of a message: "ORU^R01^ORU_R01"
    bool message = false;
    std::string when;           // of a message or a segment; empty: always
    bool created = true, updated = true, deleted = false;
    struct Also {
        std::string type;
        std::string parameter;
    };
    std::vector<Also> also;
    std::vector<ComposeRow> rows;
};

struct ComposeCodes {
    std::string file;
    int line = 0;
    std::string name;
    std::map<std::string, std::string, std::less<>> codes;
};

struct ComposeFile {
    std::vector<ComposeMap> maps;
    std::vector<ComposeCodes> codes;
};

// The fault says file and line of the first thing that is wrong.
base::Result<ComposeFile> read_compose_maps(std::string_view file, std::string_view text);

}  // namespace mapping
