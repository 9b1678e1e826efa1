// SPDX-License-Identifier: Apache-2.0
#include "fhir/path/temporal.h"

#include <array>

namespace fhir::path {

namespace {

using Precision = Temporal::Precision;

// Takes what it reads from the front of `rest`.
class Reader {
public:
    explicit Reader(std::string_view rest) : rest_(rest) {}

    bool done() const { return rest_.empty(); }
    bool take(char c) {
        if (rest_.empty() || rest_.front() != c) return false;
        rest_.remove_prefix(1);
        return true;
    }
    bool digits(std::size_t count, int low, int high, int& value) {
        if (rest_.size() < count) return false;
        int sum = 0;
        for (std::size_t i = 0; i < count; ++i) {
            if (rest_[i] < '0' || rest_[i] > '9') return false;
            sum = sum * 10 + (rest_[i] - '0');
        }
        if (sum < low || sum > high) return false;
        rest_.remove_prefix(count);
        value = sum;
        return true;
    }
    // Fraction of a second; digits behind the sixth are read and dropped.
    bool fraction(Temporal& time) {
        int count = 0;
        int scale = 100'000;
        while (!rest_.empty() && rest_.front() >= '0' && rest_.front() <= '9') {
            time.micro += (rest_.front() - '0') * scale;
            scale /= 10;
            ++count;
            rest_.remove_prefix(1);
        }
        time.fraction_digits = count;
        return count > 0 && count <= 18;
    }

private:
    std::string_view rest_;
};

int days_in(int year, int month) {
    constexpr std::array<int, 12> days{31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return month == 2 && leap ? 29 : days[static_cast<std::size_t>(month - 1)];
}

bool read_time(Reader& in, Temporal& time) {
    if (!in.digits(2, 0, 23, time.hour)) return false;
    time.precision = Precision::hour;
    if (!in.take(':')) return true;
    if (!in.digits(2, 0, 59, time.minute)) return false;
    time.precision = Precision::minute;
    if (!in.take(':')) return true;
    if (!in.digits(2, 0, 60, time.second)) return false;  // 60: a leap second
    time.precision = Precision::second;
    if (!in.take('.')) return true;
    time.precision = Precision::fraction;
    return in.fraction(time);
}

bool read_zone(Reader& in, Temporal& time) {
    if (in.done()) return true;
    time.has_zone = true;
    if (in.take('Z')) return true;
    const bool east = in.take('+');
    if (!east && !in.take('-')) return false;
    int hours = 0;
    int minutes = 0;
    if (!in.digits(2, 0, 14, hours) || !in.take(':') || !in.digits(2, 0, 59, minutes)) return false;
    time.zone = (hours * 60 + minutes) * (east ? 1 : -1);
    return true;
}

constexpr base::Micros one_second = 1'000'000;
constexpr base::Micros one_day = 86'400 * one_second;

base::Micros moment(const Temporal& time) {
    const base::Micros seconds = time.hour * 3600LL + time.minute * 60LL + time.second - time.zone * 60LL;
    return base::days_from_civil(time.year, time.month, time.day) * one_day + seconds * one_second + time.micro;
}

}  // namespace

std::optional<Temporal> Temporal::date_time(std::string_view text) {
    Temporal result;
    Reader in(text);
    if (!in.digits(4, 1, 9999, result.year)) return {};
    if (in.take('-')) {
        if (!in.digits(2, 1, 12, result.month)) return {};
        result.precision = Precision::month;
        if (in.take('-')) {
            if (!in.digits(2, 1, days_in(result.year, result.month), result.day)) return {};
            result.precision = Precision::day;
        }
    }
    if (in.take('T')) {
        if (in.done()) return result;  // FHIRPath: a partial dateTime
        if (result.precision != Precision::day || !read_time(in, result) || !read_zone(in, result)) return {};
    }
    if (!in.done()) return {};
    return result;
}

std::optional<Temporal> Temporal::time(std::string_view text) {
    Temporal result;
    Reader in(text);
    if (!read_time(in, result) || !in.done()) return {};
    return result;
}

base::Micros Temporal::first() const { return moment(*this); }

base::Micros Temporal::end() const {
    switch (precision) {
        case Precision::year: {
            Temporal next = *this;
            ++next.year;
            return moment(next);
        }
        case Precision::month: {
            Temporal next = *this;
            next.year += month == 12 ? 1 : 0;
            next.month = month == 12 ? 1 : month + 1;
            return moment(next);
        }
        case Precision::day: return first() + one_day;
        case Precision::hour: return first() + 3600 * one_second;
        case Precision::minute: return first() + 60 * one_second;
        case Precision::second: return first() + one_second;
        case Precision::fraction: {
            base::Micros width = one_second;
            for (int i = 0; i < fraction_digits && width > 1; ++i) width /= 10;
            return first() + width;
        }
    }
    return first();
}

std::optional<std::strong_ordering> compare(const Temporal& a, const Temporal& b) {
    const bool both_timed = a.precision >= Precision::hour && b.precision >= Precision::hour;
    if (both_timed && a.has_zone != b.has_zone) return {};
    if (both_timed && a.precision >= Precision::second && b.precision >= Precision::second)
        return a.first() <=> b.first();

    // A shift of zone can move the day: such moments are compared as moments.
    const bool shifted = both_timed && (a.zone != 0 || b.zone != 0);
    if (shifted) {
        if (a.precision != b.precision) {
            const bool a_first = a.end() <= b.first();
            const bool b_first = b.end() <= a.first();
            if (a_first) return std::strong_ordering::less;
            if (b_first) return std::strong_ordering::greater;
            return {};
        }
        return a.first() <=> b.first();
    }
    const std::array<int, 5> left{a.year, a.month, a.day, a.hour, a.minute};
    const std::array<int, 5> right{b.year, b.month, b.day, b.hour, b.minute};
    for (std::size_t i = 0; i < left.size(); ++i) {
        const auto level = static_cast<Precision>(i);
        const bool has_a = a.precision >= level;
        const bool has_b = b.precision >= level;
        if (!has_a && !has_b) return std::strong_ordering::equal;
        if (has_a != has_b) return {};
        if (left[i] != right[i]) return left[i] <=> right[i];
    }
    if ((a.precision >= Precision::second) != (b.precision >= Precision::second)) return {};
    return std::strong_ordering::equal;
}

}  // namespace fhir::path
