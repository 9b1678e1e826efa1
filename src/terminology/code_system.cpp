// SPDX-License-Identifier: Apache-2.0
#include "terminology/code_system.h"

#include <algorithm>

namespace terminology {

using fhir::View;

namespace {

constexpr std::string_view property_base = "http://hl7.org/fhir/concept-properties#";

Content content_of(std::string_view text, bool has_concepts, bool supplements) {
    if (text == "fragment") return Content::fragment;
    if (text == "example") return Content::example;
    if (text == "supplement" || supplements) return Content::supplement;
    if (text == "not-present" || !has_concepts) return Content::not_present;
    return Content::complete;
}

CodeSystem::Role role_of(std::string_view code, std::string_view uri) {
    using Role = CodeSystem::Role;
    static constexpr std::pair<std::string_view, Role> roles[] = {
        {"parent", Role::parent},     {"subsumedBy", Role::parent},      {"child", Role::child},
        {"inactive", Role::inactive}, {"status", Role::status},          {"notSelectable", Role::abstract},
        {"abstract", Role::abstract}, {"deprecated", Role::deprecated},
    };
    const bool standard = uri.starts_with(property_base);
    const std::string_view word = standard ? uri.substr(property_base.size()) : code;
    // A URI of their own means something of their own, whatever the code is.
    if (!standard && !uri.empty() && !uri.ends_with(word)) return Role::other;
    for (const auto& [name, role] : roles)
        if (name == word) return role;
    return Role::other;
}

}  // namespace

// One resource and its supplements on their way into a table.
class CodeSystemCompiler {
public:
    CodeSystem compile(View resource, std::span<const View> supplements) {
        head(resource);
        concepts(resource, no_concept);
        made_.content_ = content_of(resource.child("content").text(), !made_.rows_.empty(), !made_.supplements_.empty());
        index();
        for (const View supplement : supplements) add(supplement);
        finish();
        return std::move(made_);
    }

    CodeSystem from_rows(std::string_view url, std::string_view name, std::span<const CodeSystem::Row> rows) {
        made_.url_ = url;
        made_.name_ = name;
        made_.language_ = "en";
        made_.content_ = Content::complete;
        made_.case_sensitive_ = true;
        for (const auto& [code, displays] : rows) {
            const auto id = static_cast<ConceptId>(made_.rows_.size());
            made_.rows_.push_back({keep(code), displays.empty() ? CodeSystem::Text{} : keep(displays.front()), {}, 0});
            for (std::size_t i = 1; i < displays.size(); ++i) designations_.push_back({id, {keep(displays[i]), {}, {}, {}, {}}});
        }
        index();
        finish();
        return std::move(made_);
    }

private:
    template <class Row>
    struct Owned {
        ConceptId owner;
        Row row;
    };

    CodeSystem::Text keep(std::string_view text) {
        const CodeSystem::Text kept{static_cast<std::uint32_t>(made_.pool_.size()), static_cast<std::uint32_t>(text.size())};
        made_.pool_ += text;
        return kept;
    }
    // Words that occur again and again are kept once.
    CodeSystem::Text keep_word(std::string_view text) {
        if (text.empty()) return {};
        for (const CodeSystem::Text word : words_)
            if (made_.text(word) == text) return word;
        const CodeSystem::Text kept = keep(text);
        if (words_.size() < 32) words_.push_back(kept);
        return kept;
    }

    void head(View resource) {
        made_.url_ = resource.child("url").text();
        made_.version_ = resource.child("version").text();
        made_.name_ = resource.child("name").text();
        made_.title_ = resource.child("title").text();
        made_.language_ = resource.child("language").text();
        made_.supplements_ = resource.child("supplements").text();
        made_.case_sensitive_ = resource.child("caseSensitive").text() == "true";
        const std::string_view meaning = resource.child("hierarchyMeaning").text();
        made_.is_a_hierarchy_ = meaning.empty() || meaning == "is-a";
        define(resource);
    }

    void define(View resource) {
        for (const View property : resource.children(resource.document().find("property"))) {
            const std::string_view code = property.child("code").text();
            auto& definition = made_.definitions_[definition_of(code)];
            definition.declared = true;
            definition.uri = property.child("uri").text();
            definition.type = property.child("type").text();
            definition.description = property.child("description").text();
            definition.role = role_of(code, definition.uri);
        }
    }

    std::uint32_t definition_of(std::string_view code) {
        auto& all = made_.definitions_;
        for (std::size_t i = 0; i < all.size(); ++i)
            if (all[i].code == code) return static_cast<std::uint32_t>(i);
        all.push_back({std::string(code), {}, {}, {}, role_of(code, {}), false});
        return static_cast<std::uint32_t>(all.size() - 1);
    }

    // The names of one document, looked up once.
    struct Words {
        explicit Words(const fhir::Document& document)
            : item(document.find("concept")), code(document.find("code")), display(document.find("display")),
              definition(document.find("definition")), designation(document.find("designation")),
              property(document.find("property")), language(document.find("language")), use(document.find("use")),
              system(document.find("system")), value(document.find("value")), extension(document.find("extension")) {}
        fhir::Name item, code, display, definition, designation, property, language, use, system, value, extension;
    };

    void concepts(View parent, ConceptId above) {
        const Words words(parent.document());
        concepts(parent, above, words);
    }

    void concepts(View parent, ConceptId above, const Words& words) {
        if (words.item == fhir::no_name) return;
        for (const View node : parent.children(words.item)) {
            const std::string_view code = node.text(words.code);
            ConceptId id = above;
            if (!code.empty()) {
                id = static_cast<ConceptId>(made_.rows_.size());
                made_.rows_.push_back({keep(code), keep(node.text(words.display)), keep(node.text(words.definition)), 0});
                if (above != no_concept) edges_.push_back({id, above});
                details(node, id, words);
                standards_status(node, id, words);
            }
            concepts(node, id, words);
        }
    }

    void details(View node, ConceptId id, const Words& words) {
        for (const View each : node.children()) {
            if (each.name() == words.designation) {
                const View use = each.child(words.use);
                designations_.push_back({id,
                                         {keep(each.text(words.value)), keep_word(each.text(words.language)),
                                          keep_word(use.text(words.system)), keep_word(use.text(words.code)),
                                          keep_word(use.text(words.display))}});
            } else if (each.name() == words.property) {
                property(each, id, words);
            }
        }
    }

    void property(View node, ConceptId id, const Words& words) {
        const std::string_view code = node.text(words.code);
        if (code.empty()) return;
        for (const View value : node.children()) {
            const std::string_view name = value.name_text();
            if (!name.starts_with("value")) continue;
            std::string_view type = name.substr(5);
            const bool coding = type == "Coding";
            std::string lowered(type);
            if (!coding && !lowered.empty() && lowered[0] >= 'A' && lowered[0] <= 'Z')
                lowered[0] = static_cast<char>(lowered[0] + ('a' - 'A'));
            const std::string_view text = coding ? value.text(words.code) : value.text();
            properties_.push_back({id,
                                   {definition_of(code), text.size() < 12 ? keep_word(text) : keep(text),
                                    coding ? keep_word(value.text(words.system)) : CodeSystem::Text{}, keep_word(lowered)}});
            return;
        }
    }

    // A concept may be marked as withdrawn by an extension (structuredefinition-standards-status); what is deprecated may
    // still be used.
    void standards_status(View node, ConceptId id, const Words& words) {
        if (words.extension == fhir::no_name) return;
        for (const View extension : node.children(words.extension)) {
            if (!extension.child("url").text().ends_with("/structuredefinition-standards-status")) continue;
            const std::string_view status = extension.child("valueCode").text();
            if (status == "withdrawn") made_.rows_[id].flags |= CodeSystem::inactive_flag;
        }
    }

    void index() {
        made_.index_.build(made_.rows_.size(), [this](ConceptId id) { return made_.code(id); });
    }

    void add(View supplement) {
        define(supplement);
        std::string used(supplement.child("url").text());
        if (const std::string_view version = supplement.child("version").text(); !version.empty()) (used += '|') += version;
        made_.used_supplements_.push_back(std::move(used));
        const Words words(supplement.document());
        if (words.item != fhir::no_name) add(supplement, words);
    }

    void add(View parent, const Words& words) {
        for (const View node : parent.children(words.item)) {
            if (const ConceptId id = made_.find(node.text(words.code)); id != no_concept) details(node, id, words);
            add(node, words);
        }
    }

    void finish() {
        flags();
        links();
        group(designations_, made_.designations_, made_.first_designation_);
        group(properties_, made_.properties_, made_.first_property_);
        made_.pool_.shrink_to_fit();
        made_.rows_.shrink_to_fit();
    }

    void flags() {
        using Role = CodeSystem::Role;
        for (const auto& [owner, row] : properties_) {
            const std::string_view value = made_.text(row.value);
            std::uint8_t& flags = made_.rows_[owner].flags;
            switch (made_.definitions_[row.definition].role) {
                case Role::inactive:
                    if (value == "true") flags |= CodeSystem::inactive_flag;
                    break;
                case Role::status:
                    if (value == "retired" || value == "inactive") flags |= CodeSystem::inactive_flag;
                    break;
                case Role::abstract:
                    if (value == "true") flags |= CodeSystem::abstract_flag;
                    break;
                case Role::parent:
                    edge(owner, made_.find(value));
                    break;
                case Role::child:
                    if (const ConceptId child = made_.find(value); child != no_concept) edge(child, owner);
                    break;
                case Role::deprecated:
                case Role::other: break;
            }
        }
    }

    void edge(ConceptId child, ConceptId parent) {
        if (parent != no_concept && parent != child) edges_.push_back({child, parent});
    }

    void links() {
        std::sort(edges_.begin(), edges_.end());
        edges_.erase(std::unique(edges_.begin(), edges_.end()), edges_.end());
        spread(edges_, made_.parents_);
        for (std::size_t i = 1; i < edges_.size(); ++i)
            if (edges_[i].first == edges_[i - 1].first) made_.one_parent_ = false;
        for (auto& [child, parent] : edges_) std::swap(child, parent);
        std::sort(edges_.begin(), edges_.end());
        spread(edges_, made_.children_);
    }

    void spread(const std::vector<std::pair<ConceptId, ConceptId>>& edges, CodeSystem::Links& links) {
        if (edges.empty()) return;
        links.first.assign(made_.rows_.size() + 1, 0);
        for (const auto& [from, to] : edges) {
            ++links.first[from + 1];
            links.to.push_back(to);
        }
        for (std::size_t i = 1; i < links.first.size(); ++i) links.first[i] += links.first[i - 1];
    }

    template <class Row>
    void group(std::vector<Owned<Row>>& owned, std::vector<Row>& rows, std::vector<std::uint32_t>& first) {
        std::stable_sort(owned.begin(), owned.end(), [](const auto& a, const auto& b) { return a.owner < b.owner; });
        first.assign(made_.rows_.size() + 1, 0);
        rows.reserve(owned.size());
        for (const auto& each : owned) {
            ++first[each.owner + 1];
            rows.push_back(each.row);
        }
        for (std::size_t i = 1; i < first.size(); ++i) first[i] += first[i - 1];
    }

    CodeSystem made_;
    std::vector<std::pair<ConceptId, ConceptId>> edges_;  // child, parent
    std::vector<Owned<CodeSystem::Designation>> designations_;
    std::vector<Owned<CodeSystem::Property>> properties_;
    std::vector<CodeSystem::Text> words_;
};

CodeSystem CodeSystem::compile(View resource, std::span<const View> supplements) {
    return CodeSystemCompiler().compile(resource, supplements);
}

CodeSystem CodeSystem::from_rows(std::string_view url, std::string_view name, std::span<const Row> rows) {
    return CodeSystemCompiler().from_rows(url, name, rows);
}

ConceptId CodeSystem::find(std::string_view code) const {
    return index_.find(code, case_sensitive_, [this](ConceptId id) { return this->code(id); });
}

const CodeSystem::PropertyDefinition* CodeSystem::property(std::string_view code_or_uri) const {
    for (const auto& each : definitions_)
        if (each.code == code_or_uri || (!each.uri.empty() && each.uri == code_or_uri)) return &each;
    return nullptr;
}

bool CodeSystem::is_a(ConceptId id, ConceptId ancestor) const {
    if (id == ancestor) return true;
    if (parents_.to.empty()) return false;
    if (one_parent_) {
        for (std::size_t steps = 0; steps < rows_.size(); ++steps) {
            const auto up = parents(id);
            if (up.empty()) return false;
            id = up.front();
            if (id == ancestor) return true;
        }
        return false;
    }
    std::vector<ConceptId> seen{id};
    for (std::size_t next = 0; next < seen.size(); ++next) {
        for (const ConceptId parent : parents(seen[next])) {
            if (parent == ancestor) return true;
            if (std::find(seen.begin(), seen.end(), parent) == seen.end()) seen.push_back(parent);
        }
    }
    return false;
}

std::size_t CodeSystem::bytes() const {
    return sizeof(CodeSystem) + pool_.capacity() + rows_.capacity() * sizeof(Concept) + index_.bytes() +
           (parents_.to.capacity() + children_.to.capacity()) * sizeof(ConceptId) +
           (parents_.first.capacity() + children_.first.capacity() + first_designation_.capacity() +
            first_property_.capacity()) * sizeof(std::uint32_t) +
           designations_.capacity() * sizeof(Designation) + properties_.capacity() * sizeof(Property) +
           definitions_.capacity() * sizeof(PropertyDefinition);
}

}  // namespace terminology
