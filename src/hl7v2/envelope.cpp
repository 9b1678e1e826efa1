// SPDX-License-Identifier: Apache-2.0
#include "hl7v2/envelope.h"

#include "base/text.h"
#include "hl7v2/parse.h"

namespace hl7v2 {

namespace {

constexpr std::size_t looked_at = std::size_t{256} << 10;
constexpr std::size_t most_keys = 256;

std::string_view field_of(std::string_view line, char separator, int number) {
    for (; number > 0; --number) {
        const auto end = line.find(separator);
        if (end == std::string_view::npos) return {};
        line.remove_prefix(end + 1);
    }
    return line.substr(0, line.find(separator));
}

// The first component of each repetition, as keys. False when there is none.
bool add(std::vector<std::string>& keys, char kind, std::string_view field, const Delimiters& delimiters) {
    bool any = false;
    for (std::string_view one : base::split(field, delimiters.repetition)) {
        one = one.substr(0, one.find(delimiters.component));
        if (one.empty() || one == "\"\"" || keys.size() == most_keys) continue;
        keys.push_back(kind + std::string(one));
        any = true;
    }
    return any;
}

}  // namespace

std::vector<std::string> order_keys(std::string_view message) {
    std::vector<std::string> keys;
    const auto start = message.find("MSH");
    if (start == std::string_view::npos) return keys;
    message = message.substr(start, looked_at);
    const auto delimiters = read_delimiters(message);
    if (!delimiters) return keys;
    const char separator = delimiters->field;
    bool patient = false;
    std::string_view account, visit;
    for (std::size_t at = 0; at < message.size();) {
        const std::string_view line = message.substr(at, message.find_first_of("\r\n", at) - at);
        at += line.size() + 1;
        if (line.size() < 4 || line[3] != separator) continue;
        const std::string_view name = line.substr(0, 3);
        if (name == "MSH" && field_of(line, separator, 8).starts_with("MFN")) return {"master"};
        if (name == "PID") {
            bool named = add(keys, 'p', field_of(line, separator, 3), *delimiters);
            if (!named) named = add(keys, 'p', field_of(line, separator, 2), *delimiters);
            if (!named) account = field_of(line, separator, 18);
            patient = patient || named;
        } else if (name == "PV1") {
            visit = field_of(line, separator, 19);
        } else if (name == "MRG") {
            add(keys, 'p', field_of(line, separator, 1), *delimiters);
        }
    }
    if (!patient && !add(keys, 'a', account, *delimiters)) add(keys, 'v', visit, *delimiters);
    return keys;
}

std::string first_component(const std::string& raw, char separator) { return raw.substr(0, raw.find(separator)); }

}  // namespace hl7v2
