// SPDX-License-Identifier: Apache-2.0
// What a check of a code costs, and what is kept for it: R4's value sets that are bound most often.
#include "fhir/codec/json.h"
#include "fhir/testing.h"
#include "terminology/local.h"

#include <fmt/format.h>
#include <algorithm>
#include <chrono>
#include <map>

namespace {

using Clock = std::chrono::steady_clock;

double nanoseconds(Clock::time_point from) {
    return std::chrono::duration<double, std::nano>(Clock::now() - from).count();
}

// The value sets that the definitions of R4 and its extensions bind, most often first.
std::vector<std::string> busiest(std::size_t most) {
    std::map<std::string, int> counts;
    for (const std::string& url : fhir::testing::library().all("StructureDefinition")) {
        const auto found = fhir::testing::library().find("StructureDefinition", url);
        if (!found) continue;
        const auto& document = *found->document;
        for (const fhir::View element : document.root().child("snapshot").children(document.find("element")))
            if (const fhir::View binding = element.child("binding"))
                if (const auto set = binding.child("valueSet").text(); !set.empty()) ++counts[std::string(set)];
    }
    std::vector<std::pair<int, std::string>> order;
    for (const auto& [url, count] : counts) order.emplace_back(count, url);
    std::sort(order.rbegin(), order.rend());
    std::vector<std::string> urls;
    for (const auto& [count, url] : order)
        if (urls.size() < most) urls.push_back(url);
    return urls;
}

void measure(const terminology::Local& local, std::string_view what, const fhir::validate::CodedValue& value, std::string_view set) {
    local.check(value, set, "");
    constexpr int rounds = 200'000;
    int yes = 0;
    const auto from = Clock::now();
    for (int i = 0; i < rounds; ++i) yes += local.check(value, set, "").in_set == fhir::validate::Answer::yes ? 1 : 0;
    fmt::print("{:<46} {:>7.0f} ns a check ({})\n", what, nanoseconds(from) / rounds, yes ? "yes" : "no or unknown");
}

}  // namespace

int main() {
    const auto sets = busiest(50);
    const terminology::Local local(fhir::testing::library(), &fhir::testing::units());
    const auto from = Clock::now();
    std::size_t known = 0;
    for (const std::string& url : sets) known += local.check({"", "", "x", ""}, url, "").set_known ? 1 : 0;
    fmt::print("{} of the {} busiest value sets compiled in {:.1f} ms, {} kB kept\n", known, sets.size(), nanoseconds(from) / 1e6,
               local.catalog().bytes() / 1024);
    measure(local, "a required code, no system", {"", "", "female", ""}, "http://hl7.org/fhir/ValueSet/administrative-gender|4.0.1");
    measure(local, "a Coding with its display",
            {"http://terminology.hl7.org/CodeSystem/v3-MaritalStatus", "", "M", "Married"}, "http://hl7.org/fhir/ValueSet/marital-status");
    measure(local, "a Coding below a filter", {"http://terminology.hl7.org/CodeSystem/v3-ActCode", "", "AMB", ""},
            "http://terminology.hl7.org/ValueSet/v3-ActEncounterCode");
    measure(local, "a unit", {"http://unitsofmeasure.org", "", "mg/dL", ""}, "http://hl7.org/fhir/ValueSet/ucum-units");
    measure(local, "a SNOMED CT code whose content is not here", {"http://snomed.info/sct", "", "73211009", ""},
            "http://hl7.org/fhir/ValueSet/condition-code");
    measure(local, "a code that does not exist", {"", "", "woman", ""}, "http://hl7.org/fhir/ValueSet/administrative-gender|4.0.1");
    const auto all_from = Clock::now();
    std::size_t count = 0;
    const terminology::Local all(fhir::testing::library(), &fhir::testing::units(), 1U << 30U);
    for (const std::string& url : fhir::testing::library().all("ValueSet")) count += all.catalog().set(url, "") ? 1 : 0;
    fmt::print("all {} value sets with their systems: {:.0f} ms, {} kB\n", count, nanoseconds(all_from) / 1e6, all.catalog().bytes() / 1024);
}
