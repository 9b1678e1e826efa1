// SPDX-License-Identifier: Apache-2.0
#include "exchange/commit_plan.h"

#include "base/id.h"
#include "fhir/codec/json.h"
#include "fhir/primitive.h"
#include "fhir/resource/bundle_reference.h"
#include "fhir/tree/builder.h"
#include "interaction/verb/rewrite.h"
#include "mapping/merge.h"

#include <algorithm>
#include <array>

namespace exchange {

namespace {

using base::Fault;
using fhir::View;
using interaction::Joining;
using store::Name;
using namespace fhir::literals;

constexpr const char* here = "urn:here";
constexpr const char* record_type = "Provenance";  // says of a message what came of it

std::string text_of(const Name& name) { return name.type + "/" + name.id; }

fhir::Document copy_of(View resource) {
    fhir::Builder build(resource.document().names());
    build.resource(resource.resource_type());
    build.copy_children(resource);
    return std::move(build).finish();
}

base::Result<fhir::Document> read(const store::Version& version, const interaction::Context& context) {
    return fhir::codec::read_json(*version.body, context.schema.names());
}

// Whose it is: a reference to a record of this store, or nothing.
std::string owner_of(View resource) {
    for (const char* const element : {"subject", "patient"}) {
        const View reference = resource.child(element).child("reference"_name);
        if (!reference || resource.child(element).list()) continue;
        const auto parsed = fhir::resource::parse_reference(reference.text());
        if (parsed.form == fhir::resource::Reference::Form::relative && parsed.version.empty()) return std::string(reference.text());
    }
    return {};
}

bool same_but_meta(View a, View b) {
    const auto count = [](View resource) {
        const auto all = resource.children();
        return std::count_if(all.begin(), all.end(), [](View child) { return child.name() != "meta"_name; });
    };
    if (count(a) != count(b)) return false;
    const fhir::Names& names = a.document().names();
    const auto plain = [&](View resource) {
        fhir::Builder build(names);
        build.resource(resource.resource_type());
        for (const View child : resource.children())
            if (child.name() != "meta"_name) build.copy(child);
        return std::move(build).finish();
    };
    const fhir::Document one = plain(a), other = plain(b);
    return fhir::equal(one.root(), other.root());
}

// Identifiers that the stored record has from a merge stay as they stand there.
fhir::Document without_old(View incoming, View stored) {
    const auto old = [&](View identifier) {
        const auto all = stored.children("identifier"_name);
        return std::any_of(all.begin(), all.end(), [&](View other) {
            return other.text("use"_name) == "old" && other.text("system"_name) == identifier.text("system"_name) &&
                   other.text("value"_name) == identifier.text("value"_name);
        });
    };
    fhir::Builder build(incoming.document().names());
    build.resource(incoming.resource_type());
    for (const View child : incoming.children())
        if (child.name() != "identifier"_name || !old(child)) build.copy(child);
    return std::move(build).finish();
}

void write_said(fhir::Builder& build, base::Micros said) {
    build.open("extension"_name, true);
    build.value("url"_name, said_extension);
    build.value(build.name("valueInstant"), base::instant(said));
    build.close();
}

// When the sender of what is stored said it.
std::optional<base::Micros> said_of(View stored) {
    for (const View extension : stored.child("meta"_name).children("extension"_name)) {
        if (extension.text("url"_name) != said_extension) continue;
        const auto said = fhir::primitive::interval(extension.child("valueInstant").text());
        return said ? std::optional(said->from) : std::nullopt;
    }
    return std::nullopt;
}

// The same with its id, and with the time of the message in its meta.
fhir::Document stamped(View resource, const std::string& id, base::Micros said) {
    fhir::Builder build(resource.document().names());
    build.resource(resource.resource_type());
    build.value("id"_name, id);
    bool done = said == 0;
    for (const View child : resource.children()) {
        if (child.name() == "id"_name) continue;
        if (child.name() != "meta"_name || said == 0) {
            build.copy(child);
            continue;
        }
        build.open("meta"_name);
        for (const View part : child.children())
            if (part.name() != "extension"_name || part.text("url"_name) != said_extension) build.copy(part);
        write_said(build, said);
        build.close();
        done = true;
    }
    if (!done) {
        build.open("meta"_name);
        write_said(build, said);
        build.close();
    }
    return std::move(build).finish();
}

}  // namespace

base::Result<CommitPlan> CommitPlan::make(const mapping::Translation& translation, const interaction::Context& context, Unchanged& unchanged) {
    CommitPlan plan(translation, context, unchanged);
    plan.snapshot_ = context.repository.snapshot();
    TRY(plan.resolve());
    TRY(plan.lay());
    TRY(plan.join());
    plan.tell_left();
    // A moment that is held while the writer is waited for would keep the writer from beginning its log anew: both would wait.
    plan.snapshot_.reset();
    return plan;
}

base::Result<void> CommitPlan::resolve() {
    const std::set<Name> own = themselves(translation_);
    meant_.reserve(translation_.entries.size());
    for (const mapping::Entry& entry : translation_.entries) {
        if (entry.of_message && entry.mode == mapping::Entry::Mode::replace) {
            meant_.push_back({{entry.type, entry.id}, std::nullopt, false});
            continue;
        }
        TRY(Meant meant, who_is(entry, own.contains({entry.type, entry.id}), targets_, *snapshot_, context_));
        if (!meant.stored && !entry.alike.empty())
            if (const auto twin = twin_of(meant_.size())) meant = meant_[*twin];
        if (!meant.stored && entry.known_by) fresh_.push_back(meant_.size());
        // It means another record than it was made for: all that refers to it follows.
        if (meant.name.id != entry.id) targets_.emplace(here + ("/" + entry.type + "/" + entry.id), text_of(meant.name));
        meant_.push_back(std::move(meant));
    }
    return keep_apart();
}

// One before it that tells of the same thing: AL1 and IAM of one message.
std::optional<std::size_t> CommitPlan::twin_of(std::size_t number) const {
    const mapping::Entry& entry = translation_.entries[number];
    const auto whose = [&](const mapping::Entry& one) { return one.resource.root().child(entry.alike.front()).text("reference"_name); };
    for (std::size_t i = 0; i < number; ++i) {
        const mapping::Entry& other = translation_.entries[i];
        if (other.type == entry.type && other.alike == entry.alike && whose(other) == whose(entry) &&
            alike(entry.resource.root(), other.resource.root(), entry.alike))
            return i;
    }
    return std::nullopt;
}

// Was it written by a message that was sent later than this one?
bool CommitPlan::older(const std::optional<base::Micros>& said) const { return translation_.said_to != 0 && said && translation_.said_to <= *said; }

// The store knows newer things.
void CommitPlan::leave(const mapping::Entry& entry, const Meant& meant) {
    left_.push_back(meant.name);
    keep(entry, meant);
}

// It stays as it is.
void CommitPlan::keep(const mapping::Entry& entry, const Meant& meant) {
    if (entry.known_by) unchanged_.emplace_back(meant.name, meant.stored->version);
}

void CommitPlan::put(const Name& name, fhir::Document body, const Place& place) {
    const auto found = bodies_.find(name);
    if (found == bodies_.end()) {
        bodies_.emplace(name, std::move(body));
        places_.emplace(name, place);
        order_.push_back(name);
        return;
    }
    found->second = std::move(body);
}

base::Result<void> CommitPlan::lay() {
    for (std::size_t i = 0; i < translation_.entries.size(); ++i) TRY(lay_one(i));
    return {};
}

base::Result<void> CommitPlan::lay_one(std::size_t number) {
    const mapping::Entry& entry = translation_.entries[number];
    const Meant& meant = meant_[number];
    const bool replaces = entry.mode == mapping::Entry::Mode::replace;
    const bool plain_case = meant.stored && targets_.empty() && meant.name.id == entry.id && entry.deleted.empty();
    std::optional<Unchanged::Key> key;
    if (plain_case && !bodies_.contains(meant.name)) {
        key = Unchanged::key(entry.resource, *meant.stored, replaces, entry.assumed);
        if (const auto known = known_.find(*key)) {
            older(known->said) ? leave(entry, meant) : keep(entry, meant);
            return {};
        }
    }
    std::optional<fhir::Document> before;
    std::optional<base::Micros> told;
    if (meant.stored) {
        TRY(before, read(*meant.stored, context_));
        told = said_of(before->root());
    }
    if (older(told)) {
        leave(entry, meant);
        return {};
    }
    std::optional<fhir::Document> moved;
    if (!targets_.empty()) {
        auto links = interaction::links_of(entry.resource.root(), context_.schema);
        std::erase_if(links, [](const interaction::Link& link) { return link.kind != interaction::Link::Kind::reference; });
        TRY(moved, interaction::rewritten(entry.resource.root(), links, {.targets = &targets_, .own_base = {}, .own_bases = nullptr, .from_base = here}));
    }
    View incoming = moved ? moved->root() : entry.resource.root();
    const base::Micros said = entry.of_message ? 0 : translation_.said_from;
    Place place{meant.stored ? meant.stored->version : 0, true, entry.of_message && replaces};

    // Two entries of one message may turn out to be one record.
    if (const auto twice = bodies_.find(meant.name); twice != bodies_.end()) {
        const fhir::Document both = replaces ? copy_of(incoming) : mapping::merge(twice->second.root(), incoming, entry.deleted, entry.assumed);
        put(meant.name, stamped(both.root(), meant.name.id, said), place);
        return {};
    }
    if (!before) {
        put(meant.name, stamped(incoming, meant.name.id, said), place);
        return {};
    }
    std::optional<fhir::Document> plain;
    if (meant.name.id != entry.id) {
        plain = without_old(incoming, before->root());
        incoming = plain->root();
    }
    const fhir::Document after = replaces ? copy_of(incoming) : mapping::merge(before->root(), incoming, entry.deleted, entry.assumed);
    const fhir::Document named = stamped(after.root(), meant.name.id, 0);
    if (replaces ? same_but_meta(named.root(), before->root()) : fhir::equal(named.root(), before->root())) {
        if (key) known_.learn(*key, {told});
        keep(entry, meant);
        return {};
    }
    put(meant.name, stamped(named.root(), meant.name.id, said), place);
    return {};
}

// The number of an order, a report or a visit comes with another patient: a sender that gives numbers twice, or that corrects whose it is. Nobody's
// record goes over to somebody else for that: each patient has his own, and somebody should look. Where HL7 v2 means a move, it says so
// (A43 to A45), and what went to the wrong patient is taken back there (OBX-11 W).
base::Result<void> CommitPlan::keep_apart() {
    if (!translation_.merges.empty()) return {};
    for (std::size_t i = 0; i < meant_.size(); ++i) {
        const mapping::Entry& entry = translation_.entries[i];
        Meant& meant = meant_[i];
        if (!meant.stored || entry.of_message) continue;
        const std::string is = owner_of(entry.resource.root());
        if (is.empty()) continue;
        const auto moved = targets_.find(here + ("/" + is));
        const std::string owner = moved == targets_.end() ? is : moved->second;
        if (meant.stored->body->find('"' + owner + '"') != std::string::npos) continue;
        TRY(const fhir::Document stored, read(*meant.stored, context_));
        const std::string was = owner_of(stored.root());
        if (was.empty() || was == owner) continue;
        TRY(const bool both, both_numbered(was, is));
        if (!both) continue;
        base::Finding finding;
        finding.severity = base::Severity::warning;
        finding.type = base::IssueType::conflict;
        finding.text = text_of(meant.name) + " is of " + was + "; what came under the same number for " + owner + " is kept apart.";
        findings_.push_back(std::move(finding));
        apart_.push_back(meant.name);
        meant.name.id = base::derived_id(entry.id, owner);
        TRY(meant.stored, living(meant.name));
        targets_.emplace(here + ("/" + entry.type + "/" + entry.id), text_of(meant.name));
    }
    return {};
}

base::Result<std::optional<store::Version>> CommitPlan::living(const Name& name) const {
    TRY(auto stored, snapshot_->read(name.type, name.id));
    if (stored && stored->deleted()) stored.reset();
    return stored;
}

// Whoever has no number is somebody new with each message: of such nobody knows that they are two.
base::Result<bool> CommitPlan::both_numbered(const std::string& stored, const std::string& sent) const {
    const auto slash = stored.find('/');
    TRY(const auto version, living({stored.substr(0, slash), stored.substr(slash + 1)}));
    if (!version) return false;
    TRY(const fhir::Document body, read(*version, context_));
    const auto all = translation_.entries.begin();
    const auto person = std::find_if(all, translation_.entries.end(), [&](const mapping::Entry& one) { return one.type + '/' + one.id == sent; });
    const auto numbered = [](View patient) { return !patient.child("identifier"_name).text("value"_name).empty(); };
    return person != translation_.entries.end() && numbered(person->resource.root()) && numbered(body.root());
}

base::Result<void> CommitPlan::join() {
    const auto name_of = [&](const std::string& type, const std::string& id) {
        for (std::size_t i = 0; i < meant_.size(); ++i)
            if (translation_.entries[i].type == type && translation_.entries[i].id == id) return meant_[i].name;
        return Name{type, id};
    };
    for (const mapping::Merge& merge : translation_.merges) {
        using Kind = mapping::Merge::Kind;
        Joining joining;
        joining.kind = merge.kind == Kind::merge     ? Joining::Kind::merge
                       : merge.kind == Kind::unmerge ? Joining::Kind::unmerge
                       : merge.kind == Kind::connect ? Joining::Kind::connect
                                                     : Joining::Kind::move;
        joining.gone = name_of(merge.type, merge.gone);
        joining.kept = name_of(merge.kept_type, merge.kept);
        if (joining.kind == Joining::Kind::connect && joining.gone == joining.kept) continue;  // they were merged since
        if (joining.kind == Joining::Kind::merge) {
            TRY(take_over(joining.gone, joining.kept));
        }
        TRY(auto joined, interaction::prepare_joining(joining, bodies_, *snapshot_, context_));
        TRY(add_joined(std::move(joined)));
    }
    return {};
}

// A record that begins with this message goes on where the other one ended: a changed number (HL7 v2 3.3.47, 3.3.50) comes with little more
// than the number. What the message says of it counts first; its own name, links and whether it is in use are not handed on.
base::Result<void> CommitPlan::take_over(const Name& gone, const Name& kept) {
    const auto found = bodies_.find(kept);
    if (found == bodies_.end() || places_.at(kept).before > 0 || gone == kept) return {};
    TRY(const auto stored, living(gone));
    if (!stored) return {};
    std::optional<fhir::Document> read_now;
    const auto brought = bodies_.find(gone);
    if (brought == bodies_.end()) {
        TRY(read_now, read(*stored, context_));
    }
    const View former = read_now ? read_now->root() : brought->second.root();
    fhir::Builder build(context_.schema.names());
    build.resource(gone.type);
    for (const View child : former.children()) {
        constexpr std::array own{"id", "meta", "text", "identifier", "link", "active"};
        if (std::find(own.begin(), own.end(), child.name_text()) != own.end()) continue;
        if (child.name() == "extension"_name && child.text("url"_name) == interaction::replaced_by_extension) continue;
        build.copy(child);
    }
    const fhir::Document before = std::move(build).finish();
    const auto meant = std::find_if(meant_.begin(), meant_.end(), [&](const Meant& one) { return one.name == kept; });
    const mapping::Entry& entry = translation_.entries[static_cast<std::size_t>(meant - meant_.begin())];
    found->second = mapping::merge(before.root(), found->second.root(), entry.deleted, entry.assumed);
    return {};
}

base::Result<void> CommitPlan::add_joined(interaction::Joined joined) {
    const Name gone = joined.asked.gone;
    if (joined.nothing) {
        // What the message says of a record that was merged before changes nothing of it.
        if (joined.asked.kind == Joining::Kind::merge) {
            bodies_.erase(gone);
            places_.erase(gone);
            std::erase(order_, gone);
        }
        return {};
    }
    findings_.insert(findings_.end(), joined.findings.begin(), joined.findings.end());
    for (interaction::Changed& change : joined.changes) {
        const Place place{change.before, false, false};
        put(change.name, std::move(change.body), place);
    }
    joined.changes.clear();
    joined_.push_back(std::move(joined));
    return {};
}

// The message's Provenance names what was left and what was kept apart, so that nobody wonders later why.
void CommitPlan::tell_left() {
    if (left_.empty() && apart_.empty()) return;
    for (auto& [name, body] : bodies_) {
        if (name.type != record_type || !places_.at(name).unconditional) continue;
        fhir::Builder build(context_.schema.names());
        build.resource(name.type);
        build.copy_children(body.root());
        const auto name_all = [&](const std::vector<Name>& names, const char* url) {
            for (const Name& one : names) {
                build.open(build.name("extension"), true);
                build.value(build.name("url"), url);
                build.open(build.name("valueReference"));
                build.value(build.name("reference"), text_of(one));
                build.close();
                build.close();
            }
        };
        name_all(left_, left_extension);
        name_all(apart_, apart_extension);
        body = std::move(build).finish();
    }
    if (left_.empty()) return;
    base::Finding finding;
    finding.severity = base::Severity::information;
    finding.type = base::IssueType::informational;
    finding.text = "The message is older than what is stored of " + std::to_string(left_.size()) + " resources; they stay as they are:";
    for (std::size_t i = 0; i < left_.size() && i < 20; ++i) finding.text += ' ' + text_of(left_[i]);
    findings_.push_back(std::move(finding));
}

std::vector<interaction::Part> CommitPlan::parts() const {
    std::vector<interaction::Part> all;
    for (const Name& name : order_) {
        const Place& place = places_.at(name);
        if (!place.entry) continue;
        const std::int64_t none = place.unconditional ? interaction::Part::any_version : interaction::Part::none;
        all.push_back({name.type, name.id, bodies_.at(name).root(), place.before > 0 ? place.before : none});
    }
    return all;
}

std::vector<Name> CommitPlan::contended() const {
    std::vector<Name> names;
    for (const auto& [name, place] : places_)
        if (!place.unconditional) names.push_back(name);
    for (const auto& [name, version] : unchanged_) names.push_back(name);
    return names;
}

base::Result<std::vector<interaction::Write>> CommitPlan::writes(const interaction::Request& request) const {
    std::vector<interaction::Write> made;
    for (const Name& name : order_) {
        const Place& place = places_.at(name);
        if (place.entry) continue;
        TRY(interaction::Write write, interaction::write_of(name, place.before, bodies_.at(name), request, context_));
        made.push_back(std::move(write));
    }
    return made;
}

base::Result<void> CommitPlan::holds(store::Transaction& transaction) const {
    store::Snapshot& now = transaction.now();
    for (const auto& [name, version] : unchanged_) {
        if (places_.contains(name)) continue;  // a merge changes it after all, with its own condition
        TRY(const auto current, now.read(name.type, name.id));
        if (!current || current->version != version) return Fault{Fault::Kind::stale, "A record that the message speaks of changed meanwhile."};
    }
    for (const std::size_t number : fresh_) TRY(check_alone(translation_.entries[number], meant_[number].name.id, now, context_));
    return {};
}

base::Result<void> CommitPlan::inside(const std::vector<interaction::Write>& writes, store::Transaction& transaction) const {
    for (const interaction::Write& write : writes) TRY(interaction::apply(write, transaction, context_));
    for (const interaction::Joined& joined : joined_) TRY(interaction::check_joined(joined, transaction.now(), context_));
    return {};
}

}  // namespace exchange
