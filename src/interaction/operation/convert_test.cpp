// SPDX-License-Identifier: Apache-2.0
#include "interaction/call/converter.h"
#include "interaction/testing.h"

TEST_SUITE_BEGIN("interaction/operation/convert");

namespace interaction {
namespace {

// Words become a transaction that says them; "BAD" cannot be read, "ODD" is a kind of words that nobody knows.
class Words final : public Converter {
public:
    bool knows(std::string_view format) const override { return format == "words" || format == "text/words"; }
    std::vector<std::string> formats() const override { return {"text/words", "text/other"}; }
    base::Result<Converted> convert(std::string_view, std::string_view bytes, base::Micros, bool trace, std::string_view base) const override {
        if (bytes == "BAD") return base::Fault{base::Fault::Kind::malformed, "cannot be read", "1"};
        if (bytes == "ODD") return base::Fault{base::Fault::Kind::unsupported, "nobody knows these words"};
        Converted made{*fhir::codec::read_json(R"({"resourceType":"Bundle","type":"transaction","id":")" + std::string(bytes) + R"(","language":"en","link":[{"relation":"self","url":")" +
                                                   std::string(base) + R"("}]})",
                                               World::schema().names()),
                       {}, {}, {"W-2"}, 3, 1, 1};
        if (trace) made.trace.push_back({"Patient.id", "Patient/1", "words.map:7"});
        if (bytes == "odd") made.findings.push_back({base::Severity::warning, base::IssueType::value, "W-1", "an odd word", 0, 0});
        return made;
    }
};

struct Converting : World {
    base::Result<Response> ask(Request made) {
        made.operation = "convert";
        const Context context{schema(), parameters(), repository, clock, rules, nullptr, nullptr, &compartments(), nullptr, converter};
        return dispatch(made, context);
    }
    base::Result<Response> raw(std::string type, std::string bytes, std::vector<std::pair<std::string, std::string>> asked = {}) {
        Request made = request(Verb::operation);
        made.source_type = std::move(type);
        made.source = bytes;
        made.parameters = std::move(asked);
        return ask(std::move(made));
    }
    // As it stands in the entry of a batch, which has been read.
    base::Result<Response> enclosed(std::string_view body) { return ask(request(Verb::operation, "", "", body)); }

    Words words;
    const Converter* converter = &words;
};

bool has(const Response& response, std::string_view text) { return response.text().find(text) != std::string::npos; }

}  // namespace

TEST_CASE("a document is named by its media type, by the parameter format, or stands in a Parameters") {
    Converting world;
    const std::string parameters = R"({"resourceType":"Parameters","parameter":[{"name":"format","valueString":"words"},{"name":"input","valueString":"one"}]})";
    for (const auto& answer : {world.raw("text/words", "one"), world.raw("text/plain", "one", {{"format", "words"}}), world.raw("application/fhir+json", parameters),
                               world.raw("application/fhir+xml", R"(<Parameters xmlns="http://hl7.org/fhir"><parameter><name value="format"/><valueString value="words"/></parameter>)"
                                                                 R"(<parameter><name value="input"/><valueString value="one"/></parameter></Parameters>)"),
                               world.enclosed(parameters)}) {
        REQUIRE_MESSAGE(answer, answer.fault().text);
        CHECK(answer->type == "Bundle");
        CHECK(has(*answer, R"("id":"one")"));
        CHECK(has(*answer, "http://h/fhir"));
    }
    const auto packed = world.enclosed(R"({"resourceType":"Parameters","parameter":[{"name":"format","valueCode":"words"},{"name":"input","valueBase64Binary":"b25l"}]})");
    REQUIRE(packed);
    CHECK(has(*packed, R"("id":"one")"));
}

TEST_CASE("an explanation tells lines, counts, residue and findings") {
    Converting world;
    const auto answer = world.raw("text/words", "odd", {{"explain", "true"}});
    REQUIRE(answer);
    CHECK(answer->type == "Parameters");
    for (const char* part : {R"("valueInteger":3)", "words.map:7", "Patient.id", "W-2", "an odd word", R"("resourceType":"Bundle")"}) CHECK_MESSAGE(has(*answer, part), part);
    CHECK_FALSE(has(*world.raw("text/words", "one"), "words.map"));
}

TEST_CASE("a resource comes back as it is: R4's own $convert") {
    Converting world;
    const auto answer = world.raw("application/fhir+xml", R"(<Patient xmlns="http://hl7.org/fhir"><id value="p"/></Patient>)");
    REQUIRE(answer);
    CHECK(answer->type == "Patient");
    CHECK(has(*answer, R"("id":"p")"));
}

TEST_CASE("what is not said, not known or not readable is refused, each in its way") {
    Converting world;
    using Kind = base::Fault::Kind;
    const auto kind = [](const base::Result<Response>& answer) {
        REQUIRE_FALSE(answer);
        return answer.fault().kind;
    };
    CHECK(kind(world.raw("text/words", "")) == Kind::malformed);
    CHECK(kind(world.raw("text/words", "BAD")) == Kind::malformed);
    CHECK(kind(world.raw("text/words", "ODD")) == Kind::invalid);
    CHECK(kind(world.raw("text/plain", "one")) == Kind::unsupported);
    CHECK(world.raw("text/plain", "one").fault().text.find("text/words, text/other") != std::string::npos);
    CHECK(kind(world.raw("text/words", "one", {{"explian", "true"}})) == Kind::malformed);
    CHECK(kind(world.raw("application/fhir+json", R"({"resourceType":)")) == Kind::malformed);
    CHECK(kind(world.raw("application/fhir+xml", "<Parameters")) == Kind::malformed);
    for (const char* parameters : {R"({"name":"input","valueString":"one"})", R"({"name":"format","valueString":"klingon"},{"name":"input","valueString":"one"})",
                                   R"({"name":"format","valueString":"words"})", R"({"name":"format","valueString":"words"},{"name":"input","valueBase64Binary":"?"})"})
        CHECK(kind(world.enclosed(R"({"resourceType":"Parameters","parameter":[)" + std::string(parameters) + "]}")) == Kind::malformed);
    world.converter = nullptr;
    CHECK(kind(world.raw("text/words", "one")) == Kind::unsupported);
}

}  // namespace interaction

TEST_SUITE_END();
