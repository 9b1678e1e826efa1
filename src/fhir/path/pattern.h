// SPDX-License-Identifier: Apache-2.0
#pragma once

// Regular expressions: the one door to RE2, so matching is linear in the text whatever the pattern says.
//
// The dot matches line ends too, letters keep their case, ^ and $ are the ends of the text (FHIRPath 5.6.9). Back references
// and look-around do not exist here: a pattern with them is refused.

#include "base/result.h"

#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace fhir::path {

class Pattern {
public:
    // Fault (invalid) that says what is wrong; at most 16 KB of text and 1 MB of memory.
    static base::Result<Pattern> compile(std::string_view expression);
    Pattern(Pattern&&) noexcept;
    Pattern& operator=(Pattern&&) noexcept;
    ~Pattern();

    bool found_in(std::string_view text) const;
    bool matches_all_of(std::string_view text) const;
    // All places replaced; $1 and ${1} in `with` stand for groups, \$ for a dollar. Nothing when the result would exceed `most` bytes.
    std::optional<std::string> replaced(std::string_view text, std::string_view with, std::size_t most) const;

private:
    struct Machine;
    explicit Pattern(std::unique_ptr<const Machine> machine);
    std::unique_ptr<const Machine> machine_;
};

}  // namespace fhir::path
