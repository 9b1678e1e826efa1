// SPDX-License-Identifier: Apache-2.0
#pragma once

// A foreign message format as the exchange speaks it: what is said, and what the reply means. Thread-safe.

#include "base/clock.h"
#include "base/result.h"
#include "mapping/compose.h"

#include <string>
#include <string_view>

namespace mapping {

struct Understood {
    enum class Kind {
        accepted,   // taken by the application: done
        committed,  // taken into safe storage: done when nothing more was asked for
        error,      // its content was refused (AE, CE)
        rejected,   // it was refused as such (AR, CR)
        other,      // a reply to something else
        unreadable
    };
    Kind kind = Kind::unreadable;
    std::string text;  // why; the peer's words may tell of a patient: for the operator, not for the log
};

class Speaker {
public:
    virtual ~Speaker() = default;
    // The message's bytes as they go out, without framing.
    virtual std::string say(const Composed& composed, const std::string& control_id, base::Micros now) const = 0;
    virtual Understood understand(std::string_view reply, std::string_view control_id) const = 0;
    // The version that rows of maps ask for.
    virtual const std::string& version() const = 0;
};

}  // namespace mapping
