// SPDX-License-Identifier: Apache-2.0
#pragma once

// Configuration: what may be set is declared first, then read from TOML and from pairs given on the command
// line, then asked for by name and type.
//
// A key that nobody declared is a fault that names the nearest known one, a value of the wrong type or out of
// its range a fault with its line: a misspelt limit must not silently be the default. All that is wrong is
// told at once. What is declared is also the documentation: describe() prints it.

#include "base/result.h"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace base {

// One thing that may be set. A part of the name may be "*": "channel.*.port" is asked for as "channel.lab.port".
struct Setting {
    enum class Kind {
        text,
        boolean,
        integer,
        real,
        duration,  // "250ms", "5s", "2min", "1h"; a bare number is seconds. Asked for in milliseconds
        size,      // "64KiB", "16MiB", "1GiB"; a bare number is bytes. Asked for in bytes
        texts      // ["a", "b"]; on the command line a,b
    };
    std::string name;             // dotted: "http.port"
    Kind kind = Kind::text;
    std::string fallback;         // the default, as one would write it on the command line
    std::string what;             // one sentence
    std::optional<double> least{};  // in the unit it is asked for
    std::optional<double> most{};
    std::vector<std::string> choices{};  // of a text
};

using Schema = std::vector<Setting>;

class Settings {
public:
    using Pairs = std::vector<std::pair<std::string, std::string>>;

    // `toml` may be empty; `source` names it in faults. A pair overrides the file.
    static Result<Settings> read(const Schema& schema, std::string_view toml, const std::string& source, const Pairs& pairs);

    // Asking for a name that was not declared, or by another type, is our bug and throws.
    const std::string& text(const std::string& name) const;
    bool boolean(const std::string& name) const;
    std::int64_t integer(const std::string& name) const;   // also milliseconds of a duration, bytes of a size
    double real(const std::string& name) const;
    const std::vector<std::string>& texts(const std::string& name) const;

    // True when the file or a pair gave it.
    bool given(const std::string& name) const { return given_.contains(name); }
    // The names that stand for "*" right after `prefix`: names("channel") for [channel.lab] and [channel.ward].
    std::vector<std::string> names(const std::string& prefix) const;

private:
    struct Value {
        Setting::Kind kind = Setting::Kind::text;
        std::string text{};
        std::vector<std::string> texts{};
        std::int64_t integer = 0;
        double real = 0;
        bool boolean = false;
    };
    class Reader;
    const Value& value(const std::string& name, Setting::Kind kind) const;

    Schema schema_;
    std::map<std::string, Value> given_;
    std::map<std::string, Value> fallbacks_;  // by declared name
};

// "a.b=c" as a pair; a fault without '='.
Result<std::pair<std::string, std::string>> setting_pair(std::string_view text);

// All settings as a Markdown table: name, kind, default, what.
std::string describe(const Schema& schema);

}  // namespace base
