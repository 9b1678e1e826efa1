// SPDX-License-Identifier: Apache-2.0
#include "terminology/catalog.h"

#include "base/text.h"
#include "fhir/definition/version.h"
#include "terminology/version_pattern.h"

namespace terminology {

namespace {

constexpr int deepest_nesting = 40;  // of value sets that include value sets
constexpr int most_links = 2'000;    // value sets linked for one that is asked for

std::string with_version(std::string_view url, std::string_view version) {
    std::string all(url);
    if (!version.empty()) (all += '|') += version;
    return all;
}

}  // namespace

struct Catalog::Trail {
    const Trail* before = nullptr;
    std::string_view url, version;
    int depth = 0;
    int* left;  // how many sets may still be linked for the one that was asked for

    bool holds(std::string_view other_url, std::string_view other_version) const {
        for (const Trail* at = this; at; at = at->before)
            if (at->url == other_url && at->version == other_version) return true;
        return false;
    }
};

Catalog::Catalog(fhir::definition::Library library, std::size_t most_bytes)
    : library_(std::move(library)), systems_(most_bytes / 2), sets_(most_bytes / 2) {}

// The newest one that fits a pattern; the pattern itself when there is none.
std::string Catalog::best_version(std::string_view url, std::string_view pattern) const {
    std::string best;
    for (const std::string& canonical : library_.all("CodeSystem")) {
        const auto [other, version] = base::cut(canonical, '|');
        if (other == url && !version.empty() && version_fits(pattern, version) &&
            (best.empty() || fhir::definition::compare_versions(version, best) > 0))
            best = version;
    }
    return best.empty() ? std::string(pattern) : best;
}

std::shared_ptr<const CodeSystem> Catalog::system(std::string_view url, std::string_view version, std::string_view package) const {
    const CacheName asked{url, version, package};
    if (auto kept = systems_.find(asked)) return *std::move(kept);
    const auto found = library_.find("CodeSystem", with_version(url, is_version_pattern(version) ? best_version(url, version) : version), package);
    if (!found || !found->document) {
        systems_.put(asked, nullptr, 0);
        return nullptr;
    }
    // Different packages mostly mean the same resource: it is compiled once. ('#' stands in no name that is asked for.)
    const std::string made_of = "#" + found->package;
    const CacheName exact{found->url, found->version, made_of};
    std::shared_ptr<const CodeSystem> made;
    if (auto kept = systems_.find(exact)) {
        made = *std::move(kept);
    } else {
        made = std::make_shared<const CodeSystem>(CodeSystem::compile(found->document->root()));
        systems_.put(exact, made, made->bytes());
    }
    systems_.put(asked, made, 0);
    return made;
}

std::shared_ptr<const CodeSystem> Catalog::system(std::string_view url, std::string_view version, std::string_view package,
                                                  const std::vector<std::string>& supplements) const {
    const auto base = library_.find("CodeSystem", with_version(url, version), package);
    if (!base || !base->document) return nullptr;
    std::vector<std::shared_ptr<const fhir::Document>> documents;
    std::vector<fhir::View> views;
    for (const std::string& canonical : supplements) {
        const auto found = library_.find("CodeSystem", canonical, package);
        if (!found || !found->document) continue;
        if (base::cut(found->document->root().child("supplements").text(), '|').first != url) continue;
        documents.push_back(found->document);
        views.push_back(documents.back()->root());
    }
    if (views.empty()) return nullptr;
    return std::make_shared<const CodeSystem>(CodeSystem::compile(base->document->root(), views));
}

std::shared_ptr<const ValueSet> Catalog::set(std::string_view canonical, std::string_view package) const {
    return import(canonical, package, nullptr).set;
}

Clause::Import Catalog::import(std::string_view canonical, std::string_view package, const Trail* trail) const {
    Clause::Import made{std::string(canonical), nullptr, false};
    const CacheName asked{canonical, {}, package};
    if (auto kept = sets_.find(asked)) {
        made.set = *std::move(kept);
        return made;
    }
    const auto found = library_.find("ValueSet", canonical, package);
    if (!found || !found->document) {
        made.set = ValueSet::implicit(base::cut(canonical, '|').first, links(package, nullptr));
        sets_.put(asked, made.set, made.set ? made.set->bytes() : 0);
        return made;
    }
    if (trail && trail->holds(found->url, found->version)) {
        made.circular = true;
        return made;
    }
    const std::string made_of = "#" + found->package;
    const CacheName exact{found->url, found->version, made_of};
    if (auto kept = sets_.find(exact)) {
        made.set = *std::move(kept);
    } else {
        int budget = most_links;
        const Trail here{trail, found->url, found->version, trail ? trail->depth + 1 : 0, trail ? trail->left : &budget};
        if (here.depth > deepest_nesting || --*here.left < 0) return made;
        made.set = std::make_shared<const ValueSet>(
            ValueSet::link(found->document->root(), found->package, links(found->package, &here)));
        // Part of a circle is only good for the one who asked for the whole.
        if (made.set->circular() && trail) return made;
        sets_.put(exact, made.set, made.set->bytes());
    }
    sets_.put(asked, made.set, 0);
    return made;
}

ValueSet Catalog::link(fhir::View resource, std::string_view package) const {
    const std::string url(resource.child("url").text());
    const std::string version(resource.child("version").text());
    int budget = most_links;
    const Trail here{nullptr, url, version, 0, &budget};
    return ValueSet::link(resource, package, links(package, &here));
}

Links Catalog::links(std::string_view package, const Trail* trail) const {
    Links made;
    made.system = [this, package](std::string_view url, std::string_view version) { return system(url, version, package); };
    made.supplemented = [this, package](std::string_view url, std::string_view version, const std::vector<std::string>& supplements) {
        return system(url, version, package, supplements);
    };
    made.set = [this, package, trail](std::string_view canonical) { return import(canonical, package, trail); };
    return made;
}

void Catalog::forget() {
    systems_.clear();
    sets_.clear();
}

std::size_t Catalog::bytes() const { return systems_.bytes() + sets_.bytes(); }

}  // namespace terminology
