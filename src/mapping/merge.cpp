// SPDX-License-Identifier: Apache-2.0
#include "mapping/merge.h"

#include "fhir/primitive.h"
#include "fhir/tree/builder.h"

#include <algorithm>
#include <array>
#include <string>

namespace mapping {

using namespace fhir::literals;

namespace {

enum class Keeping { by_use, by_url, by_role, joined, replaced };

// How items of a list are told apart, read from the items themselves.
Keeping keeping(fhir::View item) {
    if (item.child("url"_name) && item.name_text() == "extension") return Keeping::by_url;
    if (item.child("reference"_name) || item.child("other")) return Keeping::joined;  // also links between records
    if (item.child("individual")) return Keeping::by_role;
    if (item.child("use"_name)) return Keeping::by_use;
    if (item.child("system"_name) && item.child("value"_name)) return Keeping::joined;
    return Keeping::replaced;
}

// What somebody is in it: the attending, the referring one.
std::string_view role(fhir::View item) {
    const fhir::View type = item.child("type"_name);
    const std::string_view code = type.child("coding"_name).text("code"_name);
    return code.empty() ? type.text("text"_name) : code;
}

bool same_identifier(fhir::View a, fhir::View b) {
    return a.text("system"_name) == b.text("system"_name) && a.text("value"_name) == b.text("value"_name);
}

// True when the stored item gives way to what came.
bool gives_way(fhir::View stored, fhir::View incoming, fhir::Name name) {
    const fhir::View first = incoming.child(name);
    // A place that the patient left stays in the history of the visit: a transfer names only the last one (HL7 v2 3.3.2).
    if (first.child("location"_name) && stored.text("status"_name) == "completed") {
        for (fhir::View item : incoming.children(name))
            if (fhir::equal(item.child("location"_name), stored.child("location"_name))) return true;
        return false;
    }
    const bool identifiers = name == "identifier"_name;
    Keeping how = identifiers ? Keeping::joined : keeping(first);
    if (!identifiers && how == Keeping::joined && !first.child("reference"_name) && !first.child("other")) how = Keeping::by_use;  // telecom
    if (how == Keeping::replaced && stored.child("use"_name)) how = Keeping::by_use;
    if (how == Keeping::replaced) return true;
    for (fhir::View item : incoming.children(name)) {
        if (identifiers ? same_identifier(stored, item)
            : how == Keeping::by_role ? role(stored) == role(item)
            : how == Keeping::by_url ? stored.text("url"_name) == item.text("url"_name)
            : how == Keeping::by_use ? stored.text("use"_name) == item.text("use"_name)
                                     : fhir::equal(stored, item))
            return true;
    }
    return false;
}

bool is_deleted(fhir::View stored, const std::vector<Deleted>& deleted) {
    return std::any_of(deleted.begin(), deleted.end(), [&](const Deleted& gone) {
        return gone.element == stored.name_text() && (gone.use.empty() || stored.text("use"_name) == gone.use);
    });
}

// "deceasedBoolean" and "deceasedDateTime" are one element: a form that came pushes out another.
bool other_form(fhir::View stored, fhir::View incoming) {
    const std::string_view name = stored.name_text();
    for (fhir::View item : incoming.children()) {
        const std::string_view other = item.name_text();
        if (other == name) continue;
        std::size_t same = 0;
        while (same < name.size() && same < other.size() && name[same] == other[same]) ++same;
        while (same > 0 && !(same < name.size() && name[same] >= 'A' && name[same] <= 'Z' && same < other.size() &&
                             other[same] >= 'A' && other[same] <= 'Z'))
            --same;
        const std::string_view stem = name.substr(0, same);
        if (stem == "deceased" || stem == "multipleBirth" || stem == "value" || stem == "effective" || stem == "onset" ||
            stem == "occurrence" || stem == "occurred" || stem == "collected")
            return true;
    }
    return false;
}

// Nothing but the reason why nothing is told (data-absent-reason).
bool says_nothing(fhir::View item) {
    if (item.primitive() && !item.text().empty()) return false;
    bool reason = false;
    for (fhir::View child : item.children()) {
        if (child.name() == "extension"_name) {
            if (child.text("url"_name) != "http://hl7.org/fhir/StructureDefinition/data-absent-reason") return false;
        } else if (!says_nothing(child)) {
            return false;
        }
        reason = true;
    }
    return reason;
}

bool has_parts(fhir::View item) { return !item.list() && !item.primitive() && merged_by_parts(item.name_text()); }

// Is what is stored known otherwise than what the message lets one assume?
bool known_otherwise(fhir::View existing, fhir::View incoming, const std::vector<std::string>& assumed, const std::vector<Deleted>& deleted) {
    if (assumed.empty()) return false;
    const fhir::View stored = existing.child(assumed.front());
    if (!stored || is_deleted(stored, deleted)) return false;
    if (!stored.primitive()) return true;  // parts that are there are known
    if (stored.text().empty()) return false;
    return stored.text() != incoming.child(assumed.front()).text() && stored.text() != "unknown" && stored.text() != "planned";
}

// It was taken back, and is told again (R4: what was told by mistake has no clinical status).
bool told_again(fhir::View stored, fhir::View incoming) {
    return stored.name_text() == "verificationStatus" && incoming.child("clinicalStatus") && stored.child("coding"_name).text("code"_name) == "entered-in-error";
}

// An end before the beginning belongs to something earlier.
bool ends_before(fhir::View end, fhir::View start) {
    const auto from = fhir::primitive::interval(start.text()), to = fhir::primitive::interval(end.text());
    return from && to && to->to <= from->from;
}

// `sent` may be a false View: then it is `stored` without what was deleted of it.
void write_parts(fhir::Builder& build, fhir::View stored, fhir::View sent, const std::vector<Deleted>& deleted) {
    std::vector<fhir::View> parts;
    if (sent)
        for (const fhir::View part : sent.children()) parts.push_back(part);
    for (const fhir::View part : stored.children()) {
        const std::string path = std::string(stored.name_text()) + '.' + std::string(part.name_text());
        if (std::ranges::any_of(deleted, [&](const Deleted& gone) { return gone.element == path; })) continue;
        if (sent && (sent.child(part.name_text()) || other_form(part, sent))) continue;
        if (sent && part.name() == "end"_name && ends_before(part, sent.child("start"))) continue;
        parts.push_back(part);
    }
    if (parts.empty()) return;
    build.open(build.name(stored.name_text()));
    for (const fhir::View part : parts) build.copy(part);
    build.close();
}

}  // namespace

bool merged_by_parts(std::string_view element) {
    constexpr std::array<std::string_view, 3> parted{"period", "hospitalization", "collection"};
    return std::ranges::find(parted, element) != parted.end();
}

fhir::Document merge(fhir::View existing, fhir::View incoming, const std::vector<Deleted>& deleted, const std::vector<std::string>& assumed) {
    fhir::Builder build(incoming.document().names());
    build.resource(incoming.resource_type());
    if (!existing) {
        build.copy_children(incoming);
        return std::move(build).finish();
    }
    const bool otherwise = known_otherwise(existing, incoming, assumed, deleted);
    std::vector<std::string_view> done;
    const auto known_better = [&](fhir::View sent) {
        const fhir::View stored = existing.child(sent.name_text());
        if (!stored || is_deleted(stored, deleted)) return false;
        if (otherwise && !has_parts(stored) && std::ranges::find(assumed, sent.name_text()) != assumed.end()) return true;
        if (sent.name() == "status"_name && sent.text() == "unknown" && !stored.text().empty()) return true;
        return std::ranges::all_of(incoming.children(sent.name()), says_nothing);
    };
    const auto stays = [&](fhir::View stored) {
        if (is_deleted(stored, deleted) || other_form(stored, incoming)) return false;
        const fhir::View sent = incoming.child(stored.name_text());
        if (!sent && told_again(stored, incoming)) return false;
        if (!sent || known_better(sent)) return true;
        return stored.list() && !gives_way(stored, incoming, sent.name());
    };
    for (fhir::View item : incoming.children()) {
        const std::string_view name = item.name_text();
        if (known_better(item)) continue;
        const fhir::View first = existing.child(name);
        if (first && has_parts(item) && has_parts(first) && !is_deleted(first, deleted)) {
            write_parts(build, first, item, deleted);
            done.push_back(name);
            continue;
        }
        build.copy(item);
        if (item.next_same()) continue;
        // Behind the last one that came: those that are stored beside them.
        for (fhir::View stored = first; stored; stored = stored.next_same())
            if (stays(stored)) build.copy(stored);
        done.push_back(name);
    }
    for (fhir::View stored : existing.children()) {
        if (std::find(done.begin(), done.end(), stored.name_text()) != done.end() || !stays(stored)) continue;
        if (has_parts(stored)) write_parts(build, stored, {}, deleted);
        else build.copy(stored);
    }
    return std::move(build).finish();
}

}  // namespace mapping
