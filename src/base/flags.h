// SPDX-License-Identifier: Apache-2.0
#pragma once

// The words behind a command's name, read in one way for every command: a flag is a word that begins with "--"; its value is the next
// word, or stands behind "=". Behind a "--" by itself all words are taken as they are. "-" is no flag.
//
// What is bound here is changed as words are read, also by a reading that ends with a fault.

#include "base/result.h"

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace base {

class Flags {
public:
    using Take = std::function<Result<void>(const std::string& value)>;

    Flags& sign(std::string_view name, bool& into);  // takes no value
    Flags& text(std::string_view name, std::string& into);
    Flags& texts(std::string_view name, std::vector<std::string>& into);  // each time one more
    Flags& number(std::string_view name, std::int64_t& into, std::int64_t least, std::int64_t most);
    Flags& value(std::string_view name, Take take);
    Flags& others(std::vector<std::string>& into);  // words that are no flags; refused when nobody takes them
    Flags& others(Take take);

    // Fault (unsupported) that names the word that is wrong.
    Result<void> read(const std::vector<std::string>& words) const;

private:
    struct Flag {
        std::string_view name;
        bool* sign = nullptr;
        Take take{};
    };
    std::vector<Flag> flags_;
    Take others_{};
};

}  // namespace base
