// SPDX-License-Identifier: Apache-2.0
#include "mapping/table.h"

#include <doctest/doctest.h>

using namespace mapping;

namespace {

std::string fault_of(std::string_view text) {
    const auto maps = read_maps("x.map", text);
    return maps ? std::string{} : maps.fault().text;
}

}  // namespace

TEST_SUITE("mapping/table") {

TEST_CASE("a row is source, condition, target, conversion, vocabulary and constants") {
    const auto maps = read_maps("x.map",
                                "map PID to Patient\n"
                                "PID-14 if PID-3[1].4.1 = 'A' or (PID-5 valued and not PID-7 length > 8) -> telecom as XTN code uses "
                                "default use = 'work'  # why\n");
    REQUIRE(maps);
    CHECK((*maps)[0].name == "PID[Patient]");
    const RowText& row = (*maps)[0].rows.at(0);
    CHECK(row.line == 2);
    CHECK(row.source.anchor == "PID");
    CHECK(row.source.steps.at(0).number == 14);
    CHECK(row.condition.kind == Condition::Kind::any);
    CHECK(row.condition.parts.at(0).source.steps.at(0).repetition == 1);
    CHECK(row.condition.parts.at(1).kind == Condition::Kind::all);
    CHECK(row.target == "telecom");
    CHECK(row.as == "XTN");
    CHECK(row.code == "uses");
    CHECK(row.constants.at(0).only_if_absent);
    CHECK(row.constants.at(0).value == "work");
}

TEST_CASE("rows that join name two handles") {
    const auto maps = read_maps("x.map", "message A\nmerge old -> patient\nGROUP\n  move visit -> patient\n");
    REQUIRE(maps);
    const RowText& row = (*maps)[0].rows.at(0);
    CHECK(row.kind == RowText::Kind::merge);
    CHECK(row.merge == Merge::Kind::merge);
    CHECK(row.target == "old");
    CHECK(row.as == "patient");
    CHECK((*maps)[0].rows.at(1).children.at(0).merge == Merge::Kind::move);
    CHECK(fault_of("message A\nmerge old patient\n").find("expected ->") != std::string::npos);
    CHECK_FALSE(fault_of("map PID to Patient\nmerge old -> patient\n").empty());  // only messages join
}

TEST_CASE("what is indented belongs to the row above") {
    const auto maps = read_maps("x.map", "map PV1 to Encounter\nPV1-7 -> participant\n  . -> individual as XCN\n  -> type.text = 'x'\nPV1-9 -> a\n");
    REQUIRE(maps);
    REQUIRE((*maps)[0].rows.size() == 2);
    CHECK((*maps)[0].rows[0].children.size() == 2);
    CHECK((*maps)[0].rows[0].children[1].has_constant);
}

TEST_CASE("a fault names file, line and column") {
    CHECK(fault_of("PID-3 -> identifier\n").starts_with("x.map:1:1: "));
    CHECK(fault_of("map PID to Patient\nPID-3 identifier\n").starts_with("x.map:2:7: expected if or ->"));
    CHECK(fault_of("map PID to Patient\n    PID-3 -> identifier\n").find("too far") != std::string::npos);
    CHECK(fault_of("map PID to Patient\nPID-3 -> a = 'x\n").starts_with("x.map:2:14: this quotation"));
    CHECK(fault_of("map PID to Patient\nPID-0 -> a\n").find("no source path") != std::string::npos);
    CHECK(fault_of("map PID to Patient\nPID-3 if PID-3 seems big -> a\n").find("expected valued") != std::string::npos);
    CHECK(fault_of("map PID to Patient\n\tPID-3 -> a\n").find("spaces") != std::string::npos);
    CHECK(fault_of("map PID to Patient\nalike\n").find("expected an element") != std::string::npos);
    CHECK(fault_of("map PID to Patient\nassumed\n").find("expected an element") != std::string::npos);
    CHECK(fault_of("map PID to Patient\nPID-3 -> a as CX nonsense\n").find("'nonsense'") != std::string::npos);
}

TEST_CASE("a merge may allow that both are one") {
    const auto maps = read_maps("x.map", "message A\nmerge a -> b\nmerge c -> d or itself\n");
    REQUIRE(maps);
    CHECK_FALSE(maps->at(0).rows.at(0).or_itself);
    CHECK(maps->at(0).rows.at(1).or_itself);
    CHECK(read_maps("x.map", "message A\nmerge a -> b or not\n").fault().text.find("itself") != std::string::npos);
}

TEST_CASE("message rows name what they make, find it again, and open a group without leaving their own") {
    const auto maps = read_maps("x.map", "message M\nin PATIENT\n  PID make patient PID[Patient] called \"a {PID-3}\" \"b\"\n");
    REQUIRE_FALSE(maps);  // a name without a path would be everybody's
    const auto read = read_maps("x.map", "message M\nin PATIENT\n  PID make patient PID[Patient] called \"a {PID-3}\" \"b {PID-4}\"\n"
                                         "GROUP\n  find other Patient \"a {NK1-3}\"\nmap PID to Patient\nwhole name\n");
    REQUIRE(read);
    const auto& rows = (*read)[0].rows;
    REQUIRE(rows.size() == 2);
    CHECK(rows[0].open);
    CHECK(rows[0].children.at(0).names.size() == 2);
    CHECK_FALSE(rows[1].open);
    CHECK(rows[1].children.at(0).kind == RowText::Kind::find);
    CHECK(rows[1].children.at(0).as == "Patient");
    CHECK((*read)[1].rows.at(0).kind == RowText::Kind::whole);
    CHECK(fault_of("message M\nPID make patient PID[Patient] called\n").find("expected a name") != std::string::npos);
}

}
