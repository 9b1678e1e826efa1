// SPDX-License-Identifier: Apache-2.0
#include "hl7v2/speaker.h"

#include "hl7v2/parse.h"

namespace hl7v2 {

std::string Speaker::say(const mapping::Composed& composed, const std::string& control_id, base::Micros now) const {
    Heading heading = heading_;
    heading.control_id = control_id;
    heading.now = now;
    return write(composed, heading);
}

mapping::Understood Speaker::understand(std::string_view reply, std::string_view control_id) const {
    using Kind = mapping::Understood::Kind;
    const auto message = parse(std::string(reply));
    if (!message) return {Kind::unreadable, message.fault().text};
    const Segment msa = message->first("MSA");
    if (!msa) return {Kind::unreadable, "the reply has no MSA"};
    const std::string code = msa.field(1).text();
    if (msa.field(2).text() != control_id) return {Kind::other, "the reply is to another message"};
    std::string text = code;
    const Segment error = message->first("ERR");
    for (const std::string& part : {error ? error.field(8).text() : std::string(), error ? error.field(3).component(2).text() : std::string(), msa.field(3).text()})
        if (!part.empty()) {
            text += ": " + part;
            break;
        }
    if (code == "AA") return {Kind::accepted, std::move(text)};
    if (code == "CA") return {Kind::committed, std::move(text)};
    if (code == "AE" || code == "CE") return {Kind::error, std::move(text)};
    if (code == "AR" || code == "CR") return {Kind::rejected, std::move(text)};
    return {Kind::unreadable, "MSA-1 of the reply is none of table 0008"};
}

}  // namespace hl7v2
