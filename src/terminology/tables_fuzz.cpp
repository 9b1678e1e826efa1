// SPDX-License-Identifier: Apache-2.0
// The tables of a site: any text as a concept map and as names of systems. And any text as a system's name in a message: the URI that is
// made of it is said again by the name that is found for it.
#include "base/text.h"
#include "terminology/concept_map.h"
#include "terminology/naming.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>

namespace {

void require(bool truth) {
    if (!truth) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace terminology;
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    if (const auto map = ConceptMap::read("x", text)) {
        for (const Concept& target : map->targets())
            for (const std::string& source : map->sources(target.code, target.system)) {
                const Concept* back = map->translate(source);
                require(back != nullptr && back->code == target.code);
            }
        (void)map->translate(text.substr(0, 5));
    } else {
        require(!map.fault().text.empty());
    }
    Naming naming;
    (void)naming.read("x.tsv", text);
    const auto [first, rest] = base::cut(text, '\n');
    const auto [second, third] = base::cut(rest, '\n');
    if (!base::valid_utf8(text) || text.find('\0') != std::string_view::npos) return 0;
    const Naming plain;  // names that a file gives may stand for the URI of another
    const std::string system = plain.identifier_system(first, second, third);
    require(system.empty() == (first.empty() && second.empty()));
    if (!system.empty()) {
        const Naming::Authority said = plain.authority(system);
        require(plain.identifier_system(said.name, said.universal, said.type) == system);
    }
    const std::string codes = plain.code_system(first, second);
    const bool ours = first.starts_with("urn:id:");  // a sender that spells our own names
    if (!codes.empty() && !ours) require(plain.code_system(plain.code_system_name(codes), second) == codes);
    return 0;
}
