// SPDX-License-Identifier: Apache-2.0
#include "base/clock.h"

#include <fmt/format.h>

#include <array>
#include <chrono>

namespace base {

namespace {

class SystemClock final : public Clock {
public:
    Micros now() const override {
        return std::chrono::duration_cast<std::chrono::microseconds>(
                   std::chrono::system_clock::now().time_since_epoch()).count();
    }
};

struct Civil {
    int year, month, day, hour, minute, second, millis, weekday;
};

Civil civil(Micros time) {
    using namespace std::chrono;
    const sys_time<microseconds> point{microseconds{time}};
    const auto day = floor<days>(point);
    const year_month_day date{day};
    const hh_mm_ss<milliseconds> clock{floor<milliseconds>(point - day)};
    return {int(date.year()), int(unsigned(date.month())), int(unsigned(date.day())), int(clock.hours().count()),
            int(clock.minutes().count()), int(clock.seconds().count()), int(clock.subseconds().count()),
            int(weekday{day}.c_encoding())};
}

}  // namespace

const Clock& system_clock() {
    static const SystemClock clock;
    return clock;
}

std::string instant(Micros time) {
    const Civil c = civil(time);
    return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", c.year, c.month, c.day, c.hour, c.minute, c.second,
                       c.millis);
}

std::string http_date(Micros time) {
    constexpr std::array days{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    constexpr std::array months{"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    const Civil c = civil(time);
    // Every answer carries two of these: the digits are put in place by hand.
    std::string text = "Day, 00 Mon 0000 00:00:00 GMT";
    const auto digits = [&text](std::size_t at, std::size_t size, int number) {
        for (std::size_t i = at + size; i-- > at; number /= 10) text[i] = static_cast<char>('0' + number % 10);
    };
    text.replace(0, 3, days[std::size_t(c.weekday)]);
    digits(5, 2, c.day);
    text.replace(8, 3, months[std::size_t(c.month - 1)]);
    digits(12, 4, c.year);
    digits(17, 2, c.hour);
    digits(20, 2, c.minute);
    digits(23, 2, c.second);
    return text;
}

std::int64_t days_from_civil(int year, int month, int day) {
    using namespace std::chrono;
    const year_month_day first{std::chrono::year{year}, std::chrono::month{static_cast<unsigned>(month)},
                               std::chrono::day{1}};
    return sys_days{first}.time_since_epoch().count() + day - 1;
}

}  // namespace base
