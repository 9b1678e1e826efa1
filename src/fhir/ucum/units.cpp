// SPDX-License-Identifier: Apache-2.0
#include "fhir/ucum/units.h"

#include "fhir/ucum/expression.h"
#include "fhir/ucum/table.h"

#include <fmt/format.h>

#include <fstream>
#include <iterator>

namespace fhir::ucum {

namespace {

base::Fault out_of_reach(std::string_view value, std::string_view unit) {
    return {base::Fault::Kind::invalid, fmt::format("{} \"{}\" cannot be computed", value.substr(0, 60), unit.substr(0, 60))};
}

base::Result<Ratio::Written> number(std::string_view text) {
    const auto read = Ratio::parse(text);
    if (!read) return base::Fault{base::Fault::Kind::invalid, fmt::format("\"{}\" is not a decimal number", text.substr(0, 60))};
    return *read;
}

base::Result<Scale> scale(std::string_view unit, const Table& table) {
    TRY(const Expression expression, parse(unit, table));
    Scale result = scale_of(expression);
    // What else was there has cancelled out: dB.s/s is dB.
    if (const Atom* left = table.atom(result.dimension.single()); left != nullptr && left->scale.special != nullptr) {
        const Ratio factor = result.factor;
        result = left->scale;
        result.factor = factor;
    }
    if (result.factor.too_large() || result.proper.too_large() || result.dimension.too_large())
        return base::Fault{base::Fault::Kind::invalid, fmt::format("\"{}\" is too large or too small to compute with", unit.substr(0, 60))};
    return result;
}

// A quantity in base units.
struct Amount {
    Ratio value;
    Dimension dimension;
    int places = 0;  // where the last digit stands that was written, when all of them are kept; else 0
};

base::Result<Amount> amount(std::string_view value, std::string_view unit, const Table& table) {
    TRY(const Ratio::Written written, number(value));
    TRY(const Scale of, scale(unit, table));
    const auto in_base = of.to_base(written.value);
    if (!in_base || in_base->too_large()) return out_of_reach(value, unit);
    const bool kept = of.special == nullptr && of.factor.shifts_only();
    return Amount{*in_base, of.dimension, kept ? written.places + of.factor.ten : 0};
}

base::Result<Measure> measure(const Ratio& value, std::string unit, int places = 0) {
    auto text = value.text(places);
    if (!text) return out_of_reach("a value in", unit);
    return Measure{*std::move(text), std::move(unit)};
}

bool unity(std::string_view unit) { return unit.empty() || unit == "1"; }

}  // namespace

struct Units::Table {
    ucum::Table units;
};

Units::Units(std::unique_ptr<const Table> table) : table_(std::move(table)) {}
Units::Units(Units&&) noexcept = default;
Units& Units::operator=(Units&&) noexcept = default;
Units::~Units() = default;

base::Result<Units> Units::open(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    if (!file) return base::Fault{base::Fault::Kind::missing, "cannot read " + path};
    const std::string text(std::istreambuf_iterator<char>(file), {});
    TRY(ucum::Table table, ucum::Table::parse(text));
    return Units(std::make_unique<const Table>(Table{std::move(table)}));
}

base::Result<void> Units::check(std::string_view unit) const {
    TRY(parse(unit, table_->units));
    return {};
}

base::Result<std::string> Units::describe(std::string_view unit) const {
    TRY(const Expression expression, parse(unit, table_->units));
    return ucum::describe(expression);
}

bool Units::comparable(std::string_view a, std::string_view b) const {
    const auto one = scale(a, table_->units), two = scale(b, table_->units);
    return one && two && one->dimension == two->dimension;
}

base::Result<Measure> Units::canonical(std::string_view value, std::string_view unit) const {
    TRY(const Amount in_base, amount(value, unit, table_->units));
    return measure(in_base.value, in_base.dimension.text(), in_base.places);
}

base::Result<std::strong_ordering> Units::compare(const Measure& a, const Measure& b) const {
    TRY(const Amount one, amount(a.value, a.unit, table_->units));
    TRY(const Amount two, amount(b.value, b.unit, table_->units));
    if (one.dimension != two.dimension)
        return base::Fault{base::Fault::Kind::invalid, fmt::format("\"{}\" and \"{}\" measure different things", a.unit, b.unit)};
    const auto order = ucum::compare(one.value, two.value);
    if (!order) return out_of_reach(a.value, a.unit);
    return *order;
}

base::Result<std::string> Units::convert(std::string_view value, std::string_view from, std::string_view to) const {
    TRY(const Ratio::Written written, number(value));
    TRY(const Scale source, scale(from, table_->units));
    TRY(const Scale target, scale(to, table_->units));
    if (source.dimension != target.dimension)
        return base::Fault{base::Fault::Kind::invalid, fmt::format("\"{}\" cannot be converted to \"{}\": {} is not {}", from, to,
                                                                   source.dimension.text(), target.dimension.text())};
    std::optional<Ratio> result;
    int places = 0;
    if (source.special == target.special && (source.special == nullptr || ucum::compare(source.proper, target.proper) == std::strong_ordering::equal)) {
        const Ratio factor = source.factor / target.factor;  // one scale: only prefixes differ
        result = written.value * factor;
        places = factor.shifts_only() ? written.places + factor.ten : 0;
    } else if (const auto in_base = source.to_base(written.value)) {
        result = target.from_base(*in_base);
    }
    if (!result || result->too_large()) return out_of_reach(value, from);
    auto text = result->text(places);
    if (!text) return out_of_reach(value, from);
    return *std::move(text);
}

base::Result<Measure> Units::multiply(const Measure& a, const Measure& b) const {
    if (unity(a.unit) || unity(b.unit)) {  // what is not a measure only scales the other
        const std::string& unit = unity(a.unit) ? b.unit : a.unit;
        TRY(const Ratio::Written one, number(a.value));
        TRY(const Ratio::Written two, number(b.value));
        TRY(check(unit));
        return measure(one.value * two.value, unity(unit) ? "1" : unit);
    }
    TRY(const Amount one, amount(a.value, a.unit, table_->units));
    TRY(Amount two, amount(b.value, b.unit, table_->units));
    two.dimension.multiply(one.dimension, 1);
    if (two.dimension.too_large()) return out_of_reach(a.value, a.unit);
    return measure(one.value * two.value, two.dimension.text());
}

base::Result<Measure> Units::divide(const Measure& a, const Measure& b) const {
    TRY(const Ratio::Written divisor, number(b.value));
    if (divisor.value.is_zero()) return base::Fault{base::Fault::Kind::invalid, "division by zero"};
    if (unity(b.unit) || a.unit == b.unit) {
        TRY(const Ratio::Written dividend, number(a.value));
        TRY(const Scale of, scale(a.unit, table_->units));
        if (unity(b.unit) || of.special == nullptr) return measure(dividend.value / divisor.value, unity(b.unit) && !unity(a.unit) ? a.unit : "1");
    }
    TRY(Amount one, amount(a.value, a.unit, table_->units));
    TRY(const Amount two, amount(b.value, b.unit, table_->units));
    if (two.value.is_zero()) return base::Fault{base::Fault::Kind::invalid, "division by zero"};
    one.dimension.multiply(two.dimension, -1);
    if (one.dimension.too_large()) return out_of_reach(a.value, a.unit);
    return measure(one.value / two.value, one.dimension.text());
}

}  // namespace fhir::ucum
