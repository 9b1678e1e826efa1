// SPDX-License-Identifier: Apache-2.0
#include "fhir/definition/archive.h"
#include "fhir/definition/archive_layout.h"
#include "fhir/definition/deflate.h"
#include "fhir/definition/lean.h"
#include "fhir/definition/version.h"

#include "fhir/codec/json.h"

#include <algorithm>
#include <tuple>
#include <unordered_map>

namespace fhir::definition {

namespace {

using layout::TextRef;

// All texts one after the other, equal ones once.
class Texts {
public:
    TextRef ref(const std::string& text) {
        const auto [found, fresh] = refs_.try_emplace(text);
        if (fresh) {
            found->second = {static_cast<std::uint32_t>(bytes.size()), static_cast<std::uint32_t>(text.size())};
            bytes += text;
        }
        return found->second;
    }
    std::string bytes;

private:
    std::unordered_map<std::string, TextRef> refs_;
};

template <class Row>
void lay(std::string& out, layout::Place& place, const Row* rows, std::size_t count) {
    out.resize((out.size() + 7) / 8 * 8);
    place = {out.size(), count};
    out.append(reinterpret_cast<const char*>(rows), count * sizeof(Row));
}

}  // namespace

std::string_view url_of(View resource) {
    if (const View url = resource.child("url"_name)) return url.text();
    for (const View extension : resource.children("extension"_name))
        if (extension.text("url"_name).ends_with("/extension-NamingSystem.url")) return extension.text("valueUri"_name);
    return {};
}

std::size_t ArchiveWriter::add_package(Manifest manifest) {
    packages_.push_back(std::move(manifest));
    return packages_.size() - 1;
}

bool ArchiveWriter::add(View resource, std::size_t package, bool whole) {
    Item item;
    item.type = resource.resource_type();
    item.url = url_of(resource);
    if (item.url.empty() || item.type.empty()) return false;
    item.version = resource.text("version"_name);
    item.id = resource.text("id"_name);
    item.package = package;
    const auto keep = [&](const std::string& json, std::uint64_t& at, std::uint32_t& stored, std::uint32_t& size) {
        const std::string small = deflated(json, level_);
        at = blobs_.size();
        stored = static_cast<std::uint32_t>(small.size());
        size = static_cast<std::uint32_t>(json.size());
        blobs_ += small;
    };
    keep(lean_json(resource), item.lean_at, item.lean_stored, item.lean_size);
    if (whole) keep(codec::to_json(resource), item.whole_at, item.whole_stored, item.whole_size);
    items_.push_back(std::move(item));
    return true;
}

// HL7 moved terminology out of the core specification: both packages define http://terminology.hl7.org/..., and only
// one of them is in charge there.
void ArchiveWriter::mark_superseded() {
    // http://hl7.org/fhir is no territory: packages of others have theirs within it.
    std::vector<std::string> territories;
    for (const Manifest& manifest : packages_) {
        const std::string territory = manifest.canonical + "/";
        const bool shared = std::any_of(packages_.begin(), packages_.end(), [&](const Manifest& other) { return other.canonical.starts_with(territory); });
        territories.push_back(shared || manifest.canonical.empty() ? std::string() : territory);
    }
    const auto in_charge = [&](const Item& item) {
        const std::string& territory = territories[item.package];
        return !territory.empty() && item.url.starts_with(territory);
    };
    const auto same = [](const Item& a, const Item& b) { return a.type == b.type && a.url == b.url; };
    for (auto first = items_.begin(); first != items_.end();) {
        const auto end = std::find_if_not(first, items_.end(), [&](const Item& item) { return same(*first, item); });
        if (std::any_of(first, end, in_charge))
            for (auto item = first; item != end; ++item) item->superseded = !in_charge(*item);
        first = end;
    }
}

std::string ArchiveWriter::finish() && {
    std::stable_sort(items_.begin(), items_.end(), [](const Item& a, const Item& b) {
        if (const auto order = std::tie(a.type, a.url) <=> std::tie(b.type, b.url); order != 0) return order < 0;
        return compare_versions(a.version, b.version) < 0;
    });
    mark_superseded();

    Texts texts;
    std::vector<TextRef> remarks;
    std::vector<layout::PackageRow> packages;
    for (const Manifest& manifest : packages_) {
        layout::PackageRow row{texts.ref(manifest.name), texts.ref(manifest.version), texts.ref(manifest.title),
                               texts.ref(manifest.fhir_version), texts.ref(manifest.canonical),
                               static_cast<std::uint32_t>(remarks.size()),
                               static_cast<std::uint32_t>(manifest.dependencies.size()),
                               static_cast<std::uint32_t>(manifest.findings.size()), 0};
        for (const std::string& dependency : manifest.dependencies) remarks.push_back(texts.ref(dependency));
        for (const base::Finding& finding : manifest.findings) {
            remarks.push_back(texts.ref(finding.where));
            remarks.push_back(texts.ref(finding.text));
        }
        packages.push_back(row);
    }
    std::vector<layout::Row> rows;
    rows.reserve(items_.size());
    for (const Item& item : items_)
        rows.push_back({texts.ref(item.type), texts.ref(item.url), texts.ref(item.version), texts.ref(item.id),
                        static_cast<std::uint32_t>(item.package), item.superseded ? layout::Row::superseded : 0,
                        item.lean_at, item.whole_at, item.lean_stored, item.lean_size, item.whole_stored, item.whole_size});

    layout::Header header{layout::magic, layout::version, 0, 0, {}};
    std::string out;
    out.reserve(sizeof header + rows.size() * sizeof(layout::Row) + texts.bytes.size() + blobs_.size() + 4096);
    out.resize(sizeof header);
    lay(out, header.places[layout::packages], packages.data(), packages.size());
    lay(out, header.places[layout::remarks], remarks.data(), remarks.size());
    lay(out, header.places[layout::rows], rows.data(), rows.size());
    lay(out, header.places[layout::text], texts.bytes.data(), texts.bytes.size());
    lay(out, header.places[layout::blobs], blobs_.data(), blobs_.size());
    header.size = out.size();
    out.replace(0, sizeof header, reinterpret_cast<const char*>(&header), sizeof header);
    return out;
}

}  // namespace fhir::definition
