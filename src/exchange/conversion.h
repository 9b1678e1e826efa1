// SPDX-License-Identifier: Apache-2.0
#pragma once

// $convert over the tongues that are spoken here: the same maps, settings and terminology as for what is stored.

#include "interaction/call/context.h"
#include "interaction/call/converter.h"
#include "mapping/tongue.h"

#include <string>
#include <vector>

namespace exchange {

class Conversion final : public interaction::Converter {
public:
    explicit Conversion(const fhir::Names& names) : names_(names) {}

    // The tongue and the definitions must outlive it. `format` is its media type, `name` a short one.
    void add(std::string format, std::string name, const mapping::Tongue& tongue) { spoken_.push_back({std::move(format), std::move(name), &tongue}); }
    void know(interaction::Definitions& definitions) { definitions_ = &definitions; }

    bool knows(std::string_view format) const override { return find(format) != nullptr; }
    std::vector<std::string> formats() const override;
    base::Result<interaction::Converted> convert(std::string_view format, std::string_view bytes, base::Micros now, bool trace,
                                                 std::string_view base) const override;

private:
    struct Spoken {
        std::string format, name;
        const mapping::Tongue* tongue;
    };
    const Spoken* find(std::string_view format) const;

    const fhir::Names& names_;
    std::vector<Spoken> spoken_;
    interaction::Definitions* definitions_ = nullptr;
};

}  // namespace exchange
