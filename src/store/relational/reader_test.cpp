// SPDX-License-Identifier: Apache-2.0
#include "store/memory.h"
#include "store/relational/database_fixture.h"

#include <doctest/doctest.h>

#include <random>

namespace store::contract {
namespace {

using fhir::search::Clause;
using fhir::search::Modifier;
using fhir::search::Prefix;
using fhir::search::Query;

// Random values and questions from small sets, so that they meet often.
class Dice {
public:
    explicit Dice(unsigned seed) : engine_(seed) {}
    int upto(int sides) { return static_cast<int>(engine_() % static_cast<unsigned>(sides)); }
    bool one_in(int sides) { return upto(sides) == 0; }
    template <class T>
    const T& of(const std::vector<T>& choice) { return choice[static_cast<std::size_t>(upto(static_cast<int>(choice.size())))]; }

    const std::string& system() { return of(systems_); }
    const std::string& code_text() { return of(codes_); }
    const std::string& word() { return of(words_); }
    std::string id() { return "r" + std::to_string(upto(60)); }
    base::Micros time() { return upto(12) * 1000; }
    const std::string& address() { return of(addresses_); }
    double amount() { return of(amounts_); }
    Prefix prefix() { return static_cast<Prefix>(upto(9)); }

private:
    std::mt19937 engine_;
    std::vector<std::string> systems_{"", "http://a", "http://b"};
    std::vector<std::string> codes_{"x", "y", "z", "X", "x y"};
    std::vector<std::string> words_{"Anna", "anna", "Ann", "Änna", "b%", "b_", "Zoë Ann", "ann", "'", "\xF0\x9F\x98\x80", "a\xEF\xBF\xBF"};
    std::vector<std::string> addresses_{"http://a/b", "http://a/b/c", "http://a/bc", "http://a", "urn:oid:1.2", "urn:oid:1.2.3", "http://a/b|1.2", "http://a/b|1"};
    std::vector<double> amounts_{-1, 0, 0.005, 1, 1.1, 5, 5.005, 4.995, 100, std::numeric_limits<double>::infinity()};
};

IndexValue token_value(Dice& dice, Known which) {
    return token(which, dice.system(), fhir::search::token_key(fhir::search::LetterCase::ignored, false, dice.code_text()));
}

IndexValue quantity_value(Dice& dice, Known which) {
    IndexValue value = quantity(which, dice.system(), dice.code_text(), dice.amount());
    if (dice.one_in(3)) value.high = value.low + dice.upto(3);
    if (dice.one_in(3)) value.text = dice.code_text();
    return value;
}

std::vector<IndexValue> random_index(Dice& dice) {
    std::vector<IndexValue> all;
    for (int n = dice.upto(12); n > 0; --n) {
        switch (dice.upto(14)) {
            case 0: all.push_back(token_value(dice, gender)); break;
            case 1: all.push_back(token_value(dice, identifier)); break;
            case 2: all.push_back(string(name, dice.word())); break;
            case 3: {
                const base::Micros from = dice.one_in(8) ? fhir::search::no_begin : dice.time();
                const base::Micros to = dice.one_in(8) ? fhir::search::no_end : std::max<base::Micros>(from, 0) + 1000 * dice.upto(4) + 1000;
                all.push_back(date(birthdate, from, to));
                break;
            }
            case 4:
                all.push_back(dice.one_in(5) ? reference(subject, dice.of<std::string>({"", "Patient"}), dice.id(), "http://far/Patient/" + dice.id())
                                             : reference(subject, dice.of<std::string>({"", "Patient", "Group"}), dice.id()));
                if (dice.one_in(6)) {
                    all.push_back(token_value(dice, subject));
                    all.back().component = fhir::search::facet_identifier;
                }
                break;
            case 5: all.push_back(number(probability, dice.amount())); break;
            case 6: all.push_back(quantity_value(dice, value_quantity)); break;
            case 7: all.push_back(uri(url, dice.word())); break;
            case 9: all.push_back(words(dice.word() + " " + dice.code_text() + " " + dice.word())); break;
            case 10: all.push_back(position(dice.upto(180) - 90, dice.upto(360) - 180)); break;
            case 11: all.push_back(uri(url, dice.address())); break;
            case 12: {
                IndexValue value = quantity_value(dice, value_quantity);
                value.component = fhir::search::in_base_units;
                value.system.clear();
                value.text.clear();
                all.push_back(value);
                all.push_back(quantity_value(dice, value_quantity));
                break;
            }
            case 13: {
                IndexValue value = token_value(dice, identifier);
                if (dice.one_in(3)) value.component = fhir::search::facet_of_type;
                else if (dice.one_in(2)) value.code.clear();
                all.push_back(value);
                all.push_back(string(identifier, dice.word()));
                all.back().component = fhir::search::facet_text;
                break;
            }
            case 8:
                for (std::uint32_t group = 1; group <= 2; ++group) {
                    IndexValue a = token_value(dice, code_value);
                    IndexValue b = quantity_value(dice, code_value);
                    a.group = b.group = group;
                    a.component = 1;
                    b.component = 2;
                    all.push_back(a);
                    if (!dice.one_in(4)) all.push_back(b);
                }
                break;
        }
    }
    if (!all.empty() && dice.one_in(4)) all.push_back(all.front());  // the same twice
    return all;
}

Value token_asked(Dice& dice) {
    switch (dice.upto(3)) {
        case 0: return code(dice.code_text());
        case 1: return system_code(dice.system(), dice.code_text());
        default: return any_code(dice.system());
    }
}

Value amount_asked(Dice& dice) {
    Value value = amount(dice.prefix(), dice.upto(8), dice.system(), dice.one_in(2) ? dice.code_text() : "");
    if (dice.one_in(4)) value.low = value.high = value.exact;
    return value;
}

Value asked_of(Dice& dice, Known which, Modifier& modifier) {
    switch (which) {
        case gender:
        case identifier:
            if (modifier == Modifier::none && dice.one_in(2))
                modifier = dice.of<Modifier>({Modifier::not_, Modifier::text, Modifier::of_type, Modifier::in, Modifier::not_in, Modifier::above});
            return modifier == Modifier::text ? text(dice.word()) : token_asked(dice);
        case content_parameter: {
            Value value;
            for (int tries = 0; !value.words && tries < 9; ++tries) {
                const std::string between = dice.of<std::string>({" ", " OR ", " NOT ", "* "});
                if (auto words = fhir::search::read_words(dice.word() + between + dice.code_text())) value.words = *words;
            }
            return value;
        }
        case near_parameter: {
            Value value;
            value.low = dice.upto(180) - 90;
            value.high = dice.upto(360) - 180;
            value.exact = dice.of<double>({0, 50, 2000, 9000, 30000});
            return value;
        }
        case name:
            if (modifier == Modifier::none) modifier = dice.of<Modifier>({Modifier::none, Modifier::exact, Modifier::contains});
            return text(dice.word());
        case birthdate: {
            const base::Micros from = dice.time();
            return span(dice.prefix(), from, from + 1000 * (1 + dice.upto(3)));
        }
        case subject: {
            Value value = refer(dice.of<std::string>({"", "Patient", "Group"}), dice.id());
            if (dice.one_in(5)) value = refer("", "http://far/Patient/" + dice.id());
            if (modifier == Modifier::none && dice.one_in(4)) modifier = Modifier::identifier;
            return modifier == Modifier::identifier ? token_asked(dice) : value;
        }
        case probability:
        case value_quantity: {
            Value value = amount_asked(dice);
            if (dice.one_in(4)) value.measure = fhir::search::Measure{dice.code_text(), value.exact, value.low, value.high};
            return value;
        }
        case url:
            if (modifier == Modifier::none && dice.one_in(2)) modifier = dice.of<Modifier>({Modifier::above, Modifier::below});
            return code(dice.one_in(3) ? dice.word() : dice.address());
        case code_value: return both(token_asked(dice), amount_asked(dice));
        case id_parameter:
            if (dice.one_in(6)) modifier = Modifier::not_;
            return code(dice.id());
        default: return span(dice.prefix(), 1'700'000'000'000'000 + 1000 * dice.upto(70), 1'700'000'000'000'000 + 1000 * (70 + dice.upto(9)));
    }
}

Clause random_clause(Dice& dice) {
    const auto which = dice.of<Known>({gender, identifier, name, birthdate, subject, probability, value_quantity, url, code_value,
                                       id_parameter, time_parameter, content_parameter, near_parameter});
    if (dice.one_in(8)) {
        Clause asked = missing(which, dice.one_in(2));
        if (dice.one_in(6)) asked.any_of.push_back(missing(which, dice.one_in(2)).any_of[0]);
        return asked;
    }
    Modifier modifier = Modifier::none;
    std::vector<Value> any_of;
    for (int n = dice.one_in(3) ? 1 + dice.upto(4) : 1; n > 0; --n) any_of.push_back(asked_of(dice, which, modifier));
    Clause made = clause(which, any_of, modifier);
    made.resolved = !dice.one_in(4);
    return made;
}

// A tree: leaves, groups of them, and steps over references.
Clause random_tree(Dice& dice, int depth, bool links) {
    if (depth == 0 || dice.one_in(2)) return random_clause(dice);
    Clause tree;
    tree.kind = dice.of<Clause::Kind>({Clause::Kind::all, Clause::Kind::any, Clause::Kind::none, Clause::Kind::forward, Clause::Kind::backward});
    if (!links && (tree.kind == Clause::Kind::forward || tree.kind == Clause::Kind::backward)) tree.kind = Clause::Kind::any;
    if (tree.kind == Clause::Kind::forward || tree.kind == Clause::Kind::backward) {
        tree.parameter = &parameter(subject);
        tree.type = dice.of<std::string>({"Patient", "Patient", "Observation", "Group", "Never"});
    }
    for (int n = dice.upto(4); n > 0; --n) tree.parts.push_back(random_tree(dice, depth - 1, links));
    return tree;
}

fhir::search::Reach random_reach(Dice& dice) {
    if (!dice.one_in(3)) return fhir::search::Reach::everything();
    fhir::search::Reach reach;
    for (const char* type : {"Patient", "Observation", "Basic", "Group"}) {
        if (dice.one_in(4)) continue;
        if (dice.one_in(2)) reach.allow(type);
        else
            for (int n = dice.upto(3); n > 0; --n) reach.allow(type, random_tree(dice, 1, false));
    }
    return reach;
}

Query random_query(Dice& dice) {
    Query asked;
    asked.type = dice.of<std::string>({"Patient", "Patient", "Observation", ""});
    if (asked.type.empty() && dice.one_in(2)) asked.types = dice.of<std::vector<std::string>>({{"Patient"}, {"Basic", "Observation"}, {"Never", "Patient"}});
    for (int n = dice.upto(4); n > 0; --n) asked.clauses.push_back(random_tree(dice, dice.upto(4), true));
    if (dice.one_in(2))
        for (int n = 1 + dice.upto(2); n > 0; --n)
            asked.sort.push_back({&parameter(dice.of<Known>({gender, name, birthdate, subject, probability, value_quantity, url, code_value,
                                                             id_parameter, time_parameter})),
                                  dice.one_in(2)});
    asked.total = dice.one_in(3) ? fhir::search::Total::accurate : fhir::search::Total::none;
    return asked;
}

std::string told(const Clause& clause) {
    static const std::vector<std::string> kinds{"test", "all", "any", "none", "forward", "backward"};
    std::string text;
    if (clause.kind != Clause::Kind::test) {
        text = kinds[static_cast<std::size_t>(clause.kind)] + " " + clause.type + "(";
        for (const Clause& part : clause.parts) text += told(part) + ", ";
        return text + ")";
    }
    text = fmt::format("{}:{}=", clause.parameter->code, static_cast<int>(clause.modifier));
    for (const Value& v : clause.any_of)
        text += fmt::format("[p{} {}|{} '{}' {}..{} {} ({}..{}) {} {}]", static_cast<int>(v.prefix), v.has_system ? v.system : "-", v.code,
                            v.text, v.from, v.to, v.exact, v.low, v.high, v.missing, v.parts.size());
    return text;
}

std::string told(const Query& query, const fhir::search::Reach& reach) {
    std::string text = query.type + "?";
    for (const Clause& clause : query.clauses) text += told(clause) + "&";
    for (const auto& key : query.sort) text += fmt::format("sort={}{} ", key.descending ? "-" : "", key.parameter->code);
    for (const char* type : {"Patient", "Observation", "Basic", "Group"})
        if (const Clause* limit = reach.filter(type)) text += fmt::format("\n reach {}: {}", type, told(*limit));
    return text;
}

struct Answer {
    std::vector<std::string> ids;
    std::optional<std::int64_t> total;
    bool operator==(const Answer&) const = default;
};

Answer answer(Repository& repository, const Query& query, const fhir::search::Reach& reach, int count, Position as_of, bool backwards) {
    Answer found;
    Window window{count, "", as_of, backwards};
    const auto snapshot = repository.snapshot();
    while (true) {
        const auto page = snapshot->search(query, reach, window);
        REQUIRE_MESSAGE(page, page.fault().text);
        const std::string& onwards = backwards ? page->previous : page->next;
        const std::string& back = backwards ? page->next : page->previous;
        CHECK(back.empty() == (window.after.empty() || page->entries.empty()));
        std::vector<std::string> here;
        for (const Version& version : page->entries)
            here.push_back(version.type + "/" + version.id + "/" + std::to_string(version.version) + *version.body);
        found.ids.insert(backwards ? found.ids.begin() : found.ids.end(), here.begin(), here.end());
        if (window.after.empty()) found.total = page->total;
        if (onwards.empty()) return found;
        window.after = onwards;
    }
}

}  // namespace

TEST_SUITE("store/relational/reader") {
    TEST_CASE("the database finds exactly what the reference engine finds") {
        for (unsigned seed = 1; seed <= 3; ++seed) {
            Dice dice(seed);
            RelationalOptions options;
            if (seed > 1) options.tuning.few = 4;  // what is asked of large databases: walks instead of lists,
            if (seed > 2) options.tuning.longest_walk = 9;  // and walks that are given up
            relational::Folder folder;
            base::FixedClock clock{1'700'000'000'000'000};
            const auto database = relational::open_in(folder, clock, options);
            Memory memory(clock);
            for (int i = 0; i < 250; ++i) {
                const std::string type = dice.of<std::string>({"Patient", "Patient", "Observation", "Basic"});
                const std::string id = dice.id();
                clock.advance(dice.upto(2) * 1000);
                if (dice.one_in(8)) {
                    const auto a = remove(*database, type, id);
                    const auto b = remove(memory, type, id);
                    REQUIRE((a && b));
                    CHECK(a->unchanged == b->unchanged);
                } else {
                    const auto index = random_index(dice);
                    const int body = dice.upto(3) ? i : 0;
                    const auto a = put(*database, type, id, body, index);
                    const auto b = put(memory, type, id, body, index);
                    REQUIRE((a && b));
                    CHECK(a->version.version == b->version.version);
                    CHECK(a->unchanged == b->unchanged);
                }
            }
            for (int i = 0; i < 1200; ++i) {
                const Query query = random_query(dice);
                const int count = dice.of<int>({1, 3, 7, 1000});
                const Position as_of = dice.one_in(4) ? 1 + dice.upto(200) : 0;
                const fhir::search::Reach reach = random_reach(dice);
                const bool backwards = dice.one_in(3);
                const Answer expected = answer(memory, query, reach, count, as_of, backwards);
                const Answer found = answer(*database, query, reach, count, as_of, backwards);
                if (found == expected) continue;
                std::string differ;
                for (const auto& id : expected.ids) differ += "\n expected " + id;
                for (const auto& id : found.ids) differ += "\n found    " + id;
                FAIL_CHECK("seed " << seed << ": " << told(query, reach) << " as of " << as_of << " backwards " << backwards << " count " << count << " totals " << expected.total.value_or(-1)
                                   << " " << found.total.value_or(-1) << differ);
            }
            CHECK(memory.ledger().read(0, 1000)->back().hash == database->ledger().read(0, 1000)->back().hash);
            CHECK(database->check());
        }
    }

    TEST_CASE("amounts in many units, some of which can be converted, are all found") {
        const relational::Folder folder;
        const base::FixedClock clock{1'700'000'000'000'000};
        const auto database = relational::open_in(folder, clock);
        std::vector<Value> asked;
        for (int i = 0; i < 240; ++i) {
            asked.push_back(amount(fhir::search::Prefix::eq, i));
            if (i % 2 != 0) asked.back().measure = fhir::search::Measure{"g", i + 0.0, i - 0.5, i + 0.5};
        }
        const auto weigh = [&](const std::string& id, int weight, int component) {
            IndexValue value = quantity(value_quantity, "", component != 0 ? "g" : "stone", weight);
            value.component = static_cast<std::uint8_t>(component);
            REQUIRE(put(*database, "Observation", id, weight, {value}));
        };
        weigh("plain", 20, 0);
        weigh("converted", 21, fhir::search::in_base_units);
        weigh("other", 1000, 0);
        weigh("plain-odd", 21, 0);
        for (const bool turned : {false, true}) {
            if (turned) std::reverse(asked.begin(), asked.end());
            for (const bool earlier : {false, true}) {
                if (earlier) weigh("converted", 2000 + turned, fhir::search::in_base_units);
                const Position then = earlier ? 4 + turned : 0;
                const Answer found = answer(*database, query({clause(value_quantity, asked)}, "Observation"), fhir::search::Reach::everything(), 10, then, false);
                CHECK(found.ids.size() == (turned ? 1U : 2U));
            }
        }
    }
}

}  // namespace store::contract
