// SPDX-License-Identifier: Apache-2.0
#include "base/text.h"
#include "fhir/path/functions.h"

// Strings (FHIRPath 5.6). Lengths and places count Unicode code points.

#include <cstring>

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
    const auto argument = call.run.failed() ? std::nullopt : call.run.string(call.argument(0));
    if (subject && argument && call.run.step(1 + subject->size() / 64)) work(*subject, *argument);
}

// Linear, whatever both hold: std::string_view's own search multiplies their lengths.
std::size_t place_in(std::string_view text, std::string_view part, std::size_t from = 0) {
    if (part.empty()) return from;
    const void* found = ::memmem(text.data() + from, text.size() - from, part.data(), part.size());
    return found == nullptr ? std::string_view::npos : static_cast<std::size_t>(static_cast<const char*>(found) - text.data());
}
std::size_t last_place_in(std::string_view text, std::string_view part) {
    const std::size_t place = place_in(std::string(text.rbegin(), text.rend()), std::string(part.rbegin(), part.rend()));
    return place == std::string_view::npos ? place : text.size() - place - part.size();
}

void starts_with(const Call& call) { with(call, [&](auto a, auto b) { call.give(a.starts_with(b)); }); }
void ends_with(const Call& call) { with(call, [&](auto a, auto b) { call.give(a.ends_with(b)); }); }
void contains(const Call& call) {
    with(call, [&](auto a, auto b) { call.give(place_in(a, b) != std::string_view::npos); });
}
void index_of(const Call& call) {
    with(call, [&](auto a, auto b) {
        const std::size_t place = place_in(a, b);
        call.give_integer(place == std::string_view::npos ? -1 : length_of(a.substr(0, place)));
    });
}
void last_index_of(const Call& call) {
    with(call, [&](auto a, auto b) {
        const std::size_t place = last_place_in(a, b);
        call.give_integer(place == std::string_view::npos ? -1 : length_of(a.substr(0, place)));
    });
}

void length(const Call& call) {
    if (const auto text = call.run.string(call.input)) call.give_integer(length_of(*text));
}
void upper(const Call& call) {
    if (const auto text = call.run.string(call.input)) call.give_copy(base::upper(*text));
}
void lower(const Call& call) {
    if (const auto text = call.run.string(call.input)) call.give_copy(base::lower(*text));
}
void trim(const Call& call) {
    if (const auto text = call.run.string(call.input)) call.give_view(base::trim(*text));
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
        if (size) end = *size <= 0 ? begin : begin + byte_of(text->substr(begin), *size);
    }
    call.give_view(text->substr(begin, end - begin));
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
        if (!call.run.room((to->size() + 1) * (text->size() + 1))) return;
        for (const char c : *text) {
            if (!follows(c)) result += *to;
            result += c;
        }
        return call.give_copy(result.append(*to));
    }
    for (std::size_t found = place_in(*text, *from); found != std::string_view::npos; found = place_in(*text, *from, place)) {
        if (!call.run.room(result.size() / 64 + to->size())) return;
        result.append(text->substr(place, found - place)).append(*to);
        if (!call.run.room(0) || result.size() > call.run.environment().bytes) return call.run.fail(base::Fault::Kind::too_costly, "the text becomes too long");
        place = found + from->size();
    }
    call.give_copy(result.append(text->substr(place)));
}

void to_chars(const Call& call) {
    const auto text = call.run.string(call.input);
    if (!text) return;
    for (std::size_t i = 0; i < text->size() && call.run.step();) {
        std::size_t end = i + 1;
        while (end < text->size() && follows((*text)[end])) ++end;
        call.give_view(text->substr(i, end - i));
        i = end;
    }
}

void split(const Call& call) {
    with(call, [&](std::string_view text, std::string_view separator) {
        if (separator.empty()) return to_chars(call);
        std::size_t begin = 0;
        for (std::size_t found = place_in(text, separator); found != std::string_view::npos; found = place_in(text, separator, begin)) {
            if (!call.run.step()) return;
            call.give_view(text.substr(begin, found - begin));
            begin = found + separator.size();
        }
        call.give_view(text.substr(begin));
    });
}

void join(const Call& call) {
    std::string_view separator;
    if (call.count() == 1) separator = call.run.string(call.argument(0)).value_or("");
    if (call.input.empty() || call.run.failed()) return;
    std::string result;
    for (const Item& item : call.input) {
        const auto text = call.run.text(item);
        if (!text) return call.run.fail("join() needs texts");
        if (!call.run.room(text->size() + separator.size())) return;
        if (&item != call.input.data()) result += separator;
        result += *text;
        if (result.size() > call.run.environment().bytes) return call.run.fail(base::Fault::Kind::too_costly, "the text becomes too long");
    }
    call.give_copy(result);
}

// Compiled with the program when it stands there as text, else now.
template <class Work>
void with_pattern(const Call& call, std::string_view expression, Work work) {
    if (call.code.pattern) return work(*call.code.pattern);
    if (!call.run.step(50)) return;
    const auto pattern = Pattern::compile(expression);
    if (!pattern) return call.run.fail(pattern.fault());
    work(*pattern);
}
void matches(const Call& call) {
    with(call, [&](auto text, auto expression) {
        with_pattern(call, expression, [&](const Pattern& pattern) { call.give(pattern.found_in(text)); });
    });
}
void matches_full(const Call& call) {
    with(call, [&](auto text, auto expression) {
        with_pattern(call, expression, [&](const Pattern& pattern) { call.give(pattern.matches_all_of(text)); });
    });
}
void replace_matches(const Call& call) {
    with(call, [&](auto text, auto expression) {
        const auto to = call.run.string(call.argument(1));
        if (!to) return;
        if (expression.empty()) return call.give_view(text);
        with_pattern(call, expression, [&](const Pattern& pattern) {
            const auto result = pattern.replaced(text, *to, call.run.environment().bytes);
            if (!result) return call.run.fail(base::Fault::Kind::too_costly, "the text becomes too long");
            call.give_copy(*result);
        });
    });
}

constexpr Function table[] = {
    {"startsWith", 1, 1, starts_with, "s", 'b'},
    {"endsWith", 1, 1, ends_with, "s", 'b'},
    {"contains", 1, 1, contains, "s", 'b'},
    {"indexOf", 1, 1, index_of, "s", 'i'},
    {"lastIndexOf", 1, 1, last_index_of, "s", 'i'},
    {"length", 0, 0, length, "s", 'i'},
    {"upper", 0, 0, upper, "s", 's'},
    {"lower", 0, 0, lower, "s", 's'},
    {"trim", 0, 0, trim, "s", 's'},
    {"substring", 1, 2, substring, "s", 's'},
    {"replace", 2, 2, replace, "s", 's'},
    {"toChars", 0, 0, to_chars, "s", 's'},
    {"split", 1, 1, split, "s", 's'},
    {"join", 0, 1, join, "", 's'},
    {"matches", 1, 1, matches, "s", 'b'},
    {"matchesFull", 1, 1, matches_full, "s", 'b'},
    {"replaceMatches", 2, 2, replace_matches, "s", 's'},
};

}  // namespace

std::span<const Function> functions_of_text() { return table; }

}  // namespace fhir::path
