// SPDX-License-Identifier: Apache-2.0
#pragma once

// What the server writes about itself (metadata, openapi.json): some milliseconds to make, asked for often, changing seldom. Each is
// kept and made anew after a few seconds; while it would say the same, it stays the same bytes, its date included. Bounded; any thread.

#include "base/clock.h"
#include "base/result.h"

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>

namespace server::http {

struct Told {
    std::shared_ptr<const std::string> text;
    std::string tag;  // the same as long as it says the same
};

class Documents {
public:
    using Make = std::function<base::Result<Told>()>;
    explicit Documents(const base::Clock& clock) : clock_(clock) {}

    // `key`: everything that `make` depends on, but what changes by itself.
    base::Result<Told> get(const std::string& key, const Make& make);

private:
    struct Kept {
        Told told;
        base::Micros made = 0;
    };
    const base::Clock& clock_;
    std::mutex mutex_;
    std::map<std::string, Kept> kept_;
};

}  // namespace server::http
