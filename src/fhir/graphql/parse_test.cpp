// SPDX-License-Identifier: Apache-2.0
#include "fhir/graphql/parse.h"
#include "fhir/graphql/variables.h"

#include <doctest/doctest.h>

TEST_SUITE_BEGIN("fhir/graphql/parse");

namespace fhir::graphql {
namespace {

Document read(std::string_view text) {
    auto document = parse(text);
    REQUIRE_MESSAGE(document, std::string(text), (document ? "" : document.fault().text));
    return *std::move(document);
}

base::Finding refused(std::string_view text) {
    const auto document = parse(text);
    REQUIRE_MESSAGE(!document, std::string(text));
    REQUIRE(document.fault().findings.size() == 1);
    return document.fault().findings.front();
}

const Value& argument(const Document& document) { return document.operations.front().selections.front().arguments.front().value; }

TEST_CASE("a selection alone is a query; commas and comments are white space") {
    const Document document = read("# what is asked\n{ id, name { given, family } ,,, }");
    REQUIRE(document.operations.size() == 1);
    CHECK(document.operations[0].kind == Operation::Kind::query);
    REQUIRE(document.operations[0].selections.size() == 2);
    CHECK(document.operations[0].selections[1].name == "name");
    CHECK(document.operations[0].selections[1].selections[1].place.line == 2);
    CHECK(document.operations[0].selections[1].selections[1].place.column == 21);
}

TEST_CASE("operations have names, variables with types and defaults, and directives") {
    const Document document = read("query One($a: Int = 3, $b: [String!]! @x) @y { id } query Two { id } mutation Three { id }");
    REQUIRE(document.operations.size() == 3);
    const Operation& one = document.operations[0];
    CHECK(one.name == "One");
    REQUIRE(one.variables.size() == 2);
    CHECK(one.variables[0].type.name == "Int");
    REQUIRE(one.variables[0].otherwise);
    CHECK(one.variables[0].otherwise->text == "3");
    CHECK(one.variables[1].type.required);
    REQUIRE(one.variables[1].type.inside.size() == 1);
    CHECK(one.variables[1].type.inside[0].required);
    CHECK(one.directives.size() == 1);
    CHECK(document.operations[2].kind == Operation::Kind::mutation);
}

TEST_CASE("fields have aliases, arguments and directives; fragments stand beside them") {
    const Document document = read("{ big: photo(size: 4) @include(if: true) @first { url } ...F @skip(if: $no) ... on Patient { id } ... { id } } "
                                   "fragment F on Patient { active }");
    const auto& selections = document.operations[0].selections;
    REQUIRE(selections.size() == 4);
    CHECK(selections[0].key() == "big");
    CHECK(selections[0].name == "photo");
    CHECK(selections[0].directive("first") != nullptr);
    CHECK(selections[1].kind == Selection::Kind::spread);
    CHECK(selections[2].name == "Patient");
    CHECK(selections[3].name.empty());
    REQUIRE(document.fragment("F") != nullptr);
    CHECK(document.fragment("F")->type == "Patient");
    CHECK(document.fragment("G") == nullptr);
}

TEST_CASE("values keep their text and their kind") {
    const Document document = read(R"({ x(a: [1, -2.50e3, "t", true, null, WORD, $v, {k: 1, l: []}]) })");
    const Value& list = argument(document);
    REQUIRE(list.parts.size() == 8);
    const Value::Kind kinds[] = {Value::Kind::integer, Value::Kind::decimal,     Value::Kind::string,   Value::Kind::boolean,
                                 Value::Kind::null,    Value::Kind::enumeration, Value::Kind::variable, Value::Kind::object};
    for (std::size_t i = 0; i < 8; ++i) CHECK(list.parts[i].kind == kinds[i]);
    CHECK(list.parts[1].text == "-2.50e3");
    REQUIRE(list.parts[7].member("k") != nullptr);
    CHECK(list.parts[7].member("k")->text == "1");
}

TEST_CASE("strings come without their escapes") {
    CHECK(argument(read(R"({ x(a: "q\" b\\ s\/ \b\f\n\r\t \u00e4 \ud83d\ude00 \u{1F600}") })")).text == "q\" b\\ s/ \b\f\n\r\t \u00e4 \U0001F600 \U0001F600");
    CHECK(argument(read(R"({ x(a: "") })")).text.empty());
    for (const char* wrong : {R"({ x(a: "\q") })", R"({ x(a: "\u12") })", R"({ x(a: "\ud83d") })", R"({ x(a: "\ud83d\u0041") })", R"({ x(a: "\u{110000}") })",
                              R"({ x(a: "\u{}") })", "{ x(a: \"a\nb\") }", R"({ x(a: "open)", "{ x(a: \"\x01\") }"})
        (void)refused(wrong);
}

TEST_CASE("block strings lose the indentation that all lines share, and blank lines at their ends") {
    CHECK(argument(read("{ x(a: \"\"\"\n    one\n      two\n\n    three\n  \"\"\") }")).text == "one\n  two\n\nthree");
    CHECK(argument(read(R"({ x(a: """ a \""" "b" \n """) })")).text == R"( a """ "b" \n )");
    (void)refused("{ x(a: \"\"\"never closed\") }");
}

TEST_CASE("the first mistake is told with its line and column") {
    CHECK(refused("{ id\n  name {\n}").line == 3);
    const auto finding = refused("{ id\n  $x }");
    CHECK(finding.line == 2);
    CHECK(finding.column == 3);
    CHECK(refused("{ a \r\n b \r ? }").line == 3);
}

TEST_CASE("what is no query is refused") {
    for (const char* text : {"", "  # nothing", "{", "{}", "{ id } }", "{ id", "query", "{ a: }", "{ x(a) }", "{ x(a:) }", "{ x(a: 1, a: 2) }", "{ ... }", "{ ...on }",
                             "{ x(a: 01) }", "{ x(a: 1.) }", "{ x(a: 1e) }", "{ x(a: 1x) }", "{ x(a: -) }", "{ x(a: {k: 1, k: 2}) }", "query($a: Int, $a: Int) { id }",
                             "query($a: Int = $b) { id }", "query A { id } query A { id }", "{ id } { id }", "{ id } query A { id }", "fragment on on Patient { id }",
                             "fragment F on Patient { id } fragment F on Patient { id }", "type Patient { id: ID }", "extend type Patient { id: ID }", "{ a @x @x }", "{ .. }"})
        (void)refused(text);
    CHECK_FALSE(parse("{ \xFF }"));
}

TEST_CASE("empty parentheses are let through, a mark at the beginning too") {
    CHECK(read("{ PatientConnection() { count } }").operations[0].selections[0].arguments.empty());
    CHECK(read("\xEF\xBB\xBF{ id }").operations[0].selections[0].place.column == 3);
}

TEST_CASE("depth, length and number of words are bounded") {
    std::string deep, values;
    for (int i = 0; i < 1000; ++i) deep += "{a", values += "[";
    auto fault = parse(deep);
    REQUIRE_FALSE(fault);
    CHECK(fault.fault().kind == base::Fault::Kind::too_large);
    CHECK_FALSE(parse("{ x(a: " + values + ") }"));
    CHECK_FALSE(parse("query($a: " + values + "Int) { id }"));
    std::string many = "{";
    for (int i = 0; i < 30'000; ++i) many += " a";
    CHECK_FALSE(parse(many + "}"));
    CHECK_FALSE(parse("{ id #" + std::string(300'000, ' ') + "\n}"));
}

// --- variables

base::Result<Variables> bound(std::string_view query, std::string_view json) {
    const Document document = read(query);
    return bind_variables(document.operations.front(), json);
}

TEST_CASE("variables are what was sent, or their defaults") {
    const auto variables = bound("query($a: Int = 1, $b: String, $c: Boolean = true, $d: [ID]) { id }", R"({"a":2,"d":["x",3],"other":1})");
    REQUIRE(variables);
    CHECK(variables->at("a").text == "2");
    CHECK(variables->at("c").text == "true");
    CHECK(variables->count("b") == 0);
    CHECK(variables->at("d").parts.size() == 2);
    CHECK(variables->count("other") == 0);
}

TEST_CASE("a variable must fit its type") {
    CHECK_FALSE(bound("query($a: Int!) { id }", "{}"));
    CHECK_FALSE(bound("query($a: Int!) { id }", R"({"a":null})"));
    CHECK_FALSE(bound("query($a: Int) { id }", R"({"a":1.5})"));
    CHECK_FALSE(bound("query($a: Boolean) { id }", R"({"a":"true"})"));
    CHECK_FALSE(bound("query($a: String) { id }", R"({"a":1})"));
    CHECK_FALSE(bound("query($a: [Int]) { id }", R"({"a":[1,"b"]})"));
    CHECK_FALSE(bound("query($a: Int) { id }", "[1]"));
    CHECK_FALSE(bound("query($a: Int) { id }", "{"));
    CHECK(bound("query($a: [Int]) { id }", R"({"a":1})"));
    CHECK(bound("query($a: Float) { id }", R"({"a":1})"));
    CHECK(bound("query($a: code) { id }", R"({"a":"official"})"));
    CHECK(bound("query($a: Int) { id }", ""));
    CHECK(bound("query($a: Int) { id }", "null"));
}

}  // namespace
}  // namespace fhir::graphql

TEST_SUITE_END();
