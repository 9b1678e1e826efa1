// SPDX-License-Identifier: Apache-2.0
#include "interaction/verb/transaction.h"

#include "base/id.h"
#include "fhir/resource/bundle_reference.h"
#include "interaction/call/url.h"
#include "interaction/verb/patch.h"
#include "interaction/verb/question.h"
#include "interaction/verb/references.h"
#include "interaction/verb/removal.h"
#include "interaction/verb/rewrite.h"

#include <algorithm>
#include <set>
#include <unordered_map>
#include <unordered_set>

namespace interaction {
namespace {

using base::Fault;
using fhir::resource::Reference;
using fhir::search::Query;

// What the conditions of the bundle found in the store. Equal findings mean that the bodies made from them still stand.
struct Found {
    std::vector<std::string> ids;                               // by condition; empty = nothing matched
    std::unordered_map<std::string, std::string> references;    // conditional reference -> "Type/id"
    bool operator==(const Found&) const = default;
};

// An entry that names its resource by criteria.
struct Condition {
    Entry* entry;
    Query criteria;
    std::string key;                 // same key: same question, asked once
    std::string made_id;             // when nothing matches
    std::optional<store::Version> match;
};

class Run {
public:
    Run(std::vector<Entry> entries, const Request& request, const Context& context)
        : entries_(std::move(entries)), request_(request), context_(context), order_(in_order(entries_)) {}

    base::Result<Response> go() {
        TRY(begin());
        TRY(beforehand());
        const store::Work work = [this](store::Transaction& transaction) { return inside(transaction); };
        const auto written = request_.parts ? context_.repository.write_repeatable(work) : context_.repository.write(work);
        if (!written) return written.fault();
        std::set<std::string> types;
        for (const Entry& entry : entries_)
            if (entry.write && entry.effect) add_types(*entry.write, *entry.effect, types);
        tell_committed(types, context_);
        if (request_.parts) return Response{};
        return answer_all("transaction-response", entries_, request_, context_);
    }

private:
    struct Links {
        std::vector<Link> links;
        std::vector<std::string> conditional;  // texts of its conditional references
        bool late = false;                     // one of them may mean a resource of this very bundle
    };

    // Checks that need neither store nor other entries' ids.
    base::Result<void> begin() {
        std::unordered_set<std::string> full_urls;
        for (Entry& entry : entries_) {
            if (entry.fault) return *entry.fault;
            if (!entry.full_url.empty() && !full_urls.insert(entry.full_url).second)
                return named({Fault::Kind::malformed, "Its fullUrl stands in this bundle twice.", "", base::IssueType::duplicate},
                             entry);
        }
        for (Entry* entry : order_) {
            if (!entry->writes()) {
                has_reads_ = true;
                continue;
            }
            TRY(begin_one(*entry));
            written_types_.insert(entry->write->type);
            if (entry->write->kind == Write::Kind::remove) has_removes_ = true;
            else if (entry->write->criteria && entry->write->kind != Write::Kind::patch) take_condition(*entry);
        }
        TRY(check_identities());
        links_.resize(entries_.size());
        for (Entry* entry : order_) {
            if (has_body(*entry) || patches(*entry)) TRY(read_links(*entry));
        }
        return {};
    }

    base::Result<void> begin_one(Entry& entry) {
        auto write = begin_write(entry.request, entry.resource, context_);
        if (!write) return named(std::move(write).fault(), entry);
        entry.write = *std::move(write);
        entry.write->judged_later = true;
        return {};
    }

    static bool has_body(const Entry& entry) {
        return entry.write && (entry.write->kind == Write::Kind::create || entry.write->kind == Write::Kind::update);
    }
    static bool patches(const Entry& entry) { return entry.write && entry.write->kind == Write::Kind::patch; }

    void take_condition(Entry& entry) {
        Write& write = *entry.write;
        std::string key = write.type;
        auto used = write.criteria->used;
        std::sort(used.begin(), used.end());  // in whichever order they stand, it is one question
        for (const auto& [name, value] : used) key += "&" + name + "=" + value;
        std::string made = !write.id.empty() ? write.id
                           : write.body_id.empty() ? base::new_id(context_.clock.now()) : write.body_id;
        conditions_.push_back({&entry, *std::move(write.criteria), std::move(key), std::move(made), std::nullopt});
        write.criteria.reset();
    }

    base::Result<void> read_links(Entry& entry) {
        Links& own = links_[entry.number];
        own = {};
        own.links = links_of(entry.resource, context_.schema);
        for (const Link& link : own.links) {
            if (link.kind != Link::Kind::reference) continue;
            const Reference reference = fhir::resource::parse_reference(link.at.text());
            if (reference.form != Reference::Form::conditional) continue;
            const std::string text(link.at.text());
            own.conditional.push_back(text);
            const bool late = written_types_.contains(std::string(reference.type));
            own.late = own.late || late;
            if (questions_.contains(text)) continue;
            auto criteria = read_reference_criteria(reference);
            if (!criteria) return named(std::move(criteria).fault(), entry);
            questions_.emplace(text, Question{*std::move(criteria), &entry, late});
        }
        return {};
    }

    base::Result<Query> read_reference_criteria(const Reference& reference) {
        const std::string type(reference.type);
        if (!context_.schema.is_resource(type))
            return Fault{Fault::Kind::malformed, "A conditional reference names the unknown type '" + type + "'.", "",
                         base::IssueType::value};
        TRY(const auto parameters, read_query(reference.query));
        return read_criteria(type, parameters, request_.base, context_);
    }

    // Two entries may not change one resource (FHIR R4 3.1.0.11.2).
    base::Result<void> check_identities() const {
        std::unordered_map<std::string, std::size_t> seen;
        for (const Entry& entry : entries_) {
            if (!entry.write || entry.write->id.empty() || is_match(entry)) continue;
            if (!seen.emplace(entry.write->type + "/" + entry.write->id, entry.number).second) return twice(entry);
        }
        return {};
    }

    static Fault twice(const Entry& entry) {
        return named({Fault::Kind::malformed, "Another entry of this transaction changes the same resource.", "",
                      base::IssueType::duplicate}, entry);
    }

    // True for a conditional create that met its resource: nothing is written.
    bool is_match(const Entry& entry) const { return matched_.contains(entry.number); }

    base::Result<void> beforehand() {
        // Deletes come first and may change what the conditions find: then everything is looked up inside.
        if (has_removes_ && has_questions()) return {};
        if (!has_questions() && std::none_of(entries_.begin(), entries_.end(), patches)) {  // there is nothing to look up
            TRY(take(found_.emplace()));
            return make_bodies(false);
        }
        const auto snapshot = context_.repository.snapshot();
        position_ = snapshot->position();
        TRY(found_, look_up(*snapshot));
        TRY(take(*found_));
        TRY(make_bodies(false));
        rehearse_patches(*snapshot);
        return {};
    }

    // What fails now may be right when the other entries are stored, and shows itself then.
    void rehearse_patches(store::Snapshot& snapshot) {
        for (Entry* entry : order_) {
            if (!patches(*entry)) continue;
            entry->write->targets = &targets_;
            if (auto rehearsal = rehearse(*entry->write, snapshot, context_))
                entry->write->rehearsal = std::make_shared<const Rehearsal>(*std::move(rehearsal));
        }
    }

    // Patches see what the other entries have stored, and their values may point to it.
    base::Result<void> put_patches(store::Transaction& transaction) {
        for (Entry* entry : order_) {
            if (!patches(*entry)) continue;
            entry->write->targets = &targets_;
            TRY(put(*entry, transaction));
            const store::Version& done = entry->effect->version;
            for (const Entry& other : entries_)
                if (&other != entry && other.effect && other.effect->version.id == done.id && other.effect->version.type == done.type)
                    return twice(*entry);
        }
        return {};
    }

    bool has_questions() const { return !conditions_.empty() || !questions_.empty(); }

    base::Result<Found> look_up(store::Snapshot& snapshot) {
        Found found;
        for (Condition& condition : conditions_) {
            condition.match.reset();
            auto match = only_match(snapshot, condition.criteria, *condition.entry->request.plan, context_);
            if (!match) return named(std::move(match).fault(), *condition.entry);
            condition.match = *std::move(match);
            found.ids.push_back(condition.match ? condition.match->id : std::string());
        }
        for (const auto& [text, question] : questions_) {
            if (question.late) continue;
            TRY(found.references[text], target_of(question, snapshot));
        }
        return found;
    }

    struct Question {
        Query criteria;
        Entry* entry;  // the first that asks
        bool late;
    };

    base::Result<std::string> target_of(const Question& question, store::Snapshot& snapshot) const {
        auto match = only_match(snapshot, question.criteria, *question.entry->request.plan, context_);
        if (!match) return named(std::move(match).fault(), *question.entry);
        if (!*match)
            return named({Fault::Kind::invalid, "A conditional reference matches no " + question.criteria.type + ".", "",
                          base::IssueType::not_found}, *question.entry);
        return (*match)->type + "/" + (*match)->id;
    }

    // Ids for everything that was named by a condition, and with them what every fullUrl means.
    base::Result<void> take(const Found& found) {
        matched_.clear();
        std::unordered_map<std::string, const Condition*> first;
        for (std::size_t i = 0; i < conditions_.size(); ++i) {
            Condition& condition = conditions_[i];
            Write& write = *condition.entry->write;
            const std::string& id = found.ids[i];
            if (write.kind == Write::Kind::create) {
                const auto [same, fresh] = first.emplace(condition.key, &condition);
                if (!fresh && id.empty() && same->second->entry->write->kind != Write::Kind::create) return twice(*condition.entry);
                write.id = fresh ? id.empty() ? condition.made_id : id : same->second->entry->write->id;
                if (!id.empty() || !fresh) matched_.insert(condition.entry->number);
            } else {
                // Criteria that match nothing name the same new resource each time.
                if (!first.emplace(condition.key, &condition).second && id.empty()) return twice(*condition.entry);
                if (!id.empty() && !write.body_id.empty() && id != write.body_id)
                    return named({Fault::Kind::malformed, "The body's id is not the id of the resource that the criteria name.", "",
                                  base::IssueType::value}, *condition.entry);
                write.id = id.empty() ? condition.made_id : id;
            }
        }
        TRY(check_identities());
        targets_.clear();
        for (const Entry& entry : entries_) {
            if (!has_body(entry) && !patches(entry)) continue;
            if (entry.full_url.empty() || entry.write->id.empty()) continue;
            const Reference url = fhir::resource::parse_reference(entry.full_url);
            const std::string key = url.form == Reference::Form::absolute ? std::string(url.base) + "/" + url.local()
                                                                          : entry.full_url;
            targets_[key] = entry.write->type + "/" + entry.write->id;
        }
        for (const auto& [text, target] : found.references) targets_[text] = target;
        return {};
    }

    base::Result<void> make_bodies(bool late) {
        for (Entry* entry : order_) {
            if (!has_body(*entry) || is_match(*entry) || links_[entry->number].late != late) continue;
            TRY(make_body(*entry));
        }
        return {};
    }

    base::Result<void> make_body(Entry& entry) {
        Write& write = *entry.write;
        const Reference url = fhir::resource::parse_reference(entry.full_url);
        Rewriting rewriting{&targets_, request_.base, &context_.rules.own_bases, {}};
        if (url.form == Reference::Form::absolute) rewriting.from_base = url.base;
        auto changed = rewritten(write.sent, links_[entry.number].links, rewriting);
        if (!changed) return named(std::move(changed).fault(), entry);
        write.changed = *std::move(changed);
        finish_body(write, context_);
        return {};
    }

    base::Result<void> inside(store::Transaction& transaction) {
        for (Entry& entry : entries_) entry.effect.reset();
        if (request_.parts) TRY(check_parts(transaction.now()));
        if (request_.holds) TRY(request_.holds(transaction));
        if (has_removes_) TRY(remove(transaction));
        if (!found_ || (has_questions() && transaction.now().position() != position_)) {
            TRY(auto found, look_up(transaction.now()));
            if (!found_ || found != *found_) {
                TRY(take(found));
                TRY(make_bodies(false));
                for (Entry& entry : entries_)
                    if (patches(entry)) entry.write->rehearsal.reset();
                found_ = std::move(found);
            }
        }
        TRY(check_removed());
        TRY(put_all(false, transaction));
        TRY(put_late(transaction));
        TRY(put_patches(transaction));
        for (const Condition& condition : conditions_)
            if (is_match(*condition.entry)) condition.entry->effect = met(condition);
        if (context_.rules.referential_integrity) TRY(check_references(transaction.now()));
        if (has_reads_) TRY(read_all(transaction.now()));
        if (request_.with_commit) return request_.with_commit(transaction);
        return {};
    }

    base::Result<void> check_parts(store::Snapshot& now) const {
        for (const Entry& entry : entries_) {
            if (entry.request.if_match.empty() && entry.request.if_none_match.empty()) continue;
            TRY(const auto current, now.read(entry.write->type, entry.write->id));
            if (auto checked = check_conditions(*entry.write, current ? &*current : nullptr); !checked)
                return named(std::move(checked).fault(), entry);
        }
        return {};
    }

    base::Result<void> put(Entry& entry, store::Transaction& transaction) {
        return take_effect(entry, apply(*entry.write, transaction, context_));
    }

    base::Result<void> take_effect(Entry& entry, base::Result<Effect> effect) {
        if (!effect) return named(std::move(effect).fault(), entry);
        entry.effect = *std::move(effect);
        if (request_.wanted != Request::Return::representation) entry.effect->version.body.reset();  // nobody will read it
        return {};
    }

    base::Result<void> put_all(bool late, store::Transaction& transaction) {
        for (Entry* entry : order_) {
            if (!has_body(*entry) || is_match(*entry) || links_[entry->number].late != late) continue;
            TRY(put(*entry, transaction));
        }
        return {};
    }

    // Conditional references that may mean resources of this bundle: asked when those stand in the store.
    base::Result<void> put_late(store::Transaction& transaction) {
        bool any = false;
        for (const auto& [text, question] : questions_) {
            if (!question.late) continue;
            any = true;
            TRY(targets_[text], target_of(question, transaction.now()));
        }
        if (!any) return {};
        TRY(make_bodies(true));
        return put_all(true, transaction);
    }

    // What each delete means is found before any of them is done: two may not mean the same resource.
    base::Result<void> remove(store::Transaction& transaction) {
        std::vector<std::pair<Entry*, std::vector<store::Name>>> removes;
        std::set<store::Name> seen;
        for (Entry* entry : order_) {
            if (!entry->write || entry->write->kind != Write::Kind::remove) continue;
            auto asked = asked_to_remove(*entry->write, transaction.now(), context_);
            if (!asked) return named(std::move(asked).fault(), *entry);
            for (const store::Name& name : *asked)
                if (!seen.insert(name).second) return twice(*entry);
            removes.emplace_back(entry, *std::move(asked));
        }
        for (const auto& [entry, asked] : removes) TRY(take_effect(*entry, remove_all(*entry->write, asked, transaction, context_)));
        return {};
    }

    // A conditional or cascading delete shows only now what it meant.
    base::Result<void> check_removed() const {
        std::set<store::Name> removed;
        for (const Entry& entry : entries_)
            if (entry.effect) removed.insert(entry.effect->removed.begin(), entry.effect->removed.end());
        if (removed.empty()) return {};
        for (const Entry& entry : entries_)
            if (has_body(entry) && removed.contains({entry.write->type, entry.write->id}))
                return named({Fault::Kind::malformed, "Another entry of this transaction deletes the same resource.", "",
                              base::IssueType::duplicate}, entry);
        return {};
    }

    // Judged at the end: what one entry takes away another may bring, and all may point to each other.
    base::Result<void> check_references(store::Snapshot& now) const {
        for (const Entry& entry : entries_) {
            if (!entry.effect || is_match(entry)) continue;
            const store::Name self{entry.effect->version.type, entry.effect->version.id};
            const std::vector<Pointed>& pointed = patches(entry) ? entry.effect->pointed : entry.write->pointed;
            if (auto checked = check_pointed(pointed, self, now); !checked) return named(std::move(checked).fault(), entry);
            for (const store::Name& name : entry.effect->removed) {
                TRY(const auto current, now.read(name.type, name.id));
                if (current && !current->deleted()) continue;
                if (auto checked = check_referrers(name, {}, now, *request_.plan, context_); !checked)
                    return named(std::move(checked).fault(), entry);
            }
        }
        return {};
    }

    Effect met(const Condition& condition) const {
        if (condition.match) return {*condition.match, false, true};
        // The same condition stood in an earlier entry, which created the resource.
        for (const Entry& entry : entries_)
            if (!is_match(entry) && entry.effect && entry.write->id == condition.entry->write->id &&
                entry.write->type == condition.entry->write->type)
                return {entry.effect->version, false, true};
        return {};
    }

    base::Result<void> read_all(store::Snapshot& now) {
        Allowance allowance(context_);
        for (Entry* entry : order_) {
            if (entry->writes()) continue;
            auto response = allowance.run_read(*entry, now);
            if (!response) return named(std::move(response).fault(), *entry);
            entry->response = *std::move(response);
        }
        return {};
    }

    std::vector<Entry> entries_;
    const Request& request_;
    const Context& context_;
    std::vector<Entry*> order_;
    std::vector<Links> links_;                        // by entry number
    std::vector<Condition> conditions_;
    std::unordered_map<std::string, Question> questions_;  // conditional references by their text
    std::unordered_set<std::string> written_types_;
    std::unordered_set<std::size_t> matched_;
    std::optional<Found> found_;
    store::Position position_ = 0;
    Targets targets_;
    bool has_removes_ = false;
    bool has_reads_ = false;
};

}  // namespace

base::Result<Response> transaction(std::vector<Entry> entries, const Request& request, const Context& context) {
    return Run(std::move(entries), request, context).go();
}

}  // namespace interaction
