// SPDX-License-Identifier: Apache-2.0
// UCUM units on the command line: checked, named, compared and converted.
#include "app/commands.h"
#include "app/places.h"
#include "fhir/ucum/units.h"

#include <fmt/format.h>

#include <iostream>

namespace app::commands {

namespace {

constexpr std::string_view usage =
    "usage: andiron unit check CODE...             is it a UCUM unit, and what is it called; CODE - reads one a line\n"
    "       andiron unit convert VALUE FROM TO     the same quantity in another unit\n"
    "       andiron unit canonical VALUE UNIT      the same quantity in base units\n"
    "       andiron unit multiply VALUE UNIT VALUE UNIT\n"
    "       andiron unit divide VALUE UNIT VALUE UNIT\n\n"
    "Units are case-sensitive UCUM codes (mg/dL, mm[Hg], 10*3/uL, Cel); 1 is the unity. Exit 0 done, 65 when a code is not\n"
    "valid, a value not a number, or the units measure different things.\n";

// One line of what was asked; whether it was valid.
bool check(const fhir::ucum::Units& units, const std::string& code) {
    const auto name = units.describe(code);
    fmt::print("{}\t{}\t{}\n", code, name ? "valid" : "invalid", name ? *name : name.fault().text);
    return static_cast<bool>(name);
}

int check_all(const fhir::ucum::Units& units, const Arguments& codes) {
    bool good = true;
    for (const std::string& code : codes) {
        if (code != "-") {
            good = check(units, code) && good;
            continue;
        }
        for (std::string line; std::getline(std::cin, line);) good = check(units, line) && good;
    }
    return good ? 0 : 65;
}

int print(const base::Result<fhir::ucum::Measure>& result) {
    if (!result) return fail(result.fault());
    fmt::print("{} {}\n", result->value, result->unit);
    return 0;
}

}  // namespace

int unit(const Arguments& arguments) {
    if (!arguments.empty() && arguments[0] == "--help") {
        fmt::print("{}", usage);
        return 0;
    }
    if (arguments.empty()) return wrong_usage("say check, convert, canonical, multiply or divide", "unit");
    const auto units = fhir::ucum::Units::open(places().units);
    if (!units) return fail(units.fault());
    const std::string& verb = arguments[0];
    const auto given = arguments.size() - 1;
    if (verb == "check" && given > 0) return check_all(*units, {arguments.begin() + 1, arguments.end()});
    if (verb == "canonical" && given == 2) return print(units->canonical(arguments[1], arguments[2]));
    if (verb == "multiply" && given == 4) return print(units->multiply({arguments[1], arguments[2]}, {arguments[3], arguments[4]}));
    if (verb == "divide" && given == 4) return print(units->divide({arguments[1], arguments[2]}, {arguments[3], arguments[4]}));
    if (verb == "convert" && given == 3) {
        const auto value = units->convert(arguments[1], arguments[2], arguments[3]);
        if (!value) return fail(value.fault());
        fmt::print("{} {}\n", *value, arguments[3]);
        return 0;
    }
    for (const std::string_view known : {"check", "convert", "canonical", "multiply", "divide"})
        if (verb == known) return wrong_usage(fmt::format("{} with {} arguments", verb, given), "unit");
    return wrong_usage("say check, convert, canonical, multiply or divide, not " + verb, "unit");
}

}  // namespace app::commands
