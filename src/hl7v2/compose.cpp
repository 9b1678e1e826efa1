// SPDX-License-Identifier: Apache-2.0
#include "hl7v2/compose.h"

#include "base/text.h"
#include "hl7v2/charset.h"
#include "hl7v2/write.h"

namespace hl7v2 {

namespace {

// A hierarchic designator as it is configured: parts with '^' between.
void put_parts(Draft& draft, int field, std::string_view text) {
    int component = 0;
    for (const std::string_view part : base::split(text, '^')) draft.put(field, 1, ++component, 1, part);
}

// MSH-9.3 came with version 2.3.1.
bool has_structure(std::string_view version) { return version != "2.1" && version != "2.2" && version != "2.3"; }

}  // namespace

std::string write(const mapping::Composed& composed, const Heading& heading) {
    Draft draft(heading.delimiters);
    draft.begin("MSH");
    put_parts(draft, 3, heading.sending_application);
    put_parts(draft, 4, heading.sending_facility);
    put_parts(draft, 5, heading.receiving_application);
    put_parts(draft, 6, heading.receiving_facility);
    draft.put(7, timestamp(heading.now));
    draft.put(9, 1, 1, 1, composed.code);
    draft.put(9, 1, 2, 1, composed.event);
    if (has_structure(heading.version)) draft.put(9, 1, 3, 1, composed.structure);
    draft.put(10, heading.control_id);
    draft.put(11, heading.processing);
    draft.put(12, heading.version);
    draft.put(15, heading.accept);
    draft.put(16, heading.application_accept);
    draft.put(18, heading.charset);
    for (const mapping::ComposedSegment& segment : composed.segments) {
        draft.begin(segment.name);
        for (const mapping::Atom& atom : segment.atoms) {
            if (atom.lines) draft.put_lines(atom.field, atom.repetition, atom.component, atom.subcomponent, atom.text);
            else draft.put(atom.field, atom.repetition, atom.component, atom.subcomponent, atom.text);
        }
    }
    return from_utf8(draft.bytes(), heading.charset, heading.delimiters.repetition);
}

std::function<std::optional<int>(std::string_view)> extents(const Dictionary& dictionary) {
    return [&dictionary](std::string_view name) -> std::optional<int> {
        constexpr int most = 200;
        constexpr const char* newest = "2.9";
        if (name.size() > 3) return most;
        int highest = 0;
        for (int number = 1; number <= most; ++number)
            if (dictionary.field(newest, name, number) != nullptr || dictionary.component(newest, name, number) != nullptr) highest = number;
        return highest == 0 ? std::nullopt : std::optional(highest);
    };
}

}  // namespace hl7v2
