// SPDX-License-Identifier: Apache-2.0
#pragma once

// Where definitions are found: StructureDefinitions, ValueSets, CodeSystems and their like, by canonical URL.
//
// Shelves hold them: R4's own (an archive made by the build, mapped), packages (the same kind of archive), single
// resources that a caller adds, and a Source (what users stored). Nothing is parsed before it is asked for; who
// needs a definition often compiles it and keeps what it compiled. Any thread may find; adding comes first or is
// done on a new Library, which costs little: shelves are shared.
//
// Which one is found. `url|version`: that version. Without one: first what the asking definition's own package holds,
// then what its package depends on, then the newest version of all shelves (FHIR R4 2.24.0.2.1).

#include "base/result.h"
#include "fhir/schema/schema.h"
#include "fhir/tree/document.h"

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace fhir::definition {

struct Definition {
    std::shared_ptr<const Document> document;  // without narrative; a StructureDefinition always has its snapshot
    std::string url;
    std::string version;
    std::string package;  // "hl7.fhir.us.core#6.1.0"; "" when it came alone
};

// A definition that somebody keeps elsewhere, a store for instance. `version` may be empty: the newest.
class Source {
public:
    virtual ~Source() = default;
    virtual std::optional<std::string> find(std::string_view type, std::string_view url, std::string_view version) const = 0;  // JSON
    virtual std::vector<std::string> all(std::string_view type) const = 0;  // canonical URLs ("url|version") of what it has
};

// What a package says of itself (package/package.json), and what is in it.
struct PackageFacts {
    std::string name, version, title, fhir_version;
    std::vector<std::string> dependencies;  // "hl7.terminology.r4#5.0.0"
    std::vector<std::string> missing;       // of them, those of which the library has no version
    std::size_t definitions = 0;            // that can be found by their URL
    base::Findings findings;                // files that could not be read; dependencies of which another version is here

    std::string label() const { return name + "#" + version; }
};

// What stands on a shelf, without its content. The texts live as long as the Library.
struct Listed {
    std::string_view type, id, url, version;
    std::string_view package;  // "hl7.fhir.us.core#6.1.0"
};

class Library {
public:
    // R4's own definitions, from the archive beside the packed schema. The Schema must outlive the Library.
    static base::Result<Library> open(const std::string& archive, const schema::Schema& schema);
    explicit Library(const schema::Schema& schema);  // empty, for tests
    Library(const Library&);                         // shares the shelves
    Library(Library&&) noexcept;
    Library& operator=(Library&&) noexcept;
    ~Library();

    // A .tgz archive or a folder as registries publish it. Missing snapshots are made when a profile is first asked for.
    // A package that is there already in that version is replaced.
    base::Result<PackageFacts> add_package(const std::string& path);
    // A package that was compiled before (compile_package.h), mapped: takes a millisecond.
    base::Result<PackageFacts> add_archive(const std::string& path);
    // One resource with a url; without one it is not kept. Wins over shelves that were there before when versions are equal.
    void add(const Document& definition);
    void add(std::shared_ptr<const Source> source);

    // `type`: "StructureDefinition", "ValueSet", "CodeSystem" ...; `canonical` may carry "|version" (a fragment is
    // ignored). `package` is the one of the definition that asks, or empty.
    std::optional<Definition> find(std::string_view type, std::string_view canonical, std::string_view package = {}) const;
    bool knows(std::string_view type, std::string_view canonical) const;
    // Canonical URLs ("url|version") of everything of that type on the shelves; with sources only when asked to, which costs more.
    std::vector<std::string> all(std::string_view type, bool with_sources = false) const;
    std::vector<PackageFacts> packages() const;  // R4's own included

    // For reading definitions over REST: everything that packages brought (not R4's own, not single resources), and
    // the resource as it was published, narrative and all. `package` as in Listed.
    std::vector<Listed> published(std::string_view type = {}) const;
    std::optional<std::string> published(std::string_view type, std::string_view id, std::string_view package) const;  // JSON

    const schema::Schema& schema() const;

private:
    struct Shelves;
    std::unique_ptr<Shelves> shelves_;
};

}  // namespace fhir::definition
