// SPDX-License-Identifier: Apache-2.0
#include "interaction/testing_plan.h"
#include "interaction/verb/write.h"

#include "fhir/testing.h"
#include "interaction/operation/item_path.h"
#include "interaction/operation/parameters.h"
#include "interaction/shelf/stored.h"

TEST_SUITE_BEGIN("interaction/operation/validate");

namespace interaction {
namespace {

// A World that knows definitions: R4's own and what is stored.
struct Learned : World {
    Learned() {
        context.emplace(Context{schema(), parameters(), repository, clock, rules, &definitions});
    }

    base::Result<Response> ask(std::string type, std::string id, std::string_view body,
                               std::vector<std::pair<std::string, std::string>> asked = {}) {
        Request made = request(Verb::operation, std::move(type), std::move(id), body);
        made.operation = "validate";
        made.source = body;
        made.parameters = std::move(asked);
        return dispatch(made, *context);
    }
    base::Result<Response> write(Verb verb, std::string type, std::string id, std::string_view body) {
        return dispatch(request(verb, std::move(type), std::move(id), body), *context);
    }

    std::optional<Context> context;
    Loaded loaded;
    std::string base = "http://h/fhir";
    Definitions definitions{[this] {
        fhir::definition::Library library = fhir::testing::library();
        library.add(std::make_shared<const Stored>(*context, loaded));
        return std::make_shared<const Knowledge>(std::move(library), &fhir::testing::units(), stored_fetch(*context, base));
    }};
};

bool wrong(const Response& response) { return response.text().find(R"("severity":"error")") != std::string::npos; }

TEST_CASE("what is wrong is told with its place, and nothing is stored") {
    Learned world;
    const auto answer = world.ask("Patient", "", "{\"resourceType\":\"Patient\",\n\"gender\":\"woman\"}");
    REQUIRE(answer);
    CHECK(answer->status == Response::Status::ok);
    CHECK(wrong(*answer));
    CHECK(answer->text().find("Patient.gender") != std::string::npos);
    CHECK(answer->text().find("line 2") != std::string::npos);
    CHECK(world.count("Patient") == 0);
}

TEST_CASE("nothing wrong is said so") {
    Learned world;
    const auto answer = world.ask("Patient", "", R"({"resourceType":"Patient","gender":"female"})");
    REQUIRE(answer);
    CHECK_FALSE(wrong(*answer));
}

TEST_CASE("a body that cannot be read is a question too") {
    Learned world;
    Request made = world.request(Verb::operation, "Patient");
    made.operation = "validate";
    made.unreadable = base::Fault{base::Fault::Kind::malformed, "no JSON"};
    const auto answer = dispatch(made, *world.context);
    REQUIRE(answer);
    CHECK(wrong(*answer));
}

TEST_CASE("an update must have the id of its address") {
    Learned world;
    const auto patient = R"({"resourceType":"Patient","id":"a"})";
    CHECK_FALSE(wrong(*world.ask("Patient", "a", patient, {{"mode", "update"}})));
    CHECK(wrong(*world.ask("Patient", "b", patient, {{"mode", "update"}})));
    CHECK(wrong(*world.ask("Observation", "", patient)));
}

TEST_CASE("what is stored is judged, and what is out of reach is not told from what is not there") {
    Learned world;
    REQUIRE(world.write(Verb::update, "Patient", "mine", R"({"resourceType":"Patient","id":"mine","gender":"female"})"));
    REQUIRE(world.write(Verb::update, "Patient", "gone", R"({"resourceType":"Patient","id":"gone"})"));
    REQUIRE(world.write(Verb::remove, "Patient", "gone", ""));
    REQUIRE(world.write(Verb::update, "Observation", "secret", R"({"resourceType":"Observation","id":"secret","status":"final","code":{"text":"x"}})"));
    const auto said = [&](const char* type, const char* id, bool would_delete) {
        const auto answer = world.ask(type, id, "", would_delete ? std::vector<std::pair<std::string, std::string>>{{"mode", "delete"}}
                                                                 : std::vector<std::pair<std::string, std::string>>{});
        return answer ? answer->text() : answer.fault().text;
    };
    const auto renamed = [](std::string text, const std::string& from, const std::string& to) {
        for (std::size_t at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size())) text.replace(at, from.size(), to);
        return text;
    };
    CHECK(said("Observation", "secret", true).find("does not exist") == std::string::npos);
    CHECK(said("Patient", "gone", true).find("deleted already") != std::string::npos);
    CHECK(said("Patient", "never", true).find("does not exist") != std::string::npos);
    CHECK_FALSE(world.ask("Patient", "", "", {{"mode", "delete"}}));

    fhir::search::Reach patients;
    patients.allow("Patient");
    world.plan = narrow(patients);
    CHECK(said("Patient", "mine", true).find("does not exist") == std::string::npos);
    CHECK(said("Patient", "mine", false).find("severity") != std::string::npos);
    for (const bool would_delete : {true, false}) {
        const std::string hidden = said("Observation", "secret", would_delete);
        CHECK(hidden == renamed(said("Observation", "nothing", would_delete), "nothing", "secret"));
        CHECK_FALSE(hidden.empty());
    }
}

TEST_CASE("an operation at a level where it is not asked is unsupported") {
    Learned world;
    Request made = world.request(Verb::operation, "Patient", "", R"({"resourceType":"Parameters"})");
    made.operation = "fhirpath";
    const auto answer = dispatch(made, *world.context);
    REQUIRE_FALSE(answer);
    CHECK(answer.fault().kind == base::Fault::Kind::unsupported);
}

TEST_CASE("what is written may have to conform, and a stored definition counts at once") {
    Learned world;
    world.rules.validation = Rules::Validation::full;
    const auto held = world.definitions.now();
    const auto half = world.write(Verb::create, "Patient", "", R"({"resourceType":"Patient","contact":[{"gender":"male"}]})");
    REQUIRE_FALSE(half);
    CHECK(half.fault().kind == base::Fault::Kind::invalid);
    const auto system = world.write(Verb::update, "CodeSystem", "c",
                                    R"({"resourceType":"CodeSystem","id":"c","url":"http://h/cs","status":"active","content":"complete","concept":[{"code":"a"}]})");
    REQUIRE_MESSAGE(system, system.fault().text);
    CHECK(world.definitions.now() != held);
    CHECK(world.definitions.now()->library().find("CodeSystem", "http://h/cs"));
    CHECK_FALSE(held->library().find("CodeSystem", "http://h/none"));
}

TEST_CASE("of what a write took away the definitions are told too, and of what was forgotten") {
    Learned world;
    Write write;
    write.type = "Patient";
    Effect cascade;
    cascade.removed = {{"Patient", "p"}, {"ConceptMap", "m"}};
    std::set<std::string> types;
    add_types(write, cascade, types);
    CHECK(types == std::set<std::string>{"ConceptMap", "Patient"});
    auto held = world.definitions.now();
    tell_committed({"Patient"}, *world.context);
    CHECK(world.definitions.now() == held);
    tell_committed(types, *world.context);
    CHECK(world.definitions.now() != held);

    world.rules.validation = Rules::Validation::off;
    REQUIRE(world.write(Verb::update, "ConceptMap", "m", R"({"resourceType":"ConceptMap","id":"m","status":"active"})"));
    held = world.definitions.now();
    REQUIRE(dispatch(world.request(Verb::forget, "ConceptMap", "m"), *world.context));
    CHECK(world.definitions.now() != held);
}

TEST_CASE("paths name choices by their element and count items") {
    World world;
    const fhir::Document patient = world.read(R"({"resourceType":"Patient","deceasedBoolean":true,"name":[{"given":["A"]},{"given":["B","C"]}]})");
    const ItemPaths paths(patient, World::schema());
    CHECK(paths.of(patient.root()) == "Patient");
    CHECK(paths.of(patient.root().child("deceasedBoolean")) == "Patient.deceased");
    CHECK(paths.of(nth(nth(patient.root(), "name", 1), "given", 1)) == "Patient.name[1].given[1]");
}

}  // namespace
}  // namespace interaction

TEST_SUITE_END();
