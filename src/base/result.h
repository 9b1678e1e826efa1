// SPDX-License-Identifier: Apache-2.0
#pragma once

// The one way to fail.
//
// A Fault says that *this request* cannot be done; it travels up as a value and each door turns its
// kind into its own words (HTTP status, MSA-1, exit code). Imperfect *data* is a Finding; *our own*
// mistakes are exceptions. Result is [[nodiscard]]: a failure cannot be dropped unseen.
//
//     TRY(auto document, fhir::codec::read_json(bytes, names));   // returns the Fault upwards
//     TRY(store.check(document));                                 // for Result<void>

#include "base/finding.h"

#include <cassert>
#include <string>
#include <utility>
#include <variant>

namespace base {

struct Fault {
    enum class Kind {
        malformed,    // the bytes are not what they claim to be
        invalid,      // well formed, but against the rules
        unsupported,  // we do not do this
        unknown,      // who are you?
        denied,       // not for you
        missing,      // not here
        gone,         // was here, deleted
        stale,        // you looked at an older version
        ambiguous,    // more than one match where one is needed
        conflict,     // the rest of the store forbids it
        too_large,    // over a limit
        too_costly,   // would take too long; the text says what to narrow
        unavailable,  // try again later
        bug           // our own mistake, caught at a door
    };

    Kind kind = Kind::invalid;
    std::string text;    // for the sender; no patient data
    std::string where{};   // FHIRPath or other location, may be empty
    IssueType type = default_type(kind);
    Findings findings{};   // when many things are wrong; then `text` sums up

    static IssueType default_type(Kind kind);
};

template <class T>
class [[nodiscard]] Result {
public:
    Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}      // NOLINT: values convert
    Result(Fault fault) : state_(std::in_place_index<1>, std::move(fault)) {}  // NOLINT: faults convert

    explicit operator bool() const { return state_.index() == 0; }

    T& operator*() & { assert(*this); return *std::get_if<0>(&state_); }
    const T& operator*() const& { assert(*this); return *std::get_if<0>(&state_); }
    T&& operator*() && { assert(*this); return std::move(*std::get_if<0>(&state_)); }
    T* operator->() { assert(*this); return std::get_if<0>(&state_); }
    const T* operator->() const { assert(*this); return std::get_if<0>(&state_); }

    const Fault& fault() const& { assert(!*this); return *std::get_if<1>(&state_); }
    Fault&& fault() && { assert(!*this); return std::move(*std::get_if<1>(&state_)); }

private:
    std::variant<T, Fault> state_;
};

template <>
class [[nodiscard]] Result<void> {
public:
    Result() = default;
    Result(Fault fault) : fault_(std::move(fault)), failed_(true) {}  // NOLINT: faults convert

    explicit operator bool() const { return !failed_; }
    const Fault& fault() const& { assert(failed_); return fault_; }
    Fault&& fault() && { assert(failed_); return std::move(fault_); }

private:
    Fault fault_{};
    bool failed_ = false;
};

}  // namespace base

#define ANDIRON_JOIN_(a, b) a##b
#define ANDIRON_JOIN(a, b) ANDIRON_JOIN_(a, b)
#define ANDIRON_TRY_1(expression)                                            \
    do {                                                                     \
        if (auto tried_ = (expression); !tried_) return std::move(tried_).fault(); \
    } while (false)
#define ANDIRON_TRY_2(declaration, expression)                                              \
    auto ANDIRON_JOIN(tried_, __LINE__) = (expression);                                     \
    if (!ANDIRON_JOIN(tried_, __LINE__)) return std::move(ANDIRON_JOIN(tried_, __LINE__)).fault(); \
    declaration = *std::move(ANDIRON_JOIN(tried_, __LINE__))
#define ANDIRON_TRY_PICK(one, two, name, ...) name
#define TRY(...) ANDIRON_TRY_PICK(__VA_ARGS__, ANDIRON_TRY_2, ANDIRON_TRY_1, )(__VA_ARGS__)
