// SPDX-License-Identifier: Apache-2.0
#include "hl7v2/dictionary.h"

#include "hl7v2/parse.h"

#include <doctest/doctest.h>

using namespace hl7v2;

namespace {

Dictionary small() {
    auto made = Dictionary::read(
        "# versions\t2.1\t2.3\t2.5\t2.5.1\n"
        "S\tPID\t1\tSI\tO\t-\t4\t-\t2.1\t2.5.1\tSet ID\n"
        "S\tPID\t2\tCX\tO\t-\t20\t-\t2.1\t2.5.1\tPatient ID\n"
        "S\tPID\t3\tCK\tR\t-\t16\t-\t2.1\t2.1\tPatient id internal\n"
        "S\tPID\t3\tCX\tR\t*\t250\t-\t2.3\t2.5.1\tPatient Identifier List\n"
        "S\tPID\t4\tCX\tO\t-\t20\t-\t2.1\t2.5.1\tAlternate Patient ID\n"
        "D\tCX\t4\tHD\tO\t-\t227\t363\t2.3\t2.5.1\tAssigning Authority\n"
        "D\tHD\t2\tST\tO\t-\t199\t-\t2.3\t2.5.1\tUniversal ID\n");
    REQUIRE(made);
    return *std::move(made);
}

Message message(std::string_view pid, std::string_view version) {
    std::string bytes = "MSH|^~\\&|A|B|||2024||ADT^A01|1|P|";
    bytes.append(version).append("\r").append(pid).append("\r");
    auto parsed = parse(std::move(bytes));
    REQUIRE(parsed);
    return *std::move(parsed);
}

}  // namespace

TEST_SUITE("hl7v2/dictionary") {

TEST_CASE("a field is what the message's version says, and the newest before it where the version is not known") {
    const Dictionary dictionary = small();
    CHECK(dictionary.field("2.1", "PID", 3)->type == "CK");
    CHECK(dictionary.field("2.3", "PID", 3)->type == "CX");
    CHECK(dictionary.field("2.4", "PID", 3)->repeats);
    CHECK(dictionary.field("2.8", "PID", 3)->length == 250);
    CHECK(dictionary.field("", "PID", 3)->required);
    CHECK(dictionary.field("2.5", "PID", 9) == nullptr);
    CHECK(dictionary.component("2.5", "CX", 4)->table == 363);
}

TEST_CASE("a place has a name down to its subcomponents") {
    const Dictionary dictionary = small();
    CHECK(dictionary.name("2.5", "PID-3[2].4.2") == "Patient Identifier List / Assigning Authority / Universal ID");
    CHECK(dictionary.name("2.5", "PID-3") == "Patient Identifier List");
    CHECK(dictionary.name("2.5", "ZZZ-3").empty());
    CHECK(dictionary.name("2.5", "Patient.name").empty());
}

TEST_CASE("a required field that is empty and a repeat that may not be are warnings with their place") {
    const Dictionary dictionary = small();
    const base::Findings missing = check_fields(message("PID|1", "2.5"), dictionary);
    REQUIRE(missing.size() == 1);
    CHECK(missing[0].where == "PID-3");
    CHECK(missing[0].severity == base::Severity::warning);
    const base::Findings twice = check_fields(message("PID|1||1|2~3", "2.5"), dictionary);
    REQUIRE(twice.size() == 1);
    CHECK(twice[0].where == "PID-4");
    CHECK(check_fields(message("PID|1||1~2|3", "2.5"), dictionary).empty());
}

TEST_CASE("a wrong table is named with its line") {
    CHECK(Dictionary::read("# versions\t2.5\nS\tPID\n").fault().text.find("line 2") != std::string::npos);
    CHECK(Dictionary::read("# versions\t2.5\nS\tPID\t1\tSI\tO\t-\t4\t-\t2.1\t2.5\tSet ID\n").fault().text.find("line 2") != std::string::npos);
    CHECK_FALSE(Dictionary::read(""));
}

}
