// SPDX-License-Identifier: Apache-2.0
#pragma once

// The journal of the reference engine: a vector, walked. Two entries of one commit that are settled twice are not told apart.

#include "store/durable/journal.h"

#include <mutex>

namespace store {

class MemoryJournal final : public durable::Journal {
public:
    base::Result<durable::Entry> record(const std::string& channel, const std::string& control_id, std::string_view bytes,
                                        base::Micros time) override;
    base::Result<std::optional<durable::Entry>> find(const std::string& channel, const std::string& control_id, std::string_view bytes) override;
    base::Result<void> settle(std::int64_t number, const durable::Settlement& settlement) override { return settle(number, settlement, 0, 0); }
    base::Result<durable::Entry> amend(std::int64_t original, const durable::Settlement& settlement, const std::string& control_id,
                                       std::string_view bytes) override;
    base::Result<std::optional<durable::Entry>> read(std::int64_t number) override;
    base::Result<std::vector<durable::Entry>> list(const durable::Wanted& wanted) override;
    base::Result<durable::Tally> counts() override;
    base::Result<durable::Swept> sweep(base::Micros before, int most) override;

    // Whether settle() would do it.
    base::Result<void> check(std::int64_t number, const durable::Settlement& settlement) const;
    base::Result<void> settle(std::int64_t number, const durable::Settlement& settlement, std::int64_t wrote_after, std::int64_t wrote_until);

private:
    struct Kept {
        durable::Entry entry;
        std::string first_bytes;  // stays when they were swept: the key
    };
    const Kept* find(std::int64_t number) const;
    Kept* same(const std::string& channel, const std::string& control_id, std::string_view bytes);
    base::Result<void> checked(std::int64_t number, const durable::Settlement& settlement) const;
    void apply(std::int64_t number, const durable::Settlement& settlement, std::int64_t wrote_after, std::int64_t wrote_until);
    durable::Entry add(durable::Entry entry);

    mutable std::mutex mutex_;
    std::vector<Kept> entries_;
};

}  // namespace store
