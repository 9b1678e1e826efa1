// SPDX-License-Identifier: Apache-2.0
#pragma once

// A growing collection of Items whose memory is an Arena's. Moved, not copied; its items are plain values.

#include "fhir/path/arena.h"
#include "fhir/path/value.h"

#include <span>
#include <type_traits>

namespace fhir::path {

class Items {
public:
    static_assert(std::is_trivially_copyable_v<Item>);

    explicit Items(Arena& arena) : arena_(&arena) {}
    Items(Items&& other) noexcept : arena_(other.arena_), data_(other.data_), size_(other.size_), room_(other.room_) { other.forget(); }
    Items& operator=(Items&& other) noexcept {
        arena_ = other.arena_;
        data_ = other.data_;
        size_ = other.size_;
        room_ = other.room_;
        if (this != &other) other.forget();
        return *this;
    }

    void push_back(const Item& item) {
        if (size_ == room_) {
            const Item copy = item;  // it may be one of ours
            grow(size_ + 1);
            data_[size_++] = copy;
            return;
        }
        data_[size_++] = item;
    }
    void append(std::span<const Item> items) {
        if (items.empty()) return;
        if (room_ - size_ < items.size()) grow(size_ + items.size());
        std::memcpy(static_cast<void*>(data_ + size_), items.data(), items.size() * sizeof(Item));
        size_ += items.size();
    }
    void shorten(std::size_t size) { size_ = size; }

    std::size_t size() const { return size_; }
    bool empty() const { return size_ == 0; }
    const Item& operator[](std::size_t place) const { return data_[place]; }
    Item& operator[](std::size_t place) { return data_[place]; }
    const Item& front() const { return data_[0]; }
    const Item& back() const { return data_[size_ - 1]; }
    const Item* begin() const { return data_; }
    const Item* end() const { return data_ + size_; }
    Item* begin() { return data_; }
    Item* end() { return data_ + size_; }
    std::span<const Item> view() const { return {data_, size_}; }

private:
    void forget() {
        data_ = nullptr;
        size_ = room_ = 0;
    }
    void grow(std::size_t wanted) {
        const std::size_t room = wanted > 2 * room_ ? wanted : 2 * room_;
        if (data_ && arena_->extend(data_, room_ * sizeof(Item), room * sizeof(Item))) {
            room_ = room;
            return;
        }
        Item* const fresh = static_cast<Item*>(arena_->take(room * sizeof(Item)));
        if (size_ != 0) std::memcpy(static_cast<void*>(fresh), data_, size_ * sizeof(Item));
        data_ = fresh;
        room_ = room;
    }

    Arena* arena_;
    Item* data_ = nullptr;
    std::size_t size_ = 0;
    std::size_t room_ = 0;
};

}  // namespace fhir::path
