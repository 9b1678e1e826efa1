// SPDX-License-Identifier: Apache-2.0
#pragma once

// The tags of narrative, one after the other. Light and linear: well-formedness is narrative.h's to say; what is not
// well formed ends the reading. Views into the text; attribute values are as they stand, references not replaced.

#include <optional>
#include <string_view>
#include <utility>
#include <vector>

namespace fhir::validate {

struct XhtmlTag {
    std::string_view name;
    bool closes = false;  // </p>
    bool empty = false;   // <br/>
    std::vector<std::pair<std::string_view, std::string_view>> attributes{};
    std::optional<std::string_view> attribute(std::string_view key) const;
};

class XhtmlTags {
public:
    explicit XhtmlTags(std::string_view text) : text_(text) {}
    std::optional<XhtmlTag> next();

private:
    std::string_view text_;
    std::size_t at_ = 0;
};

std::size_t count_xhtml_ids(std::string_view div, std::string_view id);  // id="..." of any element

// The first entity reference that XML does not know ("nbsp"); empty: none.
std::string_view foreign_entity(std::string_view div);

}  // namespace fhir::validate
