// SPDX-License-Identifier: Apache-2.0
#include "interaction/verb/references.h"

#include "base/text.h"
#include "fhir/resource/bundle_reference.h"
#include "interaction/verb/rewrite.h"
#include "interaction/verb/sight.h"

#include <algorithm>
#include <unordered_set>

namespace interaction {
namespace {

using base::Fault;
using fhir::resource::Reference;

constexpr std::size_t most_named = 10;
constexpr int most_referrers = 100;  // looked at, to find ten that may be named

class Pointers {
public:
    Pointers(const std::vector<Link>& links, const fhir::schema::Schema& schema) : schema_(schema) {
        for (const Link& link : links)
            if (link.kind == Link::Kind::reference) wanted_.insert(link.at.index());
    }

    std::vector<Pointed> run(fhir::View resource) && {
        const std::string type(resource.resource_type());
        if (!wanted_.empty()) walk(resource, type, schema_.find_type(type), nullptr);
        return std::move(found_);
    }

private:
    // `row` is the definition of the element `view`; null for a resource.
    void walk(fhir::View view, const std::string& path, fhir::schema::TypeId type, const fhir::schema::Element* row) {
        fhir::Name before = fhir::no_name;
        std::size_t number = 0;
        for (const fhir::View child : view.children()) {
            number = child.name() == before ? number + 1 : 0;
            before = child.name();
            const bool wanted = child.kind() != fhir::Kind::complex && wanted_.contains(child.index());
            if (!wanted && !child.first_child()) continue;
            std::string here = path + "." + std::string(child.name_text());
            if (child.list()) here += "[" + std::to_string(number) + "]";
            if (wanted) take(child.text(), here, row);
            const fhir::schema::Element* its = schema_.element(type, child.name());
            const bool resource = !child.resource_type().empty();
            walk(child, here, resource ? schema_.find_type(child.resource_type()) : its != nullptr ? its->type : fhir::schema::no_type,
                 resource ? nullptr : its);
        }
    }

    bool allowed(std::string_view type, const fhir::schema::Element* row) const {
        if (row == nullptr) return true;
        const auto targets = schema_.targets(*row);
        return targets.empty() || std::any_of(targets.begin(), targets.end(),
                                              [&](fhir::schema::TypeId target) { return schema_.derives_from(schema_.find_type(type), target); });
    }

    void take(std::string_view text, const std::string& where, const fhir::schema::Element* row) {
        const Reference reference = fhir::resource::parse_reference(text);
        if (reference.form != Reference::Form::relative || !schema_.is_resource(reference.type)) return;
        found_.push_back({where, {std::string(reference.type), std::string(reference.id)}, std::string(reference.version), allowed(reference.type, row)});
    }

    const fhir::schema::Schema& schema_;
    std::unordered_set<fhir::Document::Index> wanted_;
    std::vector<Pointed> found_;
};

base::Result<bool> stands(const Pointed& pointed, store::Snapshot& now) {
    if (pointed.version.empty()) {
        TRY(const auto found, now.read(pointed.name.type, pointed.name.id));
        return found && !found->deleted();
    }
    const auto number = base::to_integer(pointed.version);
    if (!number || *number < 1) return false;
    TRY(const auto found, now.vread(pointed.name.type, pointed.name.id, *number));
    return found && !found->deleted();
}

}  // namespace

std::vector<Pointed> pointed_by(fhir::View resource, const fhir::schema::Schema& schema) {
    return Pointers(links_of(resource, schema), schema).run(resource);
}

base::Result<void> check_targets(const std::vector<Pointed>& pointed) {
    const auto wrong = std::find_if(pointed.begin(), pointed.end(), [](const Pointed& one) { return !one.fits; });
    if (wrong == pointed.end()) return {};
    return Fault{Fault::Kind::invalid, "This element may not refer to a " + wrong->name.type + ".", wrong->where, base::IssueType::value};
}

base::Result<void> check_pointed(const std::vector<Pointed>& pointed, const store::Name& self, store::Snapshot& now) {
    base::Findings findings;
    for (const Pointed& one : pointed) {
        if (one.name == self && one.version.empty()) continue;
        TRY(const bool there, stands(one, now));
        if (there) continue;
        findings.push_back({base::Severity::error, base::IssueType::not_found, one.where,
                            "There is no " + one.name.type + "/" + one.name.id +
                                (one.version.empty() ? std::string() : "/_history/" + one.version) + " to refer to.", 0, 0});
    }
    if (findings.empty()) return {};
    Fault fault{Fault::Kind::conflict, "Nothing stands where this resource points to: ", findings.front().where};
    for (std::size_t i = 0; i < std::min(findings.size(), most_named); ++i) fault.text += (i == 0 ? "" : ", ") + findings[i].where;
    fault.text += ".";
    fault.findings = std::move(findings);
    return fault;
}

base::Result<void> check_referrers(const store::Name& name, const std::set<store::Name>& going, store::Snapshot& now,
                                   const permission::Plan& plan, const Context& context) {
    const store::Step step{.type = {}, .parameters = {}, .target = name.type, .backward = true};
    // Those that go too may fill the list: then more is asked for.
    const int most = most_referrers + static_cast<int>(going.size()) + 1;
    TRY(const auto referrers, now.follow({name}, step, fhir::search::Reach::everything(), most));
    std::string named;
    std::size_t count = 0;
    bool any = false;
    for (const store::Version& one : referrers) {
        const store::Name its{one.type, one.id};
        if (its == name || going.contains(its)) continue;
        any = true;
        if (count == most_named) continue;
        TRY(const bool there, seen(plan, one, now, context));
        if (!there) continue;
        named += (count++ == 0 ? " " : ", ") + one.type + "/" + one.id;
    }
    if (!any) return {};
    return Fault{Fault::Kind::conflict, "Something refers to " + name.type + "/" + name.id + (named.empty() ? "" : ":" + named) + "."};
}

}  // namespace interaction
