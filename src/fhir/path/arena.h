// SPDX-License-Identifier: Apache-2.0
#pragma once

// Memory of one evaluation: taken by moving a pointer, given back all at once.
//
// An Arena may be used for any number of evaluations one after the other: clear() keeps its chunks, so a thread that
// checks thousands of invariants allocates for the first few only. It is moved, never shared.

#include <cstddef>
#include <cstring>
#include <memory>
#include <string_view>
#include <vector>

namespace fhir::path {

class Arena {
public:
    explicit Arena(std::size_t first_chunk = 2048) : next_size_(first_chunk) {}
    Arena(Arena&&) noexcept = default;
    Arena& operator=(Arena&&) noexcept = default;

    // Aligned for pointers. Never fails; who lets outside data decide the size asks used() before.
    void* take(std::size_t bytes) {
        bytes = (bytes + 7U) & ~std::size_t{7};
        if (bytes > static_cast<std::size_t>(end_ - at_)) grow(bytes);
        char* const taken = at_;
        at_ += bytes;
        used_ += bytes;
        return taken;
    }
    // Makes what was taken last longer, in its place; false when something else lies behind it or it does not fit.
    bool extend(const void* taken, std::size_t before, std::size_t after) {
        if (static_cast<const char*>(taken) + before != at_ || after - before > static_cast<std::size_t>(end_ - at_)) return false;
        at_ += after - before;
        used_ += after - before;
        return true;
    }
    // A copy of the text that lives as long as the arena.
    std::string_view keep(std::string_view text) {
        if (text.empty()) return {};
        char* const copy = static_cast<char*>(take(text.size()));
        std::memcpy(copy, text.data(), text.size());
        return {copy, text.size()};
    }

    struct Mark {
        std::size_t chunk;
        char* at;
        std::size_t used;
    };
    Mark mark() const { return {current_, at_, used_}; }
    void rewind(const Mark& mark);  // everything taken since is gone
    void clear();
    std::size_t used() const { return used_; }  // bytes

private:
    struct Chunk {
        std::unique_ptr<char[]> bytes;
        std::size_t size;
    };
    void grow(std::size_t bytes);
    void enter(std::size_t chunk);

    std::vector<Chunk> chunks_;
    std::size_t current_ = 0;  // chunks_ in front of it are full; 0 of none at first
    char* at_ = nullptr;
    char* end_ = nullptr;
    std::size_t used_ = 0;
    std::size_t next_size_;
};

}  // namespace fhir::path
