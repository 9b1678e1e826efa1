// SPDX-License-Identifier: Apache-2.0
// Any text as a .map file, of the way in and of the way out: refused with its place, or rows that are proven against the definitions or
// refused. Put over itself, as a site's file is put over ours, it is still a file of maps.
#include "fhir/testing.h"
#include "mapping/compose_table.h"
#include "mapping/overlay.h"
#include "mapping/program.h"
#include "mapping/table.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>

namespace {

const terminology::ConceptMaps& codes() {
    static const terminology::ConceptMaps made = [] {
        terminology::ConceptMaps all;
        if (!all.add("sex", "from a\nto b\nM\tmale\nelse unknown\n")) std::abort();
        return all;
    }();
    return made;
}

void require(bool truth) {
    if (!truth) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace mapping;
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    if (const auto out = read_compose_maps("x.map", text); !out) require(out.fault().text.starts_with("x.map:"));
    auto maps = read_maps("x.map", text);
    if (!maps) {
        require(maps.fault().text.starts_with("x.map:"));
        return 0;
    }
    std::vector<MapText> twice = *maps;
    twice.insert(twice.end(), maps->begin(), maps->end());
    const std::size_t once = overlay(*maps).size();
    require(overlay(std::move(twice)).size() <= 2 * once);
    auto program = Program::compile(*std::move(maps), fhir::testing::r4(), codes());
    if (!program) require(!program.fault().text.empty());
    return 0;
}
