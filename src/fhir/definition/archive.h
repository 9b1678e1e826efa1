// SPDX-License-Identifier: Apache-2.0
#pragma once

// Definitions of one or several packages in one file, found by type and URL without parsing.
//
// ArchiveWriter makes the bytes, Archive reads them where they lie: a mapped file or memory. Each definition is kept
// lean (what engines need, lean.h) and, where the writer was told so, whole (as published); both as minified JSON,
// deflated one by one. Rows are sorted by type, URL and version (version.h), so a look-up is a binary search that
// touches a dozen rows.
//
// Opening checks that no row leads out of the file: a damaged or hostile file gives a Fault or odd definitions, never
// a wrong access. Numbers are those of the machine that made the file; it is never sent around.

#include "base/result.h"
#include "fhir/schema/mapping.h"
#include "fhir/tree/view.h"

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace fhir::definition {

// package/package.json and the remarks made while the package was read.
struct Manifest {
    std::string name, version, title, fhir_version, canonical;
    std::vector<std::string> dependencies;  // "hl7.terminology.r4#5.0.0", in the order of the file
    base::Findings findings;

    std::string label() const { return name + "#" + version; }
};

// Reads package.json; what it does not say stays empty.
base::Result<Manifest> read_manifest(std::string_view json, const Names& names);

class Archive {
public:
    static base::Result<Archive> open(const std::string& path);
    static base::Result<Archive> read(std::string bytes);
    Archive(Archive&&) noexcept;
    Archive& operator=(Archive&&) noexcept;
    ~Archive();

    struct Entry {
        std::string_view type, url, version, id;
        std::size_t package = 0;  // index into packages()
        bool superseded = false;  // another package of the archive is in charge of this URL: found by its version only
        bool has_whole = false;
    };
    std::size_t size() const;
    Entry entry(std::size_t index) const;
    // The entries of that type and URL: [first, second), the oldest version first.
    std::pair<std::size_t, std::size_t> find(std::string_view type, std::string_view url) const;
    // All entries of a type.
    std::pair<std::size_t, std::size_t> find(std::string_view type) const;

    std::optional<std::string> lean(std::size_t index) const;   // JSON; nothing when it is damaged
    std::optional<std::string> whole(std::size_t index) const;  // nothing also when it was not kept

    const std::vector<Manifest>& packages() const;
    std::size_t bytes() const;

private:
    struct State;
    explicit Archive(std::unique_ptr<State> state);
    static base::Result<Archive> read(std::unique_ptr<State> state, const std::string& name);
    std::unique_ptr<State> state_;
};

class ArchiveWriter {
public:
    explicit ArchiveWriter(int level) : level_(level) {}  // of compression, 1 to 9

    std::size_t add_package(Manifest manifest);
    Manifest& package(std::size_t index) { return packages_[index]; }

    // False when it is no definition: it has no URL. `whole`: keep it as published as well.
    bool add(View resource, std::size_t package, bool whole);

    std::size_t size() const { return items_.size(); }
    std::string finish() &&;

private:
    struct Item {
        std::string type, url, version, id;
        std::size_t package = 0;
        bool superseded = false;
        std::uint64_t lean_at = 0, whole_at = 0;
        std::uint32_t lean_stored = 0, lean_size = 0, whole_stored = 0, whole_size = 0;
    };
    void mark_superseded();

    int level_;
    std::vector<Manifest> packages_;
    std::vector<Item> items_;
    std::string blobs_;
};

// The canonical URL of a definition; for a NamingSystem, which has none in R4, that of the extension for it.
std::string_view url_of(View resource);

}  // namespace fhir::definition
