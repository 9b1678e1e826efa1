// SPDX-License-Identifier: Apache-2.0
#include "exchange/outbound_feed.h"

#include "base/text.h"
#include "exchange/outbound_references.h"
#include "fhir/search/extract.h"
#include "fhir/search/match.h"
#include "fhir/search/parse.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace exchange {

namespace search = fhir::search;
using base::Fault;
using store::durable::Outgoing;

namespace {

// Twenty characters at most, as versions before 2.7 want it (MSH-10): the time, the change and its place among those of the change.
std::string control_id(base::Micros now, store::Position position, std::size_t place) {
    const auto digits = [](std::int64_t number) {
        std::string text;
        do text.insert(text.begin(), "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"[number % 36]);
        while ((number /= 36) != 0);
        return text;
    };
    std::string time = digits(now);
    time = time.size() > 9 ? time.substr(time.size() - 9) : time;
    return time + digits(position) + "." + digits(static_cast<std::int64_t>(place));
}

}  // namespace

base::Result<Feed> Feed::make(const DestinationRules& rules, const mapping::Composer& composer, const mapping::Speaker& speaker,
                              const interaction::Context& context) {
    Feed feed(rules, composer, speaker, context);
    feed.types_ = composer.types();
    const auto wrong = [&](std::string text) { return Fault{Fault::Kind::invalid, "destinations." + rules.name + ": " + std::move(text)}; };
    const auto kinds = composer.kinds();
    for (const std::string& wanted : rules.messages)
        if (std::none_of(kinds.begin(), kinds.end(), [&](const std::string& kind) { return kind.starts_with(wanted + '^'); }))
            return wrong("no map makes " + wanted);
    for (const std::string& text : rules.criteria) {
        const auto [type, query] = base::cut(text, '?');
        if (!context.schema.is_resource(type)) return wrong(fmt::format("there is no resource type {} in FHIR R4", type));
        const auto parameters = search::read_query_string(query);
        if (!parameters) return wrong("the criteria cannot be read: " + text);
        search::ParseOptions options;
        options.own_bases = context.rules.own_bases;
        options.units = context.units;
        auto parsed = search::parse(type, *parameters, context.parameters, context.schema, options);
        if (!parsed) return wrong(parsed.fault().text);
        feed.criteria_[std::string(type)].push_back(*std::move(parsed));
    }
    for (std::size_t i = 1; i < context.schema.type_count(); ++i) {
        const std::string type(context.schema.type_name(static_cast<fhir::schema::TypeId>(i)));
        for (auto& dependent : composer.dependents(type)) {
            const search::Parameter* parameter = context.parameters.find(dependent.focus, dependent.parameter);
            if (parameter == nullptr) return wrong(fmt::format("{} has no search parameter {}", dependent.focus, dependent.parameter));
            feed.dependents_[type].emplace_back(std::move(dependent), parameter);
        }
    }
    return feed;
}

class Feed::Batch {
public:
    Batch(const Feed& feed, const std::vector<store::LedgerEntry>& entries, base::Micros now)
        : feed_(feed), entries_(entries), now_(now), snapshot_(feed.context_->repository.snapshot()),
          references_(feed.context_->schema, feed.context_->parameters, *snapshot_, feed.context_->rules.own_bases) {}

    std::vector<Outgoing> run() {
        for (const store::LedgerEntry& entry : entries_) {
            place_ = 0;
            const auto& except = feed_.rules_->except_from;
            if (!entry.origin.empty() && (except.contains(entry.origin) || except.contains("*"))) continue;
            if (feed_.types_.contains(entry.type)) own(entry);
            if (const auto dependents = feed_.dependents_.find(entry.type); dependents != feed_.dependents_.end())
                for (const auto& [dependent, parameter] : dependents->second) others(entry, dependent, *parameter);
        }
        return std::move(made_);
    }

private:
    const fhir::Document* version(const store::LedgerEntry& entry, std::int64_t number) {
        if (number < 1) return nullptr;
        const auto found = snapshot_->vread(entry.type, entry.id, number);
        return found && *found && (*found)->body ? references_.keep(*(*found)->body) : nullptr;
    }

    void own(const store::LedgerEntry& entry) {
        const bool deleted = entry.change == store::Change::deleted;
        const fhir::Document* now = version(entry, deleted ? entry.version - 1 : entry.version);
        if (now == nullptr) return;  // it was taken away for good
        const fhir::Document* before = deleted ? nullptr : version(entry, entry.version - 1);
        const char* change = deleted ? "deleted" : entry.change == store::Change::created || before == nullptr ? "created" : "updated";
        compose(entry, entry.id, now->root(), before != nullptr ? before->root() : fhir::View{}, change, nullptr, entry.time);
    }

    // What refers to the changed resource is told again, unless it changed itself in this stretch: then it is told anyway.
    void others(const store::LedgerEntry& entry, const mapping::Composer::Dependent& dependent, const search::Parameter& parameter) {
        store::Step step;
        step.type = dependent.focus;
        step.parameters = {&parameter};
        step.target = dependent.type;
        step.backward = true;
        const auto found = snapshot_->follow({{entry.type, entry.id}}, step, search::Reach::everything(), 100);
        if (!found) return fail(entry, found.fault().text);
        const std::set<std::string, std::less<>> kinds{dependent.kind};
        for (const store::Version& one : *found) {
            const bool itself = std::any_of(entries_.begin(), entries_.end(), [&](const store::LedgerEntry& other) {
                return other.type == one.type && other.id == one.id && other.time >= entry.time;
            });
            if (itself || one.position > entries_.back().position || !told_.emplace(one.type + '/' + one.id, entry.time).second) continue;
            const fhir::Document* focus = one.body ? references_.keep(*one.body) : nullptr;
            if (focus == nullptr) continue;
            const auto& wanted = feed_.rules_->messages;
            const auto code = dependent.kind.substr(0, dependent.kind.find('^'));
            if (wanted.empty() || wanted.contains(dependent.kind) || wanted.contains(code))
                compose(entry, one.id, focus->root(), focus->root(), "updated", &kinds, one.last_updated);
        }
    }

    bool matches(fhir::View resource, const std::string& id, base::Micros updated) const {
        if (feed_.criteria_.empty()) return true;
        const auto criteria = feed_.criteria_.find(resource.resource_type());
        if (criteria == feed_.criteria_.end()) return false;
        base::Findings ignored;
        search::ExtractOptions options;
        options.own_bases = feed_.context_->rules.own_bases;
        options.units = feed_.context_->units;
        const auto index = search::extract(resource, feed_.context_->parameters, feed_.context_->schema, ignored, options);
        return std::any_of(criteria->second.begin(), criteria->second.end(),
                           [&](const search::Query& query) { return search::matches(query, index, id, updated); });
    }

    void compose(const store::LedgerEntry& entry, const std::string& id, fhir::View now, fhir::View before, const char* change,
                 const std::set<std::string, std::less<>>* kinds, base::Micros updated) {
        if (!matches(now, id, updated)) return;
        mapping::ComposeOptions options;
        options.now = entry.time;
        options.version = feed_.speaker_->version();
        options.services = &references_;
        options.units = feed_.context_->units;
        options.kinds = kinds != nullptr ? kinds : feed_.rules_->messages.empty() ? nullptr : &feed_.rules_->messages;
        const auto composed = feed_.composer_->compose({now, before, change}, options);
        if (!composed) return fail(entry, composed.fault().text);
        for (const mapping::Composed& one : *composed) {
            Outgoing message = outgoing(entry);
            message.subject = fmt::format("{}/{}/_history/{}", now.resource_type(), id, now.child("meta").child("versionId").text());
            message.kind = one.code + '^' + one.event;
            message.lane = feed_.rules_->lanes ? patient_of(now) : std::string();
            message.bytes = feed_.speaker_->say(one, message.control_id, now_);
            made_.push_back(std::move(message));
        }
    }

    Outgoing outgoing(const store::LedgerEntry& entry) {
        Outgoing message;
        message.position = entry.position;
        message.subject = fmt::format("{}/{}/_history/{}", entry.type, entry.id, entry.version);
        message.control_id = control_id(now_, entry.position, place_++);
        message.made = message.due = now_;
        message.status = "waiting";
        return message;
    }

    void fail(const store::LedgerEntry& entry, const std::string& text) {
        Outgoing message = outgoing(entry);
        message.status = "dead";
        message.reason = "cannot be composed: " + text;
        made_.push_back(std::move(message));
    }

    const Feed& feed_;
    const std::vector<store::LedgerEntry>& entries_;
    const base::Micros now_;
    std::unique_ptr<store::Snapshot> snapshot_;
    References references_;
    std::set<std::pair<std::string, base::Micros>> told_;
    std::size_t place_ = 0;
    std::vector<Outgoing> made_;
};

std::vector<Outgoing> Feed::messages(const std::vector<store::LedgerEntry>& entries, base::Micros now) const { return Batch(*this, entries, now).run(); }

}  // namespace exchange
