// SPDX-License-Identifier: Apache-2.0
#pragma once

// What tests of the way out share: the maps of profiles/maps/hl7v2-out, and references that lead to documents at hand.

#include "fhir/tree/builder.h"
#include "hl7v2/adapter_test.h"
#include "hl7v2/compose.h"

#include <deque>

namespace hl7v2::testing {

inline const mapping::Composer& composer() {
    static const mapping::Composer made = [] {
        static const Dictionary dictionary = [] {
            auto opened = Dictionary::load(ANDIRON_BINARY_DIR "/profiles/hl7v2.fields");
            if (!opened) FAIL(opened.fault().text);
            return *std::move(opened);
        }();
        auto loaded = mapping::Composer::load({{ANDIRON_SOURCE_DIR "/profiles/maps/hl7v2-out"}, extents(dictionary)}, bench().schema,
                                              *bench().library.codes, bench().library.naming);
        if (!loaded) {
            for (const base::Finding& finding : loaded.fault().findings) MESSAGE(finding.where << " " << finding.text);
            FAIL(loaded.fault().text);
        }
        return *std::move(loaded);
    }();
    return made;
}

// References among some documents, and who refers to one ("Coverage?beneficiary=Patient/1").
class AtHand final : public fhir::path::Services {
public:
    void add(std::string type, std::string id, fhir::View resource) { all_[type + '/' + id] = resource; }
    std::optional<fhir::path::Item> resolve(const fhir::path::Item& reference, const fhir::path::Item&) override {
        if (!reference.is_node()) return referring(std::string(reference.text));
        const auto found = all_.find(std::string(reference.node.child("reference").text()));
        if (found == all_.end()) return std::nullopt;
        return fhir::path::resource_item(found->second, bench().schema);
    }
    std::optional<bool> member_of(const fhir::path::Item&, std::string_view) override { return std::nullopt; }
    std::optional<bool> subsumes(const fhir::path::Item&, const fhir::path::Item&) override { return std::nullopt; }
    std::optional<bool> conforms_to(const fhir::path::Item&, std::string_view) override { return std::nullopt; }
    std::optional<fhir::path::Item> element_definition(const fhir::path::Item&) override { return std::nullopt; }
    std::optional<bool> in_slice(const fhir::path::Item&, std::string_view, std::string_view) override { return std::nullopt; }

private:
    std::optional<fhir::path::Item> referring(const std::string& question) {
        const auto mark = question.find('?'), equals = question.find('=');
        if (mark == std::string::npos || equals == std::string::npos) return std::nullopt;
        fhir::Builder build(bench().schema.names());
        build.resource("Bundle");
        for (const auto& [name, resource] : all_) {
            if (!name.starts_with(question.substr(0, mark) + '/')) continue;
            if (resource.child(question.substr(mark + 1, equals - mark - 1)).child("reference").text() != question.substr(equals + 1)) continue;
            build.open(build.name("entry"), true);
            build.copy(resource, build.name("resource"), false);
            build.close();
        }
        found_.push_back(std::move(build).finish());
        return fhir::path::resource_item(found_.back().root(), bench().schema);
    }

    std::map<std::string, fhir::View> all_;
    std::deque<fhir::Document> found_;
};

inline constexpr base::Micros noon = 1'714'564'800'000'000;  // 2024-05-01T12:00:00Z

// The message that a change of the translation's first resource of `type` sends; empty when none.
inline std::string sent(const mapping::Translation& translation, std::string_view type, const std::string& version = "2.5.1",
                        const std::set<std::string, std::less<>>* kinds = nullptr, const char* change = "created",
                        const std::string& application = "LAB", const std::string& facility = "HOSP") {
    AtHand services;
    for (const mapping::Entry& one : translation.entries) services.add(one.type, one.id, one.resource.root());
    const mapping::Entry* focus = entry(translation, type);
    if (focus == nullptr) return {};
    mapping::ComposeOptions options;
    options.now = noon;
    options.version = version;
    options.services = &services;
    options.kinds = kinds;
    const auto made = composer().compose({focus->resource.root(), {}, change}, options);
    if (!made) FAIL(made.fault().text);
    if (made->empty()) return {};
    Heading heading;
    heading.version = version;
    heading.sending_application = application;
    heading.sending_facility = facility;
    heading.control_id = "OUT1";
    heading.now = noon;
    return write(made->front(), heading);
}

inline std::string readable(std::string message) {
    std::replace(message.begin(), message.end(), '\r', '\n');
    return message;
}

}  // namespace hl7v2::testing
