// SPDX-License-Identifier: Apache-2.0
#pragma once

// HL7 v2 toward one receiver: messages with its heading, and its acknowledgements read (HL7 v2 2.9).

#include "hl7v2/compose.h"
#include "mapping/speaker.h"

namespace hl7v2 {

class Speaker final : public mapping::Speaker {
public:
    explicit Speaker(Heading heading) : heading_(std::move(heading)) {}

    std::string say(const mapping::Composed& composed, const std::string& control_id, base::Micros now) const override;
    mapping::Understood understand(std::string_view reply, std::string_view control_id) const override;
    const std::string& version() const override { return heading_.version; }

private:
    Heading heading_;
};

}  // namespace hl7v2
