// SPDX-License-Identifier: Apache-2.0
#include "fhir/path/trial.h"

// Any text as an expression, run on a small patient with little work and memory allowed; the same again in the same arena
// must say the same.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace fhir;
    using namespace fhir::path;
    const auto program = Program::compile({reinterpret_cast<const char*>(data), size}, path::testing::r4());
    if (!program) return 0;
    std::vector<Trace> traces;
    Environment environment = path::testing::with_units();
    environment.steps = 20'000;
    environment.bytes = 1U << 20U;
    Arena arena;
    const Item context = resource_item(path::testing::patient().root(), path::testing::r4());
    const auto spelled_out = [&]() -> std::string {
        const auto items = program->evaluate(context, environment, arena);
        if (!items) return "! " + items.fault().text;
        std::string all;
        for (const Item& item : *items) all += text_of(item, path::testing::r4()).value_or("") + '\n';
        return all;
    };
    const std::string once = spelled_out();
    arena.clear();
    const std::string again = spelled_out();
    environment.traces = &traces;
    const std::string traced = spelled_out();
    if (once != again) __builtin_trap();
    // Memory is not given back while traces are kept, so what was costly may differ.
    if (once != traced && !traced.starts_with("!") && !once.starts_with("!")) __builtin_trap();
    return 0;
}
