// SPDX-License-Identifier: Apache-2.0
#pragma once

// What a scenario made on the server: remembered while it runs, deleted when it ends.

#include "runner/client.h"
#include "runner/outcome.h"
#include "runner/scenario/check.h"

#include <string>
#include <vector>

namespace runner::scenario {

class Traces {
public:
    // What this exchange made, as far as its answer tells: 201 with a Location, PUT to an id, the entries of a batch or transaction.
    void note(const Exchange& exchange, const Answer& answer);
    // All that a search finds, for what was made by other ways than HTTP.
    void note_found(const Answer& answer);

    // Deletes all of it, the last first; what others still refer to is tried again, since those others may go too. A step for each
    // that stays; what may never have come to be is deleted too, in silence.
    void remove(Client& client, const Knowledge& knowledge, Test& into);

private:
    void add(std::string reference);
    std::vector<std::string> made_;   // "Patient/p1", oldest first
    std::vector<std::string> maybe_;  // put to an id, and nobody said what became of it
};

}  // namespace runner::scenario
