// SPDX-License-Identifier: Apache-2.0
#include "interaction/operation/joining.h"

#include "base/id.h"
#include "fhir/resource/bundle_reference.h"
#include "fhir/tree/builder.h"
#include "fhir/tree/edit.h"
#include "interaction/operation/joining_record.h"
#include "interaction/verb/rewrite.h"
#include "interaction/verb/shown.h"

#include <algorithm>
#include <array>
#include <optional>
#include <set>

namespace interaction {
namespace {

using base::Fault;
using base::IssueType;
using fhir::View;
using store::Name;
using namespace fhir::literals;

constexpr int longest_chain = 16;
constexpr const char* here = "urn:here";

// What was done to whom remains true whoever that is now.
constexpr std::array records{"Provenance", "AuditEvent"};

// What says of a type without `active` that it does not count any more.
struct Retired {
    const char* type;
    const char* element;
    const char* value;
};
constexpr std::array retired{Retired{"Encounter", "status", "entered-in-error"}, Retired{"Account", "status", "inactive"}};

bool is_record(std::string_view type) { return std::find(records.begin(), records.end(), type) != records.end(); }

bool points_to(std::string_view text, const Name& name) {
    const auto reference = fhir::resource::parse_reference(text);
    return reference.form == fhir::resource::Reference::Form::relative && reference.version.empty() && reference.type == name.type &&
           reference.id == name.id;
}

std::string text_of(const Name& name) { return name.type + "/" + name.id; }

bool has_element(const std::string& type, const char* element, const Context& context) {
    return context.schema.element(context.schema.find_type(type), context.schema.names().find(element)) != nullptr;
}

// Literal references to any of `names`, but for the links between records of one kind, which say what was merged.
std::vector<Link> links_to(View resource, const std::vector<Name>& names, const Context& context) {
    std::set<fhir::Document::Index> between;
    for (const View link : resource.children("link"_name))
        if (const View other = link.child("other").child("reference"_name)) between.insert(other.index());
    for (const View extension : resource.children("extension"_name))
        if (extension.text("url"_name) == replaced_by_extension) between.insert(extension.child("valueReference"_name).child("reference"_name).index());
    std::vector<Link> links;
    for (const Link& link : links_of(resource, context.schema))
        if (link.kind == Link::Kind::reference && !between.contains(link.at.index()) &&
            std::any_of(names.begin(), names.end(), [&](const Name& name) { return points_to(link.at.text(), name); }))
            links.push_back(link);
    return links;
}

fhir::Document redirected(View resource, const std::vector<Link>& links, const std::vector<Name>& from, const Name& to) {
    Targets targets;
    for (const Name& name : from) targets.emplace(here + ("/" + text_of(name)), text_of(to));
    auto made = rewritten(resource, links, {.targets = &targets, .own_base = {}, .own_bases = nullptr, .from_base = here});
    if (made && *made) return *std::move(*made);
    fhir::Builder build(resource.document().names());
    build.resource(resource.resource_type());
    build.copy_children(resource);
    return std::move(build).finish();
}

// Where the links of a document stand: "subject.reference", "performer[1].reference".
void paths_of(View at, const std::string& path, std::map<fhir::Document::Index, std::string>& paths) {
    fhir::Name before = fhir::no_name;
    int item = 0;
    for (const View child : at.children()) {
        item = child.name() == before ? item + 1 : 0;
        before = child.name();
        std::string own = path + (path.empty() ? "" : ".") + std::string(child.name_text());
        if (child.list()) own += '[' + std::to_string(item) + ']';
        if (child.kind() == fhir::Kind::complex) paths_of(child, own, paths);
        else paths.emplace(child.index(), std::move(own));
    }
}

std::set<std::string> places(View resource, const std::vector<Link>& links) {
    std::map<fhir::Document::Index, std::string> paths;
    paths_of(resource, "", paths);
    std::set<std::string> found;
    for (const Link& link : links) found.insert(paths[link.at.index()]);
    return found;
}

// Everything current that refers to `name` and is no record, one more than `most` at the most.
base::Result<std::vector<store::Version>> referrers_of(const Name& name, store::Snapshot& snapshot, std::size_t most, const Context& context) {
    std::vector<store::Version> all;
    for (fhir::schema::TypeId id = 1; id < context.schema.type_count() && all.size() <= most; ++id) {
        const std::string type(context.schema.type_name(id));
        if (!context.schema.is_resource(type) || is_record(type)) continue;
        const store::Step step{.type = type, .parameters = {}, .target = name.type, .backward = true};
        TRY(auto found, snapshot.follow({name}, step, fhir::search::Reach::everything(), static_cast<int>(most + 1 - all.size())));
        for (store::Version& version : found)
            if (Name{version.type, version.id} != name) all.push_back(std::move(version));
    }
    return all;
}

struct Standing {
    fhir::Document body;
    std::int64_t version = 0;
};

class Preparing {
public:
    Preparing(const Joining& asked, const Pending& pending, store::Snapshot& snapshot, const Context& context)
        : asked_(asked), pending_(pending), snapshot_(snapshot), context_(context) {}

    base::Result<Joined> run() {
        joined_.asked = asked_;
        joined_.seen = snapshot_.position();
        if (asked_.gone == asked_.kept)
            return Fault{Fault::Kind::invalid, "A record cannot be joined with itself: both names are those of one.", "", IssueType::not_found};
        switch (asked_.kind) {
            case Joining::Kind::merge: TRY(merge()); break;
            case Joining::Kind::unmerge: TRY(unmerge()); break;
            case Joining::Kind::connect: TRY(connect()); break;
            case Joining::Kind::move: TRY(move()); break;
        }
        if (joined_.changes.empty()) joined_.nothing = true;
        if (joined_.nothing) joined_.changes.clear();
        else joined_.changes.push_back(record_of(joined_, before_, context_));
        return std::move(joined_);
    }

private:
    base::Result<std::optional<Standing>> find(const Name& name) {
        TRY(const auto stored, snapshot_.read(name.type, name.id));
        const bool lives = stored && !stored->deleted();
        if (const auto found = pending_.find(name); found != pending_.end()) {
            fhir::Builder build(context_.schema.names());
            build.resource(name.type);
            build.copy_children(found->second.root());
            return std::optional<Standing>(Standing{std::move(build).finish(), lives ? stored->version : 0});
        }
        if (!lives) return std::optional<Standing>{};
        return std::optional<Standing>(Standing{body_of(*stored, context_), stored->version});
    }

    base::Result<Standing> need(const Name& name, const char* what) {
        TRY(auto found, find(name));
        if (!found)
            return Fault{Fault::Kind::missing, std::string("The record that ") + what + " is not known here.", "", IssueType::not_found};
        return *std::move(found);
    }

    Fault conflict(std::string text) const { return {Fault::Kind::conflict, std::move(text), "", IssueType::conflict}; }

    // What was merged must have been there before the message that says so.
    base::Result<Standing> need_stored(const Name& name) {
        TRY(auto found, need(name, "is to be merged"));
        if (found.version == 0)
            return Fault{Fault::Kind::missing, "The record that is to be merged is not known here.", "", IssueType::not_found};
        return found;
    }

    // What is stored decides: a message that merges brings the links of the outcome with it.
    base::Result<Name> stored_replacement(const Name& name) {
        TRY(const auto stored, snapshot_.read(name.type, name.id));
        if (!stored || stored->deleted()) return Name{};
        const fhir::Document body = body_of(*stored, context_);
        return replacement_of(body.root());
    }

    base::Result<void> merge() {
        TRY(Standing gone, need_stored(asked_.gone));
        TRY(Standing kept, need(asked_.kept, "is to be kept"));
        TRY(const Name end, survivor_of(asked_.kept, snapshot_, context_));
        TRY(const Name next, stored_replacement(asked_.gone));
        if (!next.id.empty()) {
            TRY(const Name now, survivor_of(next, snapshot_, context_));
            if (now == end || now == asked_.kept) {
                joined_.nothing = true;
                return {};
            }
            return conflict("This record was merged into another one already; that is to be undone first.");
        }
        if (end == asked_.gone) return conflict("The record that is to be kept was itself merged into the other one: a circle.");
        if (end != asked_.kept) return conflict("The record that is to be kept was itself merged into another one.");
        before_ = {{asked_.gone, gone.version}, {asked_.kept, kept.version}};

        fhir::Edit survivor(std::move(kept.body));
        link(survivor, asked_.gone, "replaces");
        if (context_.rules.merge_identifiers) take_identifiers(survivor, gone.body.root());
        fhir::Edit merged(std::move(gone.body));
        retire(merged);
        point(merged, asked_.kept);
        add(asked_.gone, gone.version, std::move(merged).finish());
        add(asked_.kept, kept.version, std::move(survivor).finish());
        return move_references(asked_.gone, {});
    }

    // All that refers to `from` and, when `with` is said, also to that: refers to `kept` instead. What of `pending` was made to do so by
    // the message itself counts as moved.
    base::Result<void> move_references(const Name& from, const std::optional<Name>& with) {
        TRY(const auto referrers, referrers_of(with ? *with : from, snapshot_, context_.rules.most_moved, context_));
        if (referrers.size() > context_.rules.most_moved)
            return Fault{Fault::Kind::too_costly, "More than " + std::to_string(context_.rules.most_moved) + " resources refer to this record; nothing was moved."};
        for (const store::Version& version : referrers) {
            const Name name{version.type, version.id};
            if (joined_.find(name) != nullptr) continue;
            const auto brought = pending_.find(name);
            if (brought != pending_.end()) {
                const auto links = links_to(brought->second.root(), {from}, context_);
                add(name, version.version, redirected(brought->second.root(), links, {from}, asked_.kept));
                joined_.moved += links.size();
                continue;
            }
            const fhir::Document body = body_of(version, context_);
            const auto links = links_to(body.root(), {from}, context_);
            if (links.empty()) continue;
            add(name, version.version, redirected(body.root(), links, {from}, asked_.kept));
            joined_.moved += links.size();
        }
        return {};
    }

    void add(const Name& name, std::int64_t before, fhir::Document body) { joined_.changes.push_back({name, before, std::move(body)}); }

    void put(fhir::Edit& edit, const char* element, std::string_view value, fhir::Kind kind) {
        fhir::Builder build(context_.schema.names());
        build.resource("Basic");
        build.value(build.name(element), value, kind);
        const fhir::Document made = std::move(build).finish();
        const View old = edit.root().child(element);
        const auto fresh = edit.copy(made.root().first_child(), made.root().first_child().name(), false);
        if (old) edit.replace(old.index(), fresh);
        else edit.append(0, fresh);
    }

    void retire(fhir::Edit& edit) {
        if (has_element(asked_.gone.type, "active", context_)) put(edit, "active", "false", fhir::Kind::boolean);
        for (const Retired& row : retired)
            if (asked_.gone.type == row.type) put(edit, row.element, row.value, fhir::Kind::string);
    }

    bool links_records() const { return has_element(asked_.gone.type, "link", context_); }

    // Patient.link, where the type has one.
    void link(fhir::Edit& edit, const Name& other, std::string_view type) {
        if (!links_records()) return;
        for (const View there : edit.root().children("link"_name))
            if (there.text("type"_name) == type && points_to(there.child("other").text("reference"_name), other)) return;
        fhir::Builder build(context_.schema.names());
        build.resource("Basic");
        build.open("link"_name, true);
        build.open(build.name("other"));
        build.value("reference"_name, text_of(other));
        build.close();
        build.value("type"_name, type);
        build.close();
        const fhir::Document made = std::move(build).finish();
        edit.append(0, edit.copy(made.root().first_child(), "link"_name, true));
    }

    void point(fhir::Edit& edit, const Name& to) {
        if (links_records()) return link(edit, to, "replaced-by");
        fhir::Builder build(context_.schema.names());
        build.resource("Basic");
        build.open("extension"_name, true);
        build.value("url"_name, replaced_by_extension);
        build.open("valueReference"_name);
        build.value("reference"_name, text_of(to));
        build.close();
        build.close();
        const fhir::Document made = std::move(build).finish();
        edit.append(0, edit.copy(made.root().first_child(), "extension"_name, true));
    }

    static bool same_identifier(View a, View b) {
        return a.text("system"_name) == b.text("system"_name) && a.text("value"_name) == b.text("value"_name);
    }
    static bool holds(View resource, View identifier) {
        const auto all = resource.children("identifier"_name);
        return std::any_of(all.begin(), all.end(), [&](View other) { return same_identifier(identifier, other); });
    }

    void take_identifiers(fhir::Edit& survivor, View gone) {
        for (const View identifier : gone.children("identifier"_name)) {
            if (!identifier.child("value"_name) || holds(survivor.root(), identifier)) continue;
            fhir::Builder build(context_.schema.names());
            build.resource("Basic");
            build.open("identifier"_name, true);
            build.value("use"_name, "old");
            for (const View part : identifier.children())
                if (part.name() != "use"_name) build.copy(part);
            build.close();
            const fhir::Document made = std::move(build).finish();
            survivor.append(0, survivor.copy(made.root().first_child(), "identifier"_name, true));
        }
    }

    static void drop_links(fhir::Edit& edit, const Name& other, std::string_view type) {
        std::vector<fhir::Document::Index> going;
        for (const View link : edit.root().children("link"_name))
            if (link.text("type"_name) == type && points_to(link.child("other").text("reference"_name), other)) going.push_back(link.index());
        if (type == "replaced-by")
            for (const View extension : edit.root().children("extension"_name))
                if (extension.text("url"_name) == replaced_by_extension) going.push_back(extension.index());
        for (const auto index : going) edit.remove(index);
    }

    bool connected(View resource, const Name& other) const {
        const auto all = resource.children("link"_name);
        return std::any_of(all.begin(), all.end(), [&](View link) {
            return link.text("type"_name) == "seealso" && points_to(link.child("other").text("reference"_name), other);
        });
    }

    base::Result<void> connect() {
        TRY(Standing one, need(asked_.gone, "is to be connected"));
        TRY(Standing other, need(asked_.kept, "is to be connected"));
        if (!links_records()) return Fault{Fault::Kind::unsupported, "Records of the type " + asked_.gone.type + " have no links."};
        if (connected(one.body.root(), asked_.kept) && connected(other.body.root(), asked_.gone)) return {};
        before_ = {{asked_.gone, one.version}, {asked_.kept, other.version}};
        fhir::Edit first(std::move(one.body)), second(std::move(other.body));
        link(first, asked_.kept, "seealso");
        link(second, asked_.gone, "seealso");
        add(asked_.gone, one.version, std::move(first).finish());
        add(asked_.kept, other.version, std::move(second).finish());
        return {};
    }

    base::Result<void> unmerge() {
        TRY(Standing gone, need(asked_.gone, "was merged"));
        TRY(Standing kept, need(asked_.kept, "was kept"));
        const bool seealso = connected(gone.body.root(), asked_.kept) || connected(kept.body.root(), asked_.gone);
        TRY(const Name next, stored_replacement(asked_.gone));
        if (next.id.empty() && !seealso) {
            // The other way round is meant as well: who unlinks two does not always say which of them went.
            TRY(const Name other_way, stored_replacement(asked_.kept));
            if (other_way == asked_.gone) return conflict("It is the other one that was merged into this one.");
            joined_.nothing = true;
            return {};
        }
        if (!next.id.empty() && next != asked_.kept) return conflict("This record was merged into another one than that.");
        before_ = {{asked_.gone, gone.version}, {asked_.kept, kept.version}};
        std::optional<Record> record;
        if (!next.id.empty()) {
            TRY(record, find_record(asked_, snapshot_, context_));
        }
        fhir::Edit first(std::move(gone.body)), second(std::move(kept.body));
        drop_links(first, asked_.kept, "seealso");
        drop_links(second, asked_.gone, "seealso");
        if (!next.id.empty()) {
            drop_links(first, asked_.kept, "replaced-by");
            drop_links(second, asked_.gone, "replaces");
            TRY(restore(first, asked_.gone, record));
            TRY(give_back_identifiers(second, first.root(), record));
        }
        add(asked_.gone, gone.version, std::move(first).finish());
        add(asked_.kept, kept.version, std::move(second).finish());
        if (next.id.empty()) return {};
        if (!record) {
            remark("No record of the merge was found: its links are undone, no reference was moved back.");
            return {};
        }
        return move_back(*record);
    }

    // active and status as they were.
    base::Result<void> restore(fhir::Edit& edit, const Name& name, const std::optional<Record>& record) {
        std::optional<fhir::Document> former;
        if (record && record->gone_before > 0) {
            TRY(const auto version, snapshot_.vread(name.type, name.id, record->gone_before));
            if (version && !version->deleted()) former = body_of(*version, context_);
        }
        std::vector<std::string> elements;
        if (has_element(name.type, "active", context_)) elements.emplace_back("active");
        for (const Retired& row : retired)
            if (name.type == row.type) elements.emplace_back(row.element);
        for (const std::string& element : elements) {
            const View was = former ? former->root().child(element) : View{};
            if (was) put(edit, element.c_str(), was.text(), was.kind());
            else if (const View now = edit.root().child(element); now && element == "active") edit.remove(now.index());
        }
        return {};
    }

    // Those go again that came with the merge and that nobody has taken up since.
    base::Result<void> give_back_identifiers(fhir::Edit& kept, View gone, const std::optional<Record>& record) {
        std::optional<fhir::Document> former;
        if (record && record->kept_before > 0) {
            TRY(const auto version, snapshot_.vread(asked_.kept.type, asked_.kept.id, record->kept_before));
            if (version && !version->deleted()) former = body_of(*version, context_);
        }
        std::vector<fhir::Document::Index> going;
        for (const View identifier : kept.root().children("identifier"_name))
            if (identifier.text("use"_name) == "old" && holds(gone, identifier) && !(former && holds(former->root(), identifier)))
                going.push_back(identifier.index());
        for (const auto index : going) kept.remove(index);
        return {};
    }

    base::Result<void> move_back(const Record& record) {
        TRY(const Name end, survivor_of(asked_.kept, snapshot_, context_));
        std::vector<Name> from{asked_.kept};
        if (end != asked_.kept) from.push_back(end);
        std::size_t left = 0;
        std::set<Name> handled{asked_.gone, asked_.kept};
        for (const Record::Moved& moved : record.moved) {
            if (!handled.insert(moved.name).second) continue;
            TRY(const auto was, snapshot_.vread(moved.name.type, moved.name.id, moved.version - 1));
            TRY(auto now, find(moved.name));
            if (!was || was->deleted() || !now) {
                ++left;
                continue;
            }
            const fhir::Document before = body_of(*was, context_);
            const auto meant = places(before.root(), links_to(before.root(), {asked_.gone}, context_));
            std::map<fhir::Document::Index, std::string> paths;
            paths_of(now->body.root(), "", paths);
            std::vector<Link> links;
            for (const Link& link : links_to(now->body.root(), from, context_))
                if (meant.contains(paths[link.at.index()])) links.push_back(link);
            left += meant.size() - links.size();
            if (links.empty()) continue;
            add(moved.name, now->version, redirected(now->body.root(), links, from, asked_.gone));
            joined_.moved += links.size();
        }
        if (left > 0) remark(std::to_string(left) + " references were changed or deleted after the merge; they stay as they are.");
        return tell_later(record, handled);
    }

    // What has come to `kept` since the merge may be of either.
    base::Result<void> tell_later(const Record& record, const std::set<Name>& handled) {
        constexpr std::size_t most = 1000, most_told = 20;
        TRY(const auto referrers, referrers_of(asked_.kept, snapshot_, most, context_));
        std::size_t later = 0;
        std::string names;
        for (const store::Version& version : referrers) {
            if (handled.contains({version.type, version.id}) || version.position <= record.position || version.version > 1) continue;
            if (++later <= most_told) names += (names.empty() ? "" : ", ") + version.type + "/" + version.id;
        }
        if (later > 0)
            remark(std::to_string(later) + (referrers.size() > most ? " or more" : "") + " resources came to the record that was kept after the merge, and stay with it: " +
                   names + (later > most_told ? ", ..." : "") + ".");
        return {};
    }

    void remark(std::string text) {
        joined_.findings.push_back({.severity = base::Severity::warning, .type = IssueType::incomplete, .where = {}, .text = std::move(text)});
    }

    base::Result<void> move() {
        TRY(auto gone, find(asked_.gone));
        if (!gone) return Fault{Fault::Kind::missing, "What is to be moved is not known here.", "", IssueType::not_found};
        TRY(const Standing kept, need(asked_.kept, "it is to be moved to"));
        if (gone->version == 0) return {};  // it begins here, where it belongs
        TRY(const auto stored, snapshot_.read(asked_.gone.type, asked_.gone.id));
        const fhir::Document former = body_of(*stored, context_);
        std::vector<Name> owners;
        for (const Link& link : links_of(former.root(), context_.schema)) {
            if (link.kind != Link::Kind::reference) continue;
            const auto reference = fhir::resource::parse_reference(link.at.text());
            Name owner{std::string(reference.type), std::string(reference.id)};
            const bool local = reference.form == fhir::resource::Reference::Form::relative;
            if (local && owner.type == asked_.kept.type && owner != asked_.kept && std::find(owners.begin(), owners.end(), owner) == owners.end())
                owners.push_back(std::move(owner));
        }
        if (owners.empty()) return {};
        before_ = {{asked_.gone, gone->version}, {asked_.kept, kept.version}};
        const auto links = links_to(gone->body.root(), owners, context_);
        add(asked_.gone, gone->version, redirected(gone->body.root(), links, owners, asked_.kept));
        joined_.moved += links_to(former.root(), owners, context_).size();
        for (const Name& owner : owners) TRY(move_references(owner, asked_.gone));
        return {};
    }

    const Joining& asked_;
    const Pending& pending_;
    store::Snapshot& snapshot_;
    const Context& context_;
    Joined joined_;
    std::vector<std::pair<Name, std::int64_t>> before_;
};

}  // namespace

const Changed* Joined::find(const store::Name& name) const {
    const auto found = std::find_if(changes.begin(), changes.end(), [&](const Changed& one) { return one.name == name; });
    return found == changes.end() ? nullptr : &*found;
}

store::Name replacement_of(fhir::View resource) {
    std::string_view text;
    for (const View link : resource.children("link"_name))
        if (link.text("type"_name) == "replaced-by") text = link.child("other").text("reference"_name);
    for (const View extension : resource.children("extension"_name))
        if (extension.text("url"_name) == replaced_by_extension) text = extension.child("valueReference"_name).text("reference"_name);
    const auto reference = fhir::resource::parse_reference(text);
    if (reference.form != fhir::resource::Reference::Form::relative || reference.type != resource.resource_type()) return {};
    return {std::string(reference.type), std::string(reference.id)};
}

base::Result<store::Name> survivor_of(const store::Name& name, store::Snapshot& snapshot, const Context& context) {
    store::Name at = name;
    for (int step = 0; step < longest_chain; ++step) {
        TRY(const auto version, snapshot.read(at.type, at.id));
        if (!version || version->deleted()) return at;
        // Most records were never merged: their text says so without being read.
        if (version->body->find("replaced-by") == std::string::npos) return at;
        const fhir::Document body = body_of(*version, context);
        store::Name next = replacement_of(body.root());
        if (next.id.empty()) return at;
        at = std::move(next);
    }
    return Fault{Fault::Kind::conflict, "The links from one merged record to the next do not end.", "", IssueType::conflict};
}

base::Result<Joined> prepare_joining(const Joining& asked, const Pending& pending, store::Snapshot& snapshot, const Context& context) {
    return Preparing(asked, pending, snapshot, context).run();
}

base::Result<Write> write_of(const store::Name& name, std::int64_t before, const fhir::Document& body, const Request& request, const Context& context) {
    Request update;
    update.plan = request.plan;
    update.verb = Verb::update;
    update.type = name.type;
    update.id = name.id;
    update.base = request.base;
    if (before > 0) update.if_match = "W/\"" + std::to_string(before) + '"';
    else update.if_none_match = "*";
    return prepare(update, body.root(), context);
}

base::Result<void> check_joined(const Joined& joined, store::Snapshot& now, const Context& context) {
    if (joined.nothing || joined.asked.kind != Joining::Kind::merge) return {};
    TRY(const auto referrers, referrers_of(joined.asked.gone, now, context.rules.most_moved, context));
    for (const store::Version& version : referrers) {
        const fhir::Document body = body_of(version, context);
        if (!links_to(body.root(), {joined.asked.gone}, context).empty())
            return Fault{Fault::Kind::stale, "Something began to refer to the merged record meanwhile."};
    }
    return {};
}

}  // namespace interaction
