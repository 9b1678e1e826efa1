// SPDX-License-Identifier: Apache-2.0
#include "fhir/path/boundary.h"
#include "fhir/path/calendar.h"
#include "fhir/path/decimal.h"
#include "fhir/path/functions.h"

#include <algorithm>

// The moment of the evaluation, components of dates and times, precision and boundaries (FHIRPath 5.9, 5.7, STU functions).

namespace fhir::path {

namespace {

using Kind = Item::Kind;
using Precision = Temporal::Precision;

bool has_clock(const Call& call) {
    if (call.run.environment().now == 0) call.run.fail(base::Fault::Kind::unsupported, "the time is not known here");
    return call.run.environment().now != 0;
}
void give_now(const Call& call, Kind kind, std::size_t from, std::size_t length) {
    if (has_clock(call)) call.out.push_back(Item::of_text(kind, call.run.keep(base::instant(call.run.environment().now).substr(from, length))));
}
void now(const Call& call) { give_now(call, Kind::date_time, 0, std::string::npos); }
void today(const Call& call) { give_now(call, Kind::date, 0, 10); }
void time_of_day(const Call& call) { give_now(call, Kind::time, 11, 12); }

std::optional<Temporal> read(const Item& item) {
    if (item.kind == Kind::time) return Temporal::time(item.text);
    return Temporal::date_time(item.text);
}
bool is_moment(const Item& item) { return item.kind == Kind::date || item.kind == Kind::date_time || item.kind == Kind::time; }

// One part of a date or time, when it was said.
template <Precision needed, int Temporal::* part>
void component(const Call& call) {
    const auto item = call.run.single(call.input);
    if (!item) return;
    if (!is_moment(*item)) return call.run.fail("a date or time is needed here");
    const auto moment = read(*item);
    const bool date_part = needed <= Precision::day;
    if (!moment || moment->precision < needed || (date_part && item->kind == Kind::time)) return;
    call.give_integer(needed == Precision::fraction ? (*moment).*part / 1000 : (*moment).*part);
}
void zone_of(const Call& call) {
    const auto item = call.run.single(call.input);
    const auto moment = item && item->kind == Kind::date_time ? read(*item) : std::nullopt;
    if (!moment || !moment->has_zone) return;
    const auto hours = divide(Decimal::of(moment->zone), Decimal::of(60));
    if (hours) call.out.push_back(Item::of_text(Kind::decimal, call.run.keep(hours->text().find('.') == std::string::npos ? hours->text() + ".0" : hours->text())));
}
void date_of(const Call& call) {
    const auto item = call.run.single(call.input);
    if (item && (item->kind == Kind::date || item->kind == Kind::date_time))
        call.out.push_back(Item::of_text(Kind::date, item->text.substr(0, item->text.find('T'))));
}
void time_of(const Call& call) {
    const auto item = call.run.single(call.input);
    auto moment = item && item->kind == Kind::date_time ? read(*item) : std::nullopt;
    if (!moment || moment->precision < Precision::hour) return;
    moment->has_zone = false;
    call.out.push_back(Item::of_text(Kind::time, call.run.keep(spelled(*moment, true))));
}

void boundary(const Call& call, bool high) {
    const auto item = call.run.single(call.input);
    if (!item) return;
    const bool exact_date = item->kind == Kind::date;
    int digits = exact_date || item->kind == Kind::time ? (exact_date ? 8 : 9) : item->kind == Kind::date_time ? 17 : 8;
    if (call.count() == 1) {
        const auto asked = call.run.integer(call.argument(0));
        if (call.run.failed()) return;
        if (asked) digits = static_cast<int>(std::clamp<std::int64_t>(*asked, -1, 99));
    }
    std::optional<std::string> text;
    switch (item->kind) {
        case Kind::integer: text = decimal_boundary(std::to_string(item->integer()), high, digits); break;
        case Kind::decimal:
        case Kind::quantity: text = decimal_boundary(item->text, high, digits); break;
        case Kind::date:
        case Kind::date_time:
            if (const auto moment = read(*item)) text = date_time_boundary(*moment, high, digits);
            break;
        case Kind::time:
            if (const auto moment = read(*item)) text = time_boundary(*moment, high, digits);
            break;
        default: return call.run.fail("a number, date or time is needed here");
    }
    if (!text) return;
    const std::string_view kept = call.run.keep(*text);
    if (item->kind == Kind::quantity) return call.out.push_back(Item::of_quantity(kept, item->unit()));
    const bool timed = is_moment(*item) && item->kind != Kind::time && kept.find('T') != std::string_view::npos;
    const Kind kind = timed ? Kind::date_time : item->kind == Kind::date_time && digits <= 8 ? Kind::date : item->kind;
    call.out.push_back(Item::of_text(kind == Kind::integer ? Kind::decimal : kind, kept));
}
void low_boundary(const Call& call) { boundary(call, false); }
void high_boundary(const Call& call) { boundary(call, true); }

void precision(const Call& call) {
    const auto item = call.run.single(call.input);
    if (!item) return;
    if (item->kind == Kind::integer) return call.give_integer(0);
    if (item->kind == Kind::decimal || item->kind == Kind::quantity) return call.give_integer(decimal_precision(item->text));
    if (!is_moment(*item)) return call.run.fail("a number, date or time is needed here");
    if (const auto moment = read(*item)) call.give_integer(item->kind == Kind::time ? time_precision(*moment) : date_time_precision(*moment));
}

constexpr Function table[] = {
    {"now", 0, 0, now, "", 't'},
    {"today", 0, 0, today, "", 'd'},
    {"timeOfDay", 0, 0, time_of_day, "", 'h'},
    {"yearOf", 0, 0, component<Precision::year, &Temporal::year>, "dt", 'i'},
    {"monthOf", 0, 0, component<Precision::month, &Temporal::month>, "dt", 'i'},
    {"dayOf", 0, 0, component<Precision::day, &Temporal::day>, "dt", 'i'},
    {"hourOf", 0, 0, component<Precision::hour, &Temporal::hour>, "th", 'i'},
    {"minuteOf", 0, 0, component<Precision::minute, &Temporal::minute>, "th", 'i'},
    {"secondOf", 0, 0, component<Precision::second, &Temporal::second>, "th", 'i'},
    {"millisecondOf", 0, 0, component<Precision::fraction, &Temporal::micro>, "th", 'i'},
    {"timezoneOffsetOf", 0, 0, zone_of, "t", 'n'},
    {"dateOf", 0, 0, date_of, "dt", 'd'},
    {"timeOf", 0, 0, time_of, "t", 'h'},
    {"lowBoundary", 0, 1, low_boundary, "inqdth", '='},
    {"highBoundary", 0, 1, high_boundary, "inqdth", '='},
    {"precision", 0, 0, precision, "inqdth", 'i'},
};

}  // namespace

std::span<const Function> functions_of_time() { return table; }

}  // namespace fhir::path
