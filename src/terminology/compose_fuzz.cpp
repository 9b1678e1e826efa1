// SPDX-License-Identifier: Apache-2.0
// Any CodeSystem can be compiled and any ValueSet asked and expanded; what is composed is in the set.
#include "terminology/expand.h"
#include "terminology/language_tag.h"
#include "terminology/testing.h"

#include <cstdlib>

namespace {

using terminology::Answer;

const terminology::Catalog& catalog() {
    static const terminology::Catalog made(terminology::testing::library({terminology::testing::colours}), 1U << 20U);
    return made;
}

void walk(const terminology::CodeSystem& system) {
    for (terminology::ConceptId id = 0; id < system.size() && id < 50; ++id) {
        const auto found = system.find(system.code(id));
        if (found == terminology::no_concept || system.code(found) != system.code(id)) std::abort();
        for (terminology::ConceptId other = 0; other < system.size() && other < 50; ++other) system.is_a(id, other);
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    terminology::check_language_tag(bytes);
    for (const char* system : {"http://snomed.info/sct", "http://loinc.org", "urn:ietf:bcp:13", "urn:ietf:rfc:3986"})
        terminology::built_in(system)->grammar(bytes, nullptr);
    const auto document = fhir::codec::read_json(bytes, fhir::testing::r4().names());
    if (!document) return 0;
    walk(terminology::CodeSystem::compile(document->root()));
    const terminology::ValueSet set = catalog().link(document->root(), {});
    for (const char* code : {"red", "crimson", "green", ""}) {
        set.find({"http://example.org/colours", {}, code}, nullptr);
        set.find({{}, {}, code}, nullptr);
    }
    terminology::ExpandQuestion question;
    question.count = 100;
    const auto expanded = terminology::expand(set, question, nullptr);
    if (!expanded) return 0;
    for (const auto& each : expanded->codes)  // an expansion that came with the set may contradict its compose
        if (each.table && set.find({each.system, each.version, each.code}, nullptr).answer == Answer::no) std::abort();
    return 0;
}
