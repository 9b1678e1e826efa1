// SPDX-License-Identifier: Apache-2.0
#include "base/text.h"
#include "fhir/codec/json.h"
#include "fhir/path/published_fixture.h"
#include "fhir/testing.h"

#include <doctest/doctest.h>

using namespace fhir;
using namespace fhir::path;
using fhir::testing::r4;

TEST_SUITE("fhir/path/published") {
    TEST_CASE("every expression that R4 publishes compiles") {
        const auto all = path::testing::published_expressions(ANDIRON_PACKAGES "/hl7.fhir.r4.core", r4());
        if (all.empty()) {
            MESSAGE("hl7.fhir.r4.core is not installed: skipped");
            return;
        }
        CHECK(all.size() > 15'000);
        std::size_t refused = 0;
        for (const auto& one : all)
            if (const auto program = Program::compile(one.text, r4()); !program) {
                ++refused;
                MESSAGE(one.where << ": " << program.fault().text << " at " << program.fault().where << ": " << one.text);
            }
        CHECK(refused == 0);
    }
    TEST_CASE("strict reading lets pass what R4 publishes for its own types") {
        const auto all = path::testing::published_expressions(ANDIRON_PACKAGES "/hl7.fhir.r4.core", r4());
        std::map<std::string, std::size_t> refused;
        std::size_t read = 0;
        for (const auto& one : all) {
            // The type of "Observation.component.code", as far as one is certain.
            schema::TypeId type = schema::no_type;
            for (const std::string_view part : base::split(one.path, '.')) {
                if (type == schema::no_type) {
                    type = r4().find_type(part);
                    continue;
                }
                const auto forms = r4().forms(type, r4().names().find(part));
                type = forms.size() == 1 && !forms.front()->is(schema::Element::resource_inside) ? forms.front()->type : schema::no_type;
                if (type == schema::no_type) break;
            }
            if (one.path.empty() || type == schema::no_type || path::testing::misprinted(one.text)) continue;
            ++read;
            if (const auto program = Program::compile_strict(one.text, r4(), type); !program)
                if (++refused[one.text] == 1)
                    MESSAGE(one.where << ": " << program.fault().text << " at " << program.fault().where << ": " << one.text);
        }
        if (!all.empty()) CHECK(read > 8'000);
        CHECK(refused.empty());
    }
    TEST_CASE("invariants hold on examples that keep them") {
        const auto all = path::testing::published_expressions(ANDIRON_PACKAGES "/hl7.fhir.r4.core", r4());
        if (all.empty()) return;
        std::map<std::string, std::vector<std::pair<const path::testing::Published*, Program>>> by_path;
        for (const auto& one : all)
            if (!one.path.empty() && !path::testing::misprinted(one.text))
                if (auto program = Program::compile(one.text, r4())) by_path[one.path].emplace_back(&one, *std::move(program));
        std::map<std::string, std::size_t> broken;
        std::size_t checked = 0;
        Arena arena;
        const std::string folder = ANDIRON_PACKAGES "/hl7.fhir.r4.examples";
        for (const char* name : {"Patient-example.json", "Observation-blood-pressure.json", "Questionnaire-f201.json", "ValueSet-example-extensional.json",
                                 "Bundle-bundle-example.json", "MedicationRequest-medrx0301.json", "CarePlan-example.json"}) {
            const auto document = codec::read_json(path::testing::bytes_of(folder + "/" + name), r4().names());
            if (!document) continue;
            const Item resource = resource_item(document->root(), r4());
            path::testing::walk(resource, std::string(document->root().resource_type()), r4(),
                                [&](const Item& item, const std::string& path, const Item& holder) {
                                    const auto found = by_path.find(path);
                                    if (found == by_path.end()) return;
                                    Environment environment;
                                    environment.resource = holder;
                                    environment.root_resource = resource;
                                    environment.now = 1'714'564'800'000'000;
                                    for (const auto& [one, program] : found->second) {
                                        if (!one->error) continue;
                                        ++checked;
                                        const auto holds = program.holds(item, environment, arena);
                                        if (!holds || !*holds) {
                                            ++broken[one->key];
                                            MESSAGE(name << ": " << one->where << ": " << (holds ? "false" : holds.fault().text) << ": " << one->text);
                                        }
                                        arena.clear();
                                    }
                                },
                                resource);
        }
        CHECK(checked > 1'000);
        CHECK(broken.empty());
    }
}
