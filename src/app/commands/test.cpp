// SPDX-License-Identifier: Apache-2.0
// Runs the conformance suites against a server: this program's other half, which knows servers from outside only.
#include "app/commands.h"
#include "app/places.h"
#include "base/clock.h"
#include "runner/command.h"

namespace app::commands {

int test(const Arguments& arguments) {
    const Places where = places();
    return runner::command(arguments, {.pack = where.pack, .archive = where.archive, .units = where.units, .suites = where.suites}, base::system_clock());
}

}  // namespace app::commands
