// SPDX-License-Identifier: Apache-2.0
#include "mapping/compose_table.h"

#include "base/text.h"

#include <fmt/format.h>

namespace mapping {

namespace {

using base::Fault;

class ComposeReader {
public:
    explicit ComposeReader(std::string_view file) : file_(file) {}

    base::Result<ComposeFile> read(std::string_view text) {
        for (std::string_view line : base::split(text, '\n')) {
            ++number_;
            if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
            const std::string_view content = base::trim(line);
            if (content.empty() || content.front() == '#') continue;
            const std::size_t indent = line.find_first_not_of(' ');
            if (indent == std::string_view::npos || line[indent] == '\t' || indent % 2 != 0) return wrong("indent by two spaces");
            TRY(take(content, indent / 2));
        }
        return std::move(made_);
    }

private:
    Fault wrong(std::string_view what) const {
        return {Fault::Kind::invalid, fmt::format("{}:{}: {}", file_, number_, what)};
    }

    base::Result<void> take(std::string_view line, std::size_t depth) {
        const auto [word, rest] = base::cut(line, ' ');
        const std::string_view value = base::trim(rest);
        if (depth == 0 && (word == "map" || word == "message" || word == "codes")) return begin(word, value);
        if (in_codes_) return code(line);
        if (made_.maps.empty()) return wrong("a file begins with map, message or codes");
        ComposeMap& map = made_.maps.back();
        if (depth == 0 && map.rows.empty() && word == "when" && line.find(" -> ") == std::string_view::npos) {
            map.when = value;
            return {};
        }
        if (depth == 0 && map.message && map.rows.empty()) {
            if (word == "on") return on(map, value);
            if (word == "also") return also(map, value);
        }
        TRY(ComposeRow made, row(line));
        std::vector<ComposeRow>* into = &map.rows;
        for (std::size_t i = 0; i < depth; ++i) {
            if (into->empty()) return wrong("there is no row above that this one could be part of");
            into = &into->back().children;
        }
        into->push_back(std::move(made));
        return {};
    }

    base::Result<void> begin(std::string_view word, std::string_view value) {
        in_codes_ = word == "codes";
        if (in_codes_) {
            if (value.empty()) return wrong("codes NAME");
            made_.codes.push_back({file_, number_, std::string(value), {}});
            return {};
        }
        ComposeMap map;
        map.file = file_;
        map.line = number_;
        map.message = word == "message";
        const auto words = base::split(value, ' ');
        if (words.size() != 3 || words[1] != (map.message ? "from" : "to"))
            return wrong(map.message ? "message CODE^EVENT^STRUCTURE from TYPE" : "map TYPE to TARGET");
        map.target = words[map.message ? 0 : 2];
        map.type = words[map.message ? 2 : 0];
        if (map.message && base::split(map.target, '^').size() != 3) return wrong("a message is named as in MSH-9: ADT^A08^ADT_A01");
        made_.maps.push_back(std::move(map));
        return {};
    }

    base::Result<void> code(std::string_view line) {
        const auto [from, to] = base::cut(line, ' ');
        if (base::trim(to).empty()) return wrong("a row of codes is: FHIR code, their code");
        if (!made_.codes.back().codes.emplace(std::string(from), std::string(base::trim(to))).second) return wrong("this code stands here twice");
        return {};
    }

    base::Result<void> on(ComposeMap& map, std::string_view value) {
        map.created = map.updated = map.deleted = false;
        for (const std::string_view one : base::split(value, ' ')) {
            if (one == "created") map.created = true;
            else if (one == "updated") map.updated = true;
            else if (one == "deleted") map.deleted = true;
            else return wrong("on created updated deleted");
        }
        return {};
    }

    base::Result<void> also(ComposeMap& map, std::string_view value) {
        const auto words = base::split(value, ' ');
        if (words.size() != 3 || words[1] != "by") return wrong("also TYPE by PARAMETER");
        map.also.push_back({std::string(words[0]), std::string(words[2])});
        return {};
    }

    base::Result<ComposeRow> row(std::string_view line) const {
        const auto arrow = line.rfind(" -> ");
        if (arrow == std::string_view::npos) return wrong("a row is: FHIRPath -> target");
        ComposeRow row;
        row.line = number_;
        row.expression = base::trim(line.substr(0, arrow));
        if (row.expression.empty()) return wrong("FHIRPath is missing before ->");
        std::vector<std::string_view> words;
        for (const std::string_view word : base::split(base::trim(line.substr(arrow + 4)), ' '))
            if (!word.empty()) words.push_back(word);
        if (words.empty()) return wrong("a target is missing behind ->");
        TRY(target(words[0], row));
        for (std::size_t i = 1; i < words.size(); i += 2) {
            if (i + 1 == words.size()) return wrong(fmt::format("something is missing behind {}", words[i]));
            const std::string_view value = words[i + 1];
            if (words[i] == "as") row.as = value;
            else if (words[i] == "code") row.code = value;
            else if (words[i] == "since") row.since = value;
            else if (words[i] == "until") row.until = value;
            else if (words[i] == "else" && value.size() > 2 && value.front() == '\'' && value.back() == '\'') row.otherwise = value.substr(1, value.size() - 2);
            else return wrong(fmt::format("{} is not known here: as, code, else 'x', since, until", words[i]));
        }
        return row;
    }

    // "PID", "PID-3", "PID-3.4.2", "CX.4.1", "."
    base::Result<void> target(std::string_view text, ComposeRow& row) const {
        if (text == ".") {
            row.anchor = ".";
            return {};
        }
        const auto end = std::min(text.find_first_of("-."), text.size());
        row.anchor = text.substr(0, end);
        std::string_view rest = text.substr(end);
        while (!rest.empty()) {
            const char separator = row.numbers.empty() ? rest.front() : '.';
            if (rest.front() != separator) return wrong("a target is PID-3.4.2 or CX.4.1");
            rest.remove_prefix(1);
            const auto stop = std::min(rest.find('.'), rest.size());
            const auto number = base::to_integer(rest.substr(0, stop));
            if (!number || *number < 1 || *number > 999) return wrong("a target's numbers begin with 1");
            row.numbers.push_back(static_cast<int>(*number));
            rest.remove_prefix(stop);
        }
        return {};
    }

    std::string file_;
    int number_ = 0;
    bool in_codes_ = false;
    ComposeFile made_;
};

}  // namespace

base::Result<ComposeFile> read_compose_maps(std::string_view file, std::string_view text) { return ComposeReader(file).read(text); }

}  // namespace mapping
