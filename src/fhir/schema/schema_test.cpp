// SPDX-License-Identifier: Apache-2.0
#include "fhir/schema/schema.h"

#include "fhir/schema/pack.h"
#include "fhir/testing.h"

#include <doctest/doctest.h>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <set>

using namespace fhir;
using namespace fhir::schema;

namespace {

using fhir::testing::r4;

std::string read(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

}  // namespace

TEST_SUITE("fhir/schema") {
    TEST_CASE("types are found by name and know what they specialize") {
        const TypeId patient = r4().find_type("Patient");
        REQUIRE(patient != no_type);
        CHECK(r4().type_name(patient) == "Patient");
        CHECK(r4().type(patient).kind == TypeKind::resource);
        CHECK(r4().derives_from(patient, r4().find_type("DomainResource")));
        CHECK(r4().derives_from(patient, r4().find_type("Resource")));
        CHECK(r4().derives_from(r4().find_type("Age"), r4().find_type("Quantity")));
        CHECK_FALSE(r4().derives_from(r4().find_type("Bundle"), r4().find_type("DomainResource")));
        CHECK(r4().find_type("Patience") == no_type);
        CHECK(r4().find_type("") == no_type);
        CHECK(r4().type(r4().find_type("Patient.contact")).kind == TypeKind::backbone);
        CHECK(r4().type(r4().find_type("instant")).format == Format::instant);
        CHECK(r4().fhir_version() == "4.0.1");
    }

    TEST_CASE("all 146 resource types of R4 and no abstract one are resources") {
        std::size_t count = 0;
        for (TypeId id = 1; id < r4().type_count(); ++id)
            if (r4().is_resource(r4().type_name(id))) ++count;
        CHECK(count == 146);
        CHECK_FALSE(r4().is_resource("DomainResource"));
        CHECK_FALSE(r4().is_resource("Resource"));
        CHECK_FALSE(r4().is_resource("HumanName"));
        CHECK_FALSE(r4().is_resource(""));
    }

    TEST_CASE("a type's rows hold what it inherits") {
        const TypeId patient = r4().find_type("Patient");
        const Element* id = r4().element(patient, "id"_name);
        REQUIRE(id);
        CHECK(r4().type_name(id->type) == "id");
        CHECK_FALSE(id->is(Element::xml_attribute));
        const Element* name = r4().element(patient, "name"_name);
        REQUIRE(name);
        CHECK(name->repeats());
        CHECK(r4().type_name(name->type) == "HumanName");
        const Element* contained = r4().element(patient, "contained"_name);
        REQUIRE(contained);
        CHECK(contained->is(Element::resource_inside));
        CHECK(r4().element(patient, "city"_name) == nullptr);
        CHECK(r4().type_name(r4().element(patient, "contact"_name)->type) == "Patient.contact");
    }

    TEST_CASE("a choice has one row for each of its types, and its forms stand together") {
        const TypeId observation = r4().find_type("Observation");
        const Element* quantity = r4().element(observation, "valueQuantity"_name);
        REQUIRE(quantity);
        CHECK(quantity->base == "value"_name);
        CHECK(quantity->is(Element::choice));
        CHECK(r4().element(observation, "value"_name) == nullptr);
        const auto forms = r4().forms(observation, "value"_name);
        CHECK(forms.size() == 11);
        for (const Element* form : forms) CHECK(form->base == "value"_name);
        CHECK(r4().forms(observation, "status"_name).size() == 1);
        CHECK(r4().forms(observation, "status"_name)[0] == r4().element(observation, "status"_name));
        CHECK(r4().forms(observation, "city"_name).empty());
        CHECK(r4().forms(r4().find_type("Extension"), "value"_name).size() == 50);
    }

    TEST_CASE("order is that of the definitions") {
        const auto order = r4().in_order(r4().find_type("Period"));
        REQUIRE(order.size() == 4);
        CHECK(order[0]->name == "id"_name);
        CHECK(order[0]->is(Element::xml_attribute));
        CHECK(order[1]->name == "extension"_name);
        CHECK(order[2]->name == "start"_name);
        CHECK(order[3]->name == "end"_name);
        for (TypeId id = 1; id < r4().type_count(); ++id) {
            std::uint16_t last = 0;
            for (const Element* row : r4().in_order(id)) {
                CHECK(row->place >= last);
                last = row->place;
            }
        }
    }

    TEST_CASE("every row is found by its name in its type") {
        for (TypeId id = 1; id < r4().type_count(); ++id)
            for (const Element& row : r4().elements(id)) {
                CHECK(r4().element(id, row.name) == &row);
                CHECK_FALSE(r4().forms(id, row.base).empty());
            }
    }

    TEST_CASE("a content reference points to the backbone it repeats") {
        const TypeId component = r4().find_type("Observation.component");
        const Element* range = r4().element(component, r4().names().find("referenceRange"));
        REQUIRE(range);
        CHECK(r4().type_name(range->type) == "Observation.referenceRange");
        const TypeId part = r4().find_type("Parameters.parameter");
        CHECK(r4().element(part, "part"_name)->type == part);
    }

    TEST_CASE("extension urls and element ids are XML attributes") {
        CHECK(r4().element(r4().find_type("Extension"), "url"_name)->is(Element::xml_attribute));
        CHECK(r4().element(r4().find_type("HumanName"), "id"_name)->is(Element::xml_attribute));
        CHECK_FALSE(r4().element(r4().find_type("ValueSet"), "url"_name)->is(Element::xml_attribute));
    }

    TEST_CASE("required bindings know their codes") {
        const Element* gender = r4().element(r4().find_type("Patient"), "gender"_name);
        REQUIRE(gender->value_set != 0);
        const ValueSet set = r4().value_set(gender->value_set);
        CHECK(set.complete);
        CHECK(set.url == "http://hl7.org/fhir/ValueSet/administrative-gender");
        CHECK(r4().contains(gender->value_set, "female"));
        CHECK(r4().contains(gender->value_set, "http://hl7.org/fhir/administrative-gender", "female"));
        CHECK_FALSE(r4().contains(gender->value_set, "http://example.org", "female"));
        CHECK_FALSE(r4().contains(gender->value_set, "f"));
        CHECK(r4().element(r4().find_type("Patient"), "name"_name)->value_set == 0);
        const Element* type = r4().element(r4().find_type("Attachment"), "contentType"_name);
        CHECK_FALSE(r4().value_set(type->value_set).complete);
    }

    TEST_CASE("references say to what they may point") {
        const Element* subject = r4().element(r4().find_type("Observation"), "subject"_name);
        REQUIRE(subject->is(Element::reference));
        std::set<std::string_view> targets;
        for (const TypeId id : r4().targets(*subject)) targets.insert(r4().type_name(id));
        CHECK(targets == std::set<std::string_view>{"Patient", "Group", "Device", "Location"});
    }

    TEST_CASE("all search parameters of R4 that apply to something are there") {
        CHECK(r4().search_parameters().size() == 1390);
        bool composite = false;
        for (const SearchParameterRow& row : r4().search_parameters()) {
            CHECK_FALSE(row.code.empty());
            CHECK_FALSE(row.bases.empty());
            if (row.url != "http://hl7.org/fhir/SearchParameter/Observation-code-value-quantity") continue;
            composite = true;
            CHECK(row.type == "composite");
            CHECK(row.components ==
                  "http://hl7.org/fhir/SearchParameter/clinical-code code\n"
                  "http://hl7.org/fhir/SearchParameter/Observation-value-quantity value.as(Quantity)");
        }
        CHECK(composite);
    }

    TEST_CASE("the names that code mentions occur in the definitions") {
        // resourceType stands in JSON only.
        const std::set<std::string_view> outside = {"", "resourceType"};
        std::set<Name> used;
        for (TypeId id = 1; id < r4().type_count(); ++id)
            for (const Element& row : r4().elements(id)) {
                used.insert(row.name);
                used.insert(row.base);
            }
        for (std::size_t i = 1; i < std::size(known::names); ++i) {
            CAPTURE(known::names[i]);
            CHECK((used.contains(static_cast<Name>(i)) || outside.contains(known::names[i])));
            CHECK(known::names[i - 1] < known::names[i]);
        }
    }

    TEST_CASE("a damaged pack is a fault, wherever the damage is") {
        const std::string whole = read(ANDIRON_BINARY_DIR "/profiles/r4.pack");
        const std::string path = ANDIRON_BINARY_DIR "/profiles/damaged.pack";
        const auto open = [&](const std::string& bytes) {
            std::ofstream(path, std::ios::binary) << bytes;
            return Schema::open(path);
        };
        CHECK_FALSE(open(""));
        CHECK_FALSE(open(whole.substr(0, 100)));
        CHECK_FALSE(open(whole.substr(0, whole.size() - 1)));
        CHECK_FALSE(open(std::string(whole.size(), 'x')));
        for (std::size_t at = 8; at < whole.size(); at += whole.size() / 61) {
            std::string copy = whole;
            copy[at] = static_cast<char>(copy[at] ^ 0x11);
            CHECK_FALSE(open(copy));
        }
        // Nor does a file whose sum is right lead astray: each section's first word set to nonsense.
        pack::Header header;
        std::memcpy(&header, whole.data(), sizeof header);
        for (std::size_t section = 0; section < pack::sections; ++section) {
            for (const auto& nonsense :
                 {pack::Place{header.places[section].offset, 1ULL << 60U}, pack::Place{1ULL << 60U, 1},
                  pack::Place{header.places[section].offset + 1, 1}}) {
                pack::Header changed = header;
                changed.places[section] = nonsense;
                std::string copy = whole;
                std::memcpy(copy.data(), &changed, sizeof changed);
                CHECK_FALSE(open(copy));
            }
            if (section == pack::text || section == pack::slots) continue;  // any text is text; slot 0 is nobody's
            std::string copy = whole;
            const std::size_t size = header.places[section].count > 4 ? 16 : 8;
            std::memset(copy.data() + header.places[section].offset, 0xFE, size);
            pack::Header changed = header;
            changed.digest = pack::digest(std::string_view(copy).substr(sizeof header));
            std::memcpy(copy.data(), &changed, sizeof changed);
            CAPTURE(section);
            CHECK_FALSE(open(copy));
        }
        const auto missing = Schema::open("/nowhere/r4.pack");
        REQUIRE_FALSE(missing);
        CHECK(missing.fault().kind == base::Fault::Kind::missing);
        std::string older = whole;
        older[8] = 77;
        REQUIRE_FALSE(open(older));
        CHECK(open(older).fault().kind == base::Fault::Kind::unsupported);
        std::remove(path.c_str());
    }
}
