// SPDX-License-Identifier: Apache-2.0
#pragma once

// Finds the number of a code in a list of codes that somebody else keeps: a hash table of numbers alone, four bytes a
// slot. Codes that differ in case only share a cluster, so that one table serves both kinds of code system: an exact
// match always wins; ignoring case (ASCII) is the second choice. Built once, then read by any number of threads.

#include <cstdint>
#include <limits>
#include <string_view>
#include <vector>

namespace terminology {

class CodeIndex {
public:
    static constexpr std::uint32_t none = std::numeric_limits<std::uint32_t>::max();

    // `code_of(i)` gives the i-th code, for i below `count`. Of equal codes the first is kept.
    template <class CodeOf>
    void build(std::size_t count, const CodeOf& code_of) {
        std::size_t slots = 4;
        while (slots < count * 2) slots *= 2;
        slots_.assign(slots, none);
        for (std::uint32_t i = 0; i < count; ++i) {
            std::size_t slot = hash(code_of(i)) & (slots - 1);
            while (slots_[slot] != none && code_of(slots_[slot]) != code_of(i)) slot = (slot + 1) & (slots - 1);
            if (slots_[slot] == none) slots_[slot] = i;
        }
    }

    template <class CodeOf>
    std::uint32_t find(std::string_view code, bool case_sensitive, const CodeOf& code_of) const {
        if (slots_.empty()) return none;
        std::uint32_t similar = none;
        for (std::size_t slot = hash(code) & (slots_.size() - 1); slots_[slot] != none;
             slot = (slot + 1) & (slots_.size() - 1)) {
            const std::string_view held = code_of(slots_[slot]);
            if (held == code) return slots_[slot];
            if (!case_sensitive && similar == none && same(held, code)) similar = slots_[slot];
        }
        return similar;
    }

    std::size_t bytes() const { return slots_.size() * sizeof(std::uint32_t); }

private:
    static constexpr unsigned char lower(char c) {
        return static_cast<unsigned char>(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c);
    }
    static std::size_t hash(std::string_view code) {
        std::uint64_t h = 0xCBF29CE484222325;
        for (const char c : code) h = (h ^ lower(c)) * 0x100000001B3;
        return static_cast<std::size_t>(h ^ (h >> 29U));
    }
    static bool same(std::string_view a, std::string_view b) {
        if (a.size() != b.size()) return false;
        for (std::size_t i = 0; i < a.size(); ++i)
            if (lower(a[i]) != lower(b[i])) return false;
        return true;
    }

    std::vector<std::uint32_t> slots_;  // a power of two of them, at most half full
};

}  // namespace terminology
