// SPDX-License-Identifier: Apache-2.0
#pragma once

// The Service over one Library. The table of counterparts is made when it is first asked for.

#include "terminology/counterparts.h"
#include "terminology/local.h"

#include <memory>
#include <mutex>

namespace terminology {

class LocalService final : public Service {
public:
    // `codes` must outlive it.
    LocalService(fhir::definition::Library library, const Local& codes) : library_(std::move(library)), codes_(codes) {}

    std::vector<Counterpart> translate(const Coding& code, const Translating& asked) const override { return counterparts().find(code, asked); }
    bool translates(std::string_view system) const override { return counterparts().of_system(system); }
    fhir::validate::CodeVerdict validate(const fhir::validate::CodedValue& value, std::string_view value_set) const override {
        return codes_.check(value, value_set, {});
    }

private:
    const Counterparts& counterparts() const {
        std::call_once(once_, [this] { counterparts_ = std::make_unique<const Counterparts>(library_); });
        return *counterparts_;
    }

    fhir::definition::Library library_;  // a copy shares the shelves
    const Local& codes_;
    mutable std::once_flag once_;
    mutable std::unique_ptr<const Counterparts> counterparts_;
};

}  // namespace terminology
