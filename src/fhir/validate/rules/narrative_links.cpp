// SPDX-License-Identifier: Apache-2.0
// Narrative (FHIR R4 2.4) beyond narrative.h: where its links lead, what may stand in a paragraph, entities, languages,
// and the extension that ties parts of it to data.
#include "fhir/validate/rules/table.h"

#include "base/text.h"
#include "fhir/validate/rules/address.h"
#include "fhir/validate/rules/bundle_index.h"
#include "fhir/validate/rules/element.h"
#include "fhir/validate/rules/remarks.h"
#include "fhir/validate/rules/xhtml.h"

#include <fmt/format.h>
#include <algorithm>
#include <set>

namespace fhir::validate {

using base::IssueType;

namespace {

constexpr std::string_view text_link = "http://hl7.org/fhir/StructureDefinition/textLink";

bool among(std::string_view word, std::initializer_list<std::string_view> list) {
    return std::find(list.begin(), list.end(), word) != list.end();
}

// Every id in a tree: of elements, of tags of narrative, and names of anchors.
void collect_ids(View node, std::set<std::string_view>& ids) {
    if (const std::string_view id = node.text("id"_name); !id.empty()) ids.insert(id);
    for (View child : node.children()) {
        if (child.name() == "div"_name && child.primitive()) {
            XhtmlTags tags(child.text());
            while (const auto tag = tags.next()) {
                if (const auto id = tag->attribute("id")) ids.insert(*id);
                if (const auto name = tag->attribute("name"); name && tag->name == "a") ids.insert(*name);
            }
        } else if (child.first_child()) {
            collect_ids(child, ids);
        }
    }
}

class Links {
public:
    Links(const Place& place, Remarks& remarks) : place_(place), remarks_(remarks) {}

    void check(const XhtmlTag& tag) {
        if (tag.name == "a")
            if (const auto href = tag.attribute("href")) link(*href);
        if (tag.name == "img")
            if (const auto src = tag.attribute("src"); src && src->starts_with('#') && !known(src->substr(1)))
                remarks_.error(IssueType::not_found, ".div",
                               fmt::format("the picture '{}' is not in this resource", *src));
    }

private:
    void link(std::string_view href) {
        if (base::trim(href).empty())
            return remarks_.error(IssueType::value, ".div", "a link in narrative leads nowhere: its href is empty");
        if (href.starts_with('#')) {
            if (href.size() > 1 && !known(href.substr(1)))
                remarks_.error(IssueType::not_found, ".div",
                               fmt::format("nothing has the id that the link '{}' leads to", href));
            return;
        }
        if (!is_absolute(href)) return;
        const std::string_view scheme = href.substr(0, href.find(':'));
        if (among(scheme, {"urn", "cid"})) {
            remarks_.error(
                IssueType::value, ".div",
                fmt::format("a link with '{}:' leads nowhere for a reader; use the address of a page", scheme));
        } else if (!among(scheme, {"http", "https", "tel", "mailto", "data", "javascript", "vbscript"})) {
            remarks_.note(IssueType::value, ".div", fmt::format("readers may not know links with '{}:'", scheme));
        }
    }

    bool known(std::string_view id) {
        if (!own_) {
            own_.emplace();
            collect_ids(place_.resource, *own_);
        }
        if (own_->contains(id)) return true;
        if (place_.root == place_.resource) return false;
        if (!all_) {
            all_.emplace();
            collect_ids(place_.root, *all_);
        }
        return all_->contains(id);
    }

    const Place& place_;
    Remarks& remarks_;
    std::optional<std::set<std::string_view>> own_, all_;
};

// textLink: the ids of tags and of data that belong together.
void text_links(const Place& place, std::string_view div, Remarks& remarks) {
    std::size_t i = 0;
    for (View link : place.node.children("extension"_name)) {
        const std::string below = fmt::format(".extension[{}]", i++);
        if (link.text("url"_name) != text_link) continue;
        for (View part : link.children("extension"_name))
            if (part.text("url"_name) == "htmlid" && count_xhtml_ids(div, choice_of(part).text()) == 0)
                remarks.error(IssueType::structure, below,
                              fmt::format("no tag of the narrative has the id '{}'", choice_of(part).text()));
        const std::string_view data = extension_value(link, "data").text();
        if (data.empty()) {
            remarks.error(IssueType::structure, below, "this link says no data");
        } else if (data.starts_with('#')) {
            const std::size_t count = count_ids(place.resource, data.substr(1));
            if (count == 0)
                remarks.error(IssueType::not_found, below, fmt::format("no element has the id '{}'", data.substr(1)));
            if (count > 1)
                remarks.error(IssueType::multiple_matches, below,
                              fmt::format("{} elements have the id '{}'", count, data.substr(1)));
        }
    }
}

}  // namespace

void check_narrative_links(const Place& place, const Services&, const Question&, base::Findings& findings) {
    const std::string_view div = place.node.child("div"_name).text();
    if (div.empty()) return;
    Remarks remarks(place, findings);
    if (const std::string_view entity = foreign_entity(div); !entity.empty())
        remarks.error(IssueType::value, ".div",
                      fmt::format("XML does not know &{}; write the character itself", entity));
    Links links(place, remarks);
    XhtmlTags tags(div);
    std::size_t paragraphs = 0;
    bool nested = false;
    while (const auto tag = tags.next()) {
        if (tag->closes) {
            paragraphs -= tag->name == "p" && paragraphs > 0;
            continue;
        }
        if (paragraphs > 0 && !nested && among(tag->name, {"div", "blockquote", "table", "ol", "ul", "p"})) {
            nested = true;
            remarks.error(IssueType::structure, ".div", fmt::format("<{}> may not stand inside of <p>", tag->name));
        }
        paragraphs += tag->name == "p" && !tag->empty;
        links.check(*tag);
    }
    if (place.node.child("extension"_name)) text_links(place, div, remarks);
}

}  // namespace fhir::validate
