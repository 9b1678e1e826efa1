// SPDX-License-Identifier: Apache-2.0
// Messages a second of one core (by processor time): parse alone, and parse, arrange and read the fields a mapping reads most.
// Usage: parse_bench [folder with message files]; without a folder one message of our own.
#include "hl7v2/parse.h"
#include "hl7v2/structure.h"

#include <fmt/core.h>

#include <algorithm>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

using namespace hl7v2;

namespace {

std::vector<std::string> messages(const char* folder) {
    std::vector<std::string> read;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
        if (!entry.is_regular_file()) continue;
        std::ifstream stream(entry.path(), std::ios::binary);
        read.emplace_back(std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>());
    }
    return read;
}

std::string own() {
    std::string one = "MSH|^~\\&|LAB|HOSP|EHR|HOSP|20240102030405||ORU^R01|77|P|2.5.1\rPID|1||12^^^A~34^^^B||Doe^Jane\rOBR|1|||77^Panel^L\r";
    for (int i = 0; i < 10; ++i) one += "OBX|1|NM|1234-5^Something measured^LN||12.5|mmol/L|1-20|N|||F|||20240102030405\r";
    return one;
}

template <class Work>
double per_second(const std::vector<std::string>& all, Work work) {
    std::vector<double> rates;
    for (int round = 0; round < 9; ++round) {
        const std::clock_t start = std::clock();
        std::size_t done = 0;
        while (std::clock() - start < CLOCKS_PER_SEC * 3 / 10) {
            for (const auto& each : all) work(each);
            done += all.size();
        }
        rates.push_back(static_cast<double>(done) * CLOCKS_PER_SEC / static_cast<double>(std::clock() - start));
    }
    std::sort(rates.begin(), rates.end());
    return rates[rates.size() / 2];
}

}  // namespace

int main(int count, char** arguments) {
    const auto all = count > 1 ? messages(arguments[1]) : std::vector<std::string>{own()};
    const auto grammar = Grammar::load(ANDIRON_SOURCE_DIR "/profiles/structure/hl7v2");
    if (!grammar || all.empty()) return 1;
    std::size_t bytes = 0, good = 0, findings = 0, read = 0;
    for (const auto& each : all) {
        bytes += each.size();
        const auto message = parse(each);
        good += static_cast<bool>(message);
        if (!message) continue;
        const auto structure = grammar->of(*message);
        findings += arrange(*message, structure ? *structure : nullptr).findings().size();
    }
    fmt::print("{} messages, {} bytes each, {} parsed, {} findings of structure\n", all.size(), bytes / all.size(), good, findings);
    fmt::print("parse                     {:>10.0f} messages/s\n", per_second(all, [&](const std::string& each) {
                   read += parse(each)->size();
               }));
    fmt::print("parse, arrange            {:>10.0f} messages/s\n", per_second(all, [&](const std::string& each) {
                   const auto message = parse(each);
                   const auto structure = grammar->of(*message);
                   read += arrange(*message, structure ? *structure : nullptr).size();
               }));
    fmt::print("parse, arrange, all texts {:>10.0f} messages/s\n", per_second(all, [&](const std::string& each) {
                   const auto message = parse(each);
                   const auto structure = grammar->of(*message);
                   read += arrange(*message, structure ? *structure : nullptr).size();
                   for (std::size_t i = 0; i < message->size(); ++i)
                       for (int field = 1; field <= message->segment(i).fields(); ++field)
                           for (const Field& component : message->segment(i).field(field).components())
                               read += component.text().size();
               }));
    return read == 0;
}
