// SPDX-License-Identifier: Apache-2.0
#include "hl7v2/dictionary.h"

#include "base/text.h"
#include "hl7v2/location.h"

#include <algorithm>
#include <fstream>
#include <iterator>

namespace hl7v2 {

using base::Fault;

namespace {

constexpr std::size_t columns = 11;
constexpr std::size_t most_findings = 100;
constexpr int most_fields = 1000;  // of a segment

int number_of(std::string_view text) { return static_cast<int>(base::to_integer(text).value_or(0)); }

// "2.5" before "2.5.1" before "2.10": numbers, part by part.
bool before(std::string_view a, std::string_view b) {
    while (!a.empty() || !b.empty()) {
        const auto [first_a, rest_a] = base::cut(a, '.');
        const auto [first_b, rest_b] = base::cut(b, '.');
        if (number_of(first_a) != number_of(first_b)) return number_of(first_a) < number_of(first_b);
        a = rest_a;
        b = rest_b;
    }
    return false;
}

}  // namespace

base::Result<Dictionary> Dictionary::load(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    if (!file) return Fault{Fault::Kind::missing, "cannot read " + path};
    auto made = read(std::string(std::istreambuf_iterator<char>(file), {}));
    if (made) return made;
    Fault fault = std::move(made).fault();
    fault.text = path + ": " + fault.text;
    return fault;
}

base::Result<Dictionary> Dictionary::read(std::string text) {
    Dictionary made;
    made.text_ = std::make_unique<const std::string>(std::move(text));
    int line_number = 0;
    const auto place = [&](std::string_view version) {
        return static_cast<std::size_t>(std::find(made.versions_.begin(), made.versions_.end(), version) - made.versions_.begin());
    };
    for (const std::string_view line : base::split(*made.text_, '\n')) {
        ++line_number;
        if (line.empty()) continue;
        const auto cells = base::split(line, '\t');
        if (line.front() == '#') {
            made.versions_.assign(cells.begin() + 1, cells.end());
            continue;
        }
        const auto wrong = [&] { return Fault{Fault::Kind::invalid, "line " + std::to_string(line_number) + " is not a row of the table of fields"}; };
        if (cells.size() != columns) return wrong();
        Run run{place(cells[8]), place(cells[9]), {cells[10], cells[3], cells[4] == "R", cells[5] == "*", number_of(cells[6]), number_of(cells[7])}};
        if (run.to >= made.versions_.size() || run.from > run.to) return wrong();
        std::string key;
        key.append(cells[0]).append(" ").append(cells[1]).append(" ").append(cells[2]);
        made.runs_[std::move(key)].push_back(run);
        if (cells[0] != "S") continue;
        const int number = number_of(cells[2]);
        if (number < 1 || number > most_fields) return wrong();
        auto& fields = made.segments_[std::string(cells[1])];
        if (fields.size() < static_cast<std::size_t>(number)) fields.resize(static_cast<std::size_t>(number));
        fields[static_cast<std::size_t>(number - 1)].push_back(run);
    }
    if (made.versions_.empty()) return Fault{Fault::Kind::invalid, "the table of fields names no versions"};
    return made;
}

std::size_t Dictionary::version_of(std::string_view version) const {
    const std::size_t last = versions_.size() - 1;
    if (version.empty()) return last;
    for (std::size_t i = versions_.size(); i-- > 0;)
        if (!before(version, versions_[i])) return i;
    return 0;
}

const FieldRule* Dictionary::find(char kind, std::string_view version, std::string_view holder, int number) const {
    std::string key(1, kind);
    key.append(" ").append(holder).append(" ").append(std::to_string(number));
    const auto found = runs_.find(std::string_view(key));
    if (found == runs_.end()) return nullptr;
    const std::size_t wanted = version_of(version);
    for (const Run& run : found->second)
        if (run.from <= wanted && wanted <= run.to) return &run.field;
    return nullptr;
}

const FieldRule* Dictionary::field(std::string_view version, std::string_view segment, int number) const { return find('S', version, segment, number); }
const FieldRule* Dictionary::component(std::string_view version, std::string_view type, int number) const { return find('D', version, type, number); }

std::vector<const FieldRule*> Dictionary::fields(std::string_view version, std::string_view segment) const {
    std::vector<const FieldRule*> rules;
    const auto found = segments_.find(segment);
    if (found == segments_.end()) return rules;
    const std::size_t wanted = version_of(version);
    rules.reserve(found->second.size());
    for (const std::vector<Run>& runs : found->second) {
        const auto run = std::find_if(runs.begin(), runs.end(), [&](const Run& one) { return one.from <= wanted && wanted <= one.to; });
        if (run == runs.end()) break;
        rules.push_back(&run->field);
    }
    return rules;
}

std::string Dictionary::name(std::string_view version, std::string_view place) const {
    const auto location = Location::read(place);
    if (!location || location->field == 0) return {};
    const FieldRule* rule = field(version, location->segment, location->field);
    if (rule == nullptr) return {};
    std::string name(rule->name);
    for (const int number : {location->component, location->subcomponent}) {
        rule = number == 0 ? nullptr : component(version, rule->type, number);
        if (rule == nullptr) break;
        name.append(" / ").append(rule->name);
    }
    return name;
}

base::Findings check_fields(const Message& message, const Dictionary& dictionary) {
    base::Findings findings;
    const std::string version = message.header().field(12).component(1).text();
    const auto remark = [&](const Segment& segment, int field, base::IssueType type, std::string text) {
        if (findings.size() < most_findings)
            findings.push_back({base::Severity::warning, type, Location{std::string(segment.name()), segment.sequence(), field}.text(), std::move(text)});
    };
    for (std::size_t i = 1; i < message.size(); ++i) {
        const Segment segment = message.segment(i);
        int number = 0;
        for (const FieldRule* rule : dictionary.fields(version, segment.name())) {
            ++number;
            const hl7v2::Field field = segment.field(number);
            if (rule->required && field.empty()) {
                remark(segment, number, base::IssueType::required, std::string(rule->name) + " is required and was not sent");
            } else if (!rule->repeats && field.raw().find(message.delimiters().repetition) != std::string_view::npos && rule->type != "ST" && rule->type != "TX" &&
                       rule->type != "FT") {
                remark(segment, number, base::IssueType::structure, std::string(rule->name) + " does not repeat in this version");
            }
        }
        if (findings.size() >= most_findings) break;
    }
    return findings;
}

}  // namespace hl7v2
