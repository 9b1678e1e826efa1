// SPDX-License-Identifier: Apache-2.0
#include "fhir/path/distinct.h"

#include "fhir/path/decimal.h"

#include <functional>

namespace fhir::path {

namespace {

constexpr std::size_t few = 12;

std::uint64_t mixed(std::uint64_t value) {
    value ^= value >> 33U;
    value *= 0xff51afd7ed558ccdULL;
    return value ^ (value >> 29U);
}

std::uint64_t of_text(std::string_view text, std::uint64_t salt) { return mixed(std::hash<std::string_view>{}(text) + salt); }

// Equal elements have equal sums: the order of their children does not count.
std::uint64_t of_element(View node) {
    std::uint64_t sum = of_text(node.text(), 11);
    for (View child : node.children()) sum += mixed(of_text(child.name_text(), 13) + of_text(child.text(), 17));
    return sum;
}

}  // namespace

std::uint64_t Distinct::hash(const Item& item) const {
    const auto value = run_.value(item);
    if (!value) return item.is_node() && item.node ? of_element(item.node) : 3;
    switch (value->kind) {
        case Item::Kind::string: return of_text(value->text, 0);
        case Item::Kind::boolean: return value->flag ? 1 : 2;
        case Item::Kind::integer: return mixed(std::hash<double>{}(static_cast<double>(value->integer())));
        case Item::Kind::decimal: {
            const auto number = Decimal::parse(value->text);
            return number ? mixed(std::hash<double>{}(number->to_double())) : of_text(value->text, 19);
        }
        case Item::Kind::date: return of_text(value->text, 23);
        default: return 5;  // equal ones may look different
    }
}

bool Distinct::find(const Item& item, std::uint64_t hash) const {
    if (table_.empty()) return holds(run_, items_, item);
    for (std::size_t slot = hash & (table_.size() - 1); table_[slot] != 0; slot = (slot + 1) & (table_.size() - 1)) {
        const std::size_t place = table_[slot] - 1;
        if (hashes_[place] != hash) continue;
        if (!run_.step() || equal(run_, items_[place], item).value_or(false)) return true;
    }
    return false;
}

void Distinct::index() {
    table_.assign(std::size_t{64} < 4 * items_.size() ? table_.size() * 2 : 64, 0);
    for (std::size_t place = hashes_.size(); place < items_.size(); ++place) hashes_.push_back(hash(items_[place]));
    for (std::size_t place = 0; place < items_.size(); ++place) {
        std::size_t slot = hashes_[place] & (table_.size() - 1);
        while (table_[slot] != 0) slot = (slot + 1) & (table_.size() - 1);
        table_[slot] = static_cast<std::uint32_t>(place + 1);
    }
}

bool Distinct::has(const Item& item) const { return find(item, table_.empty() ? 0 : hash(item)); }

bool Distinct::add(const Item& item) {
    const std::uint64_t own = table_.empty() ? 0 : hash(item);
    if (find(item, own) || !run_.step()) return false;
    items_.push_back(item);
    if (table_.empty()) {
        if (items_.size() > few) index();
        return true;
    }
    hashes_.push_back(own);
    if (2 * items_.size() > table_.size()) {
        index();
        return true;
    }
    std::size_t slot = own & (table_.size() - 1);
    while (table_[slot] != 0) slot = (slot + 1) & (table_.size() - 1);
    table_[slot] = static_cast<std::uint32_t>(items_.size());
    return true;
}

void append_distinct(Run& run, std::span<const Item> items, Items& out) { append_union(run, items, {}, out); }

void append_union(Run& run, std::span<const Item> a, std::span<const Item> b, Items& out) {
    if (a.size() + b.size() == 1) return out.append(a.empty() ? b : a);
    Distinct once(run);
    for (const auto items : {a, b})
        for (const Item& item : items) once.add(item);
    out.append(once.items());
}

}  // namespace fhir::path
