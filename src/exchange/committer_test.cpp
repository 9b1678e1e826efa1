// SPDX-License-Identifier: Apache-2.0
// Who is who when messages are committed: merges, records that others stored, messages that come late.
#include "exchange/committer.h"

#include "exchange/testing.h"
#include "fhir/codec/json.h"
#include "fhir/tree/builder.h"
#include "interaction/dispatch.h"

#include <doctest/doctest.h>

#include <thread>
#include <vector>

using namespace fhir::literals;

namespace {

constexpr base::Micros second = 1'000'000;

struct World : exchange::testing::World {
    fhir::Document read(std::string_view json) const {
        auto document = fhir::codec::read_json(json, schema.names());
        REQUIRE_MESSAGE(document, std::string(json));
        return *std::move(document);
    }
    void put(const std::string& type, const std::string& id, const std::string& json) {
        interaction::Request request;
        request.plan = permission::unlimited();
        request.verb = interaction::Verb::update;
        request.type = type;
        request.id = id;
        request.body.emplace(read(json));
        const auto done = interaction::dispatch(request, context);
        REQUIRE_MESSAGE(done, done.fault().text);
    }
    std::size_t count(const std::string& type) {
        fhir::search::Query query;
        query.type = type;
        const auto page = repository.snapshot()->search(query, fhir::search::Reach::everything(), {.count = 1000, .after = {}, .as_of = 0});
        return page ? page->entries.size() : 0;
    }
};

// A message as maps would have read it: patients named by a number, and what is said of them.
struct Told {
    explicit Told(World& world_) : world(world_) {}
    Told& patient(const std::string& id, const std::string& number, const std::string& family = "") {
        mapping::Entry entry{"Patient", id, mapping::Entry::Mode::merge,
                             world.read(R"({"resourceType":"Patient","id":")" + id + R"(","identifier":[{"system":"urn:mrn","value":")" + number + R"("}])" +
                                        (family.empty() ? "" : R"(,"name":[{"family":")" + family + R"("}])") + "}"),
                             {}, false, {}};
        entry.known_by = mapping::Number{"urn:mrn", number};
        made.entries.push_back(std::move(entry));
        return *this;
    }
    Told& observation(const std::string& id, const std::string& patient, const std::string& value, mapping::Entry::Mode mode = mapping::Entry::Mode::merge) {
        made.entries.push_back({"Observation", id, mode,
                                world.read(R"({"resourceType":"Observation","id":")" + id + R"(","status":"final","code":{"text":"x"},"subject":{"reference":"Patient/)" + patient +
                                           R"("},"valueString":")" + value + R"("})"),
                                {}, false, {}});
        return *this;
    }
    // An allergy as AL1 and IAM tell it, with a number or without one.
    Told& allergy(const std::string& id, const std::string& patient, const std::string& code, const std::string& number, bool mistaken = false) {
        mapping::Entry told{"AllergyIntolerance", id, mapping::Entry::Mode::merge,
                            world.read(R"({"resourceType":"AllergyIntolerance","id":")" + id + '"' +
                                       (number.empty() ? "" : R"(,"identifier":[{"system":"urn:al","value":")" + number + R"("}])") +
                                       (mistaken ? R"(,"verificationStatus":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/allergyintolerance-verification","code":"entered-in-error"}]})"
                                                 : R"(,"clinicalStatus":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical","code":"active"}]})") +
                                       R"(,"code":)" + (code.empty() ? R"({"text":"Egg"})" : R"({"coding":[{"system":"urn:c","code":")" + code + R"("}]})") +
                                       R"(,"patient":{"reference":"Patient/)" + patient + R"("}})"),
                            {}, false, {}};
        if (!number.empty()) told.known_by = mapping::Number{"urn:al", number};
        if (mistaken) told.deleted.push_back({"clinicalStatus", ""});
        told.alike = {"patient", "code"};
        made.entries.push_back(std::move(told));
        return *this;
    }
    Told& record(const std::string& id, const std::string& patient) {
        made.entries.push_back({"Provenance", id, mapping::Entry::Mode::replace,
                                world.read(R"({"resourceType":"Provenance","id":")" + id + R"(","target":[{"reference":"Patient/)" + patient +
                                           R"("}],"recorded":"2024-05-01T12:00:00Z","agent":[{"who":{"display":"x"}}]})"),
                                {}, true, {}});
        return *this;
    }
    Told& merge(const std::string& gone, const std::string& kept, mapping::Merge::Kind kind = mapping::Merge::Kind::merge) {
        made.merges.push_back({kind, "Patient", gone, "Patient", kept});
        return *this;
    }
    Told& at(base::Micros time) {
        made.said_from = time;
        made.said_to = time + second;
        return *this;
    }
    struct Heard {
        base::Findings findings;
    };
    base::Result<Heard> commit() {
        Heard heard;
        TRY(world.committer.commit(made, [&](const base::Findings& findings) {
            heard.findings = findings;
            return store::Work{};
        }));
        return heard;
    }
    void stored() {
        const auto done = commit();
        REQUIRE_MESSAGE(done, done.fault().text);
    }
    World& world;
    mapping::Translation made{};
};

bool has(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_SUITE("exchange/committer") {

TEST_CASE("a merge in a message moves what referred to the merged patient, in the message's own commit") {
    World world;
    Told(world).patient("a", "1", "Doe").observation("o", "a", "v").stored();
    Told(world).patient("b", "2", "Roe").patient("a", "1").merge("a", "b").record("m", "b").stored();
    CHECK(has(world.body("Patient", "a"), "replaced-by"));
    CHECK(has(world.body("Patient", "a"), "\"active\":false"));
    CHECK(has(world.body("Patient", "b"), "replaces"));
    CHECK(has(world.body("Patient", "b"), R"({"use":"old","system":"urn:mrn","value":"1"})"));
    CHECK(has(world.body("Patient", "b"), "Roe"));
    CHECK(has(world.body("Observation", "o"), "Patient/b"));
    CHECK(world.count("Provenance") == 2);
}

TEST_CASE("a visit that is moved to another patient takes what belongs to it along, and nothing else") {
    World world;
    Told(world).patient("a", "1", "Doe").patient("b", "2", "Roe").observation("other", "a", "v").stored();
    world.put("Encounter", "e", R"({"resourceType":"Encounter","id":"e","status":"finished","class":{"code":"AMB"},"subject":{"reference":"Patient/a"}})");
    world.put("Observation", "of-it", R"({"resourceType":"Observation","id":"of-it","status":"final","code":{"text":"x"},"subject":{"reference":"Patient/a"},"encounter":{"reference":"Encounter/e"}})");
    Told moved(world);
    moved.patient("a", "1").patient("b", "2");
    moved.made.merges.push_back({mapping::Merge::Kind::move, "Encounter", "e", "Patient", "b"});
    moved.stored();
    CHECK(has(world.body("Encounter", "e"), "Patient/b"));
    CHECK_FALSE(has(world.body("Encounter", "e"), "Patient/a"));
    CHECK(has(world.body("Observation", "of-it"), "Patient/b"));
    CHECK_FALSE(has(world.body("Observation", "of-it"), "Patient/a"));
    CHECK(has(world.body("Observation", "other"), "Patient/a"));
    CHECK(has(world.body("Patient", "a"), "Doe"));
    const auto visit = world.version("Encounter", "e");
    moved.stored();
    CHECK(world.version("Encounter", "e") == visit);

    Told unknown(world);
    unknown.made.merges.push_back({mapping::Merge::Kind::move, "Encounter", "never", "Patient", "b"});
    CHECK_FALSE(unknown.commit());
}

TEST_CASE("two records that are connected name each other and stay in use") {
    World world;
    Told(world).patient("a", "1", "Doe").patient("b", "2", "Roe").observation("o", "a", "v").stored();
    Told both(world);
    both.merge("a", "b", mapping::Merge::Kind::connect).stored();
    CHECK(has(world.body("Patient", "a"), "seealso"));
    CHECK(has(world.body("Patient", "a"), "Patient/b"));
    CHECK(has(world.body("Patient", "b"), "seealso"));
    CHECK(has(world.body("Patient", "b"), "Patient/a"));
    CHECK_FALSE(has(world.body("Patient", "a"), "replaced-by"));
    CHECK_FALSE(has(world.body("Patient", "a"), "\"active\":false"));
    CHECK(has(world.body("Observation", "o"), "Patient/a"));
    const auto version = world.version("Patient", "a");
    both.stored();
    CHECK(world.version("Patient", "a") == version);
}

TEST_CASE("a record that begins with the merge goes on with what was known of the other one") {
    World world;
    world.put("Patient", "a", R"({"resourceType":"Patient","id":"a","active":true,"identifier":[{"system":"urn:mrn","value":"1"}],"name":[{"family":"Doe"}],"birthDate":"1980-01-01"})");
    Told(world).patient("b", "2", "Roe").patient("a", "1").merge("a", "b").stored();
    const std::string kept = world.body("Patient", "b");
    CHECK(has(kept, "1980-01-01"));
    CHECK(has(kept, "Roe"));
    CHECK_FALSE(has(kept, "Doe"));
    CHECK_FALSE(has(kept, "active"));
    CHECK(has(kept, R"("identifier":[{"system":"urn:mrn","value":"2"},{"use":"old","system":"urn:mrn","value":"1"}])"));
    // One that was there before keeps its own.
    world.put("Patient", "c", R"({"resourceType":"Patient","id":"c","identifier":[{"system":"urn:mrn","value":"3"}],"gender":"female"})");
    Told(world).patient("c", "3").patient("b", "2").merge("b", "c").stored();
    CHECK_FALSE(has(world.body("Patient", "c"), "1980-01-01"));
}

TEST_CASE("late messages about a merged patient land on the one that was kept, through a chain of merges too") {
    World world;
    Told(world).patient("a", "1").stored();
    Told(world).patient("b", "2").patient("a", "1").merge("a", "b").stored();
    Told(world).patient("a", "1", "Late").observation("o", "a", "v").stored();
    CHECK(world.version("Patient", "a") == 2);
    CHECK(has(world.body("Patient", "b"), "Late"));
    CHECK(has(world.body("Patient", "b"), R"({"use":"old","system":"urn:mrn","value":"1"})"));
    CHECK(has(world.body("Observation", "o"), "Patient/b"));
    Told(world).patient("c", "3").patient("b", "2").merge("b", "c").stored();
    Told(world).patient("a", "1").observation("p", "a", "v").stored();
    CHECK(has(world.body("Observation", "p"), "Patient/c"));
    CHECK(has(world.body("Observation", "o"), "Patient/c"));
}

TEST_CASE("a merge that was done changes nothing when it is told again, and is undone when that is told") {
    World world;
    Told(world).patient("a", "1").observation("o", "a", "v").stored();
    Told(world).patient("b", "2").patient("a", "1").merge("a", "b").stored();
    const std::int64_t position = world.repository.snapshot()->position();
    Told(world).patient("b", "2").patient("a", "1").merge("a", "b").stored();
    CHECK(world.repository.snapshot()->position() == position);
    Told(world).patient("b", "2").patient("a", "1").merge("a", "b", mapping::Merge::Kind::unmerge).stored();
    CHECK_FALSE(has(world.body("Patient", "a"), "replaced-by"));
    CHECK_FALSE(has(world.body("Patient", "b"), "replaces"));
    CHECK(has(world.body("Observation", "o"), "Patient/a"));
    Told(world).patient("a", "1", "Again").stored();
    CHECK(has(world.body("Patient", "a"), "Again"));
}

TEST_CASE("I-28 itself, what is not there and a circle fail, and nothing of the message is stored") {
    World world;
    Told(world).patient("a", "1").stored();
    const std::int64_t position = world.repository.snapshot()->position();
    const auto unknown = Told(world).patient("b", "2").patient("x", "9").merge("x", "b").commit();
    REQUIRE_FALSE(unknown);
    CHECK(unknown.fault().type == base::IssueType::not_found);
    const auto itself = Told(world).patient("a", "1").patient("a", "1").merge("a", "a").commit();
    REQUIRE_FALSE(itself);
    CHECK(itself.fault().type == base::IssueType::not_found);
    CHECK(world.repository.snapshot()->position() == position);
    Told(world).patient("b", "2").patient("a", "1").merge("a", "b").stored();
    const auto circle = Told(world).patient("a", "1").patient("b", "2").merge("b", "a").commit();
    CHECK_FALSE(circle);
    CHECK(world.version("Patient", "a") == 2);
}

TEST_CASE("a merge that brings its links, and two merges in one message") {
    World world;
    Told(world).patient("a", "1").stored();
    Told(world).patient("c", "3").observation("o", "c", "v").stored();
    Told told(world);
    told.patient("b", "2").patient("a", "1").patient("c", "3").merge("a", "b").merge("c", "b");
    told.made.entries[1].resource = world.read(
        R"({"resourceType":"Patient","id":"a","active":false,"identifier":[{"system":"urn:mrn","value":"1"}],"link":[{"other":{"reference":"Patient/b"},"type":"replaced-by"}]})");
    told.stored();
    CHECK(has(world.body("Patient", "a"), "replaced-by"));
    CHECK(has(world.body("Patient", "b"), "Patient/a"));
    CHECK(has(world.body("Patient", "b"), "Patient/c"));
    CHECK(has(world.body("Observation", "o"), "Patient/b"));
}

TEST_CASE("a patient that somebody else stored is found by the identifier") {
    World world;
    world.put("Patient", "random", R"({"resourceType":"Patient","id":"random","identifier":[{"system":"urn:mrn","value":"1"}]})");
    Told(world).patient("a", "1", "Doe").observation("o", "a", "v").stored();
    CHECK(world.count("Patient") == 1);
    CHECK(has(world.body("Patient", "random"), "Doe"));
    CHECK(has(world.body("Observation", "o"), "Patient/random"));
    Told(world).patient("a", "1", "Roe").stored();
    CHECK(has(world.body("Patient", "random"), "Roe"));
    CHECK(world.count("Patient") == 1);
}

TEST_CASE("of two patients that have the identifier none is guessed") {
    World world;
    world.put("Patient", "one", R"({"resourceType":"Patient","id":"one","identifier":[{"system":"urn:mrn","value":"1"}]})");
    world.put("Patient", "two", R"({"resourceType":"Patient","id":"two","identifier":[{"system":"urn:mrn","value":"1"}]})");
    const auto done = Told(world).patient("a", "1").commit();
    REQUIRE_FALSE(done);
    CHECK(done.fault().kind == base::Fault::Kind::ambiguous);
    CHECK(world.count("Patient") == 2);
}

TEST_CASE("what an older message says of newer things is left, and its Provenance names it") {
    World world;
    const base::Micros noon = 1'714'564'800'000'000;
    Told(world).patient("a", "1", "New").observation("o", "a", "final", mapping::Entry::Mode::replace).record("m1", "a").at(noon).stored();
    const auto late = Told(world).patient("a", "1", "Old").observation("o", "a", "preliminary", mapping::Entry::Mode::replace).observation("p", "a", "first").record("m2", "a").at(noon - 60 * second).commit();
    REQUIRE(late);
    REQUIRE(late->findings.size() == 1);
    CHECK(has(late->findings[0].text, "older"));
    CHECK(has(world.body("Patient", "a"), "New"));
    CHECK_FALSE(has(world.body("Patient", "a"), "Old"));
    CHECK(has(world.body("Observation", "o"), "\"final\"}"));
    CHECK(has(world.body("Observation", "p"), "first"));  // nobody knew it yet
    CHECK(has(world.body("Provenance", "m2"), R"({"url":"urn:andiron:left","valueReference":{"reference":"Patient/a"}})"));
    CHECK_FALSE(has(world.body("Provenance", "m1"), "urn:andiron:left"));
    const auto older = Told(world).patient("a", "1", "Older").record("m3", "a").at(noon - 30 * second).commit();
    REQUIRE(older);
    REQUIRE(older->findings.size() == 1);
    CHECK(has(older->findings[0].text, "older"));
    Told(world).patient("a", "1", "Newest").at(noon + 60 * second).stored();
    CHECK(has(world.body("Patient", "a"), "Newest"));
}

TEST_CASE("what comes for another patient under the same number is kept apart, and told") {
    World world;
    Told(world).patient("a", "1").observation("o", "a", "v").stored();
    CHECK(Told(world).patient("a", "1").observation("o", "a", "w").commit()->findings.empty());
    const auto other = Told(world).patient("b", "2").observation("o", "b", "x").record("m", "b").commit();
    REQUIRE(other);
    CHECK(has(world.body("Provenance", "m"), R"("url":"urn:andiron:apart","valueReference":{"reference":"Observation/o"})"));
    REQUIRE(other->findings.size() == 1);
    CHECK(has(other->findings[0].text, "Observation/o is of Patient/a; what came under the same number for Patient/b is kept apart."));
    CHECK(has(world.body("Observation", "o"), "Patient/a"));
    CHECK(has(world.body("Observation", "o"), R"("valueString":"w")"));
    CHECK(world.count("Observation") == 2);
    // What comes next finds each one's own.
    Told(world).patient("b", "2").observation("o", "b", "y").stored();
    Told(world).patient("a", "1").observation("o", "a", "z").stored();
    CHECK(world.count("Observation") == 2);
    CHECK(has(world.body("Observation", "o"), R"("valueString":"z")"));
    // A record that was merged is not somebody else.
    Told(world).patient("b", "2").patient("a", "1").merge("a", "b").stored();
    CHECK(Told(world).patient("b", "2").observation("o", "b", "w").commit()->findings.empty());
    CHECK(has(world.body("Observation", "o"), R"("valueString":"w")"));
}

TEST_CASE("an allergy that was told without a number is the one that comes with one, and is taken back by it") {
    World world;
    Told(world).patient("p", "1").allergy("bare", "p", "peanut", "").allergy("words", "p", "", "").stored();
    Told(world).patient("p", "1").allergy("numbered", "p", "peanut", "7", true).allergy("egg", "p", "", "8", true).stored();
    CHECK(world.count("AllergyIntolerance") == 2);
    CHECK(has(world.body("AllergyIntolerance", "bare"), "entered-in-error"));
    CHECK_FALSE(has(world.body("AllergyIntolerance", "bare"), "active"));
    CHECK(has(world.body("AllergyIntolerance", "bare"), R"("value":"7")"));
    CHECK(has(world.body("AllergyIntolerance", "words"), "entered-in-error"));
    Told(world).patient("p", "1").allergy("bare", "p", "peanut", "").stored();
    CHECK(has(world.body("AllergyIntolerance", "bare"), "active"));
    CHECK_FALSE(has(world.body("AllergyIntolerance", "bare"), "entered-in-error"));
}

TEST_CASE("an allergy that was told with a number is the one that comes without, in one message too") {
    World world;
    Told(world).patient("p", "1").allergy("numbered", "p", "shrimp", "7").stored();
    Told(world).patient("p", "1").allergy("bare", "p", "shrimp", "", true).stored();
    CHECK(world.count("AllergyIntolerance") == 1);
    CHECK(has(world.body("AllergyIntolerance", "numbered"), "entered-in-error"));
    Told(world).patient("q", "2").allergy("one", "q", "nut", "").allergy("two", "q", "nut", "9").stored();
    CHECK(world.count("AllergyIntolerance") == 2);
    CHECK(has(world.body("AllergyIntolerance", "one"), R"("value":"9")"));
}

TEST_CASE("another patient's allergy, another substance and another number are not the same") {
    World world;
    Told(world).patient("p", "1").allergy("mine", "p", "peanut", "7").stored();
    Told(world).patient("q", "2").allergy("theirs", "q", "peanut", "", true).stored();
    Told(world).patient("p", "1").allergy("other", "p", "walnut", "", true).allergy("second", "p", "peanut", "8", true).stored();
    CHECK(world.count("AllergyIntolerance") == 4);
    CHECK(has(world.body("AllergyIntolerance", "mine"), "active"));
}

TEST_CASE("a newer message that says the same makes no version") {
    World world;
    Told(world).patient("a", "1", "Doe").observation("o", "a", "v", mapping::Entry::Mode::replace).at(second).stored();
    Told(world).patient("a", "1", "Doe").observation("o", "a", "v", mapping::Entry::Mode::replace).at(100 * second).stored();
    CHECK(world.version("Patient", "a") == 1);
    CHECK(world.version("Observation", "o") == 1);
}

TEST_CASE("two numbers of one message that name one record are one person, in one version") {
    World world;
    world.put("Patient", "x", R"({"resourceType":"Patient","id":"x","identifier":[{"system":"urn:mrn","value":"1"},{"system":"urn:mrn","value":"2"}]})");
    Told(world).patient("a", "1", "Doe").patient("b", "2").observation("o", "a", "v").observation("p", "b", "w").stored();
    CHECK(world.count("Patient") == 1);
    CHECK(world.version("Patient", "x") == 2);
    CHECK(has(world.body("Patient", "x"), "Doe"));
    CHECK(has(world.body("Observation", "o"), "Patient/x"));
    CHECK(has(world.body("Observation", "p"), "Patient/x"));
}

TEST_CASE("what a message says nothing new of and somebody changes meanwhile is looked at again") {
    World world;
    Told(world).patient("w", "9", "Ward").stored();
    Told told(world);
    told.patient("w", "9", "Ward").observation("o", "w", "v");
    int attempts = 0;
    REQUIRE(world.committer.commit(told.made, [&](const base::Findings&) {
        if (++attempts == 1) world.put("Patient", "w", R"({"resourceType":"Patient","id":"w","identifier":[{"system":"urn:mrn","value":"9"}],"gender":"other"})");
        return store::Work{};
    }));
    CHECK(attempts == 2);
    CHECK(has(world.body("Patient", "w"), "Ward"));
    CHECK(has(world.body("Patient", "w"), "other"));
    CHECK(has(world.body("Observation", "o"), "Patient/w"));
}

TEST_CASE("a number that a record has only from a merge does not name that record in another merge") {
    World world;
    const std::string kept = R"({"resourceType":"Patient","id":"x","identifier":[{"system":"urn:mrn","value":"2"},{"use":"old","system":"urn:mrn","value":"1"}]})";
    world.put("Patient", "x", kept);
    const auto done = Told(world).patient("b", "2").patient("a", "1").merge("a", "b").commit();
    REQUIRE_FALSE(done);
    CHECK_MESSAGE(done.fault().kind == base::Fault::Kind::missing, done.fault().text);  // and not: with itself
    CHECK(world.body("Patient", "x").find("link") == std::string::npos);
    CHECK(world.count("Patient") == 1);
}

TEST_CASE("records that are connected after they were merged stay merged") {
    World world;
    Told(world).patient("a", "1").stored();
    Told(world).patient("b", "2").patient("a", "1").merge("a", "b").stored();
    const auto before = world.version("Patient", "b");
    Told(world).patient("a", "1").patient("b", "2").merge("a", "b", mapping::Merge::Kind::connect).stored();
    CHECK(has(world.body("Patient", "a"), "replaced-by"));
    CHECK_FALSE(has(world.body("Patient", "b"), "seealso"));
    CHECK(world.version("Patient", "b") == before);
}

TEST_CASE("messages and clients that bring one patient at once make one patient") {
    World world;
    std::vector<std::thread> threads;
    std::atomic<int> failed{0};
    for (int i = 0; i < 8; ++i)
        threads.emplace_back([&world, &failed, i] {
            // Every second is another feed, whose own id for this patient differs.
            mapping::Translation made;
            const std::string id = i % 2 == 0 ? "a" : "b";
            auto document = fhir::codec::read_json(R"({"resourceType":"Patient","id":")" + id + R"(","identifier":[{"system":"urn:mrn","value":"1"}]})", world.schema.names());
            mapping::Entry entry{"Patient", id, mapping::Entry::Mode::merge, *std::move(document), {}, false, {}};
            entry.known_by = mapping::Number{"urn:mrn", "1"};
            made.entries.push_back(std::move(entry));
            if (!world.committer.commit(made, {})) ++failed;
        });
    for (std::thread& thread : threads) thread.join();
    CHECK(failed == 0);
    CHECK(world.count("Patient") == 1);
}

}
