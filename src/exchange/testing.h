// SPDX-License-Identifier: Apache-2.0
#pragma once

// For tests of this room: a house in memory into which messages may be committed. Not for the server.

#include "exchange/committer.h"
#include "fhir/testing.h"
#include "store/memory.h"

#include <atomic>
#include <string>

namespace exchange::testing {

struct World {
    base::FixedClock clock{1'700'000'000'000'000};
    const fhir::schema::Schema& schema = fhir::testing::r4();
    store::Memory repository{clock};
    interaction::Rules rules{};
    interaction::Context context{schema, fhir::testing::r4_parameters(), repository, clock, rules};
    Committer committer{context};

    // Of the current version; 0 and "" when there is none.
    std::int64_t version(const std::string& type, const std::string& id) {
        const auto found = repository.snapshot()->read(type, id);
        return found && *found ? (*found)->version : 0;
    }
    std::string body(const std::string& type, const std::string& id) {
        const auto found = repository.snapshot()->read(type, id);
        return found && *found && !(*found)->deleted() ? *(*found)->body : std::string{};
    }
};

// A journal whose disk is full for a while: so many of the next calls of a kind fail.
class FullJournal final : public store::durable::Journal {
public:
    explicit FullJournal(store::durable::Journal& behind) : behind_(behind) {}
    std::atomic<int> records{0}, settlements{0}, readings{0}, lists{0}, findings{0};

    base::Result<store::durable::Entry> record(const std::string& channel, const std::string& control_id, std::string_view bytes, base::Micros time) override {
        if (fails(records)) return full();
        return behind_.record(channel, control_id, bytes, time);
    }
    base::Result<std::optional<store::durable::Entry>> find(const std::string& channel, const std::string& control_id, std::string_view bytes) override {
        if (fails(findings)) return full();
        return behind_.find(channel, control_id, bytes);
    }
    base::Result<void> settle(std::int64_t entry, const store::durable::Settlement& settlement) override {
        if (fails(settlements)) return full();
        return behind_.settle(entry, settlement);
    }
    base::Result<store::durable::Entry> amend(std::int64_t original, const store::durable::Settlement& settlement, const std::string& control_id,
                                              std::string_view bytes) override {
        if (fails(records)) return full();
        return behind_.amend(original, settlement, control_id, bytes);
    }
    base::Result<std::optional<store::durable::Entry>> read(std::int64_t entry) override {
        if (fails(readings)) return full();
        return behind_.read(entry);
    }
    base::Result<std::vector<store::durable::Entry>> list(const store::durable::Wanted& wanted) override {
        if (fails(lists)) return full();
        return behind_.list(wanted);
    }
    base::Result<store::durable::Tally> counts() override { return behind_.counts(); }
    base::Result<store::durable::Swept> sweep(base::Micros before, int most) override { return behind_.sweep(before, most); }

private:
    static bool fails(std::atomic<int>& times) { return times > 0 && times-- > 0; }
    static base::Fault full() { return {base::Fault::Kind::unavailable, "the disk is full"}; }
    store::durable::Journal& behind_;
};

}  // namespace exchange::testing
