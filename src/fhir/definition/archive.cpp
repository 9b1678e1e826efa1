// SPDX-License-Identifier: Apache-2.0
#include "fhir/definition/archive.h"

#include "fhir/codec/json.h"
#include "fhir/definition/archive_layout.h"
#include "fhir/definition/deflate.h"

#include <algorithm>
#include <cstring>

namespace fhir::definition {

using base::Fault;

struct Archive::State {
    schema::Mapping mapping;
    std::string owned;
    std::string_view bytes;
    std::string_view text, blobs;
    std::span<const layout::Row> rows;
    std::vector<Manifest> packages;

    std::string_view at(layout::TextRef ref) const { return text.substr(ref.offset, ref.length); }
    bool holds(layout::TextRef ref) const { return std::uint64_t{ref.offset} + ref.length <= text.size(); }

    template <class Row>
    bool take(const layout::Header& header, layout::Section section, std::span<const Row>& rows_out) const {
        const auto [offset, count] = header.places[section];
        if (offset % 8 != 0 || offset > bytes.size() || count > (bytes.size() - offset) / sizeof(Row)) return false;
        rows_out = {reinterpret_cast<const Row*>(bytes.data() + offset), static_cast<std::size_t>(count)};
        return true;
    }
    bool blob_fits(std::uint64_t offset, std::uint32_t stored) const {
        return offset <= blobs.size() && stored <= blobs.size() - offset;
    }
    bool read_packages(std::span<const layout::PackageRow> all, std::span<const layout::TextRef> remarks);
    const char* check();
};

// What is wrong with the bytes, or nullptr. Afterwards no row leads astray.
const char* Archive::State::check() {
    if (bytes.size() < sizeof(layout::Header)) return "too short";
    layout::Header header;
    std::memcpy(&header, bytes.data(), sizeof header);
    if (header.magic != layout::magic) return "not an archive";
    if (header.version != layout::version) return "made by another version";
    if (header.size != bytes.size()) return "cut short";
    std::span<const char> characters;
    std::span<const char> packed;
    std::span<const layout::PackageRow> all;
    std::span<const layout::TextRef> remarks;
    if (!take(header, layout::text, characters) || !take(header, layout::blobs, packed) ||
        !take(header, layout::rows, rows) || !take(header, layout::packages, all) ||
        !take(header, layout::remarks, remarks))
        return "a section lies outside of it";
    text = {characters.data(), characters.size()};
    blobs = {packed.data(), packed.size()};
    if (!read_packages(all, remarks)) return "packages";
    for (const layout::Row& row : rows)
        if (!holds(row.type) || !holds(row.url) || !holds(row.version) || !holds(row.id) ||
            row.package >= packages.size() || !blob_fits(row.lean_at, row.lean_stored) ||
            !blob_fits(row.whole_at, row.whole_stored))
            return "rows";
    return nullptr;
}

bool Archive::State::read_packages(std::span<const layout::PackageRow> all, std::span<const layout::TextRef> remarks) {
    for (const layout::TextRef remark : remarks)
        if (!holds(remark)) return false;
    std::uint64_t seen = 0;
    for (const layout::PackageRow& row : all) {
        if (!holds(row.name) || !holds(row.version) || !holds(row.title) || !holds(row.fhir_version) ||
            !holds(row.canonical))
            return false;
        if (row.first_remark != seen) return false;
        seen += std::uint64_t{row.dependencies} + 2 * std::uint64_t{row.findings};
        if (seen > remarks.size()) return false;
        Manifest manifest{std::string(at(row.name)), std::string(at(row.version)), std::string(at(row.title)),
                          std::string(at(row.fhir_version)), std::string(at(row.canonical)), {}, {}};
        std::size_t next = row.first_remark;
        for (std::uint32_t i = 0; i < row.dependencies; ++i) manifest.dependencies.emplace_back(at(remarks[next++]));
        for (std::uint32_t i = 0; i < row.findings; ++i, next += 2)
            manifest.findings.push_back({base::Severity::warning, base::IssueType::structure,
                                         std::string(at(remarks[next])), std::string(at(remarks[next + 1]))});
        packages.push_back(std::move(manifest));
    }
    return true;
}

Archive::Archive(std::unique_ptr<State> state) : state_(std::move(state)) {}
Archive::Archive(Archive&&) noexcept = default;
Archive& Archive::operator=(Archive&&) noexcept = default;
Archive::~Archive() = default;

base::Result<Archive> Archive::read(std::unique_ptr<State> state, const std::string& name) {
    if (const char* wrong = state->check())
        return Fault{Fault::Kind::invalid, name + " is damaged (" + wrong + "); make it anew"};
    return Archive(std::move(state));
}

base::Result<Archive> Archive::open(const std::string& path) {
    auto state = std::make_unique<State>();
    TRY(state->mapping, schema::Mapping::open(path));
    state->bytes = state->mapping.bytes();
    return read(std::move(state), "the archive of definitions " + path);
}

base::Result<Archive> Archive::read(std::string bytes) {
    auto state = std::make_unique<State>();
    state->owned = std::move(bytes);
    state->bytes = state->owned;
    return read(std::move(state), "an archive of definitions");
}

std::size_t Archive::size() const { return state_->rows.size(); }

Archive::Entry Archive::entry(std::size_t index) const {
    const layout::Row& row = state_->rows[index];
    return {state_->at(row.type), state_->at(row.url), state_->at(row.version), state_->at(row.id), row.package,
            (row.flags & layout::Row::superseded) != 0, row.whole_stored != 0};
}

std::pair<std::size_t, std::size_t> Archive::find(std::string_view type, std::string_view url) const {
    const auto before = [&](const layout::Row& row, const auto& key) {
        if (const auto order = state_->at(row.type) <=> key.first; order != 0) return order < 0;
        return state_->at(row.url) < key.second;
    };
    const auto after = [&](const auto& key, const layout::Row& row) {
        if (const auto order = key.first <=> state_->at(row.type); order != 0) return order < 0;
        return key.second < state_->at(row.url);
    };
    const std::pair<std::string_view, std::string_view> key{type, url};
    const auto& rows = state_->rows;
    const auto first = std::lower_bound(rows.begin(), rows.end(), key, before);
    const auto last = std::upper_bound(first, rows.end(), key, after);
    return {static_cast<std::size_t>(first - rows.begin()), static_cast<std::size_t>(last - rows.begin())};
}

std::pair<std::size_t, std::size_t> Archive::find(std::string_view type) const {
    const auto& rows = state_->rows;
    const auto first = std::lower_bound(rows.begin(), rows.end(), type, [&](const layout::Row& row, std::string_view key) { return state_->at(row.type) < key; });
    const auto last = std::upper_bound(first, rows.end(), type, [&](std::string_view key, const layout::Row& row) { return key < state_->at(row.type); });
    return {static_cast<std::size_t>(first - rows.begin()), static_cast<std::size_t>(last - rows.begin())};
}

std::optional<std::string> Archive::lean(std::size_t index) const {
    const layout::Row& row = state_->rows[index];
    return inflated(state_->blobs.substr(row.lean_at, row.lean_stored), row.lean_size);
}

std::optional<std::string> Archive::whole(std::size_t index) const {
    const layout::Row& row = state_->rows[index];
    if (row.whole_stored == 0) return std::nullopt;
    return inflated(state_->blobs.substr(row.whole_at, row.whole_stored), row.whole_size);
}

const std::vector<Manifest>& Archive::packages() const { return state_->packages; }

std::size_t Archive::bytes() const { return state_->bytes.size(); }

base::Result<Manifest> read_manifest(std::string_view json, const Names& names) {
    TRY(const Document document, codec::read_json(json, names, {.any_json = true}));
    const View root = document.root();
    const auto text = [&](std::string_view name) { return std::string(root.child(name).text()); };
    Manifest manifest{text("name"), text("version"), text("title"), text("fhirVersions"), text("canonical"), {}, {}};
    if (manifest.fhir_version.empty()) manifest.fhir_version = text("fhir-version-list");
    for (const View dependency : root.child("dependencies").children())
        manifest.dependencies.push_back(std::string(dependency.name_text()) + "#" + std::string(dependency.text()));
    if (manifest.name.empty() || manifest.version.empty())
        return Fault{Fault::Kind::invalid, "package.json names no package or no version"};
    return manifest;
}

}  // namespace fhir::definition
