// SPDX-License-Identifier: Apache-2.0
#include "interaction/verb/rewrite.h"

#include "fhir/resource/bundle_reference.h"
#include "fhir/tree/builder.h"

#include <algorithm>

namespace interaction {
namespace {

using base::Fault;
using fhir::View;
using namespace fhir::literals;
using fhir::resource::Reference;

class Collector {
public:
    explicit Collector(const fhir::schema::Schema& schema)
        : schema_(schema), reference_(schema.find_type("Reference")) {}

    std::vector<Link> run(View resource) && {
        walk(resource, schema_.find_type(resource.resource_type()));
        return std::move(links_);
    }

private:
    void walk(View view, fhir::schema::TypeId type) {
        if (type == fhir::schema::no_type) return;
        for (View child : view.children()) {
            const fhir::schema::Element* element = schema_.element(type, child.name());
            if (element == nullptr) continue;
            if (child.kind() != fhir::Kind::complex) {
                visit(child, type, schema_.type(element->type).format);
                if (child.first_child()) walk(child, schema_.find_type("Element"));
            } else if (child.resource_type().empty()) {
                walk(child, element->type);
            } else if (child.name() == "contained"_name) {
                walk(child, schema_.find_type(child.resource_type()));
            }
        }
    }

    void visit(View primitive, fhir::schema::TypeId parent, fhir::schema::Format format) {
        using fhir::schema::Format;
        if (!primitive.has_value()) return;
        if (parent == reference_ && primitive.name() == "reference"_name)
            links_.push_back({Link::Kind::reference, primitive});
        else if (format == Format::uri || format == Format::url || format == Format::oid || format == Format::uuid)
            links_.push_back({Link::Kind::address, primitive});
        else if (format == Format::xhtml)
            links_.push_back({Link::Kind::narrative, primitive});
    }

    const fhir::schema::Schema& schema_;
    fhir::schema::TypeId reference_;
    std::vector<Link> links_;
};

// A reference to one version goes on meaning it where the resource keeps its name; a new name has no such version.
std::string with_version(std::string target, const Reference& reference) {
    if (!reference.version.empty() && target == reference.local()) target.append("/_history/").append(reference.version);
    return target;
}

bool is_own(std::string_view base, const Rewriting& rewriting) {
    if (!rewriting.own_base.empty() && base == rewriting.own_base) return true;
    return rewriting.own_bases != nullptr &&
           std::find(rewriting.own_bases->begin(), rewriting.own_bases->end(), base) != rewriting.own_bases->end();
}

// What a reference becomes; empty when it stays as it is.
base::Result<std::string> new_reference(std::string_view text, const Rewriting& rewriting) {
    using Form = Reference::Form;
    const Reference reference = fhir::resource::parse_reference(text);
    const auto known = [&](const std::string& key) {
        if (rewriting.targets == nullptr) return std::string();
        const auto found = rewriting.targets->find(key);
        return found == rewriting.targets->end() ? std::string() : found->second;
    };
    switch (reference.form) {
        case Form::urn: {
            std::string target = known(std::string(text));
            if (target.empty() && rewriting.targets != nullptr)
                return Fault{Fault::Kind::malformed, "A reference names a urn that is the fullUrl of no entry of this bundle.", "",
                             base::IssueType::not_found};
            return target;
        }
        case Form::conditional: {
            std::string target = known(std::string(text));
            if (target.empty() && rewriting.targets != nullptr)
                return Fault{Fault::Kind::invalid, "A conditional reference names no resource.", "", base::IssueType::not_found};
            return target;
        }
        case Form::absolute: {
            const std::string key = std::string(reference.base) + "/" + reference.local();
            if (std::string target = known(key); !target.empty()) return with_version(std::move(target), reference);
            if (!is_own(reference.base, rewriting)) return std::string();
            return std::string(text.substr(reference.base.size() + 1));
        }
        case Form::relative:
            if (rewriting.targets == nullptr || rewriting.from_base.empty()) return std::string();
            if (std::string target = known(rewriting.from_base + "/" + reference.local()); !target.empty())
                return with_version(std::move(target), reference);
            return std::string();
        case Form::other: {
            return known(std::string(text));
        }
        case Form::empty:
        case Form::fragment: break;
    }
    return std::string();
}

// The narrative with the addresses in href="" and src="" replaced; empty when none is.
std::string new_narrative(std::string_view text, const Targets& targets) {
    std::string result;
    std::size_t done = 0;
    for (std::size_t at = text.find('='); at != std::string_view::npos; at = text.find('=', at + 1)) {
        const bool link = text.substr(0, at).ends_with("href") || text.substr(0, at).ends_with("src");
        if (!link || at + 1 >= text.size() || (text[at + 1] != '"' && text[at + 1] != '\'')) continue;
        const auto end = text.find(text[at + 1], at + 2);
        if (end == std::string_view::npos) break;
        const auto found = targets.find(std::string(text.substr(at + 2, end - at - 2)));
        if (found != targets.end()) {
            result.append(text.substr(done, at + 2 - done));
            result += found->second;
            done = end;
        }
        at = end;
    }
    if (done != 0) result.append(text.substr(done));
    return result;
}

using Replaced = std::unordered_map<fhir::Document::Index, std::string>;

void copy(View source, const Replaced& replaced, fhir::Builder& build) {
    const fhir::Name name = source.name() >= fhir::local_base ? build.name(source.name_text()) : source.name();
    if (const auto found = replaced.find(source.index()); found != replaced.end()) {
        build.open_value(name, found->second, source.kind(), source.list());
        build.copy_children(source);
        build.close();
        return;
    }
    if (source.kind() != fhir::Kind::complex) {
        build.copy(source);
        return;
    }
    if (source.resource_type().empty()) build.open(name, source.list());
    else build.resource(name, source.resource_type(), source.list());
    for (View child : source.children()) copy(child, replaced, build);
    build.close();
}

}  // namespace

std::vector<Link> links_of(View resource, const fhir::schema::Schema& schema) {
    return Collector(schema).run(resource);
}

base::Result<std::optional<fhir::Document>> rewritten(View resource, const std::vector<Link>& links,
                                                      const Rewriting& rewriting) {
    Replaced replaced;
    for (const Link& link : links) {
        const std::string_view text = link.at.text();
        std::string target;
        if (link.kind == Link::Kind::reference) {
            TRY(target, new_reference(text, rewriting));
        } else if (rewriting.targets != nullptr && !rewriting.targets->empty()) {
            if (link.kind == Link::Kind::narrative) {
                target = new_narrative(text, *rewriting.targets);
            } else if (const auto found = rewriting.targets->find(std::string(text)); found != rewriting.targets->end()) {
                target = found->second;
            }
        }
        if (!target.empty()) replaced.emplace(link.at.index(), std::move(target));
    }
    if (replaced.empty()) return std::optional<fhir::Document>{};
    fhir::Builder build(resource.document().names());
    build.resource(resource.resource_type());
    for (View child : resource.children()) copy(child, replaced, build);
    return std::optional<fhir::Document>{std::move(build).finish()};
}

}  // namespace interaction
