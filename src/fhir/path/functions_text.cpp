// SPDX-License-Identifier: Apache-2.0
#include "base/text.h"
#include "fhir/path/functions.h"

// Strings (FHIRPath 5.6). Lengths and places count Unicode code points.

namespace fhir::path {

namespace {

bool follows(char c) { return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U; }

std::int64_t length_of(std::string_view text) {
    std::int64_t count = 0;
    for (const char c : text) count += follows(c) ? 0 : 1;
    return count;
}

// The byte where code point `number` begins; text.size() behind the end.
std::size_t byte_of(std::string_view text, std::int64_t number) {
    std::size_t place = 0;
    for (; place < text.size(); ++place) {
        if (follows(text[place])) continue;
        if (number-- == 0) break;
    }
    return place;
}

// Calls `work(subject, argument)` when both are there.
template <class Work>
void with(const Call& call, Work work) {
    const auto subject = call.run.string(call.input);
    const auto argument = subject ? call.run.string(call.argument(0)) : std::nullopt;
    if (subject && argument) work(*subject, *argument);
}

void starts_with(const Call& call) { with(call, [&](const auto& a, const auto& b) { call.give(a.starts_with(b)); }); }
void ends_with(const Call& call) { with(call, [&](const auto& a, const auto& b) { call.give(a.ends_with(b)); }); }
void contains(const Call& call) {
    with(call, [&](const auto& a, const auto& b) { call.give(a.find(b) != std::string::npos); });
}
void index_of(const Call& call) {
    with(call, [&](const auto& a, const auto& b) {
        const std::size_t place = a.find(b);
        call.give_integer(place == std::string::npos ? -1 : length_of(std::string_view(a).substr(0, place)));
    });
}

void length(const Call& call) {
    if (const auto text = call.run.string(call.input)) call.give_integer(length_of(*text));
}
void upper(const Call& call) {
    if (const auto text = call.run.string(call.input)) call.give(base::upper(*text));
}
void lower(const Call& call) {
    if (const auto text = call.run.string(call.input)) call.give(base::lower(*text));
}
void trim(const Call& call) {
    if (const auto text = call.run.string(call.input)) call.give(std::string(base::trim(*text)));
}

void substring(const Call& call) {
    const auto text = call.run.string(call.input);
    if (!text) return;
    const auto from = call.run.integer(call.argument(0));
    if (!from || *from < 0 || *from >= length_of(*text)) return;
    const std::size_t begin = byte_of(*text, *from);
    std::size_t end = text->size();
    if (call.count() == 2) {
        const auto size = call.run.integer(call.argument(1));
        if (size) end = *size <= 0 ? begin : begin + byte_of(std::string_view(*text).substr(begin), *size);
    }
    call.give(text->substr(begin, end - begin));
}

void replace(const Call& call) {
    const auto text = call.run.string(call.input);
    if (!text) return;
    const auto from = call.run.string(call.argument(0));
    const auto to = call.run.string(call.argument(1));
    if (!from || !to) return;
    // Replacing "" puts `to` around every character, and a small expression could so grow without bound.
    std::string result;
    std::size_t place = 0;
    if (from->empty()) {
        for (const char c : *text) {
            if (!follows(c)) result += *to;
            result += c;
            if (!call.run.step(1 + to->size() / 64)) return;
        }
        return call.give(result + *to);
    }
    for (std::size_t found = text->find(*from); found != std::string::npos; found = text->find(*from, place)) {
        if (!call.run.step(1 + to->size() / 64)) return;
        result.append(*text, place, found - place).append(*to);
        place = found + from->size();
    }
    call.give(result.append(*text, place));
}

void to_chars(const Call& call) {
    const auto text = call.run.string(call.input);
    if (!text) return;
    for (std::size_t i = 0; i < text->size() && call.run.step();) {
        std::size_t end = i + 1;
        while (end < text->size() && follows((*text)[end])) ++end;
        call.give(text->substr(i, end - i));
        i = end;
    }
}

void split(const Call& call) {
    with(call, [&](const std::string& text, const std::string& separator) {
        if (separator.empty()) return to_chars(call);
        std::size_t begin = 0;
        for (std::size_t found = text.find(separator); found != std::string::npos; found = text.find(separator, begin)) {
            if (!call.run.step()) return;
            call.give(text.substr(begin, found - begin));
            begin = found + separator.size();
        }
        call.give(text.substr(begin));
    });
}

void join(const Call& call) {
    const auto separator = call.count() == 1 ? call.run.string(call.argument(0)) : std::optional<std::string>("");
    if (!separator || call.input.empty()) return;
    std::string result;
    for (const Item& item : call.input) {
        const auto text = text_of(item, call.run.schema());
        if (!text || !call.run.step(1 + text->size() / 64)) return;
        if (&item != &call.input.front()) result += *separator;
        result += *text;
    }
    call.give(std::move(result));
}

constexpr Function table[] = {
    {"startsWith", 1, 1, starts_with}, {"endsWith", 1, 1, ends_with}, {"contains", 1, 1, contains},
    {"indexOf", 1, 1, index_of},       {"length", 0, 0, length},      {"upper", 0, 0, upper},
    {"lower", 0, 0, lower},            {"trim", 0, 0, trim},          {"substring", 1, 2, substring},
    {"replace", 2, 2, replace},        {"toChars", 0, 0, to_chars},   {"split", 1, 1, split},
    {"join", 0, 1, join},
};

}  // namespace

std::span<const Function> functions_of_text() { return table; }

}  // namespace fhir::path
