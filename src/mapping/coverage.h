// SPDX-License-Identifier: Apache-2.0
#pragma once

// What the maps keep of many messages: how much of what was sent, and which places no line took. Places are told without
// repeats ("PID-3.4"), never with values.

#include "base/result.h"
#include "mapping/translation.h"

#include <cstddef>
#include <functional>
#include <map>
#include <string>
#include <string_view>

namespace mapping {

class Coverage {
public:
    void add(std::string_view name, const base::Result<Translation>& translation);
    std::size_t messages() const { return messages_; }

    // Sums, then refusals by reason, then places by how often they were left over, with what `name` calls them. Ends with a line break.
    std::string report(const std::function<std::string(std::string_view place)>& name = {}) const;
    // One message: its name and its sums, or why it was refused.
    static std::string line(std::string_view name, const base::Result<Translation>& translation);

private:
    struct Refusal {
        std::size_t count = 0;
        std::string example;  // name of the first
    };
    std::size_t messages_ = 0, translated_ = 0, atoms_ = 0, kept_ = 0, dropped_ = 0, left_ = 0;
    std::map<std::string, Refusal, std::less<>> refused_;
    std::map<std::string, std::size_t, std::less<>> places_;
};

}  // namespace mapping
