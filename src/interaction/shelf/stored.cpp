// SPDX-License-Identifier: Apache-2.0
#include "interaction/shelf/stored.h"

#include "fhir/codec/json.h"
#include "fhir/definition/version.h"
#include "fhir/resource/reference.h"
#include "fhir/search/read_value.h"
#include "interaction/verb/question.h"

namespace interaction {

using namespace fhir::literals;

namespace {

constexpr std::size_t most_absent = 100'000;
constexpr int most_versions = 100;

}  // namespace

std::optional<std::string> Stored::find(std::string_view type, std::string_view url, std::string_view version) const {
    std::string key;
    key.append(type).append(" ").append(url).append("|").append(version);
    {
        const std::lock_guard lock(mutex_);
        if (absent_.contains(key)) return std::nullopt;
    }
    Pairs asked{{"url", std::string(url)}};
    if (!version.empty()) asked.emplace_back("version", version);
    for (auto& [name, value] : asked) value = fhir::search::escape(value);  // a value of a search is a list
    std::optional<std::string> best;
    std::string best_version;
    base::Micros best_time = 0;
    const auto query = read_criteria(std::string(type), asked, "", context_);
    if (query) {
        const auto page = context_.repository.snapshot()->search(*query, fhir::search::Reach::everything(), {.count = most_versions, .after = {}, .as_of = 0});
        if (!page) return std::nullopt;  // a disk that fails for a moment: not known now, asked again later
        for (const store::Version& one : page->entries) {
            if (!one.body) continue;
            const auto loaded = loaded_.find(one.type + "/" + one.id);
            if (loaded != loaded_.end() && loaded->second == one.version) continue;
            const auto document = fhir::codec::read_json(*one.body, context_.schema.names());
            if (!document) continue;
            std::string its(document->root().text("version"_name));
            const auto compared = fhir::definition::compare_versions(its, best_version);  // 1.10 is later than 1.9
            if (best && (compared < 0 || (compared == 0 && one.last_updated < best_time))) continue;
            best = *one.body;
            best_version = std::move(its);
            best_time = one.last_updated;
        }
    }
    if (!best) {
        const std::lock_guard lock(mutex_);
        if (absent_.size() < most_absent) absent_.insert(std::move(key));
    }
    return best;
}

std::vector<std::string> Stored::all(std::string_view type) const {
    std::vector<std::string> canonicals;
    const auto query = read_question(std::string(type), {}, false, "", context_);
    if (!query) return canonicals;
    const auto snapshot = context_.repository.snapshot();
    std::string after;
    do {
        const auto page = snapshot->search(*query, fhir::search::Reach::everything(), {.count = 100, .after = after, .as_of = 0});
        if (!page) break;  // as above: a fault of the disk makes it less known, not wrong
        for (const store::Version& one : page->entries) {
            const auto loaded = loaded_.find(one.type + "/" + one.id);
            if (!one.body || (loaded != loaded_.end() && loaded->second == one.version)) continue;
            const auto document = fhir::codec::read_json(*one.body, context_.schema.names());
            if (!document) continue;
            std::string canonical(document->root().text("url"_name));
            if (canonical.empty()) continue;
            if (const std::string_view version = document->root().text("version"_name); !version.empty()) (canonical += '|') += version;
            canonicals.push_back(std::move(canonical));
        }
        after = page->next;
    } while (!after.empty());
    return canonicals;
}

fhir::validate::Fetch stored_fetch(const Context& context, const std::string& base) {
    return [&context, &base](std::string_view text) -> std::shared_ptr<const fhir::Document> {
        const auto reference = fhir::resource::read_reference(text);
        if (reference.type.empty() || reference.id.empty()) return nullptr;
        if (!reference.base.empty() && reference.base != base) return nullptr;
        const auto found = context.repository.read(std::string(reference.type), std::string(reference.id));
        if (!found || !*found || (*found)->deleted()) return nullptr;
        auto document = fhir::codec::read_json(*(*found)->body, context.schema.names());
        if (!document) return nullptr;
        return std::make_shared<const fhir::Document>(*std::move(document));
    };
}

}  // namespace interaction
