// SPDX-License-Identifier: Apache-2.0
#include "fhir/tree/builder.h"
#include "interaction/operation/joining.h"
#include "interaction/testing_plan.h"

#include <map>
#include <utility>
#include <vector>

using namespace interaction;
using namespace fhir::literals;

namespace {

const char* by_id = R"({"resourceType":"Parameters","parameter":[{"name":"source-patient","valueReference":{"reference":"Patient/%"}},
    {"name":"target-patient","valueReference":{"reference":"Patient/#"}}@]})";

// Two records of one person, each with something that refers to it.
struct Ward : World {
    Ward() {
        store("Patient", "old", R"("active":true,"identifier":[{"system":"urn:mrn","value":"1"},{"use":"usual","system":"urn:card","value":"c"}],"name":[{"family":"Doe"}])");
        store("Patient", "new", R"("identifier":[{"system":"urn:mrn","value":"2"}],"name":[{"family":"Roe"}])");
        store("Patient", "third", R"("identifier":[{"system":"urn:mrn","value":"3"}])");
        store("Encounter", "e", R"("status":"finished","class":{"code":"AMB"},"subject":{"reference":"Patient/old"})");
        store("Observation", "o", R"("status":"final","code":{"text":"x"},"subject":{"reference":"Patient/old"},"performer":[{"reference":"Patient/new"},{"reference":"Patient/old"}])");
        store("Group", "g", R"("type":"person","actual":true,"member":[{"entity":{"reference":"Patient/old"}},{"entity":{"reference":"Patient/new"}}])");
        store("AuditEvent", "a", R"("type":{"code":"rest"},"recorded":"2024-05-01T12:00:00Z","agent":[{"requestor":true}],"source":{"observer":{"display":"x"}},"entity":[{"what":{"reference":"Patient/old"}}])");
    }
    void store(const std::string& type, const std::string& id, const std::string& rest) {
        const auto done = put(type, id, R"({"resourceType":")" + type + R"(","id":")" + id + R"(",)" + rest + "}");
        REQUIRE_MESSAGE(done, done.fault().text);
    }
    // Without meta: what a merge and its undoing must leave as it was.
    std::string body(const std::string& type, const std::string& id) {
        const auto found = get(type, id);
        REQUIRE_MESSAGE(found, found.fault().text);
        const fhir::Document document = read(found->text());
        fhir::Builder build(schema().names());
        build.resource(type);
        for (const fhir::View child : document.root().children())
            if (child.name() != "meta"_name) build.copy(child);
        return fhir::codec::to_json(std::move(build).finish().root());
    }
    std::map<std::string, std::string> bodies() {
        std::map<std::string, std::string> all;
        for (const auto& [type, id] : std::vector<std::pair<const char*, const char*>>{
                 {"Patient", "old"}, {"Patient", "new"}, {"Encounter", "e"}, {"Observation", "o"}, {"Group", "g"}, {"AuditEvent", "a"}})
            all[std::string(type) + "/" + id] = body(type, id);
        return all;
    }
    base::Result<Response> join(const std::string& operation, const std::string& source, const std::string& target, const std::string& more = "") {
        std::string text = by_id;
        text.replace(text.find('%'), 1, source);
        text.replace(text.find('#'), 1, target);
        text.replace(text.find('@'), 1, more);
        return operate(operation, "Patient", "", {}, text);
    }
    void merged(const std::string& source, const std::string& target) {
        const auto done = join("merge", source, target);
        REQUIRE_MESSAGE(done, done.fault().text);
    }
};

bool has(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

base::Fault::Kind kind_of(const base::Result<Response>& response) { return response ? base::Fault::Kind::bug : response.fault().kind; }

}  // namespace

TEST_SUITE("interaction/operation/merge") {

TEST_CASE("what begins to refer to the merged record between the look and the commit makes the merge stale") {
    Ward ward;
    const Context context{World::schema(), World::parameters(), ward.repository, ward.clock, ward.rules};
    const Joining asked{Joining::Kind::merge, {"Patient", "old"}, {"Patient", "new"}};
    const auto look = ward.repository.snapshot();
    const auto joined = prepare_joining(asked, {}, *look, context);
    REQUIRE(joined);
    for (const Changed& change : joined->changes)
        if (change.before != 0) {
            std::string body;
            fhir::codec::write_json(change.body.root(), body);
            REQUIRE(ward.put(change.name.type, change.name.id, body));
        }
    CHECK(check_joined(*joined, *ward.repository.snapshot(), context));
    ward.store("Observation", "late", R"("status":"final","code":{"text":"x"},"subject":{"reference":"Patient/old"})");
    const auto stale = check_joined(*joined, *ward.repository.snapshot(), context);
    REQUIRE_FALSE(stale);
    CHECK(stale.fault().kind == base::Fault::Kind::stale);
}

TEST_CASE("what referred to the merged patient refers to the one that is kept, and both say what happened") {
    Ward ward;
    const auto done = ward.join("merge", "old", "new");
    REQUIRE_MESSAGE(done, done.fault().text);
    CHECK(has(done->text(), "merged: 4 references moved."));
    CHECK(ward.body("Patient", "old") ==
          R"({"resourceType":"Patient","id":"old","active":false,"identifier":[{"system":"urn:mrn","value":"1"},{"use":"usual","system":"urn:card","value":"c"}],"name":[{"family":"Doe"}],"link":[{"other":{"reference":"Patient/new"},"type":"replaced-by"}]})");
    CHECK(ward.body("Patient", "new") ==
          R"({"resourceType":"Patient","id":"new","identifier":[{"system":"urn:mrn","value":"2"},{"use":"old","system":"urn:mrn","value":"1"},{"use":"old","system":"urn:card","value":"c"}],"name":[{"family":"Roe"}],"link":[{"other":{"reference":"Patient/old"},"type":"replaces"}]})");
    for (const char* one : {"Encounter/e", "Observation/o", "Group/g"}) CHECK_FALSE(has(ward.bodies()[one], "Patient/old"));
    CHECK(has(ward.bodies()["AuditEvent/a"], "Patient/old"));  // what was seen then was seen of that record
    CHECK(ward.count("Provenance") == 1);
    const auto record = ward.find("Provenance", {{"target", "Observation/o"}});
    REQUIRE(record);
    for (const char* part : {"Observation/o/_history/2", "Encounter/e/_history/2", "Group/g/_history/2", "Patient/old/_history/2", "Patient/new/_history/2", "\"merge\"",
                             R"("role":"removal","what":{"reference":"Patient/old/_history/1"})", R"("role":"source","what":{"reference":"Patient/new/_history/1"})"})
        CHECK_MESSAGE(has(record->text(), part), part);
}

TEST_CASE("unmerge leaves everything as it was before") {
    Ward ward;
    const auto before = ward.bodies();
    ward.merged("old", "new");
    CHECK(ward.bodies() != before);
    const auto undone = ward.operate("unmerge", "Patient", "old", {}, R"({"resourceType":"Parameters"})");
    REQUIRE_MESSAGE(undone, undone.fault().text);
    CHECK(has(undone->text(), "unmerged: 4 references moved."));
    const auto after = ward.bodies();
    for (const auto& one : before) CHECK_MESSAGE(after.at(one.first) == one.second, one.first);
    CHECK(ward.count("Provenance") == 2);
    // And once more, by another way.
    ward.merged("old", "new");
    REQUIRE(ward.join("unmerge", "old", "new"));
    CHECK(ward.bodies() == before);
}

TEST_CASE("what was written after the merge stays where it is, and that is told") {
    Ward ward;
    ward.merged("old", "new");
    ward.store("Observation", "later", R"("status":"final","code":{"text":"x"},"subject":{"reference":"Patient/new"})");
    ward.store("Encounter", "e", R"("status":"finished","class":{"code":"AMB"},"subject":{"reference":"Patient/third"})");
    const auto undone = ward.join("unmerge", "old", "new");
    REQUIRE_MESSAGE(undone, undone.fault().text);
    CHECK(has(undone->text(), "1 references were changed or deleted after the merge"));
    CHECK(has(undone->text(), "Observation/later"));
    CHECK(has(ward.body("Observation", "later"), "Patient/new"));
    CHECK(has(ward.body("Encounter", "e"), "Patient/third"));
    CHECK(has(ward.body("Observation", "o"), R"("subject":{"reference":"Patient/old"},"performer":[{"reference":"Patient/new"},{"reference":"Patient/old"}])"));
}

TEST_CASE("the same merge again changes nothing") {
    Ward ward;
    ward.merged("old", "new");
    const auto again = ward.join("merge", "old", "new");
    REQUIRE(again);
    CHECK(has(again->text(), "so already"));
    CHECK(ward.count("Provenance") == 1);
}

TEST_CASE("I-28 itself, a circle, another target and what is not there are refused, and nothing is changed") {
    Ward ward;
    const auto before = ward.bodies();
    using Kind = base::Fault::Kind;
    CHECK(kind_of(ward.join("merge", "old", "old")) == Kind::invalid);
    CHECK(kind_of(ward.join("merge", "nobody", "new")) == Kind::missing);
    CHECK(kind_of(ward.join("merge", "old", "nobody")) == Kind::missing);
    CHECK(ward.bodies() == before);
    ward.merged("old", "new");
    const auto merged = ward.bodies();
    CHECK(kind_of(ward.join("merge", "new", "old")) == Kind::conflict);
    CHECK(kind_of(ward.join("merge", "old", "third")) == Kind::conflict);
    CHECK(kind_of(ward.join("merge", "third", "old")) == Kind::conflict);
    CHECK(ward.bodies() == merged);
    CHECK(kind_of(ward.join("unmerge", "old", "third")) == Kind::conflict);
    CHECK(kind_of(ward.operate("unmerge", "Patient", "third", {}, R"({"resourceType":"Parameters"})")) == Kind::conflict);
    CHECK(kind_of(ward.join("merge", "third", "new", R"(,{"name":"speed","valueString":"fast"})")) == Kind::malformed);
}

TEST_CASE("merges after merges can be undone one after the other, in any order") {
    Ward ward;
    const auto before = ward.bodies();
    ward.merged("old", "new");
    ward.merged("new", "third");
    CHECK(has(ward.body("Observation", "o"), R"("subject":{"reference":"Patient/third"})"));
    REQUIRE(ward.join("unmerge", "new", "third"));
    REQUIRE(ward.join("unmerge", "old", "new"));
    CHECK(ward.bodies() == before);
    ward.merged("old", "new");
    ward.merged("new", "third");
    REQUIRE(ward.join("unmerge", "old", "new"));
    CHECK(has(ward.body("Observation", "o"), R"("subject":{"reference":"Patient/old"})"));
}

TEST_CASE("more than one merge may move is refused") {
    Ward ward;
    ward.rules.most_moved = 2;
    const auto before = ward.bodies();
    CHECK(kind_of(ward.join("merge", "old", "new")) == base::Fault::Kind::too_costly);
    CHECK(ward.bodies() == before);
    ward.rules.most_moved = 3;
    CHECK(ward.join("merge", "old", "new"));
}

TEST_CASE("patients are named by their identifiers, and preview changes nothing") {
    Ward ward;
    const auto before = ward.bodies();
    const auto ask = [&](const std::string& source, const std::string& preview) {
        return ward.operate("merge", "Patient", "", {}, R"({"resourceType":"Parameters","parameter":[{"name":"source-patient-identifier","valueIdentifier":{"system":"urn:mrn","value":")" + source +
            R"("}},{"name":"target-patient-identifier","valueIdentifier":{"system":"urn:mrn","value":"2"}},{"name":"preview","valueBoolean":)" + preview + "}]}");
    };
    const auto shown = ask("1", "true");
    REQUIRE_MESSAGE(shown, shown.fault().text);
    CHECK(has(shown->text(), "This would be merged: 4 references"));
    CHECK(has(shown->text(), R"("type":"replaces")"));
    CHECK(ward.bodies() == before);
    CHECK(kind_of(ask("9", "false")) == base::Fault::Kind::missing);
    REQUIRE(ask("1", "false"));
    CHECK(has(ward.body("Patient", "old"), "replaced-by"));
    // Both have it now.
    CHECK(kind_of(ask("1", "false")) == base::Fault::Kind::ambiguous);
}

TEST_CASE("the result is what the asker says, with the links") {
    Ward ward;
    const auto done = ward.join("merge", "old", "new", R"(,{"name":"result-patient","resource":{"resourceType":"Patient","id":"new","name":[{"family":"Both"}]}})");
    REQUIRE_MESSAGE(done, done.fault().text);
    CHECK(has(ward.body("Patient", "new"), "Both"));
    CHECK(has(ward.body("Patient", "new"), "replaces"));
    CHECK(kind_of(ward.join("merge", "third", "new", R"(,{"name":"result-patient","resource":{"resourceType":"Patient","id":"third"}})")) == base::Fault::Kind::invalid);
}

TEST_CASE("who may not write what refers to the patient merges nothing") {
    Ward ward;
    const auto before = ward.bodies();
    fhir::search::Reach reach;
    reach.allow("Patient");
    reach.allow("Provenance");
    reach.allow("Encounter");
    ward.plan = narrow(reach);
    CHECK(kind_of(ward.join("merge", "old", "new")) == base::Fault::Kind::denied);
    ward.plan = permission::unlimited();
    CHECK(ward.bodies() == before);
}

}
