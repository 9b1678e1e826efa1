// SPDX-License-Identifier: Apache-2.0
#pragma once

// `.map` files: one fact a line, read into rows. What a row means is proven in program.h.
//
//     map PID to Patient                    # this map is called PID[Patient]
//     map MSH[Provenance-Source] to Provenance
//     identity identifier                   # what the id is made of: see below
//     PID-5                 -> name             as XPN
//     PID-8.1               -> gender           code administrative-gender
//     PID-14                -> telecom          as XTN          default use = 'work'
//     "{MSG.1}^{MSG.2}"     -> display
//     PV1-7 -> participant                   # a block: one item a repeat, its rows run for each
//       .   -> individual                    as XCN
//           -> type.coding.code = 'ATND'
//     first                                  # the first row that yields something
//       PID-29              -> deceasedDateTime
//       PID-30              -> deceasedBoolean
//     drop PID-1                             # looked at and left out on purpose
//
// A row: source · `if` condition · `->` target · `as` map or conversion · `code` concept map · `with`/`default` constants,
// or `= 'constant'` in place of `as`. Two spaces of indentation make a row part of the one above.
//   source      PID-3, PID-3[1].4.2, ORDER_DETAIL.RXO-1, CX.4, `.` (the node itself), $received (a value from outside), "text with {PID-3.1}"
//   condition   X valued · X not valued · X numeric · X is CONVERSION · X = 'v' · X != 'v' · X in ('a' 'b') · X not in (..) · X count > 1 ·
//               X length > 8 · setting NAME · and · or · not · ( )
//   target      an element path; `contact[nok].name`: the item labelled nok (the same label is the same item; without a label
//               the last step adds an item and steps before it mean the first); `.` this element; `extension(url).valueString`:
//               a url, a name of HL7's extensions, or `v2:IN1.23`, the field by its name in v2's XML, where FHIR has no place for it
//   conversion  lower case: convert.h; otherwise a map: CX[Identifier], or CX where the target's type says the rest
//   other rows  whole ELEMENT: what is stored of it gives way to what came · delete ELEMENT... [if CONDITION]: what is stored of it, or of a part
//               as period.end, goes · assumed ELEMENT... [if CONDITION]: what is known otherwise stays (merge.h) · alike ELEMENT...: what others told of the same is this (translation.h) · use MAP · require CONDITION · default PATH = 'v' · default PATH absent 'unknown' · mode merge|replace [if CONDITION, else merge] ·
//               identity [numbered] PART...   (PART: a source, an element path, @handle; PART? may be absent;
//               of Identifiers the first, or the first typed so: identifier:MR:PI; nothing but those of these types or systems:
//               identifier(MR,http://hospital/mrn); without a system it is the sender's)
// Message maps add what runs where, and how resources are tied:
//     message ADT_A01
//     PID make patient PID[Patient]
//     PD1 into patient PD1[Patient]
//     NEXT_OF_KIN                            # a group: its rows run for each of them, and what they make is theirs
//       NK1 make relative NK1[RelatedPerson]
//         link relative.patient -> patient
//         find parent Observation "result {OBR-29.2} {OBR-26.1}"     # a resource that was made under that name before
//         link relative.patient -> parent                          # (the first text that names one); else nothing is tied
//     in VISIT                               # a group whose rows make what is known behind it too
//       use visit
//     OBX make result OBX[Observation] called "result {OBR-3} {OBX-3.1}" "..."
//     message ADT_A09 ADT_A10               # several structures may share their rows,
//     use visit                             # and messages may share some, written once:
//     part visit                             # (a link of what a message does not make is no link of it)
//     PV1 make encounter PV1[Encounter]
//     merge old -> patient                   # two that were made are one; also unmerge, connect, and move visit -> patient (translation.h);
//                                            # `merge a -> b or itself`: it is no fault when both are one
// A site's file may name a map that exists: its rows are added, `override ROW` replaces the rows of the same source (`override
// identity ...` all identity rows), `drop SOURCE` takes them away.

#include "base/result.h"
#include "mapping/translation.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace mapping {

struct PathStep {
    int number = 0;
    int repetition = 0;
};

// Where a value comes from. Empty kind: the row has no source (a constant).
struct SourceText {
    enum class Kind : std::uint8_t { none, path, outside, text };
    Kind kind = Kind::none;
    std::string anchor;               // "PID", "CX"; empty for `.`; the name for $name
    std::vector<PathStep> steps;
    std::vector<std::string> pieces;  // of a text: pieces[0] {parts[0]} pieces[1] ...
    std::vector<SourceText> parts;
    std::string spelling;             // as written
};

struct Condition {
    enum class Kind : std::uint8_t { always, all, any, none, valued, one_of, count, length, is, setting };
    Kind kind = Kind::always;
    SourceText source;
    std::vector<std::string> values;  // one_of; setting: its name; is: a conversion that must succeed
    char comparison = '>';            // count, length: < = >
    int number = 0;
    std::vector<Condition> parts;     // all, any; none: exactly one
};

struct Constant {
    std::string path;
    std::string value;
    bool only_if_absent = false;
};

struct RowText {
    enum class Kind : std::uint8_t { row, first, drop, use, require, fallback, identity, mode, whole, remove, assumed, alike, group, make, into, link, find, merge };
    Kind kind = Kind::row;
    int line = 0;
    std::string file{};     // when it is not its map's: a site's row
    bool overrides = false;
    SourceText source;
    Condition condition;
    std::string target;     // row, fallback, whole: element path; make, into, find, merge: handle; link: "report.result"
    std::string as;         // conversion or map; link, merge: the handle pointed to; mode: its name; find: a type
    Merge::Kind merge = Merge::Kind::merge;
    bool or_itself = false; // merge: when both are one there is nothing to do
    std::string code;
    bool has_constant = false;
    bool absent_reason = false;  // fallback: `constant` is a data-absent-reason
    std::string constant;
    std::vector<Constant> constants;
    std::vector<SourceText> identity;   // kind outside with '@' first: a handle; `optional` below says which may be absent
    std::vector<bool> optional;
    std::vector<std::string> elements;  // identity parts that are element paths; parallel to `identity`; remove, assumed, alike: the elements
    bool numbered = false;
    bool shared = false;    // it came with a part: what it ties may not be made here
    bool open = false;      // group: its handles are those of the rows around it
    std::vector<SourceText> names;      // make: what it is called from here on; find: what it was called
    std::vector<RowText> children;
};

struct MapText {
    std::string file;
    int line = 0;
    bool message = false;
    bool part = false;    // rows for the messages that use it; its name is then "part visit"
    std::string source;   // "PID"; ADT_A01
    std::string name;     // "PID[Patient]"
    std::string type;     // "Patient"
    std::vector<RowText> rows;
};

// All maps of one file. The fault says file, line and column of the first thing that is wrong.
base::Result<std::vector<MapText>> read_maps(std::string_view file, std::string_view text);

}  // namespace mapping
