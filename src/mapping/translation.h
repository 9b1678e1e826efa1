// SPDX-License-Identifier: Apache-2.0
#pragma once

// What a program made of a source: resources with stable ids, and an account of every atom that was sent.

#include "base/clock.h"
#include "base/finding.h"
#include "fhir/tree/document.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace mapping {

// An element that the sender asked to delete (HL7 v2 2.5.3: ""). `use` narrows a list to the items of that use.
struct Deleted {
    std::string element;  // "birthDate", or a part of one: "period.end"
    std::string use;      // may be empty
    bool operator==(const Deleted&) const = default;
};

// An Identifier that is the same whoever says it.
struct Number {
    std::string system;
    std::string value;
    bool operator==(const Number&) const = default;
};

struct Entry {
    // merge: what was not sent stays (merge.h); replace: the resource is exactly this.
    enum class Mode { merge, replace };

    std::string type;   // "Patient"
    std::string id;     // the same for the same business identity, for ever
    Mode mode = Mode::merge;
    fhir::Document resource;
    std::vector<Deleted> deleted;
    bool of_message = false;           // it is about this very message: no other makes one of this id
    std::optional<Number> known_by{};  // what alone identifies it: whoever stored it before, under whatever id, is it
    // Elements that the message does not tell but only lets one assume, the one that decides first: a result that comes with "inpatient"
    // does not say that the patient is still there. What is known otherwise stays (merge.h).
    std::vector<std::string> assumed{};
    // Elements by which it is known what other messages told of the same thing, each under its own number or none: first a reference, which leads
    // to what is looked at, then what must be the same there. Another number of the same system says that it is another thing.
    std::vector<std::string> alike{};
};

// What a message says of two resources beside their content: that they are one, or are not one after all, or that one now belongs
// to the other. Both are named by the ids that their identities gave them.
struct Merge {
    enum class Kind : std::uint8_t {
        merge,    // `gone` is `kept` (HL7 v2 3.6.2, A40 and its kin): what referred to `gone` refers to `kept`
        unmerge,  // they are two again (A37)
        connect,  // two records of one person, both in use (A24)
        move,     // the visit or account `gone`, with what belongs to it, is now of `kept` (A43 to A45)
    };
    Kind kind = Kind::merge;
    std::string type;       // of `gone`
    std::string gone;
    std::string kept_type;  // but for a move the same
    std::string kept;
    bool operator==(const Merge&) const = default;
};

// Which line made an element.
struct Trace {
    std::size_t entry = 0;
    std::string element;  // FHIRPath: "Patient.name[0].family"
    std::string file;
    int line = 0;         // 0: it is no line of a file
};

// An atom that no row took: where it stands in the source, never what it says.
struct Residue {
    std::string where;
};

struct Translation {
    // When the sender said it, as wall time in UTC: from `said_from` until before `said_to`, as precisely as it was told. 0: not known.
    base::Micros said_from = 0;
    base::Micros said_to = 0;
    std::vector<Entry> entries;      // in the order in which the maps made them
    std::vector<Merge> merges;       // likewise; entries come first
    base::Findings findings;
    std::vector<Trace> trace;        // only when asked for
    std::vector<Residue> residue;
    std::size_t atoms = 0;           // primitive values that were sent
    std::size_t kept = 0;            // of these, how many an element holds
    std::size_t dropped = 0;         // and how many a row left out on purpose

    // Kept or left out on purpose, in percent of all.
    double accounted() const {
        return atoms == 0 ? 100.0 : 100.0 * static_cast<double>(kept + dropped) / static_cast<double>(atoms);
    }
    double retained() const {
        return atoms == 0 ? 100.0 : 100.0 * static_cast<double>(kept) / static_cast<double>(atoms);
    }
};

}  // namespace mapping
