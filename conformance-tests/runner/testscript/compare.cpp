// SPDX-License-Identifier: Apache-2.0
#include "runner/testscript/compare.h"

#include "base/text.h"
#include "fhir/primitive.h"

#include <algorithm>
#include <optional>

#include <fmt/format.h>

namespace runner::testscript {

namespace {

// As FHIR writes one; "007" is none, but a name of something.
bool is_number(std::string_view text) {
    if (text.starts_with('-')) text.remove_prefix(1);
    const bool zeros = text.size() > 1 && text[0] == '0' && text[1] != '.' && text[1] != 'e' && text[1] != 'E';
    return !text.empty() && text[0] >= '0' && text[0] <= '9' && !zeros;
}

bool same(const std::string& a, const std::string& b) {
    if (a == b) return true;
    if (!is_number(a) || !is_number(b)) return false;
    const auto x = base::to_double(a), y = base::to_double(b);
    return x && y && *x == *y;
}

bool any(const std::vector<std::string>& found, const auto& is) { return std::any_of(found.begin(), found.end(), is); }

// Less than 0, 0, more than 0; nothing when they have no order: only numbers and dates have one.
std::optional<int> order(const std::string& a, const std::string& b) {
    const auto x = base::to_double(a), y = base::to_double(b);
    if (x && y) return *x < *y ? -1 : *x > *y ? 1 : 0;
    // Times as the spans they name, whatever their zones; what overlaps is neither before nor after.
    const auto left = fhir::primitive::interval(a), right = fhir::primitive::interval(b);
    if (!left || !right) return std::nullopt;
    return left->from >= right->to ? 1 : left->to <= right->from ? -1 : 0;
}

std::vector<std::string> listed(const std::vector<std::string>& wanted) {
    std::vector<std::string> all;
    for (const std::string& one : wanted)
        for (const std::string_view part : base::split(one, ',')) all.emplace_back(base::trim(part));
    return all;
}

Judgement judged(bool good, const std::vector<std::string>& found, const std::string& wanted) {
    if (good) return {};
    return {Verdict::fail, fmt::format("{} where {} was expected", quoted(found), wanted)};
}

}  // namespace

std::string quoted(const std::vector<std::string>& values) {
    if (values.empty()) return "nothing";
    std::string text;
    for (std::size_t i = 0; i < values.size() && i < 4; ++i) {
        const std::string shown = values[i].size() > 120 ? values[i].substr(0, 117) + "..." : values[i];
        text += fmt::format("{}'{}'", i == 0 ? "" : ", ", shown);
    }
    if (values.size() > 4) text += fmt::format(" and {} more", values.size() - 4);
    return text;
}

Judgement compare(const std::vector<std::string>& found, std::string_view relation, const std::vector<std::string>& wanted) {
    const bool empty = !any(found, [](const std::string& one) { return !one.empty(); });
    if (relation == "empty") return judged(empty, found, "nothing");
    if (relation == "notEmpty") return judged(!empty, found, "anything");
    const auto among = [&](const std::string& one) { return any(found, [&](const std::string& here) { return same(here, one); }); };
    if (relation == "equals" || relation.empty()) {
        const auto expected = [&](const std::string& one) { return any(wanted, [&](const std::string& there) { return same(there, one); }); };
        const bool no_more = wanted.size() < 2 || std::all_of(found.begin(), found.end(), expected);
        return judged(!wanted.empty() && no_more && std::all_of(wanted.begin(), wanted.end(), among), found, quoted(wanted));
    }
    if (relation == "notEquals") return judged(!any(wanted, among), found, "something else than " + quoted(wanted));
    if (relation == "in") return judged(any(listed(wanted), among), found, "one of " + quoted(listed(wanted)));
    if (relation == "notIn") return judged(!any(listed(wanted), among), found, "none of " + quoted(listed(wanted)));
    if (relation == "contains" || relation == "notContains") {
        const bool there = any(found, [&](const std::string& here) { return any(wanted, [&](const std::string& part) { return here.find(part) != std::string::npos; }); });
        return judged(there == (relation == "contains"), found, fmt::format("something that {} {}", relation, quoted(wanted)));
    }
    if (relation == "greaterThan" || relation == "lessThan") {
        bool comparable = false, good = false;
        for (const std::string& here : found)
            for (const std::string& limit : wanted)
                if (const auto way = order(here, limit)) {
                    comparable = true;
                    good = good || (relation == "greaterThan" ? *way > 0 : *way < 0);
                }
        if (!comparable && !found.empty()) return {Verdict::error, fmt::format("{} and {} have no order", quoted(found), quoted(wanted))};
        return judged(good, found, fmt::format("{} than {}", relation == "greaterThan" ? "more" : "less", quoted(wanted)));
    }
    return {Verdict::limit, fmt::format("the operator {} is not known here", relation)};
}

}  // namespace runner::testscript
