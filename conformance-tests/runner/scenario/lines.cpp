// SPDX-License-Identifier: Apache-2.0
#include "runner/scenario/lines.h"

#include "base/text.h"
#include "fhir/path/parse.h"
#include "hl7v2/location.h"

#include <algorithm>

namespace runner::scenario {

namespace {

using base::Fault;

bool is_name_character(char c) { return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-'; }

Fault wrong(std::string text) { return {Fault::Kind::malformed, std::move(text)}; }

// The first word, and the rest trimmed.
std::pair<std::string_view, std::string_view> first_word(std::string_view text) {
    text = base::trim(text);
    const auto end = text.find(' ');
    return end == std::string_view::npos ? std::pair{text, std::string_view{}} : std::pair{text.substr(0, end), base::trim(text.substr(end))};
}

// "= x", "!= x", "contains x", "matches x", "exists", "absent" or nothing behind a subject.
base::Result<void> comparison(std::string_view text, Check& check) {
    const auto [word, rest] = first_word(text);
    check.wanted = rest;
    if (word.empty() || word == "exists") check.how = Check::How::present;
    else if (word == "=") check.how = Check::How::equals;
    else if (word == "!=") check.how = Check::How::differs;
    else if (word == "contains") check.how = Check::How::contains;
    else if (word == "matches") check.how = Check::How::matches;
    else if (word == "absent") check.how = Check::How::absent;
    else return wrong("nothing can be asked with \"" + std::string(word) + "\"; there are =, !=, contains, matches, exists, absent");
    const bool takes = check.how != Check::How::present && check.how != Check::How::absent;
    if (takes && check.how != Check::How::equals && rest.empty()) return wrong('"' + std::string(word) + "\" needs a value");
    if (!takes && !rest.empty()) return wrong('"' + std::string(word) + "\" takes no value");
    return {};
}

// Variables are put in before an expression runs; to see whether the rest is one, they stand for a word.
base::Result<void> expression(std::string_view text) {
    std::string filled;
    for (std::size_t at = 0; at < text.size();) {
        const auto open = text.find("${", at);
        const auto close = open == std::string_view::npos ? open : text.find('}', open);
        filled += text.substr(at, close == std::string_view::npos ? close : open - at);
        if (close == std::string_view::npos) break;
        filled += "x1";  // fits where a name, a number or the inside of a string stands
        at = close + 1;
    }
    if (auto read = fhir::path::parse(filled); !read) return wrong(read.fault().text + ": " + std::string(text));
    return {};
}

// "id = Patient.id", "place = header Location", "id = header Location take Patient/(.+)"
base::Result<Check> keeping(std::string_view text) {
    const auto equal = text.find('=');
    if (equal == std::string_view::npos) return wrong("let NAME = EXPRESSION");
    Check check{.how = Check::How::keep, .name = std::string(base::trim(text.substr(0, equal)))};
    if (check.name.empty() || !std::all_of(check.name.begin(), check.name.end(), is_name_character)) return wrong("a variable has no such name: " + check.name);
    if (check.name == "run" || check.name == "base" || check.name == "format") return wrong("${" + check.name + "} is there already, and stays what it is");
    std::string_view from = base::trim(text.substr(equal + 1));
    const auto header = after(from, "header");
    const auto field = after(from, "field");
    if (!header && !field) {
        check.subject = from;
        TRY(expression(from));
        return check;
    }
    const auto [subject, rest] = first_word(header ? *header : *field);
    check.about = header ? Check::About::header : Check::About::field;
    check.subject = subject;
    if (subject.empty() || (field && !hl7v2::Location::read(subject))) return wrong("there is no such place: " + std::string(subject));
    if (!rest.empty()) {
        const auto pattern = after(rest, "take");
        if (!pattern || pattern->find('(') == std::string_view::npos) return wrong("take PATTERN, with a group in it");
        check.wanted = *pattern;
    }
    return check;
}

}  // namespace

std::optional<std::string_view> after(std::string_view line, std::string_view word) {
    if (!line.starts_with(word)) return std::nullopt;
    line.remove_prefix(word.size());
    if (!line.empty() && line.front() != ' ') return std::nullopt;
    return base::trim(line);
}

std::optional<Request> request_line(std::string_view line) {
    const auto space = line.find(' ');
    if (space == std::string_view::npos || space == 0 || !std::all_of(line.begin(), line.begin() + static_cast<std::ptrdiff_t>(space), [](char c) { return c >= 'A' && c <= 'Z'; }))
        return std::nullopt;
    const std::string_view url = base::trim(line.substr(space));
    if (!url.starts_with('/') && !url.starts_with('?') && !url.starts_with("${") && !url.starts_with("http")) return std::nullopt;
    return Request{.method = std::string(line.substr(0, space)), .url = std::string(url)};
}

std::optional<Field> header_line(std::string_view line) {
    const auto colon = line.find(':');
    if (colon == std::string_view::npos || colon == 0 || !std::all_of(line.begin(), line.begin() + static_cast<std::ptrdiff_t>(colon), is_name_character)) return std::nullopt;
    return Field{std::string(line.substr(0, colon)), std::string(base::trim(line.substr(colon + 1)))};
}

std::optional<std::vector<std::string>> row(std::string_view line) {
    line = base::trim(line);
    if (line.size() < 2 || line.front() != '|' || line.back() != '|') return std::nullopt;
    std::vector<std::string> cells;
    std::string cell;
    for (std::size_t i = 1; i < line.size(); ++i) {
        if (line[i] == '\\' && i + 1 < line.size() && line[i + 1] == '|') {
            cell += line[++i];
        } else if (line[i] == '|') {
            cells.emplace_back(base::trim(cell));
            cell.clear();
        } else {
            cell += line[i];
        }
    }
    if (cells.empty() || !cell.empty()) return std::nullopt;  // the last bar was one within a cell
    return cells;
}

bool is_expectation(std::string_view text) {
    if (text == "any") return true;
    for (const std::string_view part : base::split(text, ',')) {
        const std::string_view one = base::trim(part);
        if (one.size() != 3 || one[0] < '1' || one[0] > '5') return false;
        const auto digit = [](char c) { return c >= '0' && c <= '9'; };
        if (one.substr(1) != "xx" && !(digit(one[1]) && digit(one[2]))) return false;
    }
    return true;
}

base::Result<Check> check_line(std::string_view line, bool of_message) {
    Check check;
    if (const auto recommended = after(line, "should")) {
        check.recommended = true;
        line = *recommended;
    }
    if (const auto kept = after(line, "let")) return keeping(*kept);
    if (const auto profile = after(line, "valid")) {
        check.about = Check::About::valid;
        check.subject = after(*profile, "against").value_or(std::string_view{});
        if (!profile->empty() && check.subject.empty()) return wrong("valid against PROFILE");
        return check;
    }
    if (const auto header = after(line, "absent header")) {
        check.about = Check::About::header;
        check.how = Check::How::absent;
        check.subject = *header;
        if (header->empty()) return wrong("which header?");
        return check;
    }
    if (const auto header = after(line, "header")) {
        const auto [name, rest] = first_word(*header);
        check.about = Check::About::header;
        check.subject = name;
        if (name.empty()) return wrong("which header?");
        TRY(comparison(rest, check));
        return check;
    }
    if (const auto body = after(line, "body")) {
        check.about = Check::About::body;
        TRY(comparison(*body, check));
        return check;
    }
    if (of_message) {
        const auto [place, rest] = first_word(line);
        if (!hl7v2::Location::read(place)) return wrong("there is no such place in a message: " + std::string(place));
        check.about = Check::About::field;
        check.subject = place;
        TRY(comparison(rest, check));
        return check;
    }
    check.subject = line;
    TRY(expression(line));
    return check;
}

}  // namespace runner::scenario
