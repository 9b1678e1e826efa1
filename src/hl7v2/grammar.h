// SPDX-License-Identifier: Apache-2.0
#pragma once

// What the standard says about the order and grouping of segments, read from text files at start:
// profiles/structure/hl7v2/*.structure, one abstract message syntax each (HL7 v2 2.13):
//
//     structure ORU_R01
//     event ORU^R01 ORU^R32                     MSH-9.1^MSH-9.2 that have it; ^* for every other event
//     MSH [{SFT}]
//     { PATIENT_RESULT                          a group: a word longer than three letters after the brackets
//       [ PATIENT PID [PD1] [{NTE}] [{NK1}] ]
//       { ORDER_OBSERVATION [ORC] OBR ... }
//     }
//     <OBR|RQD|RXO>  EVN?  { ORDER ... }?       one of several; required, but missed with a warning only
//
// [x] may be absent, {x} may repeat, (x) is there once. A Grammar is immutable; every step that a segment can take from every
// position is worked out when it is read, so that arranging a message is a table look-up a segment.

#include "base/result.h"
#include "hl7v2/message.h"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace hl7v2 {

class Structure {
public:
    static constexpr std::uint16_t none = 0xFFFF;

    // A segment or group of the syntax. Element 0 is the message as a whole.
    struct Element {
        std::vector<std::string> names;  // of a group one; of a segment several when it is a choice
        std::uint16_t parent = none;
        std::uint16_t place = 0;   // among the children of `parent`
        std::uint16_t depth = 0;   // groups above; 0 for the message
        bool group = false;
        bool repeats = false;
        bool required = false;
        bool lenient = false;      // required, but its absence is a warning only
        std::vector<std::uint16_t> children{};
    };

    // Where the next segment goes: `leaf`, after closing all open groups deeper than `keep` and opening those
    // between. leaf == none: nowhere.
    struct Step {
        std::uint16_t leaf = none;
        std::uint16_t keep = 0;
        bool in_order = true;
        bool moves = true;  // the next segment is looked for from here
    };

    static base::Result<Structure> read(std::string_view text);

    const std::string& name() const { return elements_[0].names[0]; }
    const std::vector<std::string>& events() const { return events_; }  // "ORU^R01"
    const Element& element(std::uint16_t index) const { return elements_[index]; }

    // `at` is the leaf of the last segment that moved; 0 before the first.
    Step step(std::uint16_t at, std::string_view segment) const;
    // "ORU_R01.PATIENT_RESULT.PATIENT"
    std::string path(std::uint16_t element) const;

private:
    friend class StructureReader;
    void work_out();
    Step search(std::uint16_t at, std::string_view segment) const;
    std::uint16_t start(std::uint16_t element, std::string_view segment) const;
    std::vector<Element> elements_;
    std::vector<std::string> events_;
    std::vector<std::uint32_t> segments_;  // names packed into an integer, sorted
    std::vector<Step> steps_;              // element times segment
};

class Grammar {
public:
    // Each text is one .structure file. Fault invalid with the line when one cannot be read or is there twice.
    static base::Result<Grammar> read(const std::vector<std::string>& texts);
    // All *.structure files of a folder. Fault missing when there is none.
    static base::Result<Grammar> load(const std::string& folder);

    // nullptr when unknown. Structures live as long as the Grammar, also when it is moved.
    const Structure* find(std::string_view name) const;

    // By MSH-9.3 when it is known and fits MSH-9.1, else by the event. Faults: not_supported at "MSH-9.1" (200)
    // or "MSH-9.2" (201).
    base::Result<const Structure*> of(const Message& message) const;

private:
    std::vector<std::unique_ptr<const Structure>> structures_;
    std::vector<std::pair<std::string, const Structure*>> events_;  // sorted
};

}  // namespace hl7v2
