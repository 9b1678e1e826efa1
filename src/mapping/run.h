// SPDX-License-Identifier: Apache-2.0
#pragma once

// A program run over a source. Pure: the same source and options give the same Translation, ids included.
// Costs a few microseconds a segment; linear in the source. Never throws on what the source says.

#include "mapping/program.h"
#include "mapping/source.h"
#include "mapping/translation.h"
#include "terminology/naming.h"

#include <string>
#include <utility>
#include <vector>

namespace mapping {

struct RunOptions {
    std::string zone = "Z";       // of times that were sent without one: "Z" or "+02:00"
    std::string space;            // ids are unique within this name: the tenant
    std::string sender;           // who sent it: numbers without an authority are its own
    std::string facility;         // how its local code systems are named; the sender's name when empty
    std::string digest;           // of the source: the identity of what has no other
    std::vector<std::pair<std::string, std::string>> outside;  // values of $name
    std::vector<std::string> settings;                         // what `if setting NAME` finds true
    bool trace = false;
    // The map whose resource carries, as extensions (residue_extension), what no row took; "" = it is only told in Translation::residue.
    std::string residue_into{};
};

// Extension with two parts: `place` ("PID-13[2].12") and `value`, both strings.
inline constexpr std::string_view residue_extension = "urn:andiron:extension:residue";

Translation run(const Program& program, const Map& message, const Source& source, const terminology::Naming& naming,
                const RunOptions& options);

}  // namespace mapping
