// SPDX-License-Identifier: Apache-2.0
#include "runner/report/overview.h"

#include "base/text.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace runner::report {

std::vector<Suite> by_suite(const Run& run) {
    std::vector<Suite> suites;
    for (const Case& one : run.cases) {
        auto found = std::find_if(suites.begin(), suites.end(), [&](const Suite& suite) { return suite.name == one.suite; });
        if (found == suites.end()) found = suites.insert(suites.end(), Suite{.name = one.suite});
        found->cases.push_back(&one);
        found->score += score(one);
        found->verdict = worse(found->verdict, one.verdict());
    }
    return suites;
}

Verdict verdict(const Run& run) {
    Verdict worst = Verdict::skip;
    for (const Case& one : run.cases) worst = worse(worst, one.verdict());
    return worst;
}

std::string server_name(const Described& target) {
    std::string text = target.software.empty() ? target.name : target.software;
    if (!target.version.empty()) text += (text.empty() ? "version " : " ") + target.version;
    if (!target.fhir_version.empty()) text += fmt::format("{}FHIR {}{}", text.empty() ? "" : " (", target.fhir_version, text.empty() ? "" : ")");
    return text;
}

std::string duration(base::Micros took) {
    if (took < 0) took = 0;
    if (took < 1'000) return "< 1 ms";
    if (took < 1'000'000) return fmt::format("{} ms", took / 1'000);
    if (took < 60'000'000) return fmt::format("{:.1f} s", static_cast<double>(took) / 1e6);
    return fmt::format("{} min {} s", took / 60'000'000, took / 1'000'000 % 60);
}

std::string moment(base::Micros time) {
    static constexpr std::array<std::string_view, 12> months{"January", "February", "March", "April", "May", "June",
                                                             "July", "August", "September", "October", "November", "December"};
    const std::string text = base::instant(time);  // 2026-11-22T11:01:31.000Z
    const auto month = base::to_integer(std::string_view(text).substr(5, 2)).value_or(1);
    const auto day = base::to_integer(std::string_view(text).substr(8, 2)).value_or(1);
    return fmt::format("{} {} {}, {} UTC", day, months[static_cast<std::size_t>(month - 1) % 12], text.substr(0, 4), text.substr(11, 5));
}

const Step* telling(const Test& test) {
    const Verdict worst = test.verdict();
    for (const Step& step : test.steps)
        if (step.verdict == worst) return &step;
    return nullptr;
}

std::string counted(std::size_t number, std::string_view one) { return fmt::format("{} {}{}", number, one, number == 1 ? "" : "s"); }

std::string escaped(std::string_view text) {
    std::string clean;
    if (base::valid_utf8(text)) clean = text;
    else
        for (const char byte : text) clean += static_cast<unsigned char>(byte) < 0x80 ? byte : '?';
    std::string good;
    good.reserve(clean.size());
    for (const char byte : clean) {
        const bool control = (static_cast<unsigned char>(byte) < 0x20 && byte != '\n' && byte != '\t') || byte == 0x7F;
        if (byte == '\r') continue;
        if (control) good += "\xEF\xBF\xBD";
        else good += byte;
    }
    // U+FFFE and U+FFFF, which XML has no place for (XML 1.0 2.2).
    for (const std::string_view none : {"\xEF\xBF\xBE", "\xEF\xBF\xBF"})
        for (std::size_t at = good.find(none); at != std::string::npos; at = good.find(none, at)) good.replace(at, none.size(), "\xEF\xBF\xBD");
    return base::xml_escape(good);
}

}  // namespace runner::report
