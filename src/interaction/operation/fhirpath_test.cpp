// SPDX-License-Identifier: Apache-2.0
#include "interaction/testing.h"

TEST_SUITE_BEGIN("interaction/operation/fhirpath");

namespace interaction {
namespace {

using namespace fhir::literals;

const std::string patient = R"({"resourceType":"Patient","id":"p","name":[{"family":"Ng","given":["Bo","Al"]},{"family":"Ek"}],"birthDate":"1970-03"})";

struct Asked : World {
    // The answer to an expression over the patient: "type=value" of each result, in one line.
    std::string results(const std::string& expression, const std::string& more = "") {
        const auto answer = ask(expression, R"({"name":"resource","resource":)" + patient + "}" + (more.empty() ? "" : "," + more));
        if (!answer) return answer.fault().text;
        const fhir::Document document = read(answer->text());
        std::string line;
        for (const fhir::View one : document.root().children("parameter"_name)) {
            if (one.child("name").text() != "result") continue;
            if (const fhir::View place = one.child("valueString")) line += (line.empty() ? "" : " ") + std::string(place.text()) + ":";
            for (const fhir::View part : one.children("part"_name)) line += (line.empty() ? "" : " ") + written(part);
        }
        return line;
    }
    base::Result<Response> ask(const std::string& expression, const std::string& more = "") {
        std::string quoted;
        fhir::codec::write_json_string(expression, quoted);
        return operate("fhirpath", "", "", {}, R"({"resourceType":"Parameters","parameter":[{"name":"expression","valueString":)" + quoted + "}" +
                                                   (more.empty() ? "" : "," + more) + "]}");
    }
    static std::string written(fhir::View part) {
        std::string text(part.child("name").text());
        if (text == "trace") return text;
        for (const fhir::View child : part.children()) {
            const std::string_view name = child.name_text();
            if (name.starts_with("value")) text += "=" + std::string(name.substr(5)) + " " + (child.has_value() ? std::string(child.text()) : fhir::codec::to_json(child));
            else if (name == "resource") text += "=resource";
        }
        return text;
    }
};

}  // namespace

TEST_CASE("each kind of result comes back under its type") {
    Asked world;
    CHECK(world.results("1 + 1") == "integer=Integer 2");
    CHECK(world.results("1.50") == "decimal=Decimal 1.50");
    CHECK(world.results("name.family") == "string=String Ng string=String Ek");
    CHECK(world.results("''") == "empty-string");
    CHECK(world.results("name.exists()") == "boolean=Boolean true");
    CHECK(world.results("birthDate") == "date=Date 1970-03");
    CHECK(world.results("@2020-01-01") == "date=Date 2020-01-01");
    CHECK(world.results("@2020-01-01T10:00:00Z") == "dateTime=DateTime 2020-01-01T10:00:00Z");
    CHECK(world.results("@T10:00:00") == "time=Time 10:00:00");
    CHECK(world.results("4 'mg'") == R"(Quantity=Quantity {"value":4,"unit":"mg","system":"http://unitsofmeasure.org","code":"mg"})");
    CHECK(world.results("4 days") == R"(Quantity=Quantity {"value":4,"unit":"days"})");
    CHECK(world.results("name[1]") == R"(HumanName=HumanName {"family":"Ek"})");
    CHECK(world.results("$this") == "Patient=resource");
    CHECK(world.results("1.type()") == "TypeInfo=String System.Integer");
    CHECK(world.results("{}").empty());
}

TEST_CASE("times that FHIR's types cannot hold are told as text") {
    Asked world;
    CHECK(world.results("@2020-01-01T10:00") == "dateTime=String 2020-01-01T10:00");
    CHECK(world.results("@2020T") == "dateTime=DateTime 2020");
    CHECK(world.results("@T10") == "time=String 10");
}

TEST_CASE("an expression is evaluated for each item of a context, and told where") {
    Asked world;
    CHECK(world.results("given.count()", R"({"name":"context","valueString":"Patient.name"})") ==
          "Patient.name[0]: integer=Integer 2 Patient.name[1]: integer=Integer 0");
    CHECK(world.results("$this + 1", R"({"name":"context","valueString":"4 | 5"})") == "4 | 5[0]: integer=Integer 5 4 | 5[1]: integer=Integer 6");
    CHECK(world.results("family", R"({"name":"context","valueString":"name["})").find("(line 1, column") != std::string::npos);
}

TEST_CASE("variables are resources and values, and traces come with their result") {
    Asked world;
    CHECK(world.results("%n + 1", R"({"name":"variables","part":[{"name":"n","valueInteger":4}]})") == "integer=Integer 5");
    CHECK(world.results("%other.id", R"({"name":"variables","part":[{"name":"other","resource":{"resourceType":"Basic","id":"b","code":{"text":"x"}}}]})") ==
          "id=Id b");
    CHECK(world.results("name.trace('all').count()") == "integer=Integer 2 trace");
}

TEST_CASE("a resource may come as text, in JSON and in XML") {
    Asked world;
    for (const char* text : {R"("{\"resourceType\":\"Patient\",\"id\":\"t\"}")", R"(" <Patient xmlns=\"http://hl7.org/fhir\"><id value=\"t\"/></Patient>")"}) {
        const auto answer = world.ask("id", std::string(R"({"name":"resource","valueString":)") + text + "}");
        REQUIRE(answer);
        CHECK(answer->text().find(R"("valueId":"t")") != std::string::npos);
    }
    const auto broken = world.ask("id", R"({"name":"resource","valueString":"{\"resourceType\":"})");
    REQUIRE_FALSE(broken);
    CHECK(broken.fault().kind == base::Fault::Kind::malformed);
    const auto without = world.ask("1 + 1");
    REQUIRE(without);
    CHECK(without->text().find(R"("valueInteger":2)") != std::string::npos);
}

TEST_CASE("an expression that is missing, cannot be read or cannot be evaluated is told with its place") {
    Asked world;
    const auto missing = world.operate("fhirpath", "", "", {}, R"({"resourceType":"Parameters","parameter":[{"name":"resource","resource":{"resourceType":"Basic"}}]})");
    REQUIRE_FALSE(missing);
    CHECK(missing.fault().text == "The parameter expression is missing.");
    for (const char* expression : {"1 +", "name.foo(", "name.given.single()"}) {
        const std::string told = world.results(expression);
        CHECK_MESSAGE(told.find(" (line 1, column ") != std::string::npos, told);
    }
    const auto read = world.ask("1 +\n +");
    REQUIRE_FALSE(read);
    REQUIRE(read.fault().findings.size() == 1);
    CHECK(read.fault().findings[0].line == 2);
}

TEST_CASE("the tree of an expression names its parts, and a strict reading tells what cannot be") {
    Asked world;
    const auto answer = world.ask("name.where($index = 0 and use ~ 'x').given[0] | -%v as string",
                                  R"({"name":"resource","resource":{"resourceType":"Patient"}},{"name":"validate","valueBoolean":true},{"name":"variables","part":[{"name":"v","valueInteger":1}]})");
    REQUIRE_MESSAGE(answer, answer.fault().text);
    const std::string text = answer->text();
    for (const char* kind : {"BinaryExpression", "FunctionCallExpression", "ChildExpression", "AxisExpression", "IndexerExpression", "VariableRefExpression",
                             "UnaryExpression", "ConstantExpression"})
        CHECK_MESSAGE(text.find(kind) != std::string::npos, kind);
    const auto strict = world.ask("nam", R"({"name":"resource","resource":{"resourceType":"Patient"}},{"name":"validate","valueBoolean":true})");
    REQUIRE(strict);
    CHECK(strict->text().find("parseDebug\"") != std::string::npos);
}

}  // namespace interaction

TEST_SUITE_END();
