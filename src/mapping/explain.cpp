// SPDX-License-Identifier: Apache-2.0
#include "mapping/explain.h"

#include "base/text.h"
#include "fhir/tree/view.h"

#include <fmt/format.h>

namespace mapping {

namespace {

// The element that a trace path ("Patient.name[0].family") names.
fhir::View reach(fhir::View at, std::string_view path) {
    bool first = true;
    for (std::string_view part : base::split(path, '.')) {
        if (first) {
            first = false;
            continue;
        }
        const auto [name, rest] = base::cut(part, '[');
        at = at.child(name);
        if (!rest.empty())
            for (std::int64_t i = base::to_integer(rest.substr(0, rest.size() - 1)).value_or(0); i > 0 && at; --i) at = at.next_same();
    }
    return at;
}

std::string_view spelling(Merge::Kind kind) {
    switch (kind) {
        case Merge::Kind::merge: return "merge";
        case Merge::Kind::unmerge: return "unmerge";
        case Merge::Kind::connect: return "connect";
        case Merge::Kind::move: return "move";
    }
    return {};
}

}  // namespace

std::string explain(const Translation& translation, bool with_values) {
    std::string out;
    std::size_t entry = translation.entries.size();
    for (const Trace& trace : translation.trace) {
        if (trace.entry != entry) {
            entry = trace.entry;
            out += fmt::format("{}/{}\n", translation.entries[entry].type, translation.entries[entry].id);
        }
        std::string value;
        if (with_values) {
            value = reach(translation.entries[entry].resource.root(), trace.element).text();
            if (value.size() > 60) value = value.substr(0, 57) + "...";
            value = " = " + value;
        }
        const std::string line = trace.line == 0 ? trace.file : fmt::format("{}:{}", trace.file, trace.line);
        out += fmt::format("  {:<60} {}{}\n", trace.element, line, value);
    }
    for (const Merge& merge : translation.merges)
        out += fmt::format("{} {}/{} -> {}/{}\n", spelling(merge.kind), merge.type, merge.gone, merge.kept_type, merge.kept);
    for (const base::Finding& finding : translation.findings)
        out += fmt::format("{} {} {}\n", base::spelling(finding.severity), finding.where, finding.text);
    out += fmt::format("{} atoms: {} kept, {} left out on purpose, {} that no row took ({:.1f} % accounted for, {:.1f} % retained)\n",
                       translation.atoms, translation.kept, translation.dropped, translation.residue.size(),
                       translation.accounted(), translation.retained());
    for (const Residue& residue : translation.residue) out += fmt::format("  {}\n", residue.where);
    return out;
}

}  // namespace mapping
