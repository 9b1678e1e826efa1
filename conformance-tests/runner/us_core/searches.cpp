// SPDX-License-Identifier: Apache-2.0
#include "runner/us_core/searches.h"

#include "base/text.h"
#include "fhir/codec/json.h"
#include "fhir/primitive.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

namespace runner::us_core {

namespace {

constexpr std::size_t most_runs = 3;
constexpr std::size_t most_values = 4;
constexpr base::Micros a_day = 86'400'000'000;

std::string day(std::string_view date) { return std::string(date.substr(0, 10)); }

std::string day_beside(std::string_view date, base::Micros by) {
    const auto span = fhir::primitive::interval(day(date));
    return span ? base::instant(span->from + by).substr(0, 10) : day(date);
}

// What is asked to find this element again.
std::string asked_for(const Judge& judge, std::string_view type, const std::string& element) {
    std::optional<fhir::Document> document;
    if (element.starts_with('{'))
        if (auto read = fhir::codec::read_json(element, judge.knowledge().schema().names(), {.any_json = true})) document.emplace(std::move(*read));
    const fhir::View root = document ? document->root() : fhir::View{};
    if (type == "token") {
        if (!root) return element;
        const fhir::View coding = root.child("coding") ? root.child("coding") : root;
        const fhir::View code = coding.child("code") ? coding.child("code") : coding.child("value");
        if (!code) return {};
        return coding.child("system") ? fmt::format("{}|{}", coding.child("system").text(), code.text()) : std::string(code.text());
    }
    if (type == "reference") return root ? std::string(root.child("reference").text()) : element;
    if (type == "date") return day(root ? root.child("start").text() : std::string_view(element));
    std::string text = element;
    if (root) {
        text.clear();
        for (const std::string_view part : {"family", "city", "text"})
            if (text.empty()) text = root.child(part).text();
    }
    return text.substr(0, text.find_first_of(" ,"));
}

bool wants(const Parameter& parameter, std::string_view comparator) {
    return std::any_of(parameter.comparators.begin(), parameter.comparators.end(), [&](const Wish& one) { return one.name == comparator && one.demand == Demand::shall; });
}

// Dates are asked with the comparator that every server has, where there is one.
std::string plain(const Parameter& parameter, const std::string& value) { return parameter.type == "date" && wants(parameter, "ge") ? "ge" + value : value; }

using Tuple = std::vector<std::string>;  // a value for each parameter, without comparator

std::vector<Tuple> tuples(const std::vector<const Parameter*>& parameters, const std::vector<fhir::View>& resources, const Judge& judge, std::size_t most) {
    std::vector<Tuple> found;
    for (const fhir::View resource : resources) {
        Tuple tuple;
        for (const Parameter* parameter : parameters) {
            std::string value;
            for (const std::string& element : values(judge, resource, *parameter))
                if (value.empty()) value = asked_for(judge, parameter->type, element);
            if (value.empty()) break;
            tuple.push_back(std::move(value));
        }
        if (tuple.size() == parameters.size() && std::find(found.begin(), found.end(), tuple) == found.end() && found.size() < most) found.push_back(std::move(tuple));
    }
    return found;
}

std::vector<Term> terms(const std::vector<const Parameter*>& parameters, const Tuple& tuple) {
    std::vector<Term> made;
    for (std::size_t place = 0; place < tuple.size(); ++place) made.push_back({parameters[place], plain(*parameters[place], tuple[place])});
    return made;
}

Demand weaker(Demand a, Demand b) { return std::max(a, b); }

// One way of searching, and its variants.
class Family {
public:
    Family(const Guide& guide, const Kind& kind, const ReferenceData& data, const Judge& judge, const std::vector<std::string>& codes, Demand demand)
        : guide_(guide), kind_(kind), judge_(judge), resources_(data.of(kind.type)), codes_(codes), demand_(demand) {
        for (const std::string& code : codes)
            if (const Parameter* one = kind.parameter(code)) parameters_.push_back(one);
        name_ = fmt::format("{}", fmt::join(codes, "-"));
        told_ = fmt::format("{}", fmt::join(codes, " + "));
        if (parameters_.size() == codes.size()) tuples_ = tuples(parameters_, resources_, judge_, most_runs);
    }

    void add_to(std::vector<Search>& list) const {
        Search main = search("", "", demand_, fmt::format("support searching {} by {}", kind_.type, told_));
        for (const Tuple& tuple : tuples_) main.runs.push_back(terms(parameters_, tuple));
        list.push_back(std::move(main));
        if (tuples_.empty()) return;
        for (std::size_t place = 0; place < parameters_.size(); ++place) {
            const Parameter& one = *parameters_[place];
            if (one.type == "token") without_system(list, place);
            if (one.type == "date") dates(list, place);
            several(list, place);
        }
    }

private:
    Search search(std::string_view variant, std::string_view title, Demand demand, std::string_view what) const {
        return {.id = fmt::format("search-{}{}{}", name_, variant.empty() ? "" : ".", variant), .title = fmt::format("{} by {}{}{}", kind_.type, told_, title.empty() ? "" : ", ", title),
                .requirement = fmt::format("{}: {} {}", guide_.name, word(demand), what), .demand = demand, .parameters = codes_};
    }

    std::vector<Term> with(std::size_t place, std::string value, const Tuple& tuple) const {
        std::vector<Term> made = terms(parameters_, tuple);
        made[place].value = std::move(value);
        return made;
    }

    void without_system(std::vector<Search>& list, std::size_t place) const {
        const Parameter& one = *parameters_[place];
        for (const Tuple& tuple : tuples_) {
            const std::size_t bar = tuple[place].find('|');
            if (bar == std::string::npos) continue;
            Search made = search(one.code + ".code", one.code + " without its system", demand_, fmt::format("support {} as a token with and without its system", one.code));
            made.runs.push_back(with(place, tuple[place].substr(bar + 1), tuple));
            list.push_back(std::move(made));
            return;
        }
    }

    void dates(std::vector<Search>& list, std::size_t place) const {
        const Parameter& one = *parameters_[place];
        const Tuple& tuple = tuples_.front();
        const std::string before = day_beside(tuple[place], -a_day);
        const std::string after = day_beside(tuple[place], a_day);
        for (const Wish& wish : one.comparators) {
            if (wish.demand != Demand::shall) continue;
            const std::string& value = wish.name == "gt" ? before : wish.name == "lt" ? after : tuple[place];
            Search made = search(one.code + '.' + wish.name, one.code + " with " + wish.name, demand_, fmt::format("support the comparator {} of {}", wish.name, one.code));
            made.runs.push_back(with(place, wish.name + day(value), tuple));
            list.push_back(std::move(made));
        }
        if (wants(one, "ge") && wants(one, "le") && one.multiple_and != Demand::may) {
            Search made = search(one.code + ".range", "between two values of " + one.code, weaker(demand_, one.multiple_and), fmt::format("support {} twice, for a range", one.code));
            std::vector<Term> asked = with(place, "ge" + before, tuple);
            asked.push_back({&one, "le" + after});
            made.runs.push_back(std::move(asked));
            made.recommended = one.multiple_and != Demand::shall;
            list.push_back(std::move(made));
        }
        Search made = search(one.code + ".precision", one.code + " to the day, the month and the year", demand_, "");
        made.requirement = "FHIR R4 3.1.1.4.7: a date finds what lies within it, whatever its precision";
        for (const std::size_t length : {std::size_t{10}, std::size_t{7}, std::size_t{4}}) made.runs.push_back(with(place, tuple[place].substr(0, length), tuple));
        list.push_back(std::move(made));
    }

    void several(std::vector<Search>& list, std::size_t place) const {
        const Parameter& one = *parameters_[place];
        if (one.multiple_or == Demand::may) return;
        std::string all;
        std::size_t count = 0;
        for (const Tuple& tuple : tuples({&one}, resources_, judge_, most_values)) {
            all += (all.empty() ? "" : ",") + tuple.front();
            ++count;
        }
        if (count < 2) return;
        Search made = search(one.code + ".or", "several values of " + one.code, weaker(demand_, one.multiple_or), fmt::format("support several values of {}, any of which may be there", one.code));
        made.recommended = one.multiple_or != Demand::shall;
        made.runs.push_back(with(place, all, tuples_.front()));
        list.push_back(std::move(made));
    }

    const Guide& guide_;
    const Kind& kind_;
    const Judge& judge_;
    std::vector<fhir::View> resources_;
    std::vector<std::string> codes_;
    Demand demand_;
    std::vector<const Parameter*> parameters_{};
    std::string name_{}, told_{};
    std::vector<Tuple> tuples_{};
};

// A reference is asked by id, by type and id, and by its whole address.
void reference_forms(std::vector<Search>& list, const Guide& guide, const Kind& kind, const std::vector<Term>& plain, const std::string& base) {
    for (std::size_t place = 0; place < plain.size(); ++place) {
        if (plain[place].parameter->code != "patient") continue;
        Search made{.id = "patient-forms", .title = kind.type + " by patient in every form of a reference",
                    .requirement = guide.name + ": the server SHALL support the id alone and the type with the id; FHIR R4 3.1.1.4.12: also the whole URL",
                    .demand = Demand::shall};
        for (const Term& term : plain) made.parameters.push_back(term.parameter->code);
        const std::string& whole = plain[place].value;
        for (const std::string& form : {whole.substr(whole.find('/') + 1), whole, base + '/' + whole}) {
            made.runs.push_back(plain);
            made.runs.back()[place].value = form;
        }
        list.push_back(std::move(made));
    }
}

}  // namespace

std::string query_of(const std::vector<Term>& terms) {
    std::string query;
    for (const Term& term : terms) query += fmt::format("{}{}={}", query.empty() ? "" : "&", term.parameter->code, base::percent_encode(term.value));
    return query;
}

std::string url_of(std::string_view type, const std::vector<Term>& terms) { return fmt::format("{}?{}", type, query_of(terms)); }

std::vector<Term> plain_search(const Kind& kind, const ReferenceData& data, const Judge& judge) {
    std::vector<Combination> ways;
    for (const Parameter& one : kind.parameters) ways.push_back({{one.code}, one.demand});
    ways.insert(ways.end(), kind.combinations.begin(), kind.combinations.end());
    std::stable_sort(ways.begin(), ways.end(), [](const Combination& a, const Combination& b) { return a.codes.size() < b.codes.size(); });  // the widest first
    for (const Demand demand : {Demand::shall, Demand::should})
        for (const Combination& way : ways) {
            // By patient, so that a server full of others does not answer with all of them.
            const bool by_id = way.codes == std::vector<std::string>{"_id"};
            if (way.demand != demand || by_id) continue;
            std::vector<const Parameter*> parameters;
            for (const std::string& code : way.codes)
                if (const Parameter* one = kind.parameter(code)) parameters.push_back(one);
            const auto found = tuples(parameters, data.of(kind.type), judge, 1);
            if (!found.empty()) return terms(parameters, found.front());
        }
    return {};
}

std::vector<Search> searches(const Guide& guide, const Kind& kind, const ReferenceData& data, const Judge& judge, const std::string& base) {
    std::vector<Search> list;
    for (const Parameter& one : kind.parameters) Family(guide, kind, data, judge, {one.code}, one.demand).add_to(list);
    for (const Combination& way : kind.combinations) Family(guide, kind, data, judge, way.codes, way.demand).add_to(list);
    const std::vector<Term> plain = plain_search(kind, data, judge);
    reference_forms(list, guide, kind, plain, base);
    if (!plain.empty()) {
        Search made{.id = "post-search", .title = kind.type + " searched by POST", .requirement = "FHIR R4 3.1.1: servers that search support GET and POST alike", .demand = Demand::shall,
                    .runs = {plain}, .post = true};
        for (const Term& term : plain) made.parameters.push_back(term.parameter->code);
        list.push_back(std::move(made));
    }
    return list;
}

}  // namespace runner::us_core
