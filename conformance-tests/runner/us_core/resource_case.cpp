// SPDX-License-Identifier: Apache-2.0
#include "runner/us_core/resource_case.h"

#include "runner/us_core/must_support.h"
#include "runner/us_core/searches.h"
#include "runner/us_core/trial.h"
#include "fhir/codec/json.h"
#include "fhir/tree/builder.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

namespace runner::us_core {

namespace {

using fhir::View;

// A few of many, for a message of one line.
std::string some(const std::vector<std::string>& all) {
    std::string text;
    for (std::size_t place = 0; place < std::min<std::size_t>(all.size(), 4); ++place) text += (text.empty() ? "" : ", ") + all[place];
    return all.size() > 4 ? text + fmt::format(" and {} more", all.size() - 4) : text;
}

bool has_profile(View resource, std::string_view profile) {
    for (const View one : resource.child("meta").children())
        if (one.name_text() == "profile" && (one.text() == profile || one.text().substr(0, one.text().find('|')) == profile)) return true;
    return false;
}

// R4 binds the units of what oxygensat holds to a list that has no L/min, and US Core fixes that unit for the flow rate. What R4's own vital
// signs say beside a profile of US Core is not asked here.
bool of_vital_signs_in_r4(const std::string& error) {
    return error.find("(profile http://hl7.org/fhir/StructureDefinition/oxygensat") != std::string::npos;
}

void collect_references(View element, std::set<std::string>& found) {
    for (const View child : element.children()) {
        if (child.name_text() == "reference" && child.has_value()) found.emplace(child.text());
        else collect_references(child, found);
    }
}

class Maker {
public:
    Maker(Bench& bench, const Shared& shared, const Kind& kind) : bench_(bench), shared_(shared), kind_(kind), stored_(shared.data.of(kind.type)) {
        made_ = {.suite = shared.suite, .id = slug(kind.type), .title = fmt::format("{} ({} {})", kind.type, shared.guide.name, word(kind.demand)), .source = shared.guide.name + " CapabilityStatement"};
        made_.begun = bench.clock.now();
    }

    Case make() {
        read();
        versions();
        create();
        for (const Search& one : searches(shared_.guide, kind_, shared_.data, bench_.judge, bench_.target.base)) search(one);
        for (const Wish& one : kind_.includes) include(one);
        for (const Wish& one : kind_.reverse_includes) reverse_include(one);
        for (const std::string& one : kind_.profiles) {
            conforms(one);
            shows(one);
        }
        if (kind_.type == "Observation") vital_signs();
        references();
        for (const Wish& one : kind_.operations) operation(one);
        made_.took = bench_.clock.now() - made_.begun;
        return std::move(made_);
    }

private:
    Test& test(std::string id, std::string title, std::string requirement) {
        made_.tests.push_back({.id = std::move(id), .title = std::move(title), .requirement = std::move(requirement)});
        return made_.tests.back();
    }
    std::string wanted(Demand demand, const std::string& what) const { return required(shared_.guide, demand, what); }

    // Not demanded and not claimed: not tried.
    static bool left_alone(Trial& trial, Demand demand, bool claimed) {
        if (demand == Demand::shall || claimed) return false;
        trial.skip("offered", fmt::format("the server does not claim it, and US Core says {}", word(demand)));
        return true;
    }

    void read() {
        const Demand demand = kind_.interaction("read");
        Trial trial(bench_, test("read", fmt::format("Every {} can be read", kind_.type), wanted(demand, "support reading " + kind_.type)));
        if (left_alone(trial, demand, shared_.claims.interaction(kind_.type, "read"))) return;
        for (const View stored : stored_) {
            if (!trial.ask({.url = reference_of(stored)}, {200})) continue;
            const Resource came = trial.resource();
            if (!came) continue;
            trial.claim(reference_of(came->root()) == reference_of(stored), "it is " + reference_of(stored), "it is " + reference_of(came->root()));
            resources_.push_back(came);
        }
    }

    // Both are SHOULD: asked where they are claimed.
    void versions() {
        if (stored_.empty()) return;
        const std::string reference = reference_of(stored_.front());
        {
            const Demand demand = kind_.interaction("vread");
            Trial trial(bench_, test("vread", fmt::format("A version of a {} can be read", kind_.type), wanted(demand, "support vread of " + kind_.type)));
            if (!left_alone(trial, demand, shared_.claims.interaction(kind_.type, "vread")) && trial.ask({.url = reference}, {200}))
                if (const Resource now = trial.resource()) {
                    const std::string version(now->root().child("meta").child("versionId").text());
                    if (trial.claim(!version.empty(), "meta.versionId is there", "it is not") && trial.ask({.url = reference + "/_history/" + version}, {200}))
                        if (const Resource then = trial.resource()) trial.claim(then->root().child("meta").child("versionId").text() == version, "it is version " + version, "it is another");
                }
        }
        const Demand demand = kind_.interaction("history-instance");
        Trial trial(bench_, test("history", fmt::format("The history of a {} can be read", kind_.type), wanted(demand, "support the history of a " + kind_.type)));
        if (!left_alone(trial, demand, shared_.claims.interaction(kind_.type, "history-instance")) && trial.ask({.url = reference + "/_history"}, {200}))
            if (const Resource history = trial.resource()) trial.claim(history->root().child("type").text() == "history" && history->root().child("entry"), "it is a history with an entry", "it is not");
    }

    void create() {
        const Demand demand = kind_.interaction("create");
        if (demand == Demand::may || stored_.empty()) return;
        Trial trial(bench_, test("create", fmt::format("A {} can be created", kind_.type), wanted(demand, "support creating " + kind_.type)));
        if (left_alone(trial, demand, shared_.claims.interaction(kind_.type, "create"))) return;
        fhir::Builder build(bench_.judge.knowledge().schema().names());
        build.resource(kind_.type);
        for (const View child : stored_.front().children())
            if (child.name_text() != "id" && child.name_text() != "identifier") build.copy(child);
        const fhir::Document copy = std::move(build).finish();
        Request request{.method = "POST", .url = kind_.type, .fields = {{"Content-Type", "application/fhir+json"}}, .body = fhir::codec::to_json(copy.root())};
        if (!trial.ask(request, {201})) return;
        const std::string* location = trial.response().field("Location");
        if (!trial.claim(location != nullptr, "Location says where it is", "the header is not there")) return;
        const std::string where = location->substr(0, location->find("/_history"));
        if (trial.ask({.url = where}, {200})) trial.resource();
        trial.ask({.method = "DELETE", .url = where}, {200, 202, 204});
    }

    void search(const Search& wanted) {
        const bool claimed = shared_.claims.search(kind_.type, wanted.parameters);
        Test& one = test(wanted.id, wanted.title, wanted.requirement);
        Trial trial(bench_, one, wanted.recommended ? Verdict::warning : Verdict::fail);
        if (left_alone(trial, wanted.demand, claimed)) return;
        if (wanted.runs.empty()) trial.skip("values to search for", "the reference data have none");
        for (const std::vector<Term>& terms : wanted.runs) {
            const Found found = wanted.post ? trial.search(kind_.type + "/_search", query_of(terms)) : trial.search(url_of(kind_.type, terms));
            if (found.good) check(trial, terms, found);
        }
    }

    void check(Trial& trial, const std::vector<Term>& terms, const Found& found) {
        const auto all_fit = [&](View resource) {
            return std::all_of(terms.begin(), terms.end(), [&](const Term& term) { return fits(bench_.judge, resource, term, bench_.target.base); });
        };
        std::vector<std::string> wrong;
        std::set<std::string> came;
        for (const Resource& one : found.matches) {
            came.insert(reference_of(one->root()));
            if (one->root().resource_type() != kind_.type || !all_fit(one->root())) wrong.push_back(reference_of(one->root()));
        }
        trial.claim(wrong.empty(), fmt::format("everything found fits the search ({})", found.matches.size()), some(wrong) + " does not fit");
        std::vector<std::string> missing;
        std::size_t expected = 0;
        for (const View stored : stored_) {
            if (!all_fit(stored)) continue;
            ++expected;
            if (!came.contains(reference_of(stored))) missing.push_back(reference_of(stored));
        }
        trial.claim(missing.empty(), fmt::format("nothing that fits is missing ({} of the reference data)", expected), some(missing) + " is missing");
    }

    // "CareTeam:participant:Patient"
    void include(const Wish& wish) {
        Test& one = test("include-" + slug(wish.name), fmt::format("{} with _include={}", kind_.type, wish.name), wanted(wish.demand, "support _include=" + wish.name));
        const bool claimed = shared_.claims.include(kind_.type, wish.name, false);
        Trial trial(bench_, one, wish.demand == Demand::shall || claimed ? Verdict::fail : Verdict::warning);
        const auto plain = plain_search(kind_, shared_.data, bench_.judge);
        if (plain.empty()) return trial.skip("a search to include in", "the reference data have none");
        const Found found = trial.search(url_of(kind_.type, plain) + "&_include=" + wish.name);
        if (!found.good) return;
        const std::size_t first = wish.name.find(':');
        const std::size_t second = wish.name.find(':', first + 1);
        const std::string code = wish.name.substr(first + 1, second == std::string::npos ? second : second - first - 1);
        const std::string type = second == std::string::npos ? std::string() : wish.name.substr(second + 1) + '/';
        const Parameter parameter{.code = code, .type = "reference", .expression = expression_of(code)};
        std::set<std::string> came;
        for (const Resource& each : found.included) came.insert(reference_of(each->root()));
        std::vector<std::string> missing;
        std::size_t expected = 0;
        for (const Resource& match : found.matches)
            for (const std::string& text : values(bench_.judge, match->root(), parameter)) {
                std::set<std::string> targets;
                if (const auto element = fhir::codec::read_json(text, bench_.judge.knowledge().schema().names(), {.any_json = true})) collect_references(element->root(), targets);
                for (const std::string& target : targets) {
                    if (!target.starts_with(type) || !shared_.data.find(target)) continue;
                    ++expected;
                    if (!came.contains(target)) missing.push_back(target);
                }
            }
        trial.claim(missing.empty() && expected > 0, fmt::format("what is pointed to is included ({})", expected), expected == 0 ? "no match points to anything" : some(missing) + " is missing");
    }

    // R4's own, by its code; some expressions speak of several types.
    std::string expression_of(std::string_view code) const {
        for (const auto& row : bench_.judge.knowledge().schema().search_parameters()) {
            const std::string bases = ' ' + std::string(row.bases) + ' ';
            if (row.code == code && bases.find(' ' + kind_.type + ' ') != std::string::npos) return std::string(row.expression);
        }
        return {};
    }

    // "Provenance:target"
    void reverse_include(const Wish& wish) {
        Test& one = test("revinclude-" + slug(wish.name), fmt::format("{} with _revinclude={}", kind_.type, wish.name), wanted(wish.demand, "support _revinclude=" + wish.name));
        Trial trial(bench_, one, wish.demand == Demand::shall ? Verdict::fail : Verdict::warning);
        const auto plain = plain_search(kind_, shared_.data, bench_.judge);
        if (plain.empty()) return trial.skip("a search to include in", "the reference data have none");
        const Found found = trial.search(url_of(kind_.type, plain) + "&_revinclude=" + wish.name);
        if (!found.good) return;
        std::set<std::string> came;
        for (const Resource& each : found.included) came.insert(reference_of(each->root()));
        std::vector<std::string> missing;
        std::size_t expected = 0;
        for (const View pointing : shared_.data.of(wish.name.substr(0, wish.name.find(':')))) {
            std::set<std::string> targets;
            for (const View child : pointing.children())
                if (child.name_text() == "target") targets.emplace(child.child("reference").text());
            const bool points = std::any_of(found.matches.begin(), found.matches.end(), [&](const Resource& match) { return targets.contains(reference_of(match->root())); });
            if (!points) continue;
            ++expected;
            if (!came.contains(reference_of(pointing))) missing.push_back(reference_of(pointing));
        }
        trial.claim(missing.empty() && expected > 0, fmt::format("what points to it is included ({})", expected), expected == 0 ? "nothing points to what was found" : some(missing) + " is missing");
    }

    std::vector<View> of_profile(std::string_view profile) const {
        std::vector<View> found;
        for (const Resource& one : resources_) {
            const View stored = shared_.data.find(reference_of(one->root()));
            if (stored && has_profile(stored, profile)) found.push_back(one->root());
        }
        return found;
    }
    static std::string last_part(std::string_view canonical) { return std::string(canonical.substr(canonical.rfind('/') + 1)); }

    void conforms(const std::string& profile) {
        Trial trial(bench_, test("profile-" + slug(last_part(profile)), "What is read conforms to " + last_part(profile), wanted(Demand::shall, "return resources that conform to " + profile)));
        const auto resources = of_profile(profile);
        if (resources.empty()) return trial.skip("resources of it", "none could be read");
        for (const View one : resources) {
            auto wrong = bench_.judge.errors(one, profile);
            if (!wrong) return trial.skip("the profile", wrong.fault().text);
            std::erase_if(*wrong, of_vital_signs_in_r4);
            trial.claim(wrong->empty(), reference_of(one) + " conforms", some(*wrong));
        }
    }

    void shows(const std::string& profile) {
        Trial trial(bench_, test("must-support-" + slug(last_part(profile)), "Every must-support element of " + last_part(profile) + " comes back",
                                 wanted(Demand::shall, "populate all must-support elements of " + profile)));
        const auto definition = bench_.judge.knowledge().library().find("StructureDefinition", profile);
        if (!definition) return trial.skip("the profile", "it is not known here");
        const auto resources = of_profile(profile);
        if (resources.empty()) return trial.skip("resources of it", "none could be read");
        std::vector<View> stored;
        for (const View one : resources) stored.push_back(shared_.data.find(reference_of(one)));
        const auto present = [&](const std::vector<View>& all, const std::string& expression) {
            return std::any_of(all.begin(), all.end(), [&](View one) {
                const auto found = bench_.judge.holds(one, "(" + expression + ").exists()");
                return found && *found;
            });
        };
        for (const MustSupport& one : must_support(definition->document->root())) {
            if (!present(stored, one.expression)) trial.skip(one.id, "the reference data have none");
            else trial.claim(present(resources, one.expression), one.id, "it was stored and is in no resource that was read");
        }
    }

    // The CapabilityStatement names one profile of Observation for all vital signs; the others are in the package all the same.
    void vital_signs() {
        std::set<std::string> left;
        for (const Resource& one : resources_)
            for (const View profile : shared_.data.find(reference_of(one->root())).child("meta").children())
                if (profile.name_text() == "profile" && std::find(kind_.profiles.begin(), kind_.profiles.end(), profile.text()) == kind_.profiles.end()) left.emplace(profile.text());
        for (const std::string& profile : left) {
            conforms(profile);
            shows(profile);
        }
    }

    void references() {
        Trial trial(bench_, test("references", fmt::format("What a {} points to can be read", kind_.type), wanted(Demand::shall, "return references that resolve, where the target is of US Core")));
        std::set<std::string> all;
        for (const Resource& one : resources_) collect_references(one->root(), all);
        std::erase_if(all, [&](const std::string& one) { return one.starts_with('#') || one.starts_with("urn:"); });
        if (all.empty()) return trial.skip("references", "there are none");
        for (const std::string& one : all) {
            if (!trial.ask({.url = one}, {200})) continue;
            if (const Resource came = trial.resource()) {
                const std::string is = reference_of(came->root());
                trial.claim(one == is || one.ends_with('/' + is), "it is " + one, "it is " + is);
            }
        }
    }

    // $docref: the documents of a patient, as a searchset.
    void operation(const Wish& wish) {
        Trial trial(bench_, test("operation-" + wish.name, fmt::format("{}/${}", kind_.type, wish.name), wanted(wish.demand, fmt::format("support {}/${}", kind_.type, wish.name))));
        if (!shared_.claims.operation(kind_.type, wish.name)) return trial.skip("offered", "the server does not claim it");
        if (wish.name != "docref") return trial.skip("known", "this suite does not know the operation");
        const auto patients = shared_.data.of("Patient");
        const auto plain = plain_search(kind_, shared_.data, bench_.judge);
        if (patients.empty() || plain.empty()) return trial.skip("a patient", "the reference data have none");
        const Found found = trial.search(fmt::format("{}/${}?patient={}", kind_.type, wish.name, patients.front().child("id").text()));
        if (found.good) trial.claim(!found.matches.empty(), "documents come", "none does");
    }

    Bench& bench_;
    const Shared& shared_;
    const Kind& kind_;
    std::vector<View> stored_;
    std::vector<Resource> resources_{};  // as they were read
    Case made_{};
};

}  // namespace

Case resource_case(Bench& bench, const Shared& shared, const Kind& kind) { return Maker(bench, shared, kind).make(); }

}  // namespace runner::us_core
