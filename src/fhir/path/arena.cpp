// SPDX-License-Identifier: Apache-2.0
#include "fhir/path/arena.h"

#include <algorithm>

namespace fhir::path {

void Arena::enter(std::size_t chunk) {
    current_ = chunk;
    at_ = chunks_[chunk].bytes.get();
    end_ = at_ + chunks_[chunk].size;
}

void Arena::grow(std::size_t bytes) {
    constexpr std::size_t largest_step = 1U << 20U;
    for (std::size_t next = at_ ? current_ + 1 : 0; next < chunks_.size(); ++next)
        if (chunks_[next].size >= bytes) return enter(next);
    const std::size_t size = std::max(bytes, next_size_);
    next_size_ = std::min(next_size_ * 2, largest_step);
    chunks_.push_back({std::make_unique_for_overwrite<char[]>(size), size});
    enter(chunks_.size() - 1);
}

void Arena::rewind(const Mark& mark) {
    used_ = mark.used;
    if (mark.at == nullptr) {
        at_ = end_ = nullptr;
        current_ = 0;
        return;
    }
    enter(mark.chunk);
    at_ = mark.at;
}

void Arena::clear() {
    used_ = 0;
    current_ = 0;
    at_ = end_ = nullptr;
}

}  // namespace fhir::path
