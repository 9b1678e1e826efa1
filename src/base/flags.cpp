// SPDX-License-Identifier: Apache-2.0
#include "base/flags.h"

#include "base/text.h"

#include <fmt/format.h>

#include <algorithm>

namespace base {

namespace {
Fault wrong(std::string text) { return {Fault::Kind::unsupported, std::move(text)}; }
}  // namespace

Flags& Flags::sign(std::string_view name, bool& into) {
    flags_.push_back({name, &into});
    return *this;
}

Flags& Flags::value(std::string_view name, Take take) {
    flags_.push_back({name, nullptr, std::move(take)});
    return *this;
}

Flags& Flags::text(std::string_view name, std::string& into) {
    return value(name, [&into](const std::string& given) -> Result<void> {
        into = given;
        return {};
    });
}

Flags& Flags::texts(std::string_view name, std::vector<std::string>& into) {
    return value(name, [&into](const std::string& given) -> Result<void> {
        into.push_back(given);
        return {};
    });
}

Flags& Flags::number(std::string_view name, std::int64_t& into, std::int64_t least, std::int64_t most) {
    return value(name, [&into, name, least, most](const std::string& given) -> Result<void> {
        const auto number = to_integer(given);
        if (!number || *number < least || *number > most) return wrong(fmt::format("{} takes a number, {} to {}, not {}", name, least, most, given));
        into = *number;
        return {};
    });
}

Flags& Flags::others(std::vector<std::string>& into) {
    return others([&into](const std::string& word) -> Result<void> {
        into.push_back(word);
        return {};
    });
}

Flags& Flags::others(Take take) {
    others_ = std::move(take);
    return *this;
}

Result<void> Flags::read(const std::vector<std::string>& words) const {
    bool flags = true;
    for (std::size_t i = 0; i < words.size(); ++i) {
        const std::string& word = words[i];
        if (flags && word == "--") {
            flags = false;
            continue;
        }
        if (!flags || !word.starts_with("--")) {
            if (!others_) return wrong("unknown argument " + word);
            TRY(others_(word));
            continue;
        }
        const auto [name, behind] = cut(word, '=');
        const bool has_value = name.size() < word.size();
        const auto wanted = name;  // a structured binding cannot be captured
        const auto flag = std::find_if(flags_.begin(), flags_.end(), [&](const Flag& one) { return one.name == wanted; });
        if (flag == flags_.end()) return wrong("unknown flag " + std::string(name));
        if (flag->sign != nullptr) {
            if (has_value) return wrong(std::string(name) + " takes no value");
            *flag->sign = true;
        } else if (has_value) {
            TRY(flag->take(std::string(behind)));
        } else {
            if (++i == words.size()) return wrong(word + " needs a value");
            TRY(flag->take(words[i]));
        }
    }
    return {};
}

}  // namespace base
