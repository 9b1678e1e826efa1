// SPDX-License-Identifier: Apache-2.0
#include "fhir/ucum/units.h"

#include "fhir/testing.h"

#include <doctest/doctest.h>

#include <cstdio>
#include <fstream>

using fhir::testing::units;
using fhir::ucum::Measure;
using fhir::ucum::Units;

namespace {

bool valid(std::string_view code) { return static_cast<bool>(units().check(code)); }

std::string why(std::string_view code) {
    const auto checked = units().check(code);
    return checked ? "" : checked.fault().text;
}

std::string converted(std::string_view value, std::string_view from, std::string_view to) {
    const auto result = units().convert(value, from, to);
    return result ? *result : "fault: " + result.fault().text;
}

std::string canonical(std::string_view value, std::string_view unit) {
    const auto result = units().canonical(value, unit);
    return result ? result->value + " " + result->unit : "fault: " + result.fault().text;
}

std::string shown(const base::Result<Measure>& result) { return result ? result->value + " " + result->unit : "fault: " + result.fault().text; }

}  // namespace

TEST_SUITE("fhir/ucum/units") {

TEST_CASE("codes of the grammar are accepted") {
    for (const char* code : {"", "1", "m", "mg/dL", "/min", "/{beats}", "10*3/uL", "10*+3/ul", "10^-2", "m3.kg-1.s-2", "{a}.rad2{b}", "kg{body_wt}",
                             "mmol/(8.h.kg)", "((m))", "mm[Hg]", "m[H2O]", "cal_[15]", "kcal_[15]", "B[10.nV]", "dB[SPL]", "[m/s2/Hz^(1/2)]", "%", "%[slope]",
                             "[Amb'a'1'U]", "[IU]/mL", "u[IU]", "'", "''", "10", "100.g", "Cel", "mCel", "dar", "KiBy", "g%", "[pi].rad", "/100{WBCs}", "{}",
                             "Cel/min", "a_j", "daPa", "L", "l", "[in_i'H2O]", "m0", "m+2"})
        CHECK_MESSAGE(valid(code), code);
}

TEST_CASE("what is no code is refused") {
    for (const char* code : {"m/", "m.", ".m", "//m", "m//s", "m..s", "(m", "m)", "()", "10+3/ul", "g/12h", "6h", "iU", "molv", "kmin", "k%", "[H2O]",
                             "m[H20]", "mm2[Hg]", "{a", "a}", "{a{b}}", "{a}{b}", "m{a}2", "m(s)", "m s", " m", "m2-", "-m", "m--2", "+3", "0", "m/0", "rad2{\xE9\x8C\xA0}",
                             "\xC2\xB5g", "[M'U]", "2mg", "mm(Hg)", "m^2", "[", "]", "[]", "*", "m99999"})
        CHECK_MESSAGE(!valid(code), code);
    CHECK_FALSE(valid(std::string(100'000, '(')));
    CHECK_FALSE(valid(std::string(100, '(') + "m" + std::string(100, ')')));
    CHECK_FALSE(valid("m" + std::string(600, '2')));
}

TEST_CASE("a refusal says what to write instead") {
    CHECK(why("iU") == "\"iU\" is not a UCUM unit; perhaps [iU] is meant");
    CHECK(why("g/12h") == "\"12h\" is not a UCUM unit; write 12.h");
    CHECK(why("mm Hg") == "\"mm Hg\" is not a UCUM unit: it contains a space");
    CHECK(why("MOL") == "\"MOL\" is not a UCUM unit; perhaps mol is meant");
    CHECK(why("kmin") == "\"kmin\" is not a UCUM unit: min takes no prefix");
    CHECK(why("m/") == "\"m/\": a unit is missing at the end");
    CHECK(why("m2s").find("not a UCUM unit") != std::string::npos);
}

TEST_CASE("a code is called by its parts") {
    CHECK(*units().describe("") == "(unity)");
    CHECK(*units().describe("mg/dL") == "(milligram) / (deciliter)");
    CHECK(*units().describe("m3.kg-1.s-2") == "(meter ^ 3) * (kilogram ^ -1) * (second ^ -2)");
    CHECK(*units().describe("10*23") == "(the number ten for arbitrary powers ^ 23)");
    CHECK(*units().describe("/(8.h)") == "1 / (8 * (hour))");
}

TEST_CASE("units of one dimension are comparable, others are not") {
    CHECK(units().comparable("mg", "kg"));
    CHECK(units().comparable("mg/dL", "g/L"));
    CHECK(units().comparable("Cel", "[degF]"));
    CHECK(units().comparable("K", "Cel"));
    CHECK(units().comparable("", "%"));
    CHECK(units().comparable("N.m", "J"));
    CHECK(units().comparable("mm[Hg]", "kPa"));
    CHECK(units().comparable("[pH]", "mmol/L"));
    CHECK(units().comparable("B[W]", "kW"));
    CHECK_FALSE(units().comparable("mmol/L", "mg/dL"));
    CHECK_FALSE(units().comparable("m", "s"));
    CHECK_FALSE(units().comparable("m", "molv"));
    CHECK_FALSE(units().comparable("molv", "molv"));
}

TEST_CASE("arbitrary units are measures of nothing but themselves") {
    CHECK(units().comparable("[iU]/mL", "[IU]/L"));
    CHECK(units().comparable("k[IU]", "[iU]"));
    CHECK_FALSE(units().comparable("[iU]", "1"));
    CHECK_FALSE(units().comparable("[iU]", "[arb'U]"));
    CHECK_FALSE(units().comparable("[CFU]/mL", "/mL"));
    CHECK(converted("1500", "[iU]/L", "[IU]/mL") == "1.500");
}

TEST_CASE("a conversion is exact and keeps the digits") {
    CHECK(converted("1.50", "kg", "kg") == "1.50");
    CHECK(converted("1.50", "mg", "g") == "0.00150");
    CHECK(converted("1.50", "kg", "g") == "1500");
    CHECK(converted("1.500", "g", "mg") == "1500");
    CHECK(converted("0", "kg", "g") == "0");
    CHECK(converted("0.00", "mg", "g") == "0.00000");
    CHECK(converted("-2", "m", "cm") == "-200");
    CHECK(converted("1", "[in_i]", "cm") == "2.54");
    CHECK(converted("1", "[mi_i]", "[ft_i]") == "5280");
    CHECK(converted("1", "d", "h") == "24");
    CHECK(converted("1", "wk", "min") == "10080");
    CHECK(converted("90", "min", "h") == "1.5");
    CHECK(converted("1", "min", "h") == "0.0166666666666666666666667");
    CHECK(converted("2", "min", "h") == "0.0333333333333333333333333");
    CHECK(converted("120", "mm[Hg]", "kPa") == "15.99864");
    CHECK(converted("180", "deg", "[pi].rad") == "1");
    CHECK(converted("180", "deg", "rad") == "3.14159265358979323846264");
    CHECK(converted("1", "mol", "10*23") == "6.0221367");
    CHECK(converted("5.5", "mmol/L", "umol/mL") == "5.5");
    CHECK(converted("1e-7", "s", "s") == "0.0000001");
    CHECK(converted("1", "Ym", "ym") == "1e48");
    CHECK(converted("1.5e-30", "m", "m") == "1.5e-30");
    CHECK(converted("1", "KiBy", "bit") == "8192");
    CHECK(converted("1", "S", "g-1.m-2.C2.s") == "0.001");
    CHECK(converted("1", "[mu_0]", "g.m.C-2") == "0.00125663706143591729538506");
    CHECK(converted("1", "1/[ly]", "cm-1") == "0.00000000000000000105700083402461546370946");
    CHECK(converted("1", "Oe", "/[pi].A/m") == "250");
    CHECK(converted("2", "[diop]", "/m") == "2");
    CHECK(converted("0.33333333333333333333333333333333333", "m", "m") == "0.333333333333333333333333");
}

TEST_CASE("special scales have a zero point or a logarithm of their own") {
    CHECK(converted("37.0", "Cel", "K") == "310.15");
    CHECK(converted("98.6", "[degF]", "Cel") == "37");
    CHECK(converted("-40", "Cel", "[degF]") == "-40");
    CHECK(converted("80", "[degRe]", "Cel") == "100");
    CHECK(converted("0", "K", "[degF]") == "-459.67");
    CHECK(converted("37.0", "Cel", "Cel") == "37.0");
    CHECK(converted("37000", "mCel", "Cel") == "37.000");
    CHECK(converted("7", "[pH]", "mol/L") == "0.0000001");
    CHECK(converted("0.001", "mol/L", "[pH]") == "3");
    CHECK(converted("30", "dB[W]", "W") == "1000");
    CHECK(converted("1000", "W", "dB[W]") == "30");
    CHECK(converted("2", "B[V]", "V") == "10");
    CHECK(converted("6", "B[SPL]", "Pa") == "0.02");
    CHECK(converted("100", "%[slope]", "deg") == "45");
    CHECK(converted("1", "Np", "1") == "2.71828182845905");
    CHECK(converted("3", "bit_s", "1") == "8");
    CHECK(converted("2", "[hp'_X]", "%") == "1");
    CHECK(converted("3", "[m/s2/Hz^(1/2)]", "m2.s-3") == "9");
    CHECK(converted("-1", "mol/L", "[pH]").starts_with("fault"));
    CHECK(converted("0", "W", "B[W]").starts_with("fault"));
    CHECK(converted("1", "Cel/min", "K/min") == "1");  // in company only the interval counts
    CHECK(converted("9", "[degF]/h", "Cel/h") == "5");
    CHECK(units().comparable("dB/m", "B/km"));
    CHECK_FALSE(units().comparable("dB/m", "/m"));
    CHECK(converted("30", "dB[W].s/s", "W") == "1000");
    CHECK(canonical("10", "dB.m-1.m") == "10 1");
    CHECK(converted("2", "10.Cel", "Cel") == "20");
}

TEST_CASE("equal quantities have one canonical form") {
    CHECK(canonical("1", "N") == "1000 g.m.s-2");
    CHECK(canonical("1", "[in_i]") == canonical("2.54", "cm"));
    CHECK(canonical("1.50", "kg") == "1500 g");
    CHECK(canonical("0.40", "mg") == "0.00040 g");
    CHECK(canonical("5", "%") == "0.05 1");
    CHECK(canonical("7", "") == "7 1");
    CHECK(canonical("7", "{score}") == "7 1");
    CHECK(canonical("1", "[IU]/L") == "1000 [iU].m-3");
    CHECK(canonical("98.6", "[degF]") == canonical("37", "Cel"));
    CHECK(canonical("1", "mol").starts_with("6.0221367e23 1"));
    CHECK(canonical("1", "[ft_us]") == "0.304800609601219202438405 m");
    CHECK(canonical("one", "m").starts_with("fault"));
    CHECK(canonical("1.", "m").starts_with("fault"));
    CHECK(canonical(".5", "m").starts_with("fault"));
    CHECK(canonical("", "m").starts_with("fault"));
    CHECK(canonical("1e99999", "m").starts_with("fault"));
    CHECK(canonical("1", "mg/mg%8072").starts_with("fault"));
    CHECK(canonical("1", "m9999.Ym9999").starts_with("fault"));
}

TEST_CASE("quantities are put in order without rounding") {
    const auto order = [](const char* a, const char* unit_a, const char* b, const char* unit_b) { return units().compare({a, unit_a}, {b, unit_b}); };
    CHECK(*order("3937", "[ft_us]", "1200", "m") == std::strong_ordering::equal);
    CHECK(*order("180", "deg", "1", "[pi].rad") == std::strong_ordering::equal);
    CHECK(*order("180", "deg", "3.1415926535897932384626433832795028", "rad") == std::strong_ordering::greater);
    CHECK(*order("-1", "kg", "1", "mg") == std::strong_ordering::less);
    CHECK(*order("-1", "kg", "-1", "mg") == std::strong_ordering::less);
    CHECK(*order("0", "kg", "0.00", "mg") == std::strong_ordering::equal);
    CHECK(*order("37", "Cel", "98.61", "[degF]") == std::strong_ordering::less);
    CHECK(*order("1e400", "m", "1e-400", "m") == std::strong_ordering::greater);
    CHECK(*order("7", "[pH]", "1e-7", "mol/L") == std::strong_ordering::equal);
    CHECK(*order("100", "%[slope]", "45", "deg") == std::strong_ordering::equal);
    CHECK_FALSE(order("1", "m", "1", "s"));
    CHECK_FALSE(order("1", "m", "1", "molv"));
}

TEST_CASE("products and quotients have the units of both") {
    CHECK(shown(units().multiply({"2", "m"}, {"1.5", "g"})) == "3 g.m");
    CHECK(shown(units().multiply({"2.0", "cm"}, {"2.0", "m"})) == "0.04 m2");
    CHECK(shown(units().multiply({"2", "mmol/L"}, {"3", "1"})) == "6 mmol/L");
    CHECK(shown(units().multiply({"2", ""}, {"3", "1"})) == "6 1");
    CHECK(shown(units().divide({"2", "m"}, {"1.5", "g"})) == "1.33333333333333333333333 g-1.m");
    CHECK(shown(units().divide({"1", "[lb_av]/h"}, {"1", "kg/s"})) == "0.000125997880555555555555556 1");
    CHECK(shown(units().divide({"3", "mg"}, {"2", "mg"})) == "1.5 1");
    CHECK(shown(units().divide({"3", "mg"}, {"2", "1"})) == "1.5 mg");
    CHECK(shown(units().divide({"1", "1"}, {"2", "s"})) == "0.5 s-1");
    CHECK_FALSE(units().divide({"1", "m"}, {"0", "s"}));
    CHECK_FALSE(units().divide({"1", "m"}, {"0.0", "m"}));
    CHECK_FALSE(units().multiply({"1", "m"}, {"x", "s"}));
}

TEST_CASE("a table that is none is refused") {
    CHECK(Units::open("/nowhere/ucum.tsv").fault().kind == base::Fault::Kind::missing);
    const std::string path = std::string(ANDIRON_BINARY_DIR) + "/broken-ucum.tsv";
    for (const char* text : {"noise", "unit\tx\t-\t1\ty\t-\tname\n", "unit\tx\t-\t1\tx\t-\tname\n", "unit\tx\t-\t0\t1\t-\tname\n", "prefix\tk\t-\tx\t-\t-\tkilo\n",
                             "base\tm\tm\t1\t-\t-\tmeter\nunit\tx\t-\t1\tm\tsomething\tname\n"}) {
        std::ofstream(path) << text;
        CHECK_MESSAGE(!Units::open(path), text);
    }
    std::remove(path.c_str());
}

}
