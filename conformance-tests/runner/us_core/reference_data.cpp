// SPDX-License-Identifier: Apache-2.0
#include "runner/us_core/reference_data.h"

#include "fhir/codec/json.h"
#include "fhir/codec/xml.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace runner::us_core {

namespace {

constexpr std::string_view written = "uscore-";

std::string marked(std::string text, const std::string& mark) {
    if (mark.empty()) return text;
    const std::string put = mark + '-';
    for (std::size_t at = text.find(written); at != std::string::npos; at = text.find(written, at + put.size())) text.replace(at, written.size(), put);
    return text;
}

bool good(const Exchange& exchange) { return exchange.response.status >= 200 && exchange.response.status < 300; }

Step told(std::string label, Exchange exchange, bool fine) {
    Step step{.kind = Step::Kind::operation, .label = std::move(label), .verdict = fine ? Verdict::pass : Verdict::error};
    if (!fine) step.message = exchange.response.status == 0 ? exchange.fault : fmt::format("answered {}", exchange.response.status);
    step.exchange = std::move(exchange);
    return step;
}

std::string body_of(fhir::View resource, Format format, const Knowledge& knowledge) {
    return format == Format::json ? fhir::codec::to_json(resource) : fhir::codec::to_xml(resource, knowledge.schema());
}

// A transaction of one method over all of them. The bundle is put together as text in JSON, the format of the files; a target that is asked
// in XML gets the same, turned.
std::string transaction(const std::vector<fhir::View>& all, bool removing, Format format, const Knowledge& knowledge) {
    std::string text = R"({"resourceType":"Bundle","type":"transaction","entry":[)";
    bool first = true;
    for (const fhir::View one : all) {
        text += first ? "{" : ",{";
        first = false;
        if (!removing) text += "\"resource\":" + fhir::codec::to_json(one) + ',';
        text += fmt::format(R"("request":{{"method":"{}","url":"{}"}}}})", removing ? "DELETE" : "PUT", reference_of(one));
    }
    text += "]}";
    if (format == Format::json) return text;
    const auto read = fhir::codec::read_json(text, knowledge.schema().names());
    return read ? fhir::codec::to_xml(read->root(), knowledge.schema()) : text;
}

}  // namespace

std::string reference_of(fhir::View resource) { return fmt::format("{}/{}", resource.resource_type(), resource.child("id").text()); }

base::Result<ReferenceData> ReferenceData::read(const std::string& folder, const Knowledge& knowledge, const std::string& mark) {
    std::error_code failed;
    std::vector<std::filesystem::path> paths;
    for (const auto& entry : std::filesystem::directory_iterator(folder, failed))
        if (entry.path().extension() == ".json") paths.push_back(entry.path());
    if (failed || paths.empty()) return base::Fault{base::Fault::Kind::missing, "no reference data in " + folder};
    std::sort(paths.begin(), paths.end());
    ReferenceData data;
    for (const auto& path : paths) {
        std::ifstream in(path, std::ios::binary);
        const std::string text{std::istreambuf_iterator<char>(in), {}};
        auto read = fhir::codec::read_json(marked(text, mark), knowledge.schema().names());
        if (!read) return base::Fault{base::Fault::Kind::malformed, path.string() + ": " + read.fault().text};
        data.files_.push_back(std::make_shared<const fhir::Document>(std::move(*read)));
        for (const fhir::View entry : data.files_.back()->root().children())
            if (const fhir::View resource = entry.child("resource")) data.all_.push_back(resource);
    }
    return data;
}

std::vector<fhir::View> ReferenceData::of(std::string_view type) const {
    std::vector<fhir::View> found;
    for (const fhir::View one : all_)
        if (one.resource_type() == type) found.push_back(one);
    return found;
}

fhir::View ReferenceData::find(std::string_view reference) const {
    for (const fhir::View one : all_)
        if (reference_of(one) == reference) return one;
    return {};
}

void ReferenceData::load(Bench& bench, Test& setup) const {
    const Knowledge& knowledge = bench.judge.knowledge();
    const Format format = bench.target.format;
    Exchange whole = bench.client.ask({.method = "POST", .url = "", .body = transaction(all_, false, format, knowledge)});
    const std::string label = fmt::format("put {} resources in one transaction", all_.size());
    if (good(whole)) {
        setup.steps.push_back(told(label, std::move(whole), true));
        return;
    }
    const int refused = whole.response.status;
    if (refused == 0) {
        setup.steps.push_back(told(label, std::move(whole), false));
        return;
    }
    Step step = told(label, std::move(whole), true);
    step.verdict = Verdict::warning;
    step.message = fmt::format("answered {}; they are put one by one", refused);
    setup.steps.push_back(std::move(step));
    // One that is refused is missed by the tests that need it; nothing can be tested only when all are.
    std::size_t put = 0;
    const std::size_t first = setup.steps.size();
    for (const fhir::View one : all_) {
        Exchange single = bench.client.ask({.method = "PUT", .url = reference_of(one), .body = body_of(one, format, knowledge)});
        const bool fine = good(single);
        put += fine ? 1 : 0;
        setup.steps.push_back(told("PUT " + reference_of(one), std::move(single), fine));
    }
    for (std::size_t place = first; put > 0 && place < setup.steps.size(); ++place)
        if (setup.steps[place].verdict == Verdict::error) setup.steps[place].verdict = Verdict::warning;
}

void ReferenceData::remove(Bench& bench, Test& teardown) const {
    std::vector<fhir::View> backwards(all_.rbegin(), all_.rend());
    Exchange whole = bench.client.ask({.method = "POST", .url = "", .body = transaction(backwards, true, bench.target.format, bench.judge.knowledge())});
    if (good(whole)) {
        teardown.steps.push_back(told(fmt::format("delete {} resources in one transaction", all_.size()), std::move(whole), true));
        return;
    }
    for (const fhir::View one : backwards) {
        Exchange single = bench.client.ask({.method = "DELETE", .url = reference_of(one)});
        const int status = single.response.status;
        teardown.steps.push_back(told("DELETE " + reference_of(one), std::move(single), (status >= 200 && status < 300) || status == 404 || status == 410));
    }
}

}  // namespace runner::us_core
