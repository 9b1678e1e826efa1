// SPDX-License-Identifier: Apache-2.0
#include "fhir/path/services.h"
#include "fhir/path/trial.h"

#include <doctest/doctest.h>

using namespace fhir;
using namespace fhir::path;
using namespace fhir::path::testing;

namespace {

// A world of one other resource, one value set and one profile.
class Small final : public Services {
public:
    std::optional<Item> resolve(const Item& reference, const Item&) override {
        if (reference.node.text("reference"_name) != "Practitioner/1") return {};
        return resource_item(other_.root(), r4());
    }
    std::optional<bool> member_of(const Item& coded, std::string_view set) override {
        if (set != "http://a.org/uses") return {};
        return coded.node.text() == "usual";
    }
    std::optional<bool> subsumes(const Item&, const Item&) override { return true; }
    std::optional<bool> conforms_to(const Item&, std::string_view profile) override {
        if (profile == "http://a.org/profile") return false;
        return {};
    }
    std::optional<Item> element_definition(const Item&) override { return {}; }
    std::optional<bool> in_slice(const Item& item, std::string_view, std::string_view slice) override { return item.node.text("use"_name) == slice; }

private:
    Document other_ = [] {
        auto read = codec::read_json(R"({"resourceType":"Practitioner","id":"1","name":[{"family":"Who"}]})", r4().names());
        if (!read) std::abort();
        return std::move(*read);
    }();
};

std::string with_services(std::string_view expression) {
    Small services;
    Environment environment;
    environment.services = &services;
    return run(expression, environment);
}

}  // namespace

TEST_SUITE("fhir/path/services") {
    TEST_CASE("references outside of the resource are the services' to find") {
        CHECK(with_services("generalPractitioner.resolve().name.family") == "Who");
        CHECK(with_services("generalPractitioner.resolve().count()") == "1");
        CHECK(with_services("managingOrganization.resolve().name") == "Inside");
        CHECK(run("generalPractitioner.resolve().count()") == "3");
    }
    TEST_CASE("codes are asked about, and unknown sets give nothing") {
        CHECK(with_services("name.use.select(memberOf('http://a.org/uses'))") == "false, true");
        CHECK(with_services("name.first().use.memberOf('http://a.org/other')") == "");
        CHECK(run("name.first().use.memberOf('http://a.org/uses')") == "");
        CHECK(with_services("name.first().use.subsumes(name.last().use)") == "true");
        CHECK(with_services("name.first().use.subsumedBy(name.last().use)") == "true");
        CHECK(run("name.first().use.subsumes(name.last().use)") == "");
    }
    TEST_CASE("profiles: base types are known without services, unknown ones fail") {
        CHECK(with_services("conformsTo('http://a.org/profile')") == "false");
        CHECK(with_services("conformsTo('http://a.org/other')").starts_with("!"));
        CHECK(run("conformsTo('http://hl7.org/fhir/StructureDefinition/DomainResource')") == "true");
        CHECK(run("conformsTo('http://hl7.org/fhir/StructureDefinition/Person')") == "false");
        CHECK(fails("conformsTo('http://trash')"));
    }
    TEST_CASE("slices are the services'") {
        CHECK(with_services("name.slice('http://a.org/profile', 'usual').given") == "Addy");
        CHECK(fails("name.slice('http://a.org/profile', 'usual')"));
    }
    TEST_CASE("the environment names the resource, its root and whatever a caller adds") {
        const std::map<std::string, Collection> constants{{"mine", {Item::of_text(Item::Kind::string, "x"), Item::of_integer(2)}}};
        Environment environment;
        environment.constants = &constants;
        CHECK(run("%mine", environment) == "x, 2");
        CHECK(run("%resource.id & %context.id & %rootResource.id") == "p1p1p1");
        CHECK(run("%`vs-administrative-gender`") == "http://hl7.org/fhir/ValueSet/administrative-gender");
        CHECK(run("%\"ext-birthPlace\"") == "http://hl7.org/fhir/StructureDefinition/birthPlace");
        CHECK(run("contained.where(%resource.id = 'p1').name") == "Inside");
    }
}
