// SPDX-License-Identifier: Apache-2.0
#include "store/ledger.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <functional>

using namespace store;

namespace {

// What a ledger says, as somebody may have altered it on disk.
class Told final : public Ledger {
public:
    explicit Told(int count) {
        base::Digest before{};
        for (int i = 1; i <= count; ++i) {
            LedgerEntry entry{i, 1'700'000'000'000'000 + i, "Patient", "p" + std::to_string(i), 1, Change::created, base::sha256(std::to_string(i)), {}};
            before = entry.hash = chained(before, entry);
            entries.push_back(std::move(entry));
        }
    }
    base::Result<std::vector<LedgerEntry>> read(Position after, int count) override {
        const auto begin = std::find_if(entries.begin(), entries.end(), [after](const LedgerEntry& one) { return one.position > after; });
        return std::vector<LedgerEntry>(begin, begin + std::min<std::ptrdiff_t>(count, entries.end() - begin));
    }
    Position wait(Position after, std::chrono::milliseconds) override { return after; }

    std::vector<LedgerEntry> entries;
};

}  // namespace

TEST_SUITE("store/ledger") {
    TEST_CASE("a ledger that nobody touched is proven to its end, over the pieces in which it is read") {
        Told none(0), long_one(2345);
        CHECK(*verify(none) == 0);
        CHECK(*verify(long_one) == 2345);
    }

    TEST_CASE("whatever is altered, taken out, put in or exchanged, the first wrong position is named") {
        const std::pair<const char*, std::function<void(std::vector<LedgerEntry>&)>> ways[] = {
            {"position 5 ", [](auto& all) { all[4].time += 1; }},
            {"position 5 ", [](auto& all) { all[4].type = "Practitioner"; }},
            {"position 5 ", [](auto& all) { all[4].id = "p4"; }},
            {"position 5 ", [](auto& all) { all[4].version = 2; }},
            {"position 5 ", [](auto& all) { all[4].change = Change::deleted; }},
            {"position 5 ", [](auto& all) { all[4].content[31] ^= 1; }},
            {"position 5 ", [](auto& all) { all[4].hash[0] ^= 0x80; }},
            {"position 6 ", [](auto& all) { all[4].time += 1; all[4].hash = chained(all[3].hash, all[4]); }},  // made to fit itself
            {"position 5 is missing", [](auto& all) { all.erase(all.begin() + 4); }},
            {"position 1 is missing", [](auto& all) { all.erase(all.begin()); }},
            {"position 5 ", [](auto& all) { std::swap(all[4], all[5]); std::swap(all[4].position, all[5].position); }},
            {"position 6 is missing", [](auto& all) { all.insert(all.begin() + 5, all[4]); all[5].position = 7; }},
        };
        for (const auto& way : ways) {
            Told ledger(9);
            way.second(ledger.entries);
            const auto found = verify(ledger);
            CAPTURE(way.first);
            REQUIRE_FALSE(found);
            CHECK(found.fault().kind == base::Fault::Kind::conflict);
            CHECK(found.fault().text.find(way.first) != std::string::npos);
        }
    }
}
