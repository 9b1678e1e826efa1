// SPDX-License-Identifier: Apache-2.0
// What opening the table, checking a code and comparing two quantities cost.
#include "fhir/ucum/units.h"

#include <fmt/format.h>

#include <chrono>
#include <cstdio>

namespace {

template <class Work>
void measure(const char* name, int times, const Work& work) {
    const auto begin = std::chrono::steady_clock::now();
    for (int i = 0; i < times; ++i) work();
    const std::chrono::duration<double, std::micro> took = std::chrono::steady_clock::now() - begin;
    fmt::print("{:<28} {:>9.3f} us\n", name, took.count() / times);
}

}  // namespace

int main() {
    using fhir::ucum::Units;
    const std::string path = ANDIRON_BINARY_DIR "/profiles/ucum.tsv";
    auto units = Units::open(path);
    if (!units) {
        fmt::print(stderr, "{}\n", units.fault().text);
        return 1;
    }
    measure("open", 100, [&] { (void)Units::open(path); });
    measure("check mg/dL", 200'000, [&] { (void)units->check("mg/dL"); });
    measure("check mmol/(8.h.kg)", 200'000, [&] { (void)units->check("mmol/(8.h.kg)"); });
    measure("comparable mg, kg", 200'000, [&] { (void)units->comparable("mg", "kg"); });
    measure("compare 120 mm[Hg], 16 kPa", 100'000, [&] { (void)units->compare({"120", "mm[Hg]"}, {"16", "kPa"}); });
    measure("canonical 5.40 mmol/L", 100'000, [&] { (void)units->canonical("5.40", "mmol/L"); });
    measure("convert 98.6 [degF] to Cel", 100'000, [&] { (void)units->convert("98.6", "[degF]", "Cel"); });
    return 0;
}
