// SPDX-License-Identifier: Apache-2.0
#include "mapping/beside.h"

#include "fhir/tree/builder.h"

#include <unordered_map>

namespace mapping {

namespace {

using namespace fhir::literals;
using fhir::View;
using Additions = std::unordered_map<fhir::Document::Index, std::vector<terminology::Coding>>;  // by the concept they belong to

constexpr std::size_t most_findings = 50;

bool of_hl7(std::string_view system) { return system.starts_with("http://terminology.hl7.org/") || system.starts_with("http://hl7.org/fhir/"); }

class Walk {
public:
    Walk(const Entry& entry, base::Findings& findings, const terminology::Service& terminology)
        : entry_(entry), findings_(findings), terminology_(terminology) {}

    Additions run() {
        visit(entry_.resource.root(), entry_.type);
        return std::move(additions_);
    }

private:
    void visit(View element, const std::string& path) {
        for (const View child : element.children()) {
            if (child.primitive()) continue;
            if (child.name() == "coding"_name) coding(element, child, path);
            else visit(child, path + '.' + std::string(child.name_text()));
        }
    }

    void coding(View concept_, View coding, const std::string& path) {
        const std::string_view system = coding.text("system"_name), code = coding.text("code"_name);
        if (system.empty() || code.empty() || of_hl7(system)) return;
        if (terminology_.translates(system)) {
            const terminology::Coding from{std::string(system), std::string(coding.text("version"_name)), std::string(code), {}};
            for (const terminology::Counterpart& counterpart : terminology_.translate(from, {}))
                if (counterpart.equivalence == "equal" || counterpart.equivalence == "equivalent") add(concept_, counterpart.coding);
        }
        const auto verdict = terminology_.validate({system, {}, code, {}}, {});
        if (verdict.in_system == fhir::validate::Answer::no && findings_.size() < most_findings)
            findings_.push_back({base::Severity::warning, base::IssueType::code_invalid, path, "the code is not in " + std::string(system)});
    }

    void add(View concept_, const terminology::Coding& coding) {
        for (const View known : concept_.children("coding"_name))
            if (known.text("system"_name) == coding.system && known.text("code"_name) == coding.code) return;
        auto& added = additions_[concept_.index()];
        for (const terminology::Coding& known : added)
            if (known.system == coding.system && known.code == coding.code) return;
        added.push_back(coding);
    }

    const Entry& entry_;
    base::Findings& findings_;
    const terminology::Service& terminology_;
    Additions additions_;
};

void copy(View source, const Additions& additions, fhir::Builder& build) {
    for (const View child : source.children()) {
        if (child.primitive() || !child.resource_type().empty()) {
            build.copy(child);
            continue;
        }
        build.open(child.name() >= fhir::local_base ? build.name(child.name_text()) : child.name(), child.list());
        copy(child, additions, build);
        build.close();
    }
    const auto found = additions.find(source.index());
    if (found == additions.end()) return;
    for (const terminology::Coding& coding : found->second) {
        build.open("coding"_name, true);
        build.value("system"_name, coding.system);
        if (!coding.version.empty()) build.value("version"_name, coding.version);
        build.value("code"_name, coding.code);
        if (!coding.display.empty()) build.value("display"_name, coding.display);
        build.close();
    }
}

}  // namespace

void put_beside(Translation& translation, const terminology::Service& terminology) {
    for (Entry& entry : translation.entries) {
        const Additions additions = Walk(entry, translation.findings, terminology).run();
        if (additions.empty()) continue;
        const View root = entry.resource.root();
        fhir::Builder build(root.document().names());
        build.resource(entry.type);
        copy(root, additions, build);
        entry.resource = std::move(build).finish();
    }
}

}  // namespace mapping
