// SPDX-License-Identifier: Apache-2.0
#include "interaction/knowledge/searchable.h"

#include "fhir/codec/json.h"
#include "fhir/search/extract.h"

#include <algorithm>
#include <array>

namespace interaction {

namespace {

constexpr std::array<std::string_view, 1> kinds{"SearchParameter"};
constexpr int at_once = 1000;

std::shared_ptr<const store::Indexing> indexing_of(const Searchable::Held& parameters, const store::Indexing* before, const fhir::schema::Schema& schema,
                                                 const fhir::ucum::Units* units) {
    auto indexing = std::make_shared<store::Indexing>();
    indexing->generation = parameters->generation();
    auto types = parameters->types();
    for (std::uint32_t i = 0; i < parameters->all().size(); ++i) {
        const fhir::search::Parameter& parameter = *parameters->all()[i];
        if (parameters->in_use(i)) {
            indexing->entries.push_back({parameter.url, fhir::search::meaning_of(parameter), std::move(types[i]), true});
        } else {
            indexing->entries.push_back(before != nullptr && i < before->entries.size() ? before->entries[i]
                                                                                       : store::Indexing::Entry{parameter.url, {}, {}, false});
            indexing->entries.back().in_use = false;
        }
    }
    indexing->values = [parameters, &schema, units](const std::string&, const std::string& body) {
        const auto resource = fhir::codec::read_json(body, schema.names());
        base::Findings ignored;  // they were told when it was written
        return resource ? fhir::search::extract(resource->root(), *parameters, schema, ignored, {.units = units}) : std::vector<fhir::search::IndexValue>();
    };
    return indexing;
}

}  // namespace

bool Searchable::concern(std::string_view type) { return std::find(kinds.begin(), kinds.end(), type) != kinds.end(); }

// Until it is opened only what needs no parameters is asked: the base is never freed by this pointer.
Searchable::Searchable(const fhir::schema::Schema& schema, const fhir::search::Parameters& base, store::Repository& repository, Published published,
                       const fhir::ucum::Units* units)
    : schema_(schema), base_(base), repository_(repository), published_(std::move(published)), units_(units),
      held_(std::make_shared<const fhir::search::Parameters>(base)) {}

base::Result<std::vector<fhir::search::StoredParameter>> Searchable::stored() const {
    std::vector<fhir::search::StoredParameter> all;
    const auto snapshot = repository_.snapshot();
    for (const std::string_view kind : kinds) {
        fhir::search::Query query;
        query.type = kind;
        store::Window window{.count = at_once, .after = {}, .as_of = 0};
        while (true) {
            TRY(const store::Page page, snapshot->search(query, fhir::search::Reach::everything(), window));
            for (const store::Version& one : page.entries) {
                if (!one.body || (published_ && published_(one))) continue;
                const auto document = fhir::codec::read_json(*one.body, schema_.names());
                if (document) all.push_back(fhir::search::StoredParameter::read(document->root(), one.id, one.position));
            }
            if (page.next.empty()) break;
            window.after = page.next;
        }
    }
    return all;
}

base::Result<void> Searchable::make() {
    const std::uint64_t wanted = wanted_;  // before what is stored is read
    TRY(auto all, stored());
    const Held before = now();
    Held next = fhir::search::Parameters::join(schema_, base_, *before, std::move(all));
    auto indexing = indexing_of(next, indexing_.get(), schema_, units_);
    TRY(repository_.adopt(indexing));
    indexing_ = std::move(indexing);
    held_.set(std::move(next));
    made_for_ = wanted;
    return {};
}

base::Result<void> Searchable::refresh() {
    const std::lock_guard lock(mutex_);
    return make();
}

void Searchable::committed(std::string_view type) {
    if (!concern(type)) return;
    const std::uint64_t mine = ++wanted_;
    const std::lock_guard lock(mutex_);
    if (made_for_ >= mine) return;  // somebody who came later has read what was committed here too
    (void)make();                   // behind() tells
}

}  // namespace interaction
