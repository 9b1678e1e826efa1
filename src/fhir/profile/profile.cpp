// SPDX-License-Identifier: Apache-2.0
#include "fhir/profile/profile.h"

#include "base/text.h"
#include "fhir/profile/corrections.h"
#include "fhir/profile/discriminator.h"
#include "fhir/tree/builder.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace fhir::profile {

namespace {

constexpr std::string_view hl7 = "http://hl7.org/fhir/StructureDefinition/";

// What is kept of an ElementDefinition. Prose, examples and mappings are nine tenths of a definition.
constexpr std::array<std::string_view, 17> kept{
    "id", "path", "sliceName", "slicing", "short", "min", "max", "base", "contentReference", "type", "maxLength",
    "constraint", "mustSupport", "isModifier", "binding", "extension", "representation"};

bool keeps(std::string_view name) {
    return std::find(kept.begin(), kept.end(), name) != kept.end() || name.starts_with("fixed") || name.starts_with("pattern") ||
           name.starts_with("minValue") || name.starts_with("maxValue");
}

// Proven by the shape already (validate/structure.h), or checked where references are followed (ref-1).
bool proven(std::string_view key) {
    return key == "ref-1" || key == "ele-1" || key == "ext-1" || key == "dom-2" || key == "dom-3" || key == "txt-1" || key == "txt-2";
}

void copy_element(Builder& build, View element) {
    build.open("element"_name, true);
    for (View child : element.children()) {
        const std::string_view name = child.name_text();
        if (!keeps(name)) continue;
        if (name == "constraint") {
            if (proven(child.text("key"_name))) continue;
            build.open("constraint"_name, true);
            for (View part : child.children())
                if (part.name() != "xpath"_name && part.name() != "source"_name && part.name() != "requirements"_name)
                    build.copy(part);
            build.close();
        } else {
            build.copy(child);
        }
    }
    build.close();
}

View extension_of(View element, std::string_view url) {
    for (View extension : element.children("extension"_name))
        if (extension.text("url"_name) == url) return extension;
    return {};
}

// The value of an extension, whatever its type.
View value_of(View extension) {
    for (View child : extension.children())
        if (child.name_text().starts_with("value")) return child;
    return {};
}

std::uint32_t number(std::string_view text, std::uint32_t otherwise) {
    std::uint32_t value = otherwise;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    return error == std::errc{} && end == text.data() + text.size() ? value : otherwise;
}

std::size_t dots(std::string_view path) { return static_cast<std::size_t>(std::count(path.begin(), path.end(), '.')); }

std::string_view tail(std::string_view path) {
    const std::size_t dot = path.rfind('.');
    return dot == std::string_view::npos ? path : path.substr(dot + 1);
}

}  // namespace

bool fits(const schema::Schema& schema, schema::TypeId type, schema::TypeId allowed) {
    if (type == schema::no_type || allowed == schema::no_type) return false;
    const bool general = schema.type(allowed).abstract != 0 || schema.type(allowed).kind == schema::TypeKind::resource;
    return type == allowed || (general && schema.derives_from(type, allowed));
}

class Compiler {
public:
    Compiler(Profile& made, const schema::Schema& schema, path::Cache& programs)
        : made_(made), schema_(schema), programs_(programs) {}

    base::Result<void> run(const definition::Definition& definition) {
        const View source = definition.document->root();
        made_.url_ = definition.url;
        made_.version_ = definition.version;
        made_.package_ = definition.package;
        keep(source);
        const View root = made_.document_->root();
        made_.type_name_ = root.text("type"_name);
        made_.type_ = schema_.find_type(made_.type_name_);
        made_.base_ = root.text("baseDefinition"_name);
        made_.abstract_ = root.text("abstract"_name) == "true";
        made_.constrains_ = root.text("derivation"_name) == "constraint";
        TRY(tree(root));
        for (const auto& node : made_.nodes_) content_reference(*node);
        for (const auto& node : made_.nodes_)
            node->counts_children = std::any_of(node->parts().begin(), node->parts().end(), [](const auto& part) {
                return part.second->checks_count || !part.second->slices.empty();
            });
        contexts(root);
        return {};
    }

private:
    void keep(View source) {
        Builder build(source.document().names());
        build.resource("StructureDefinition");
        for (View child : source.children()) {
            const std::string_view name = child.name_text();
            if (name == "url" || name == "version" || name == "name" || name == "type" || name == "baseDefinition" ||
                name == "abstract" || name == "derivation" || name == "context" || name == "contextInvariant" || name == "kind" ||
                name == "extension")
                build.copy(child);
        }
        for (View element : source.child("snapshot"_name).children("element"_name)) copy_element(build, element);
        made_.document_.emplace(std::move(build).finish());
    }

    base::Result<void> tree(View root) {
        std::vector<Node*> open;  // the last node of each depth
        for (View element : root.children("element"_name)) {
            const std::string_view path = element.text("path"_name);
            const std::size_t depth = dots(path);
            if (path.empty() || (open.empty() ? depth != 0 : depth == 0 || depth > open.size()))
                return invalid("the snapshot is no tree at " + std::string(path.substr(0, 200)));
            Node* parent = depth == 0 ? nullptr : open[depth - 1];
            open.resize(depth);
            Node& node = add(element, parent);
            if (parent) place(*parent, node);
            open.push_back(&node);
        }
        if (open.empty()) return invalid("there is no snapshot");
        return {};
    }

    base::Fault invalid(std::string text) const {
        return {base::Fault::Kind::invalid, made_.url_ + ": " + std::move(text)};
    }

    Node& add(View element, const Node* parent) {
        Node& node = *made_.nodes_.emplace_back(std::make_unique<Node>());
        node.profile = &made_;
        node.definition = element;
        node.id = element.text("id"_name);
        node.path = element.text("path"_name);
        node.slice_name = element.text("sliceName"_name);
        std::string_view name = tail(node.path);
        if (name.ends_with("[x]")) {
            name.remove_suffix(3);
            node.choice = true;
        }
        node.name_text = name;
        node.name = schema_.names().find(name);
        node.parent_type = parent ? own_type(*parent) : schema::no_type;
        node.min = number(element.text("min"_name), 0);
        const std::string_view max = element.text("max"_name);
        node.max = max == "*" ? unbounded : number(max, unbounded);
        node.must_support = element.child("mustSupport").text() == "true";
        types(node);
        values(node);
        binding(node);
        for (View constraint : element.children("constraint"_name)) node.constraints.push_back(constraint_of(constraint));
        slicing(node);
        compare(node);
        return node;
    }

    // The type that the children of a node belong to, as far as it is certain.
    schema::TypeId own_type(const Node& node) const {
        if (&node == made_.nodes_.front().get()) return made_.type_;
        const auto forms = rows(node);
        if (forms.size() == 1 && !forms.front()->is(schema::Element::resource_inside)) return forms.front()->type;
        return node.types.size() == 1 ? node.types.front().type : schema::no_type;
    }

    std::span<const schema::Element* const> rows(const Node& node) const {
        if (node.parent_type == schema::no_type || node.name == no_name) return {};
        return schema_.forms(node.parent_type, node.name);
    }

    void types(Node& node) const {
        for (View type : node.definition.children("type"_name)) {
            TypeUse use;
            use.code = type.text("code"_name);
            if (use.code.starts_with("http://hl7.org/fhirpath/")) continue;  // ids, urls and values: the shape knows them
            if (use.code.starts_with(hl7)) use.code.remove_prefix(hl7.size());
            use.type = schema_.find_type(use.code);
            for (View profile : type.children("profile"_name))
                if (profile.has_value()) use.profiles.push_back(profile.text());
            for (View target : type.children("targetProfile"_name))
                if (target.has_value()) use.targets.push_back(target.text());
            for (View mode : type.children()) {
                if (mode.name_text() != "aggregation") continue;
                if (mode.text() == "contained") use.aggregation |= TypeUse::contained;
                if (mode.text() == "referenced") use.aggregation |= TypeUse::referenced;
                if (mode.text() == "bundled") use.aggregation |= TypeUse::bundled;
            }
            const std::string_view versioning = type.text("versioning"_name);
            if (versioning == "independent") use.versioning = TypeUse::Versioning::independent;
            if (versioning == "specific") use.versioning = TypeUse::Versioning::specific;
            node.types.push_back(std::move(use));
        }
    }

    static void values(Node& node) {
        for (View child : node.definition.children()) {
            const std::string_view name = child.name_text();
            if (name.starts_with("fixed")) node.fixed = child;
            else if (name.starts_with("pattern")) node.pattern = child;
            else if (name.starts_with("minValue")) node.min_value = child;
            else if (name.starts_with("maxValue")) node.max_value = child;
            else if (name == "maxLength") node.max_length = number(child.text(), 0);
        }
        for (View extension : node.definition.children("extension"_name)) {
            const std::string_view url = extension.text("url"_name);
            // R5's own elements travel under the name of their version.
            constexpr std::string_view next = "http://hl7.org/fhir/5.0/StructureDefinition/extension-ElementDefinition.";
            if (url.starts_with(next)) {
                const std::string_view element = url.substr(next.size());
                if (element == "valueAlternatives") node.value_alternatives.push_back(value_of(extension).text());
                if (element == "mustHaveValue") node.must_have_value = value_of(extension).text() == "true";
            }
            if (!url.starts_with(hl7)) continue;
            const std::string_view what = url.substr(hl7.size());
            if (what == "narrative-language-control") node.narrative_languages.push_back(value_of(extension).text());
            else if (what == "minLength") node.min_length = number(value_of(extension).text(), 0);
        }
        node.checks_value = node.fixed || node.pattern || node.min_value || node.max_value || node.max_length != 0 ||
                            node.min_length != 0 || node.must_have_value || !node.value_alternatives.empty() || !node.narrative_languages.empty();
    }

    static void binding(Node& node) {
        const View source = node.definition.child("binding"_name);
        if (!source) return;
        Binding made;
        const std::string_view strength = source.text("strength"_name);
        if (strength == "required") made.strength = Binding::Strength::required;
        else if (strength == "extensible") made.strength = Binding::Strength::extensible;
        else if (strength == "preferred") made.strength = Binding::Strength::preferred;
        made.value_set = source.text("valueSet"_name);
        made.max_value_set = value_of(extension_of(source, "http://hl7.org/fhir/StructureDefinition/elementdefinition-maxValueSet")).text();
        if (!made.value_set.empty() || !made.max_value_set.empty()) node.binding = made;
    }

    Constraint constraint_of(View source) const {
        Constraint made;
        made.key = source.text("key"_name);
        made.human = source.text("human"_name);
        made.error = source.text("severity"_name) != "warning";
        made.best_practice = value_of(extension_of(source, "http://hl7.org/fhir/StructureDefinition/elementdefinition-bestpractice")).text() == "true";
        made.expression = corrected(source.text("expression"_name));
        compile(made.expression, made.program, made.fault);
        return made;
    }

    void compile(std::string_view text, std::shared_ptr<const path::Program>& program, std::string& fault) const {
        if (text.empty()) return;
        auto found = programs_.get(text);
        if (found) program = *std::move(found);
        else fault = found.fault().text;
    }

    void slicing(Node& node) const {
        const View source = node.definition.child("slicing"_name);
        if (!source) return;
        Slicing made;
        for (View child : source.children()) {
            const std::string_view name = child.name_text();
            if (name == "discriminator")
                made.by.push_back(read_discriminator(child.text("type"_name), child.text("path"_name), schema_.names()));
            else if (name == "ordered") made.ordered = child.text() == "true";
            else if (name == "rules" && child.text() == "closed") made.rules = Slicing::Rules::closed;
            else if (name == "rules" && child.text() == "openAtEnd") made.rules = Slicing::Rules::open_at_end;
        }
        node.slicing = std::move(made);
    }

    // What the shape of R4 checks already is not checked again.
    void compare(Node& node) const {
        const auto forms = rows(node);
        if (forms.empty()) {
            node.checks_count = node.parent_type != schema::no_type || &node != made_.nodes_.front().get();
            node.checks_count = node.checks_count && (node.min > 0 || node.max != unbounded);
            node.checks_types = false;
            return;
        }
        const schema::Element& row = *forms.front();
        const std::uint32_t most = row.max == schema::unbounded ? unbounded : row.max;
        node.checks_count = node.min > row.min || node.max < most;
        if (node.types.empty()) return;
        if (row.is(schema::Element::resource_inside)) {
            node.checks_types = std::none_of(node.types.begin(), node.types.end(), [](const TypeUse& use) { return use.code == "Resource"; });
            return;
        }
        if (schema_.type(row.type).kind == schema::TypeKind::backbone) return;
        node.checks_types = !std::all_of(forms.begin(), forms.end(), [&](const schema::Element* form) {
            return std::any_of(node.types.begin(), node.types.end(), [&](const TypeUse& use) {
                return fits(schema_, form->type, use.type);
            });
        });
    }

    void place(Node& parent, Node& node) {
        // "valueQuantity" in a path speaks of one form of value[x].
        if (!node.choice && node.parent_type != schema::no_type && node.name != no_name) {
            const schema::Element* row = schema_.element(node.parent_type, node.name);
            if (row && row->base != row->name) {
                node.name = row->base;
                node.name_text = schema_.names().text(row->base);
                if (node.types.empty()) node.types.push_back({schema_.type_name(row->type), row->type});
                if (node.slice_name.empty()) node.slice_name = tail(node.path);
            }
        }
        Node* slicer = nullptr;
        for (const auto& [name, child] : parent.children)
            if (child->name_text == node.name_text) slicer = const_cast<Node*>(child);
        if (node.slice_name.empty() && slicer == nullptr) {
            parent.children.emplace_back(node.name, &node);
            return;
        }
        if (slicer == nullptr) slicer = &imply(parent, node);
        // A slice, or a slice of a slice: "laboratory/blood".
        std::vector<const Node*>* among = &slicer->slices;
        const std::size_t slash = node.slice_name.rfind('/');
        if (slash != std::string_view::npos)
            if (Node* outer = slice_named(*slicer, node.slice_name.substr(0, slash))) among = &outer->slices;
        among->push_back(&node);
        if (!slicer->slicing) imply_slicing(*slicer);
    }

    static Node* slice_named(const Node& slicer, std::string_view name) {
        for (const Node* slice : slicer.slices) {
            if (slice->slice_name == name) return const_cast<Node*>(slice);
            if (Node* deeper = slice_named(*slice, name)) return deeper;
        }
        return nullptr;
    }

    // Slices whose list has no ElementDefinition of its own.
    Node& imply(Node& parent, const Node& slice) {
        Node& made = *made_.nodes_.emplace_back(std::make_unique<Node>());
        made.profile = &made_;
        made.id = made.path = slice.path;
        made.name = slice.name;
        made.name_text = slice.name_text;
        made.parent_type = slice.parent_type;
        made.choice = rows(slice).size() > 1;
        parent.children.emplace_back(made.name, &made);
        return made;
    }

    void imply_slicing(Node& slicer) const {
        Slicing made;
        if (slicer.choice || rows(slicer).size() > 1) made.by.push_back(read_discriminator("type", "$this", schema_.names()));
        else if (slicer.name_text == "extension" || slicer.name_text == "modifierExtension")
            made.by.push_back(read_discriminator("value", "url", schema_.names()));
        slicer.slicing = std::move(made);
    }

    void content_reference(Node& node) const {
        std::string_view text = node.definition.child("contentReference"_name).text();
        if (const std::size_t hash = text.find('#'); hash != std::string_view::npos) text.remove_prefix(hash + 1);
        if (text.empty() || !node.children.empty()) return;
        if (const Node* target = made_.find(text); target && target != &node && !target->content) node.content = target;
    }

    void contexts(View root) const {
        for (View child : root.children()) {
            const std::string_view name = child.name_text();
            if (name == "context") {
                Context made;
                const std::string_view kind = child.text("type"_name);
                made.expression = child.text("expression"_name);
                made.kind = kind == "extension" ? Context::Kind::extension : kind == "fhirpath" ? Context::Kind::fhirpath : Context::Kind::element;
                std::string fault;
                if (made.kind == Context::Kind::fhirpath) compile(made.expression, made.program, fault);
                made_.contexts_.push_back(std::move(made));
            } else if (name == "contextInvariant") {
                Constraint made;
                made.key = "contextInvariant";
                made.expression = child.text();
                made.human = child.text();
                compile(made.expression, made.program, made.fault);
                made_.context_invariants_.push_back(std::move(made));
            }
        }
    }

    Profile& made_;
    const schema::Schema& schema_;
    path::Cache& programs_;
};

base::Result<std::shared_ptr<const Profile>> Profile::compile(const definition::Definition& definition, const schema::Schema& schema,
                                                             path::Cache& programs) {
    if (!definition.document) return base::Fault{base::Fault::Kind::invalid, definition.url + ": there is no definition"};
    const std::shared_ptr<Profile> made(new Profile());
    TRY(Compiler(*made, schema, programs).run(definition));
    return std::shared_ptr<const Profile>(made);
}

const Node* Profile::find(std::string_view id) const {
    for (const auto& node : nodes_)
        if (node->id == id) return node.get();
    for (const auto& node : nodes_)
        if (node->path == id) return node.get();
    return nullptr;
}

const Node* Profile::find_slice(std::string_view slice) const {
    for (const auto& node : nodes_)
        if (node->slice_name == slice) return node.get();
    return nullptr;
}

}  // namespace fhir::profile
