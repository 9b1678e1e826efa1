// SPDX-License-Identifier: Apache-2.0
#include "exchange/conversion.h"

#include "mapping/beside.h"
#include "mapping/bundle.h"

#include <algorithm>

namespace exchange {

const Conversion::Spoken* Conversion::find(std::string_view format) const {
    const auto found = std::find_if(spoken_.begin(), spoken_.end(), [&](const Spoken& one) { return one.format == format || one.name == format; });
    return found == spoken_.end() ? nullptr : &*found;
}

std::vector<std::string> Conversion::formats() const {
    std::vector<std::string> all;
    for (const Spoken& one : spoken_) all.push_back(one.format);
    return all;
}

base::Result<interaction::Converted> Conversion::convert(std::string_view format, std::string_view bytes, base::Micros now, bool trace,
                                                             std::string_view base) const {
    const Spoken* spoken = find(format);
    if (spoken == nullptr) return base::Fault{base::Fault::Kind::unsupported, "There is no translation from this format."};
    const auto known = definitions_ == nullptr ? nullptr : definitions_->now();
    TRY(mapping::Translation translation, mapping::understand(*spoken->tongue, bytes, now, known == nullptr ? nullptr : &known->terminology(),
                                                              trace ? mapping::Traced::yes : mapping::Traced::no));
    TRY(fhir::Document bundle, mapping::transaction(translation, names_, {}, base));
    interaction::Converted converted{std::move(bundle), std::move(translation.findings), {}, {}, translation.atoms, translation.kept, translation.dropped};
    for (const mapping::Trace& line : translation.trace) {
        const mapping::Entry& entry = translation.entries[line.entry];
        converted.trace.push_back({line.element, entry.type + '/' + entry.id, line.file + ':' + std::to_string(line.line)});
    }
    for (mapping::Residue& residue : translation.residue) converted.residue.push_back(std::move(residue.where));
    return converted;
}

}  // namespace exchange
