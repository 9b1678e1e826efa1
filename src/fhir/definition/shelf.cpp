// SPDX-License-Identifier: Apache-2.0
#include "fhir/definition/shelf.h"

#include "fhir/codec/json.h"

namespace fhir::definition {

namespace {

std::vector<std::string> labels_of(const Archive& archive) {
    std::vector<std::string> labels;
    for (const Manifest& manifest : archive.packages()) labels.push_back(manifest.label());
    return labels;
}

std::vector<std::size_t> counts_of(const Archive& archive) {
    std::vector<std::size_t> counts(archive.packages().size());
    for (std::size_t i = 0; i < archive.size(); ++i) ++counts[archive.entry(i).package];
    return counts;
}

}  // namespace

bool lacks_snapshot(View definition) { return definition.child("differential"_name) && !definition.child("snapshot"_name); }

Shelf::Shelf(Archive archive_, const Names& names, bool own_)
    : archive(std::move(archive_)), own(own_), labels(labels_of(archive)), counts(counts_of(archive)), names_(names) {}

std::shared_ptr<const Document> Shelf::take(std::size_t index, const Complete& complete) const {
    std::string json;
    bool finished = false;
    {
        const std::lock_guard lock(mutex_);
        if (const auto held = held_.find(index); held != held_.end())
            if (auto document = held->second.lock()) return document;
        if (const auto made = made_.find(index); made != made_.end()) {
            json = made->second;
            finished = true;
        }
    }
    if (!finished) {
        auto stored = archive.lean(index);
        if (!stored) return nullptr;
        json = *std::move(stored);
    }
    auto read = codec::read_json(json, names_);
    if (!read) return nullptr;
    Document document = *std::move(read);
    std::string made;
    if (!finished && lacks_snapshot(document.root())) {
        document = complete(std::move(document));
        if (!lacks_snapshot(document.root())) made = codec::to_json(document.root());
    }
    auto shared = std::make_shared<const Document>(std::move(document));
    const std::lock_guard lock(mutex_);
    if (!made.empty()) made_.insert_or_assign(index, std::move(made));
    held_[index] = shared;
    return shared;
}

}  // namespace fhir::definition
