// SPDX-License-Identifier: Apache-2.0
// Searches that look at more than one resource: chains, _has, _list, includes, contained resources, codes of value sets.
#include "interaction/testing.h"

#include "base/text.h"
#include "fhir/testing.h"
#include "interaction/call/url.h"
#include "interaction/shelf/stored.h"

#include <algorithm>

TEST_SUITE_BEGIN("interaction/verb/search_across");

namespace interaction {
namespace {

using base::Fault;

// A ward: two patients, their practitioner and organizations, observations, and lists.
struct Ward : World {
    Ward() {
        context.emplace(Context{schema(), parameters(), repository, clock, rules, &definitions});
        store("Organization", "group", R"("name":"Group")");
        store("Organization", "clinic", R"("name":"Clinic","partOf":{"reference":"Organization/group"})");
        store("Practitioner", "vera", R"("name":[{"family":"Vera"}])");
        store("Patient", "anna", R"("name":[{"family":"Angel"}],"gender":"female","birthDate":"1970-01-01",
            "managingOrganization":{"reference":"Organization/clinic"},"generalPractitioner":[{"reference":"Practitioner/vera"}])");
        store("Patient", "bert", R"("name":[{"family":"Born"}],"gender":"male","link":[{"type":"seealso","other":{"reference":"Patient/anna"}}])");
        observation("o1", "anna", "8480-6", R"("performer":[{"reference":"Practitioner/vera"}],"valueQuantity":{"value":120,"unit":"mm"})");
        observation("o2", "bert", "8480-6", R"("valueQuantity":{"value":90,"unit":"mm"})");
        observation("o3", "bert", "8462-4", R"("hasMember":[{"reference":"Observation/o2"}])");
        store("Device", "pump", R"("patient":{"reference":"Patient/anna"})");
        store("List", "mine", R"("status":"current","mode":"working","entry":[{"item":{"reference":"Patient/bert"}},{"item":{"reference":"Observation/o1"}}])");
    }

    void store(const std::string& type, const std::string& id, const std::string& rest) {
        const auto done = put(type, id, R"({"resourceType":")" + type + R"(","id":")" + id + "\"," + rest + "}");
        if (!done) FAIL(done.fault().text);
        REQUIRE(done);
    }
    void observation(const std::string& id, const std::string& patient, const std::string& code, const std::string& rest) {
        store("Observation", id, R"("status":"final","code":{"coding":[{"system":"http://loinc.org","code":")" + code +
                                     R"("}]},"subject":{"reference":"Patient/)" + patient + "\"}," + rest);
    }

    base::Result<Response> search(std::string_view type, std::vector<std::pair<std::string, std::string>> asked) {
        Request made = request(Verb::search, std::string(type));
        made.parameters = std::move(asked);
        return dispatch(made, *context);
    }

    // "o1 o2 +anna !": matches in order, then what came along (+) and whether an outcome closes the page (!).
    std::string found(std::string_view type, std::vector<std::pair<std::string, std::string>> asked) {
        const auto answer = search(type, std::move(asked));
        if (!answer) return "refused: " + answer.fault().text;
        return listed(*answer);
    }
    std::string listed(const Response& answer) const {
        const auto document = read(answer.text());
        std::vector<std::string> along;
        std::string text;
        const auto add = [&](const std::string& one) { text += (text.empty() ? "" : " ") + one; };
        bool outcome = false;
        for (fhir::View entry = document.root().child("entry"); entry; entry = entry.next_same()) {
            const std::string url(entry.child("fullUrl").text());
            const std::string id = url.substr(url.rfind('/') + 1);
            const std::string_view mode = entry.child("search").child("mode").text();
            if (mode == "match") {
                CHECK(along.empty());  // matches come first
                add(id);
            } else if (mode == "include") {
                along.push_back("+" + id);
            } else {
                outcome = true;
            }
        }
        std::sort(along.begin(), along.end());
        for (const std::string& one : along) add(one);
        if (outcome) add("!");
        return text;
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

struct Row {
    const char *type, *name, *value, *found;
};

TEST_CASE("chains, _has, lists and filters find what they say") {
    Ward ward;
    const Row rows[] = {
        {"Observation", "subject:Patient.name", "angel", "o1"},
        {"Observation", "subject.name", "angel", "o1"},
        {"Observation", "subject.name", "nobody", ""},
        {"Observation", "subject.name", "angel,born", "o1 o2 o3"},
        {"Observation", "subject.name:exact", "angel", ""},
        {"Observation", "patient.gender:not", "male", "o1"},
        {"Observation", "patient.birthdate:missing", "true", "o2 o3"},
        {"Observation", "patient:Patient._id", "anna", "o1"},
        {"Observation", "patient.organization.partof.name", "group", "o1"},
        {"Observation", "patient.organization.partof.name", "clinic", ""},
        {"Observation", "has-member:Observation.code", "8480-6", "o3"},
        {"Patient", "_has:Observation:patient:code", "8462-4", "bert"},
        {"Patient", "_has:Observation:patient:code", "8480-6", "anna bert"},
        {"Patient", "_has:Observation:patient:code", "1-1", ""},
        {"Patient", "_has:Observation:subject:performer:Practitioner.name", "vera", "anna"},
        {"Patient", "_has:Observation:patient:_has:Observation:has-member:code", "8462-4", "bert"},
        {"Device", "patient:Patient._has:Observation:patient:code", "8480-6", "pump"},
        {"Device", "patient:Patient._has:Observation:patient:code", "8462-4", ""},
        {"Patient", "_list", "mine", "bert"},
        {"Observation", "_list", "mine", "o1"},
        {"Patient", "_list", "none", ""},
        {"Patient", "_filter", "family eq ANGEL", "anna"},
        {"Patient", "_filter", "family ew ngel or (gender eq male and birthdate pr false)", "anna bert"},
        {"Patient", "_filter", "not (gender eq male)", "anna"},
        {"Observation", "_filter", "patient.family sw an and code eq http://loinc.org|8480-6", "o1"},
        {"Observation", "_filter", "patient[gender eq male].family sw an", ""},
        {"Observation", "_filter", "patient[gender eq female].family sw an", "o1"},
        {"Observation", "_filter", "code-value-quantity[code eq 8480-6].value-quantity gt 100", "o1"},
        {"Patient", "_filter", "_has:Observation:patient:code eq 8462-4", "bert"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.name);
        CAPTURE(row.value);
        CHECK(ward.found(row.type, {{row.name, row.value}}) == row.found);
    }
    CHECK(ward.found("", {{"_type", "Patient,Practitioner"}, {"name", "angel,vera"}}) == "vera anna");
    CHECK(ward.found("", {{"_type", "Patient,Device"}, {"_sort", "-_id"}}) == "pump bert anna");
    CHECK(ward.found("Observation", {{"patient.name", "angel"}, {"patient.gender", "male"}}) == "");
}

TEST_CASE("what is out of reach is not found through a chain, nor brought along") {
    Ward ward;
    auto plan = std::make_shared<permission::Plan>();
    plan->who = "somebody";
    plan->search.allow("Observation");
    plan->read.allow("Observation");
    ward.plan = plan;
    CHECK(ward.found("Observation", {{"code", "8480-6"}}) == "o1 o2");
    CHECK(ward.found("Observation", {{"patient.name", "angel"}}) == "");
    CHECK(ward.found("Observation", {{"_include", "Observation:patient"}, {"code", "8462-4"}}) == "o3");
    CHECK(ward.found("Observation", {{"_include", "Observation:has-member"}, {"code", "8462-4"}}) == "o3 +o2");
    CHECK(ward.found("Patient", {{"_has:Observation:patient:code", "8462-4"}}) == "");
}

TEST_CASE("includes come behind the matches, each once") {
    Ward ward;
    using Asked = std::vector<std::pair<std::string, std::string>>;
    const std::pair<Asked, const char*> rows[] = {
        {{{"_include", "Observation:patient"}}, "o1 o2 o3 +anna +bert"},
        {{{"code", "8462-4"}, {"_include", "Observation:subject:Patient"}}, "o3 +bert"},
        {{{"code", "8462-4"}, {"_include", "Observation:subject:Group"}}, "o3"},
        {{{"code", "8462-4"}, {"_include", "Observation:*"}}, "o3 +bert +o2"},
        {{{"code", "8462-4"}, {"_include", "*"}}, "o3 +bert +o2"},
        {{{"_id", "o1"}, {"_include", "Observation:patient"}, {"_include", "Patient:organization"}}, "o1 +anna"},
        {{{"_id", "o1"}, {"_include", "Observation:patient"}, {"_include:iterate", "Patient:organization"}}, "o1 +anna +clinic"},
        {{{"_id", "o1"}, {"_include", "Observation:patient"}, {"_include:iterate", "Patient:organization"}, {"_include:recurse", "Organization:partof"}},
         "o1 +anna +clinic +group"},
        {{{"_id", "o3"}, {"_include", "Observation:patient"}, {"_include:iterate", "Patient:link"}}, "o3 +anna +bert"},
        {{{"_id", "o1"}, {"_include", "Observation:patient"}, {"_revinclude:iterate", "Device:patient"}}, "o1 +anna +pump"},
        {{{"_id", "o2"}, {"_revinclude", "Observation:has-member"}}, "o2 +o3"},
        {{{"code", "8480-6"}, {"_revinclude", "Observation:has-member:Patient"}}, "refused: In _revinclude, has-member of Observation does not refer to Patient."},
    };
    for (const auto& row : rows) {
        const auto& asked = row.first;
        const auto& expected = row.second;
        CAPTURE(expected);
        CHECK(ward.found("Observation", asked) == expected);
    }
    CHECK(ward.found("Patient", {{"_id", "anna"}, {"_revinclude", "Observation:patient"}, {"_revinclude", "Device:patient"}}) == "anna +o1 +pump");
    CHECK(ward.found("Patient", {{"_id", "anna"}, {"_revinclude", "*"}}) == "anna +bert +o1 +pump");
    CHECK(ward.found("Patient", {{"_id", "anna"}, {"_revinclude", "Observation:*"}}) == "anna +o1");
    // A circle of references ends, and pages bring along what belongs to their own matches.
    ward.store("Organization", "group", R"("name":"Group","partOf":{"reference":"Organization/clinic"})");
    CHECK(ward.found("Organization", {{"_id", "clinic"}, {"_include:iterate", "Organization:partof"}}) == "clinic +group");
    CHECK(ward.found("Observation", {{"_count", "1"}, {"_include", "Observation:patient"}}) == "o1 +anna");
}

TEST_CASE("includes are bounded, and that is said") {
    Ward ward;
    ward.rules.most_includes = 2;
    CHECK(ward.found("Patient", {{"_revinclude", "Observation:patient"}}) == "anna bert +o1 +o2 !");
    ward.rules.most_includes = 3;
    CHECK(ward.found("Patient", {{"_revinclude", "Observation:patient"}}) == "anna bert +o1 +o2 +o3");
}

TEST_CASE("pages lead forward, backward and to the end, with one total") {
    Ward ward;
    for (int i = 0; i < 7; ++i) ward.store("Location", "l" + std::to_string(i), R"("status":"active")");
    const auto at = [&](const std::string& url) {
        Request made = ward.request(Verb::search, "Location");
        auto parameters = read_query(base::cut(url, '?').second);
        REQUIRE(parameters);
        made.parameters = *std::move(parameters);
        const auto answer = dispatch(made, *ward.context);
        REQUIRE_MESSAGE(answer, url);
        return *answer;
    };
    const auto links = [&](const Response& answer, const char* relation) { return link(ward.read(answer.text()).root(), relation); };
    const auto total = [&](const Response& answer) { return std::string(ward.read(answer.text()).root().child("total").text()); };
    const Response first = at("x?_count=3&_total=accurate");
    CHECK(ward.listed(first) == "l0 l1 l2");
    CHECK(total(first) == "7");
    CHECK(links(first, "previous").empty());
    ward.store("Location", "later", R"("status":"active")");
    const Response second = at(links(first, "next"));
    CHECK(ward.listed(second) == "l3 l4 l5");
    CHECK(total(second) == "7");
    CHECK(ward.listed(at(links(second, "previous"))) == "l0 l1 l2");
    const Response last = at(links(first, "last"));
    CHECK(ward.listed(last) == "l6");
    CHECK(total(last) == "7");
    CHECK(links(last, "next").empty());
    CHECK(ward.listed(at(links(last, "previous"))) == "l3 l4 l5");
    CHECK(ward.listed(at(links(at(links(second, "next")), "self"))) == "l6");
    CHECK(ward.listed(at(links(second, "first"))) == "l0 l1 l2");
    // Without a total nobody knows where the last page begins.
    CHECK(links(at("x?_count=3"), "last").empty());
    CHECK(total(at("x?_count=3&_total=estimate")) == "8");
    CHECK(total(at("x?_count=3")).empty());
    // The link belongs to whom it was given.
    auto plan = std::make_shared<permission::Plan>(*permission::unlimited());
    plan->who = "somebody else";
    ward.plan = plan;
    Request made = ward.request(Verb::search, "Location");
    made.parameters = *read_query(base::cut(links(first, "next"), '?').second);
    CHECK_FALSE(dispatch(made, *ward.context));
}

TEST_CASE("contained resources are found, inside their containers or by themselves") {
    Ward ward;
    ward.store("MedicationRequest", "r1", R"("status":"active","intent":"order","subject":{"reference":"Patient/anna"},
        "medicationReference":{"reference":"#m"},"supportingInformation":[{"reference":"#n"}],"contained":[{"resourceType":"Medication","id":"m","code":{"text":"x","coding":[{"system":"s","code":"a"}]}},
        {"resourceType":"Medication","id":"n","code":{"coding":[{"system":"s","code":"a"}]}}])");
    ward.store("Medication", "free", R"("code":{"coding":[{"system":"s","code":"a"}]})");
    CHECK(ward.found("Medication", {{"code", "a"}}) == "free");
    CHECK(ward.found("Medication", {{"code", "a"}, {"_contained", "false"}}) == "free");
    CHECK(ward.found("Medication", {{"code", "a"}, {"_contained", "true"}}) == "r1");
    CHECK(ward.found("Medication", {{"code", "b"}, {"_contained", "true"}}) == "");
    CHECK(ward.found("Medication", {{"code", "a"}, {"_contained", "both"}}) == "r1 free");
    CHECK(ward.found("Medication", {{"code", "a"}, {"_contained", "true"}, {"_containedType", "contained"}}) == "r1#m r1#n");
    CHECK(ward.found("Medication", {{"code", "a"}, {"_contained", "both"}, {"_containedType", "contained"}, {"_sort", "-_id"}}) == "r1#n r1#m free");
    CHECK(ward.found("Medication", {{"code", "a"}, {"_contained", "true"}, {"_containedType", "contained"}, {"_count", "1"}}) == "r1#m");
    CHECK(ward.found("Medication", {{"code", "a"}, {"_contained", "true"}, {"_include", "MedicationRequest:patient"}}) == "r1 +anna");
    CHECK(ward.found("Medication", {{"_has:MedicationRequest:medication:status", "active"}, {"_contained", "true"}}).starts_with("refused"));
    const auto answer = ward.search("Medication", {{"code", "a"}, {"_contained", "true"}, {"_containedType", "contained"}});
    REQUIRE(answer);
    const auto document = ward.read(answer->text());
    CHECK(document.root().child("entry").child("fullUrl").text() == "http://h/fhir/MedicationRequest/r1#m");
    CHECK(document.root().child("entry").child("resource").resource_type() == "Medication");
    CHECK(document.root().child("total").text() == "2");
}

TEST_CASE("value sets and hierarchies of codes are known by who knows codes") {
    Ward ward;
    const auto define = [&](const char* type, const char* id, const std::string& rest) {
        Request made = ward.request(Verb::update, type, id, std::string(R"({"resourceType":")") + type + R"(","id":")" + id + "\"," + rest + "}");
        const auto done = dispatch(made, *ward.context);
        if (!done) FAIL(done.fault().text);
    };
    define("CodeSystem", "c", R"("url":"http://example.org/c","status":"active","content":"complete","hierarchyMeaning":"is-a",
        "concept":[{"code":"top","concept":[{"code":"mid","concept":[{"code":"low"}]},{"code":"side"}]}])");
    define("ValueSet", "v", R"("url":"http://example.org/v","status":"active","compose":{"include":[{"system":"http://example.org/c","concept":[{"code":"low"},{"code":"side"}]}]})");
    for (const char* code : {"top", "mid", "low", "side"})
        ward.store("Basic", code, std::string(R"("code":{"coding":[{"system":"http://example.org/c","code":")") + code + "\"}]}");
    const std::pair<const char*, const char*> rows[] = {
        {"code in http://example.org/v", "low side"},
        {"not (code in http://example.org/v)", "top mid"},
        {"code ss http://example.org/c|mid", "mid low"},
        {"code sb http://example.org/c|mid", "top mid"},
        {"code ss http://example.org/c|side and code in http://example.org/v", "side"},
        {"code in ValueSet/v", "low side"},
    };
    for (const auto& row : rows) {
        const auto& filter = row.first;
        const auto& expected = row.second;
        CAPTURE(filter);
        CHECK(ward.found("Basic", {{"_filter", filter}}) == expected);
    }
    const std::pair<const char*, base::IssueType> refused[] = {
        {"code in http://example.org/nothing", base::IssueType::not_found},
        {"code in ValueSet/nothing", base::IssueType::not_found},
        {"code ss http://example.org/c|nothing", base::IssueType::not_found},
        {"code ss http://example.org/nothing|mid", base::IssueType::not_found},
        {"code ss mid", base::IssueType::value},
        {"code in http://hl7.org/fhir/ValueSet/ucum-units", base::IssueType::not_supported},
    };
    for (const auto& row : refused) {
        const auto& filter = row.first;
        const auto& type = row.second;
        CAPTURE(filter);
        const auto answer = ward.search("Basic", {{"_filter", filter}});
        REQUIRE_FALSE(answer);
        CHECK(answer.fault().kind == Fault::Kind::malformed);
        CHECK(answer.fault().type == type);
    }
}

TEST_CASE("a place that was searched by near tells how far it is") {
    Ward ward;
    ward.store("Location", "boston", R"("position":{"latitude":42.3601,"longitude":-71.0589})");
    ward.store("Location", "nowhere", R"("status":"active")");
    const auto near = ward.search("Location", {{"near", "42.3736|-71.1097|10|km"}});
    REQUIRE(near);
    const auto document = ward.read(near->text());
    const fhir::View extension = document.root().child("entry").child("search").child("extension");
    CHECK(extension.child("url").text() == "http://hl7.org/fhir/StructureDefinition/location-distance");
    CHECK(std::stod(std::string(extension.child("valueDistance").child("value").text())) == doctest::Approx(4.43).epsilon(0.01));
    CHECK(extension.child("valueDistance").child("code").text() == "km");
    CHECK(ward.listed(*near) == "boston");
    const auto plain = ward.search("Location", {{"_id", "boston"}});
    REQUIRE(plain);
    CHECK(plain->text().find("location-distance") == std::string::npos);
}

TEST_CASE("names of elements are about matches, unless they name a type") {
    Ward ward;
    const auto text = [&](const char* elements) {
        const auto answer = ward.search("Observation", {{"_id", "o1"}, {"_include", "Observation:patient"}, {"_elements", elements}});
        REQUIRE(answer);
        return answer->text();
    };
    CHECK(text("status").find("birthDate") != std::string::npos);
    CHECK(text("status").find("valueQuantity") == std::string::npos);
    CHECK(text("Patient.gender").find("birthDate") == std::string::npos);
}

TEST_CASE("how a search would be run is told instead of its answer") {
    Ward ward;
    const auto answer = ward.search("Observation", {{"patient.name", "angel"}, {"_explain", "true"}});
    REQUIRE(answer);
    const auto document = ward.read(answer->text());
    CHECK(document.root().resource_type() == "Parameters");
    CHECK(document.root().child("parameter").child("name").text() == "step");
    CHECK(answer->text().find("angel") == std::string::npos);
}

TEST_CASE("criteria of conditional interactions know chains, and nothing about answers") {
    Ward ward;
    const auto remove = [&](const char* type, std::vector<std::pair<std::string, std::string>> criteria) {
        Request made = ward.request(Verb::remove, type);
        made.parameters = std::move(criteria);
        return dispatch(made, *ward.context);
    };
    const auto refused = remove("Observation", {{"patient.name", "angel"}, {"_sort", "code"}});
    REQUIRE_FALSE(refused);
    CHECK(refused.fault().kind == Fault::Kind::malformed);
    CHECK(refused.fault().text.find("_sort") != std::string::npos);
    CHECK_FALSE(remove("Observation", {{"patient.shoe", "angel"}}));
    REQUIRE(remove("Observation", {{"patient.name", "angel"}}));
    CHECK(ward.found("Observation", {}) == "o2 o3");
    REQUIRE(remove("Observation", {{"patient.name", "nobody"}}));
    CHECK(ward.found("Observation", {}) == "o2 o3");
}

}  // namespace
}  // namespace interaction

TEST_SUITE_END();
