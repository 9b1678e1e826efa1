// SPDX-License-Identifier: Apache-2.0
#include "hl7v2/adapter.h"

#include "base/crypto.h"
#include "base/text.h"
#include "fhir/primitive.h"
#include "hl7v2/source.h"
#include "mapping/convert.h"
#include "mapping/run.h"

namespace hl7v2 {

base::Result<mapping::Translation> translate(const Message& message, const Structure& structure,
                                             const mapping::Library& library, const TranslateOptions& options) {
    const mapping::Map* map = library.program.message(structure.name());
    if (map == nullptr)
        return base::Fault{base::Fault::Kind::unsupported, "no map translates messages of structure " + structure.name(),
                           "MSH-9", base::IssueType::not_supported};
    const Tree tree = arrange(message, &structure);
    const MessageSource source(message, tree);

    mapping::RunOptions run;
    const Segment header = message.header();
    run.zone = mapping::zone_of(header.field(7).component(1).raw()).value_or(options.zone);
    run.space = options.space;
    // Who numbers orders and names codes is the sending facility; where none is named, the application.
    const Field facility = header.field(4).empty() ? header.field(3) : header.field(4);
    // Two facilities of one name are told apart by their universal id, where they send one.
    run.sender = run.facility = facility.component(1).text();
    if (const std::string universal = facility.component(2).text(); !universal.empty())
        run.sender += (run.sender.empty() ? "" : "^") + universal;
    run.digest = base::hex(base::view(base::sha256(message.bytes())));
    run.settings = options.settings;
    run.trace = options.trace;
    if (options.keep_residue) run.residue_into = "MSH[MessageHeader]";
    run.outside = {{"received", base::instant(options.received)}, {"sender", run.sender}, {"digest", run.digest}};
    if (options.keep_message) run.outside.emplace_back("message", base::base64_encode(message.bytes()));

    mapping::Translation translation = mapping::run(library.program, *map, source, library.naming, run);
    // When it was said: that of the message, else that of what happened (MSH-7, EVN-2).
    for (const Field& time : {header.field(7), message.first("EVN").field(2)}) {
        const auto text = mapping::to_date_time(time.component(1).text(), run.zone);
        const auto span = text ? fhir::primitive::interval(*text) : std::nullopt;
        if (!span) continue;
        translation.said_from = span->from;
        translation.said_to = span->to;
        break;
    }
    translation.findings.insert(translation.findings.begin(), tree.findings().begin(), tree.findings().end());
    return translation;
}

}  // namespace hl7v2
