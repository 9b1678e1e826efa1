// SPDX-License-Identifier: Apache-2.0

// Generations of Parameters: what users stored joins R4's own and those of packages.

#include "fhir/search/parameter.h"

#include <algorithm>
#include <fmt/format.h>

namespace fhir::search {

namespace {

base::Finding remark(base::Severity severity, base::IssueType type, const StoredParameter& what, std::string text) {
    return {severity, type, what.url, std::move(text)};
}

std::string spaced(const std::vector<std::string>& words) {
    std::string text;
    for (const std::string& word : words) text.append(text.empty() ? "" : " ").append(word);
    return text;
}

// Whether a parameter is what was stored. Of composites the expressions of components are not known any more.
bool says(const Parameter& parameter, const StoredParameter& what) {
    return parameter.code == what.code && spelling(parameter.type) == what.type && spaced(parameter.bases) == what.bases &&
           parameter.expression_text == what.expression && spaced(parameter.targets) == what.targets && parameter.components.empty() &&
           what.components.empty();
}

// In place of what is not in use any more, so that places stay what they were.
const std::shared_ptr<const Parameter>& nobody() {
    static const auto none = std::make_shared<const Parameter>();
    return none;
}

// Of several with one url the one that counts.
void drop_older(std::vector<Joined>& all) {
    std::unordered_map<std::string_view, Joined*> best;
    for (Joined& one : all) {
        if (!one.findings.empty()) continue;
        auto& place = best[one.what.url];
        const bool better = place == nullptr || one.what.version > place->what.version ||
                            (one.what.version == place->what.version && one.what.change > place->what.change);
        Joined* const worse = better ? place : &one;
        if (better) place = &one;
        if (worse != nullptr)
            worse->findings.push_back(remark(base::Severity::warning, base::IssueType::duplicate, worse->what,
                                             "another stored SearchParameter has the same url, and a later version or change: " + place->what.id));
    }
}

}  // namespace

std::vector<std::vector<std::string>> Parameters::types() const {
    std::vector<std::vector<std::string>> all(all_.size());
    std::size_t count = 0;
    for (const auto& [name, entry] : by_type_) {
        if (name.empty()) continue;
        ++count;
        for (const Extraction& extraction : entry->extractions) all[extraction.parameter->index].push_back(name);
        for (const Parameter* parameter : entry->parameters)
            if (is_words(*parameter)) all[parameter->index].push_back(name);  // read without an expression
    }
    for (auto& types : all) {
        if (types.size() == count) types = {"*"};
        std::sort(types.begin(), types.end());
    }
    return all;
}

Parameters::ByType& Parameters::own_entry(const std::string& resource_type) {
    auto copy = std::make_shared<ByType>(entry(resource_type));
    ByType& writable = *copy;
    by_type_[resource_type] = std::move(copy);
    return writable;
}

void Parameters::take_out(const Parameter& parameter) {
    std::vector<std::string> held;
    for (const auto& [name, entry] : by_type_) {
        const auto found = entry->by_code.find(parameter.code);
        if (found != entry->by_code.end() && found->second == &parameter) held.push_back(name);
    }
    for (const std::string& name : held) {
        ByType& own = own_entry(name);
        own.by_code.erase(parameter.code);
        std::erase(own.parameters, &parameter);
        std::erase_if(own.extractions, [&](const Extraction& extraction) { return extraction.parameter == &parameter; });
    }
}

// False when every type has its code already.
bool Parameters::take_in(const Parameters& alone, const Parameter& parameter, base::Findings& findings) {
    bool any = false;
    std::vector<std::string> names;
    for (const auto& [name, its] : alone.by_type_)
        if (!its->extractions.empty()) names.push_back(name);  // where it reads nothing it is not known
    std::sort(names.begin(), names.end());
    std::unordered_map<std::string, std::string> shadows;  // url of whose the code is -> types
    for (const std::string& name : names) {
        if (const Parameter* const there = find(name, parameter.code)) {
            if (!name.empty()) shadows[there->url].append(shadows[there->url].empty() ? "" : ", ").append(name);
            continue;
        }
        ByType& own = own_entry(name);
        own.by_code.emplace(parameter.code, &parameter);
        const auto by_code = [](const Parameter* a, const Parameter* b) { return a->code < b->code; };
        own.parameters.insert(std::upper_bound(own.parameters.begin(), own.parameters.end(), &parameter, by_code), &parameter);
        for (const Extraction& extraction : alone.entry(name).extractions) {
            const auto by_index = [](const Extraction& a, const Extraction& b) { return a.parameter->index < b.parameter->index; };
            own.extractions.insert(std::upper_bound(own.extractions.begin(), own.extractions.end(), extraction, by_index), extraction);
        }
        any = any || !name.empty();
    }
    for (const auto& [url, types] : shadows)
        findings.push_back({base::Severity::warning, base::IssueType::duplicate, parameter.url,
                            fmt::format("of {} the code {} stays that of {}", types, parameter.code, url)});
    return any;
}

void Parameters::join_one(const schema::Schema& schema, const Parameters& base, const Parameters& before, Joined& one) {
    const StoredParameter& what = one.what;
    const Parameter* const published = base.by_url(what.url);
    if (published != nullptr && (published->package.empty() || says(*published, what))) {
        one.parameter = published;
        if (!says(*published, what) && published->components.empty())
            one.findings.push_back(remark(base::Severity::warning, base::IssueType::duplicate, what,
                                          "this url is R4's own and keeps the meaning that R4 gives it; give another one to what means something else"));
        return;
    }
    // What has not changed is taken from the generation before.
    const auto old = std::find_if(before.joined_.begin(), before.joined_.end(), [&](const Joined& other) { return other.what.same_search(what); });
    if (old != before.joined_.end() && old->alone != nullptr) {
        const auto& parts = old->alone->all_.front()->components;
        const bool same = std::all_of(parts.begin(), parts.end(), [&](const auto& part) { return by_url(part.parameter->url) == part.parameter; });
        if (same) one.alone = old->alone;
    }
    if (one.alone == nullptr) {
        Rows rows{what.row()};
        auto compiled = compile_rows(schema, rows, 1, nullptr, this, one.findings);
        if (!compiled || compiled->all_.empty() || !one.findings.empty()) return;
        std::const_pointer_cast<Parameter>(compiled->all_.front())->package = "SearchParameter/" + what.id;  // nobody else has it yet
        one.alone = std::make_shared<const Parameters>(*std::move(compiled));
    }
    const auto& parameter = one.alone->all_.front();
    if (!is_supported(*parameter)) {
        one.findings.push_back(remark(base::Severity::error, base::IssueType::not_supported, what, "it cannot be searched for without a program of its own"));
        one.alone = nullptr;
        return;
    }
    if (published != nullptr) take_out(*published);
    if (!take_in(*one.alone, *parameter, one.findings)) {
        if (one.findings.empty())
            one.findings.push_back(remark(base::Severity::error, base::IssueType::not_found, what, "its expression reads nothing of its base types"));
        one.alone = nullptr;
        if (published != nullptr) by_url_.erase(published->url);
        return;
    }
    if (parameter->index >= all_.size()) all_.push_back(parameter);
    by_url_.erase(what.url);  // its key lives in what was there before
    by_url_.emplace(parameter->url, parameter.get());
    one.parameter = parameter.get();
}

std::shared_ptr<const Parameters> Parameters::join(const schema::Schema& schema, const Parameters& base, const Parameters& before,
                                                   std::vector<StoredParameter> stored) {
    auto next = std::make_shared<Parameters>(base);
    next->all_ = before.all_;
    next->generation_ = before.generation_ + 1;
    next->joined_.clear();
    for (StoredParameter& what : stored) next->joined_.push_back({std::move(what), nullptr, {}, nullptr});
    for (Joined& one : next->joined_)
        if (one.what.status != "active")
            one.findings.push_back(remark(base::Severity::information, base::IssueType::informational, one.what,
                                          "its status is " + one.what.status + "; only what is active is searched"));
    drop_older(next->joined_);
    // Composites name others.
    std::vector<Joined*> waiting;
    for (const bool composite : {false, true})
        for (Joined& one : next->joined_)
            if (one.findings.empty() && (one.what.type == "composite") == composite) waiting.push_back(&one);
    for (Joined* one : waiting) next->join_one(schema, base, before, *one);
    for (std::size_t i = base.all_.size(); i < next->all_.size(); ++i)
        if (!next->in_use(static_cast<std::uint32_t>(i))) next->all_[i] = nobody();
    return next;
}

base::Findings Parameters::remarks_on(const StoredParameter& what, const schema::Schema& schema, const Parameters& known) {
    Parameters next(known);
    for (const Joined& one : known.joined_) {
        if (one.what.id != what.id || one.alone == nullptr) continue;
        next.take_out(*one.parameter);
        next.by_url_.erase(one.parameter->url);
    }
    Joined one{what, nullptr, {}, nullptr};
    next.join_one(schema, next, known, one);
    return std::move(one.findings);
}

}  // namespace fhir::search
