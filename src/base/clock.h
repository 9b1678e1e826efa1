// SPDX-License-Identifier: Apache-2.0
#pragma once

// Time as an argument, so that tests own it. Wall time is microseconds since 1970-01-01T00:00:00Z.

#include <cstdint>
#include <string>

namespace base {

using Micros = std::int64_t;

class Clock {
public:
    virtual ~Clock() = default;
    virtual Micros now() const = 0;
};

// The machine's clock. Only app hands it out.
const Clock& system_clock();

// A clock that stands where a test put it.
class FixedClock final : public Clock {
public:
    explicit FixedClock(Micros now) : now_(now) {}
    Micros now() const override { return now_; }
    void advance(Micros by) { now_ += by; }

private:
    Micros now_;
};

// "2024-05-01T12:00:00.123Z": FHIR instant with milliseconds, UTC.
std::string instant(Micros time);

// "Wed, 01 May 2024 12:00:00 GMT": the date of HTTP headers (RFC 9110 5.6.7).
std::string http_date(Micros time);

// Days since 1970-01-01 of a civil date, proleptic Gregorian; the month may not be out of 1..12.
std::int64_t days_from_civil(int year, int month, int day);

}  // namespace base
