// SPDX-License-Identifier: Apache-2.0
// Bundle (FHIR R4 2.36): links, entries, what a document and a message hold together, and references inside.
#include "fhir/validate/rules/table.h"

#include "fhir/validate/rules/address.h"
#include "fhir/validate/rules/bundle_index.h"
#include "fhir/validate/rules/element.h"
#include "fhir/validate/rules/remarks.h"

#include <fmt/format.h>
#include <algorithm>
#include <set>

namespace fhir::validate {

namespace {

using base::IssueType;
using schema::TypeId;

constexpr std::string_view document_head = "Composition";
constexpr std::string_view message_head = "MessageHeader";
constexpr std::string_view search_outcome = "OperationOutcome";
constexpr std::string_view endpoint_type = "Endpoint";
constexpr std::string_view stays_alone = "Provenance";  // refers to others and is rarely referred to

bool among(std::string_view word, std::initializer_list<std::string_view> list) {
    return std::find(list.begin(), list.end(), word) != list.end();
}

// A reference, or an address that might be one, with the element that holds it.
struct Pointer {
    View node;
    std::string below;  // ".entry[0].resource.subject"
    std::string_view text;
    bool address = false;         // a uri or url
    bool narrative_link = false;  // the address in the extension that ties data to narrative
};

// Collects what an entry refers to; a Bundle inside is left alone.
class PointerWalk {
public:
    PointerWalk(const schema::Schema& schema, TypeId bundle)
        : schema_(schema),
          bundle_(bundle),
          reference_(schema.find_type("Reference")),
          extension_(schema.find_type("Extension")),
          uri_(schema.find_type("uri")),
          url_(schema.find_type("url")) {}

    std::vector<Pointer> run(View resource, std::string below) {
        pointers_.clear();
        walk(resource, schema_.find_type(resource.resource_type()), below);
        return std::move(pointers_);
    }

private:
    void walk(View node, TypeId type, std::string& below) {
        if (type == schema::no_type || type == bundle_) return;
        Name name = no_name;
        std::size_t index = 0;
        for (View child : node.children()) {
            index = child.name() == name ? index + 1 : 0;
            name = child.name();
            const schema::Element* row = schema_.element(type, name);
            if (row == nullptr) continue;
            const std::size_t length = below.size();
            below += '.';
            below += schema_.names().text(row->base);
            if (row->repeats()) below += fmt::format("[{}]", index);
            if (row->type == reference_) {
                if (const std::string_view text = child.text("reference"_name); !text.empty() && text[0] != '#')
                    pointers_.push_back({child, below, text, false, false});
            } else if ((row->type == uri_ || row->type == url_) && row->base != "system"_name &&
                       !(type == extension_ && name == "url"_name) && !is_endpoint(type, *row)) {
                if (const std::string_view text = child.text(); !text.empty() && text[0] != '#')
                    pointers_.push_back({child, below, text, true, is_narrative_link(node, type)});
            }
            if (!child.primitive() || child.first_child())
                walk(child,
                     row->is(schema::Element::resource_inside) ? schema_.find_type(child.resource_type()) : row->type,
                     below);
            below.resize(length);
        }
    }

    bool is_narrative_link(View node, TypeId type) const {
        return type == extension_ && node.text("url"_name) == "http://hl7.org/fhir/StructureDefinition/narrativeLink";
    }

    // Where a message or a request goes to is outside by nature.
    bool is_endpoint(TypeId type, const schema::Element& row) const {
        const std::string_view owner = schema_.type_name(type);
        return (row.name == "endpoint"_name && owner.starts_with(message_head)) ||
               (row.name == "address"_name && owner == endpoint_type);
    }

    const schema::Schema& schema_;
    TypeId bundle_, reference_, extension_, uri_, url_;
    std::vector<Pointer> pointers_;
};

class BundleRules {
public:
    BundleRules(const Place& place, const Services& services, base::Findings& findings)
        : place_(place),
          schema_(services.schema),
          remarks_(place, findings),
          index_(place.node, services.schema),
          type_(place.node.text("type"_name)) {}

    void run() {
        links();
        const bool document = type_ == "document";
        const bool message = type_ == "message";
        if (index_.entries().empty()) {
            if (document || message)
                remarks_.error(IssueType::required, "",
                               fmt::format("a {} Bundle needs entries, the first of them a {}", type_,
                                           document ? document_head : message_head));
            return;
        }
        if (document || message) {
            head(document ? document_head : message_head);
        } else if (type_ == "searchset") {
            search_set();
        }
        PointerWalk walk(schema_, place_.type);
        for (std::size_t i = 0; i < index_.entries().size(); ++i) {
            const BundleEntry& entry = index_.entries()[i];
            full_url(entry, i);
            pointers_.push_back(entry.resource ? walk.run(entry.resource, fmt::format(".entry[{}].resource", i))
                                               : std::vector<Pointer>{});
        }
        if (document || message) {
            head_references(document);
            connected(message);
        }
        for (std::size_t i = 0; i < pointers_.size(); ++i) ambiguous(index_.entries()[i], pointers_[i]);
    }

private:
    // Links (FHIR R4 2.36.3): paging is for search sets and histories.
    void links() {
        std::set<std::string_view> seen;
        const bool paged = type_ == "searchset" || type_ == "history";
        std::size_t i = 0;
        for (View link : place_.node.children("link"_name)) {
            const std::string_view relation = link.text("relation"_name);
            const std::string below = fmt::format(".link[{}].relation", i);
            const bool paging = among(relation, {"first", "previous", "next", "last"});
            if (paging && !paged)
                remarks_.error(
                    IssueType::business_rule, below,
                    fmt::format("a link '{}' belongs into search sets and histories only; remove it", relation));
            if ((relation == "self" || (paging && paged)) && !seen.insert(relation).second)
                remarks_.error(IssueType::duplicate, below, fmt::format("there is more than one link '{}'", relation));
            if (relation == "stylesheet" && type_ == "document")
                stylesheet(link.text("url"_name), fmt::format(".link[{}].url", i));
            ++i;
        }
    }

    void stylesheet(std::string_view url, std::string_view below) {
        if (url.empty() || url == "https://hl7.org/fhir/fhir.css") return;
        if (is_absolute(url))
            return remarks_.warning(IssueType::business_rule, below,
                                    "this style sheet lies outside of the document; put it inside as a Binary");
        if (!local(url)) remarks_.error(IssueType::not_found, below, "no entry of this Bundle is this style sheet");
    }

    // The entry whose type and id are that.
    const BundleEntry* local(std::string_view url) const {
        for (const BundleEntry& entry : index_.entries())
            if (!entry.type.empty() && url.size() == entry.type.size() + 1 + entry.id.size() &&
                url.starts_with(entry.type) && url[entry.type.size()] == '/' && url.ends_with(entry.id))
                return &entry;
        return nullptr;
    }

    void head(std::string_view wanted) {
        const BundleEntry& first = index_.entries().front();
        if (!first.resource)
            return remarks_.error(IssueType::required, ".entry[0]", "the first entry needs a resource");
        if (first.type != wanted)
            remarks_.error(IssueType::structure, ".entry[0].resource",
                           fmt::format("the first resource of a {} is a {}, not a {}", type_, wanted, first.type));
    }

    void full_url(const BundleEntry& entry, std::size_t i) {
        const std::string below = fmt::format(".entry[{}]", i);
        const bool optional = among(type_, {"transaction", "transaction-response", "batch", "batch-response"});
        if (!entry.node.child("fullUrl"_name) && !optional)
            remarks_.error(IssueType::required, below, fmt::format("each entry of a {} needs a fullUrl", type_));
        if (entry.full_url.empty()) return;
        const std::string url_place = below + ".fullUrl";
        if (!is_absolute(entry.full_url))
            return remarks_.error(IssueType::value, url_place,
                                  fmt::format("fullUrl is an absolute address, not '{}'", entry.full_url));
        const auto rest = rest_address(entry.full_url, schema_);
        if (rest && entry.resource) {
            if (entry.id.empty()) {
                remarks_.error(
                    IssueType::value, url_place,
                    "fullUrl looks like an address of a server, so the resource needs the id that it ends with");
            } else if (!rest->version.empty() || rest->type != entry.type || rest->id != entry.id) {
                remarks_.error(IssueType::value, url_place,
                               fmt::format("fullUrl looks like an address of a server, so it ends with /{}/{}",
                                           entry.type, entry.id));
            }
        }
        const View url = entry.resource.child("url"_name);
        if (url.has_value() && url.text() == entry.full_url && !(rest && rest->id == entry.id) &&
            !entry.full_url.starts_with("http://hl7.org/fhir/v3/") &&
            !entry.full_url.starts_with("http://hl7.org/fhir/v2/"))
            remarks_.error(IssueType::value, url_place,
                           fmt::format("fullUrl is the canonical url of the resource and does not end with its id '{}'",
                                       entry.id));
    }

    // Search sets (FHIR R4 3.1.1.6).
    void search_set() {
        std::vector<std::string_view> types;
        bool self = false;
        for (View link : place_.node.children("link"_name)) {
            if (link.text("relation"_name) != "self") continue;
            self = true;
            types = searched(link.text("url"_name));
            break;
        }
        if (!self) remarks_.warning(IssueType::required, "", "a search set says in a link 'self' what was asked");
        const auto& entries = index_.entries();
        const bool modes = std::any_of(entries.begin(), entries.end(), [](const BundleEntry& entry) {
            return entry.node.child("search"_name).child("mode"_name);
        });
        for (std::size_t i = 0; i < entries.size(); ++i) {
            const BundleEntry& entry = entries[i];
            const std::string below = fmt::format(".entry[{}]", i);
            if (!entry.resource) {
                remarks_.error(IssueType::required, below, "an entry of a search set needs a resource");
                continue;
            }
            const bool fits = types.empty() || std::find(types.begin(), types.end(), entry.type) != types.end();
            const std::string_view mode = entry.node.child("search"_name).text("mode"_name);
            if (!modes) {
                if (entry.type != search_outcome && entry.id.empty())
                    remarks_.warning(IssueType::required, below + ".resource", "a found resource has an id");
                if (!fits)
                    remarks_.warning(IssueType::value, below,
                                     fmt::format("a {} is not what was asked for; say search.mode", entry.type));
            } else if (mode.empty()) {
                remarks_.warning(IssueType::required, below, "say search.mode for each entry");
            } else if (mode == "outcome") {
                if (entry.type != search_outcome)
                    remarks_.error(IssueType::value, below + ".resource",
                                   fmt::format("an entry with search.mode 'outcome' holds an {}, not a {}",
                                               search_outcome, entry.type));
            } else {
                if (entry.id.empty())
                    remarks_.error(IssueType::required, below + ".resource", "a found resource has an id");
                if (mode == "match" && !fits)
                    remarks_.error(IssueType::value, below + ".resource",
                                   fmt::format("a {} cannot match this search; its mode is 'include'", entry.type));
            }
        }
        if (!modes)
            remarks_.note(IssueType::informational, "",
                          "say search.mode for each entry, so that matches and included resources can be told apart");
    }

    std::vector<std::string_view> searched(std::string_view url) const {
        const std::size_t question = url.find('?');
        std::string_view path = url.substr(0, question);
        const std::string_view last = path.substr(path.rfind('/') + 1);
        if (schema_.is_resource(last)) return {last};
        std::vector<std::string_view> types;
        if (question == std::string_view::npos) return types;
        std::string_view query = url.substr(question + 1);
        while (!query.empty()) {
            std::string_view part = query.substr(0, query.find('&'));
            query.remove_prefix(std::min(query.size(), part.size() + 1));
            if (!part.starts_with("_type=")) continue;
            for (part.remove_prefix(6); !part.empty();) {
                types.push_back(part.substr(0, part.find(',')));
                part.remove_prefix(std::min(part.size(), types.back().size() + 1));
            }
        }
        return types;
    }

    // What the head of a document or message refers to must be inside.
    void head_references(bool document) {
        const BundleEntry& first = index_.entries().front();
        if (first.type != (document ? document_head : message_head)) return;
        for (const Pointer& pointer : pointers_.front()) {
            if (pointer.address || !(document ? in_document(pointer.below) : in_message(pointer.below))) continue;
            resolve(pointer, first, true);
        }
    }

    // Of a Composition: subject, author, encounter, custodian, attester.party, event.detail; author, focus and entry of
    // sections.
    static bool in_document(std::string_view below) {
        std::string path;
        bool index = false;
        for (const char c : below.substr(std::string_view(".entry[0].resource.").size())) {
            if (c == '[') index = true;
            if (!index) path += c;
            if (c == ']') index = false;
        }
        std::string_view rest = path;
        bool section = false;
        for (; rest.starts_with("section."); rest.remove_prefix(8)) section = true;
        return section ? among(rest, {"author", "focus", "entry"})
                       : among(rest, {"subject", "author", "encounter", "custodian", "attester.party", "event.detail"});
    }
    static bool in_message(std::string_view below) { return below.starts_with(".entry[0].resource.focus"); }

    // The entry that is meant; says what is wrong, once an element.
    const BundleEntry* resolve(const Pointer& pointer, const BundleEntry& from, bool must_exist) {
        const BundleIndex::Match match = index_.find(pointer.text, from);
        const auto fresh = [&] { return reported_.insert(pointer.node.index()).second; };
        if (match.entries.size() == 1) {
            const BundleEntry& entry = index_.entries()[match.entries[0]];
            if (!match.fragment.empty()) fragment(pointer, entry, match.fragment);
            return &entry;
        }
        if (match.entries.size() > 1) {
            if (fresh())
                remarks_.error(IssueType::multiple_matches, pointer.below,
                               fmt::format("{} entries of this Bundle are '{}'; name the version that is meant",
                                           match.entries.size(), pointer.text));
            return nullptr;
        }
        if (!match.apparent.empty()) {
            if (fresh())
                remarks_.error(IssueType::not_found, pointer.below,
                               fmt::format("'{}' is not found: the fullUrl of the entry of that type and id ('{}') "
                                           "does not belong to the same server as the fullUrl of this entry",
                                           pointer.text, index_.entries()[match.apparent[0]].full_url));
            return nullptr;
        }
        if (must_exist && fresh())
            remarks_.error(
                IssueType::not_found, pointer.below,
                fmt::format("'{}' is not in this Bundle, and a {} holds what its head refers to", pointer.text, type_));
        return nullptr;
    }

    void fragment(const Pointer& pointer, const BundleEntry& entry, std::string_view id) {
        const std::size_t count = count_ids(entry.resource, id);
        if (count == 1 || !reported_.insert(pointer.node.index()).second) return;
        if (count > 1) {
            remarks_.error(IssueType::multiple_matches, pointer.below,
                           fmt::format("{} elements have the id '{}'", count, id));
        } else if (pointer.narrative_link) {
            remarks_.error(IssueType::not_found, pointer.below, fmt::format("no element has the id '{}'", id));
        } else {
            remarks_.note(IssueType::not_found, pointer.below, fmt::format("no element has the id '{}'", id));
        }
    }

    // Every entry can be reached from the first one, following references in both directions.
    void connected(bool message) {
        const auto& entries = index_.entries();
        std::vector<std::vector<std::size_t>> targets(entries.size());
        for (std::size_t i = 0; i < entries.size(); ++i)
            for (const Pointer& pointer : pointers_[i])
                if (const BundleEntry* target = resolve(pointer, entries[i], false))
                    targets[i].push_back(static_cast<std::size_t>(target - entries.data()));
        std::vector<std::vector<std::size_t>> sources(entries.size());
        for (std::size_t i = 0; i < targets.size(); ++i)
            for (const std::size_t target : targets[i]) sources[target].push_back(i);
        std::vector<bool> visited(entries.size());
        std::vector<std::size_t> order;  // in which they were reached
        std::size_t forward = 0;         // up to here their targets were followed
        const auto reach = [&](std::size_t i) {
            if (!visited[i]) order.push_back(i);
            visited[i] = true;
        };
        const auto follow = [&] {
            for (; forward < order.size(); ++forward)
                for (const std::size_t target : targets[order[forward]]) reach(target);
        };
        reach(0);
        for (View link : place_.node.children("link"_name))
            if (link.text("relation"_name) == "stylesheet")
                if (const BundleEntry* sheet = local(link.text("url"_name)))
                    reach(static_cast<std::size_t>(sheet - entries.data()));
        follow();
        for (std::size_t back = 0; back < order.size(); ++back) {
            for (const std::size_t source : sources[order[back]]) {
                if (visited[source]) continue;
                if (!message && entries[source].type != stays_alone)
                    remarks_.warning(IssueType::business_rule, fmt::format(".entry[{}]", source),
                                     "this entry is joined with the document only by its own references; R4 wants a "
                                     "reference to it");
                reach(source);
            }
            follow();
        }
        for (std::size_t i = 0; i < entries.size(); ++i) {
            if (visited[i] || !entries[i].resource) continue;
            const std::string below = fmt::format(".entry[{}]", i);
            const std::string text = fmt::format("no chain of references joins this entry with the {}",
                                                 message ? message_head : document_head);
            if (message) {
                remarks_.warning(IssueType::informational, below, text);
            } else {
                remarks_.error(IssueType::business_rule, below, text);
            }
        }
    }

    // Any Bundle: a reference that could mean several entries, or cannot mean any for want of a fullUrl.
    void ambiguous(const BundleEntry& entry, const std::vector<Pointer>& pointers) {
        for (const Pointer& pointer : pointers) {
            if (pointer.address || reported_.contains(pointer.node.index())) continue;
            if (is_absolute(pointer.text)) {
                resolve_twice(pointer, entry);
                continue;
            }
            const std::size_t query = pointer.text.find('?');
            if (query != std::string_view::npos && schema_.is_resource(pointer.text.substr(0, query))) continue;
            if (entry.full_url.empty()) {
                if (type_ != "batch-response" && type_ != "transaction-response")
                    remarks_.error(IssueType::required, pointer.below,
                                   "a relative reference needs a fullUrl of the entry that it stands in");
                continue;
            }
            const auto slashes = std::count(pointer.text.begin(), pointer.text.end(), '/');
            if (slashes != 1 && slashes != 3) {
                remarks_.error(IssueType::value, pointer.below,
                               fmt::format("a relative reference has the form Type/id, not '{}'", pointer.text));
                continue;
            }
            resolve_twice(pointer, entry);
        }
    }

    void resolve_twice(const Pointer& pointer, const BundleEntry& entry) {
        if (const auto match = index_.find(pointer.text, entry);
            match.entries.size() > 1 && reported_.insert(pointer.node.index()).second)
            remarks_.error(IssueType::multiple_matches, pointer.below,
                           fmt::format("{} entries of this Bundle are '{}'; name the version that is meant",
                                       match.entries.size(), pointer.text));
    }

    const Place& place_;
    const schema::Schema& schema_;
    Remarks remarks_;
    BundleIndex index_;
    std::string_view type_;
    std::vector<std::vector<Pointer>> pointers_;  // by entry
    std::set<Document::Index> reported_;
};

}  // namespace

void check_bundle(const Place& place, const Services& services, const Question&, base::Findings& findings) {
    BundleRules(place, services, findings).run();
}

}  // namespace fhir::validate
