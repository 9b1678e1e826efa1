// SPDX-License-Identifier: Apache-2.0
#include "base/text.h"
#include "fhir/path/operators.h"
#include "fhir/path/quantity.h"
#include "fhir/path/temporal.h"

#include <algorithm>
#include <cmath>
#include <vector>

// =, ~, < and membership (FHIRPath 6.1, 6.2, 6.4).

namespace fhir::path {

namespace {

using Kind = Item::Kind;

bool dated(const Item& item) { return item.kind == Kind::date || item.kind == Kind::date_time; }
bool both(const Item& a, const Item& b, Kind kind) { return a.kind == kind && b.kind == kind; }

std::optional<Decimal> decimal_of(const Item& item) {
    if (item.kind == Kind::integer) return Decimal::of(item.integer());
    return Decimal::parse(item.text);
}

std::optional<Temporal> moment(const Item& item) {
    return item.kind == Kind::time ? Temporal::time(item.text) : Temporal::date_time(item.text);
}

// A number beside a quantity counts units of 1 (FHIRPath 5.5, implicit conversion).
Item as_quantity(Run& run, const Item& item) {
    if (item.kind == Kind::decimal) return Item::of_quantity(item.text, "1");
    if (item.kind == Kind::integer) return Item::of_quantity(run.keep(std::to_string(item.integer())), "1");
    return item;
}

// Factors of units are not always exact decimals.
bool same_number(const Decimal& a, const Decimal& b) {
    if (a == b) return true;
    const double x = a.to_double();
    const double y = b.to_double();
    return std::fabs(x - y) <= 1e-13 * std::max(std::fabs(x), std::fabs(y));
}

int decimals_without_zeros(const Decimal& number) {
    const std::string text = number.text();
    const std::size_t point = text.find('.');
    if (point == std::string::npos) return 0;
    const std::size_t last = text.find_last_not_of('0');
    return static_cast<int>(last - point);
}

bool about_equal(const Decimal& a, const Decimal& b) {
    const int decimals = std::min(decimals_without_zeros(a), decimals_without_zeros(b));
    return a.rounded(decimals) == b.rounded(decimals);
}

// "  Any\tText " and "any text" are one; accents count (FHIRPath 6.1.2).
std::string normalized(std::string_view text) {
    std::string out;
    bool space = false;
    for (const char c : base::trim(text)) {
        const bool white = c == ' ' || c == '\t' || c == '\n' || c == '\r';
        if (white) {
            space = true;
            continue;
        }
        if (space) out += ' ';
        space = false;
        out += c;
    }
    return base::lower(out);
}

bool equivalent_nodes(Run& run, View a, View b, int depth) {
    if (depth > 64 || !run.step()) return false;
    if (a.kind() != b.kind() || a.resource_type() != b.resource_type()) return false;
    if (a.text() != b.text() && normalized(a.text()) != normalized(b.text())) return false;
    std::vector<View> rest;
    for (View child : b.children()) rest.push_back(child);
    std::size_t count = 0;
    for (View child : a.children()) {
        ++count;
        const auto found = std::find_if(rest.begin(), rest.end(), [&](View other) {
            return other && other.name_text() == child.name_text() && equivalent_nodes(run, child, other, depth + 1);
        });
        if (found == rest.end()) return false;
        *found = View{};
    }
    return count == rest.size();
}

}  // namespace

std::optional<bool> equal(Run& run, const Item& a, const Item& b) {
    if (a.kind == Kind::type_info || b.kind == Kind::type_info)
        return a.kind == b.kind && a.text == b.text && a.unit() == b.unit();
    const auto left = run.value(a);
    const auto right = run.value(b);
    if (!left || !right) {
        if (left || right) return false;
        if (!a.node || !b.node) return a.node == b.node && a.type == b.type;
        return a.node == b.node || fhir::equal(a.node, b.node);
    }
    const Item& x = *left;
    const Item& y = *right;
    if (both(x, y, Kind::string)) return x.text == y.text;
    if (x.is_number() && y.is_number()) {
        if (both(x, y, Kind::integer)) return x.integer() == y.integer();
        const auto p = decimal_of(x);
        const auto q = decimal_of(y);
        return p && q ? *p == *q : x.text == y.text;
    }
    if ((dated(x) && dated(y)) || both(x, y, Kind::time)) {
        const auto p = moment(x);
        const auto q = moment(y);
        if (!p || !q) return x.text == y.text;
        const auto result = compare(*p, *q);
        return result ? std::optional(*result == std::strong_ordering::equal) : std::nullopt;
    }
    if ((x.kind == Kind::quantity && (y.is_number() || y.kind == Kind::quantity)) || (x.is_number() && y.kind == Kind::quantity)) {
        const auto aligned = align(run, as_quantity(run, x), as_quantity(run, y), Alignment::exact);
        return aligned ? std::optional(same_number(aligned->a, aligned->b)) : std::nullopt;
    }
    if (x.kind != y.kind) return false;
    return x.kind == Kind::boolean ? x.flag == y.flag : x.text == y.text;
}

std::optional<bool> equal(Run& run, std::span<const Item> a, std::span<const Item> b) {
    if (a.empty() || b.empty()) return {};
    if (a.size() != b.size()) return false;
    bool unknown = false;
    for (std::size_t i = 0; i < a.size(); ++i) {
        if (!run.step()) return {};
        const auto one = equal(run, a[i], b[i]);
        if (!one) unknown = true;
        else if (!*one) return false;
    }
    return unknown ? std::optional<bool>{} : true;
}

bool equivalent(Run& run, const Item& a, const Item& b) {
    const auto x = run.value(a);
    const auto y = run.value(b);
    if (x && y) {
        if (both(*x, *y, Kind::string)) return normalized(x->text) == normalized(y->text);
        if (x->is_number() && y->is_number()) {
            const auto p = decimal_of(*x);
            const auto q = decimal_of(*y);
            return p && q && about_equal(*p, *q);
        }
        if (both(*x, *y, Kind::quantity)) {
            const auto aligned = align(run, *x, *y, Alignment::loose);
            return aligned && about_equal(aligned->a, aligned->b);
        }
        return equal(run, *x, *y).value_or(false);
    }
    if (x || y) return false;
    if (a.is_node() && b.is_node() && a.node && b.node) return a.node == b.node || equivalent_nodes(run, a.node, b.node, 0);
    return equal(run, a, b).value_or(false);
}

bool equivalent(Run& run, std::span<const Item> a, std::span<const Item> b) {
    if (a.size() != b.size()) return false;
    std::vector<bool> taken(b.size(), false);
    for (const Item& item : a) {
        bool found = false;
        for (std::size_t i = 0; i < b.size() && !found; ++i) {
            if (!run.step()) return false;
            if (taken[i] || !equivalent(run, item, b[i])) continue;
            taken[i] = true;
            found = true;
        }
        if (!found) return false;
    }
    return true;
}

std::optional<std::strong_ordering> order(Run& run, const Item& a, const Item& b) {
    const auto left = run.value(a);
    const auto right = run.value(b);
    const auto refuse = [&run]() -> std::optional<std::strong_ordering> {
        run.fail("these cannot be compared");
        return {};
    };
    if (!left || !right) return refuse();
    const Item& x = *left;
    const Item& y = *right;
    if (both(x, y, Kind::integer)) return x.integer() <=> y.integer();
    if (x.is_number() && y.is_number()) {
        const auto p = decimal_of(x);
        const auto q = decimal_of(y);
        if (!p || !q) return {};
        return *p <=> *q;
    }
    if ((x.kind == Kind::quantity && (y.is_number() || y.kind == Kind::quantity)) || (x.is_number() && y.kind == Kind::quantity)) {
        const auto aligned = align(run, as_quantity(run, x), as_quantity(run, y), Alignment::exact);
        if (!aligned) return {};
        if (same_number(aligned->a, aligned->b)) return std::strong_ordering::equal;
        return aligned->a <=> aligned->b;
    }
    if (both(x, y, Kind::string)) return x.text <=> y.text;
    if ((dated(x) && dated(y)) || both(x, y, Kind::time)) {
        const auto p = moment(x);
        const auto q = moment(y);
        if (!p || !q) return {};
        return compare(*p, *q);
    }
    return refuse();
}

bool holds(Run& run, std::span<const Item> items, const Item& item) {
    for (const Item& one : items)
        if (!run.step() || equal(run, one, item).value_or(false)) return true;
    return false;
}

std::optional<bool> compared(Run& run, Operator op, std::span<const Item> a, std::span<const Item> b) {
    const auto negated = [](std::optional<bool> value) { return value ? std::optional(!*value) : value; };
    switch (op) {
        case Operator::equal: return equal(run, a, b);
        case Operator::not_equal: return negated(equal(run, a, b));
        case Operator::equivalent: return equivalent(run, a, b);
        case Operator::not_equivalent: return !equivalent(run, a, b);
        case Operator::in:
        case Operator::contains: {
            const auto one = op == Operator::in ? a : b;
            const auto many = op == Operator::in ? b : a;
            if (one.size() > 1) run.fail("'in' and 'contains' look for a single item");
            if (one.size() != 1) return {};
            return holds(run, many, one.front());
        }
        default: break;
    }
    if (a.size() > 1 || b.size() > 1) run.fail("an operator needs single values");
    if (a.size() != 1 || b.size() != 1) return {};
    const auto result = order(run, a.front(), b.front());
    if (!result) return {};
    const auto is = *result;
    return op == Operator::less ? is < 0 : op == Operator::greater ? is > 0 : op == Operator::less_equal ? is <= 0 : is >= 0;
}

}  // namespace fhir::path
