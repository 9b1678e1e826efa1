// SPDX-License-Identifier: Apache-2.0
#include "fhir/definition/library.h"

#include "fhir/codec/json.h"
#include "fhir/definition/compile_package.h"
#include "fhir/definition/shelf.h"
#include "fhir/definition/snapshot.h"
#include "fhir/definition/version.h"

#include "base/text.h"
#include "fhir/tree/builder.h"

#include <algorithm>
#include <map>
#include <mutex>

namespace fhir::definition {

using base::Fault;

namespace {

// A definition that came alone.
struct Single {
    std::string version;
    std::shared_ptr<const Document> document;
    mutable std::mutex mutex;
    mutable std::shared_ptr<const Document> complete;
};

// The snapshots that are being made, each for the one before it: a profile that builds on itself has none.
struct Making {
    std::vector<std::string> urls;
    int left = 100;  // that one question may cause
};

using SingleKey = std::pair<std::string, std::string>;  // type, URL

// "hl7.fhir.uv.extensions.r4" and "hl7.fhir.uv.extensions" hold the same for us: the first is made for R4.
std::string_view family(std::string_view package) {
    if (package.ends_with(".r4") && package != "hl7.terminology.r4") package.remove_suffix(3);
    return package;
}

Document copy_of(View root, const Names& names) {
    Builder build(names);
    build.resource(root.resource_type());
    build.copy_children(root);
    return std::move(build).finish();
}

}  // namespace

struct Library::Shelves {
    explicit Shelves(const schema::Schema& s) : schema(&s) {}

    const schema::Schema* schema;
    std::vector<std::shared_ptr<const Shelf>> shelves;  // the latest last
    std::map<SingleKey, std::vector<std::shared_ptr<const Single>>> singles;
    std::vector<std::shared_ptr<const Source>> sources;

    // A place where a definition stands: on a shelf, or alone.
    struct Spot {
        const Shelf* shelf = nullptr;
        std::size_t index = 0;
        const Single* single = nullptr;
        std::string_view version;
        explicit operator bool() const { return shelf != nullptr || single != nullptr; }
    };
    // All of that type and URL; those that win among equals last.
    std::vector<Spot> spots(std::string_view type, std::string_view url) const;
    Spot choose(const std::vector<Spot>& spots, std::string_view version, std::string_view package) const;
    std::vector<std::string> dependencies(std::string_view package) const;
    std::optional<Definition> take(const Spot& spot, Making& making) const;
    Document complete(Document definition, std::string_view package, Making& making) const;
    std::optional<Definition> ask(std::string_view type, std::string_view url, std::string_view version, Making& making) const;
    std::optional<Definition> find(std::string_view type, std::string_view canonical, std::string_view package, Making& making) const;
    PackageFacts facts(const Shelf& shelf, std::size_t index) const;
    base::Result<PackageFacts> add(Archive archive);
};

std::vector<Library::Shelves::Spot> Library::Shelves::spots(std::string_view type, std::string_view url) const {
    std::vector<Spot> found;
    for (const auto& shelf : shelves) {
        const auto [first, last] = shelf->archive.find(type, url);
        for (std::size_t i = first; i < last; ++i) found.push_back({shelf.get(), i, nullptr, shelf->archive.entry(i).version});
    }
    if (!singles.empty())
        if (const auto alone = singles.find({std::string(type), std::string(url)}); alone != singles.end())
            for (const auto& single : alone->second) found.push_back({nullptr, 0, single.get(), single->version});
    return found;
}

// What a package depends on, near ones first. A dependency that is not here in its version counts as any version of it.
std::vector<std::string> Library::Shelves::dependencies(std::string_view package) const {
    std::vector<std::string> order{std::string(package)};
    for (std::size_t next = 0; next < order.size() && order.size() < 100; ++next) {
        for (const auto& shelf : shelves) {
            const auto at = std::find(shelf->labels.begin(), shelf->labels.end(), order[next]);
            if (at == shelf->labels.end()) continue;
            for (const std::string& label : shelf->archive.packages()[static_cast<std::size_t>(at - shelf->labels.begin())].dependencies)
                if (std::find(order.begin(), order.end(), label) == order.end()) order.push_back(label);
        }
    }
    return order;
}

Library::Shelves::Spot Library::Shelves::choose(const std::vector<Spot>& all, std::string_view version, std::string_view package) const {
    Spot best;
    const auto consider = [&](const Spot& spot) {
        if (!best || compare_versions(spot.version, best.version) >= 0) best = spot;
    };
    const auto superseded = [](const Spot& spot) { return spot.shelf != nullptr && spot.shelf->archive.entry(spot.index).superseded; };
    if (!version.empty()) {
        for (const Spot& spot : all)
            if (spot.version == version) best = spot;
        if (best) return best;
        for (const Spot& spot : all)
            if (covers(version, spot.version)) consider(spot);
        return best;
    }
    if (!package.empty() && all.size() > 1) {
        for (const std::string& label : dependencies(package)) {
            for (const Spot& spot : all)
                if (spot.shelf != nullptr && !superseded(spot) && spot.shelf->labels[spot.shelf->archive.entry(spot.index).package] == label)
                    consider(spot);
            if (best) return best;
        }
    }
    for (const Spot& spot : all)
        if (!superseded(spot)) consider(spot);
    return best;
}

// With a snapshot; as it is when none can be made.
Document Library::Shelves::complete(Document definition, std::string_view package, Making& making) const {
    std::string url(definition.root().text("url"_name));
    if (std::find(making.urls.begin(), making.urls.end(), url) != making.urls.end() || making.urls.size() > 12 || making.left-- <= 0) return definition;
    making.urls.push_back(std::move(url));
    const StructureLookup lookup = [&](std::string_view canonical) -> std::shared_ptr<const Document> {
        const auto found = find("StructureDefinition", canonical, package, making);
        return found ? found->document : nullptr;
    };
    base::Findings ignored;  // whoever validates the profile itself sees them
    auto made = make_snapshot(definition.root(), *schema, lookup, ignored);
    making.urls.pop_back();
    if (!made) return definition;
    return *std::move(made);
}

std::optional<Definition> Library::Shelves::take(const Spot& spot, Making& making) const {
    std::string_view package;
    std::shared_ptr<const Document> document;
    if (spot.shelf != nullptr) {
        package = spot.shelf->labels[spot.shelf->archive.entry(spot.index).package];
        document = spot.shelf->take(spot.index, [&](Document found) { return complete(std::move(found), package, making); });
    } else {
        {
            const std::lock_guard lock(spot.single->mutex);
            document = spot.single->complete;
        }
        if (!document) {
            document = spot.single->document;
            if (lacks_snapshot(document->root()))
                document = std::make_shared<const Document>(complete(copy_of(document->root(), schema->names()), package, making));
            const std::lock_guard lock(spot.single->mutex);
            spot.single->complete = document;
        }
    }
    if (!document) return std::nullopt;
    Definition definition{document, std::string(url_of(document->root())), std::string(spot.version), std::string(package)};
    return definition;
}

// The sources: the first that has it.
std::optional<Definition> Library::Shelves::ask(std::string_view type, std::string_view url, std::string_view version, Making& making) const {
    for (const auto& source : sources) {
        const auto json = source->find(type, url, version);
        if (!json) continue;
        auto document = codec::read_json(*json, schema->names());
        if (!document || document->root().resource_type() != type) continue;
        Single single;
        single.version = document->root().text("version"_name);
        single.document = std::make_shared<const Document>(*std::move(document));
        return take({nullptr, 0, &single, single.version}, making);
    }
    return std::nullopt;
}

std::optional<Definition> Library::Shelves::find(std::string_view type, std::string_view canonical, std::string_view package, Making& making) const {
    const auto [url, version] = cut_canonical(canonical);
    if (url.empty()) return std::nullopt;
    const Spot spot = choose(spots(type, url), version, package);
    // Nobody replaces R4's own definitions by storing others; a stored one that is newer than a package's goes before it.
    if (sources.empty() || (spot && (!version.empty() || (spot.shelf != nullptr && spot.shelf->own)))) return spot ? take(spot, making) : std::nullopt;
    auto stored = ask(type, url, version, making);
    if (!spot) return stored;
    if (stored && compare_versions(stored->version, spot.version) > 0) return stored;
    return take(spot, making);
}

PackageFacts Library::Shelves::facts(const Shelf& shelf, std::size_t index) const {
    const Manifest& manifest = shelf.archive.packages()[index];
    PackageFacts facts{manifest.name, manifest.version, manifest.title, manifest.fhir_version, manifest.dependencies, {}, shelf.counts[index], manifest.findings};
    for (const std::string& dependency : manifest.dependencies) {
        const auto [name, version] = base::cut(dependency, '#');
        std::string other;
        bool here = false;
        for (const auto& each : shelves)
            for (const Manifest& present : each->archive.packages()) {
                if (family(present.name) != family(name)) continue;
                here = here || present.version == version;
                other = present.label();
            }
        if (here) continue;
        if (other.empty()) {
            facts.missing.push_back(dependency);
        } else {
            facts.findings.push_back({base::Severity::information, base::IssueType::informational, "package.json",
                                      "it depends on " + dependency + "; another version is present: " + other});
        }
    }
    return facts;
}

base::Result<PackageFacts> Library::Shelves::add(Archive archive) {
    if (archive.packages().empty()) return Fault{Fault::Kind::invalid, "the archive holds no package"};
    auto shelf = std::make_shared<const Shelf>(std::move(archive), schema->names(), false);
    std::erase_if(shelves, [&](const auto& old) { return !old->own && old->labels == shelf->labels; });
    shelves.push_back(shelf);
    return facts(*shelf, 0);
}

base::Result<Library> Library::open(const std::string& archive, const schema::Schema& schema) {
    TRY(auto opened, Archive::open(archive));
    Library library(schema);
    library.shelves_->shelves.push_back(std::make_shared<const Shelf>(std::move(opened), schema.names(), true));
    return library;
}

Library::Library(const schema::Schema& schema) : shelves_(std::make_unique<Shelves>(schema)) {}
Library::Library(const Library& other) : shelves_(std::make_unique<Shelves>(*other.shelves_)) {}
Library::Library(Library&&) noexcept = default;
Library& Library::operator=(Library&&) noexcept = default;
Library::~Library() = default;

base::Result<PackageFacts> Library::add_package(const std::string& path) {
    TRY(std::string bytes, compile_package(path, schema()));
    TRY(auto archive, Archive::read(std::move(bytes)));
    return shelves_->add(std::move(archive));
}

base::Result<PackageFacts> Library::add_archive(const std::string& path) {
    TRY(auto archive, Archive::open(path));
    return shelves_->add(std::move(archive));
}

void Library::add(const Document& definition) {
    const View root = definition.root();
    const std::string_view url = url_of(root);
    if (url.empty()) return;
    auto single = std::make_shared<Single>();
    single->version = root.text("version"_name);
    single->document = std::make_shared<const Document>(copy_of(root, schema().names()));
    auto& versions = shelves_->singles[{std::string(root.resource_type()), std::string(url)}];
    std::erase_if(versions, [&](const auto& old) { return old->version == single->version; });
    versions.push_back(std::move(single));
}

void Library::add(std::shared_ptr<const Source> source) { shelves_->sources.push_back(std::move(source)); }

std::optional<Definition> Library::find(std::string_view type, std::string_view canonical, std::string_view package) const {
    Making making;
    return shelves_->find(type, canonical, package, making);
}

bool Library::knows(std::string_view type, std::string_view canonical) const {
    const auto [url, version] = cut_canonical(canonical);
    if (shelves_->choose(shelves_->spots(type, url), version, {})) return true;
    for (const auto& source : shelves_->sources)
        if (source->find(type, url, version)) return true;
    return false;
}

std::vector<std::string> Library::all(std::string_view type, bool with_sources) const {
    std::vector<std::string> urls;
    const auto add = [&](std::string_view url, std::string_view version) {
        std::string canonical(url);
        if (!version.empty()) (canonical += '|') += version;
        urls.push_back(std::move(canonical));
    };
    for (const auto& shelf : shelves_->shelves) {
        const auto [first, last] = shelf->archive.find(type);
        for (std::size_t i = first; i < last; ++i) {
            const auto entry = shelf->archive.entry(i);
            if (!entry.superseded) add(entry.url, entry.version);
        }
    }
    for (const auto& [key, versions] : shelves_->singles)
        if (key.first == type)
            for (const auto& single : versions) add(key.second, single->version);
    if (with_sources)
        for (const auto& source : shelves_->sources)
            for (std::string& canonical : source->all(type)) urls.push_back(std::move(canonical));
    std::sort(urls.begin(), urls.end());
    urls.erase(std::unique(urls.begin(), urls.end()), urls.end());
    return urls;
}

std::vector<PackageFacts> Library::packages() const {
    std::vector<PackageFacts> all;
    for (const auto& shelf : shelves_->shelves)
        for (std::size_t i = 0; i < shelf->labels.size(); ++i) all.push_back(shelves_->facts(*shelf, i));
    return all;
}

std::vector<Listed> Library::published(std::string_view type) const {
    std::vector<Listed> all;
    for (const auto& shelf : shelves_->shelves) {
        if (shelf->own) continue;
        const auto [first, last] = type.empty() ? std::pair<std::size_t, std::size_t>{0, shelf->archive.size()} : shelf->archive.find(type);
        for (std::size_t i = first; i < last; ++i) {
            const auto entry = shelf->archive.entry(i);
            all.push_back({entry.type, entry.id, entry.url, entry.version, shelf->labels[entry.package]});
        }
    }
    return all;
}

std::optional<std::string> Library::published(std::string_view type, std::string_view id, std::string_view package) const {
    for (const auto& shelf : shelves_->shelves) {
        const auto [first, last] = shelf->archive.find(type);
        for (std::size_t i = first; i < last; ++i) {
            const auto entry = shelf->archive.entry(i);
            if (entry.id == id && shelf->labels[entry.package] == package)
                return entry.has_whole ? shelf->archive.whole(i) : shelf->archive.lean(i);
        }
    }
    return std::nullopt;
}

const schema::Schema& Library::schema() const { return *shelves_->schema; }

}  // namespace fhir::definition
