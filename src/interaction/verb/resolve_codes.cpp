// SPDX-License-Identifier: Apache-2.0
#include "interaction/verb/resolve_codes.h"

#include "fhir/codec/json.h"
#include "fhir/search/read_value.h"
#include "terminology/expand.h"

#include <algorithm>
#include <set>

namespace interaction {
namespace {

using base::Fault;
using fhir::search::Clause;
using fhir::search::Modifier;
using fhir::search::Value;

constexpr std::size_t most_codes = 20'000;  // of one criterion

bool about_codes(const Clause& clause) {
    return clause.kind == Clause::Kind::test && !clause.resolved && clause.parameter != nullptr &&
           clause.parameter->type == fhir::search::ParameterType::token &&
           (clause.modifier == Modifier::in || clause.modifier == Modifier::not_in || clause.modifier == Modifier::above ||
            clause.modifier == Modifier::below);
}

Value code_value(std::string_view system, std::string_view code) {
    Value value;
    value.has_system = true;
    value.system = system;
    value.code = code;
    return value;
}

// As it was asked, wherever the reader of values has put it.
std::string asked_text(const Value& value) {
    if (!value.text.empty()) return value.text;
    return value.has_system ? value.system + "|" + value.code : value.code;
}

Fault refused(std::string text, const Clause& clause, base::IssueType type) {
    return {Fault::Kind::malformed, std::move(text), clause.parameter->code, type, {}};
}

class Resolver {
public:
    Resolver(const Context& context, store::Snapshot* snapshot, const permission::Plan* plan)
        : context_(context), snapshot_(snapshot), plan_(plan) {}

    base::Result<void> tree(Clause& clause) {
        for (Clause& part : clause.parts) TRY(tree(part));
        if (!about_codes(clause)) return {};
        if (!knowledge_) {
            if (context_.definitions == nullptr)
                return refused("Value sets and code systems are not known here.", clause, base::IssueType::not_supported);
            knowledge_ = context_.definitions->now();
        }
        codes_.clear();
        for (const Value& asked : clause.any_of) {
            const bool set = clause.modifier == Modifier::in || clause.modifier == Modifier::not_in;
            TRY(set ? of_set(clause, asked_text(asked)) : of_hierarchy(clause, asked_text(asked)));
            if (codes_.size() > most_codes)
                return refused("The value sets of " + clause.parameter->code + " hold too many codes.", clause, base::IssueType::too_costly);
        }
        clause.any_of.clear();
        for (const auto& [system, code] : codes_) clause.any_of.push_back(code_value(system, code));
        clause.resolved = true;
        return {};
    }

private:
    base::Result<void> of_set(const Clause& clause, const std::string& url) {
        const terminology::Catalog& catalog = knowledge_->codes().catalog();
        std::shared_ptr<const terminology::ValueSet> set = catalog.set(url, "");
        if (set == nullptr && snapshot_ != nullptr && plan_ != nullptr && url.starts_with("ValueSet/")) {
            TRY(set, stored(url.substr(9)));
        }
        if (set == nullptr) return refused("The value set " + url + " is not known here.", clause, base::IssueType::not_found);
        const auto expansion = terminology::expand(*set, {.most = most_codes}, knowledge_->units());
        if (!expansion)
            return refused("The codes of the value set " + url + " cannot be listed: " + expansion.fault().text, clause,
                           expansion.fault().kind == Fault::Kind::missing ? base::IssueType::not_found
                           : expansion.fault().kind == Fault::Kind::too_costly ? base::IssueType::too_costly : base::IssueType::not_supported);
        if (expansion->partial)
            return refused("The codes of the value set " + url + " are known in part only.", clause, base::IssueType::not_supported);
        for (const terminology::Expanded& one : expansion->codes) codes_.emplace(one.system, one.code);
        return {};
    }

    // One that is named by its id: it need not have a canonical URL.
    base::Result<std::shared_ptr<const terminology::ValueSet>> stored(const std::string& id) {
        std::shared_ptr<const terminology::ValueSet> none;
        fhir::search::Query query;
        query.type = "ValueSet";
        Clause named;
        named.parameter = context_.parameters.find("ValueSet", "_id");
        named.any_of.emplace_back();
        named.any_of.front().code = id;
        query.clauses.push_back(std::move(named));
        store::Window window;
        window.count = 1;
        TRY(const store::Page page, snapshot_->search(query, plan_->read, window));
        if (page.entries.empty()) return none;
        const auto resource = fhir::codec::read_json(*page.entries.front().body, context_.schema.names());
        if (!resource) return none;
        none = std::make_shared<const terminology::ValueSet>(knowledge_->codes().catalog().link(resource->root(), ""));
        return none;
    }

    // The code itself and all that it subsumes, or all that subsume it.
    base::Result<void> of_hierarchy(const Clause& clause, const std::string& text) {
        const auto parts = fhir::search::split_escaped(text, '|');
        if (parts.size() != 2 || parts[0].empty() || parts[1].empty())
            return refused("For :above and :below " + clause.parameter->code + " needs a system and a code, as in http://example.org/system|code.", clause,
                           base::IssueType::value);
        const std::string url = fhir::search::unescape(parts[0]);
        const std::string code = fhir::search::unescape(parts[1]);
        const auto system = knowledge_->codes().catalog().system(url, "", "");
        if (system == nullptr) return refused("The code system " + url + " is not known here.", clause, base::IssueType::not_found);
        if (system->content() != terminology::Content::complete)
            return refused("The content of the code system " + url + " is not here as a whole.", clause, base::IssueType::not_supported);
        const terminology::ConceptId start = system->find(code);
        if (start == terminology::no_concept)
            return refused("The code system " + url + " has no code " + code + ".", clause, base::IssueType::not_found);
        codes_.emplace(url, system->code(start));
        if (!system->is_a_hierarchy()) return {};
        std::vector<terminology::ConceptId> ahead{start};
        std::set<terminology::ConceptId> seen{start};
        while (!ahead.empty()) {
            const terminology::ConceptId at = ahead.back();
            ahead.pop_back();
            for (const terminology::ConceptId next : clause.modifier == Modifier::below ? system->children(at) : system->parents(at)) {
                if (!seen.insert(next).second) continue;
                ahead.push_back(next);
                codes_.emplace(url, system->code(next));
            }
        }
        return {};
    }

    const Context& context_;
    store::Snapshot* snapshot_;
    const permission::Plan* plan_;
    std::shared_ptr<const Knowledge> knowledge_;
    std::set<std::pair<std::string, std::string>> codes_;  // of the criterion at hand
};

}  // namespace

base::Result<void> resolve_codes(fhir::search::Query& query, const Context& context, store::Snapshot* snapshot, const permission::Plan* plan) {
    Resolver resolver(context, snapshot, plan);
    for (Clause& clause : query.clauses) TRY(resolver.tree(clause));
    return {};
}

}  // namespace interaction
