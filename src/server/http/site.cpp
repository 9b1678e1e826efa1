// SPDX-License-Identifier: Apache-2.0
#include "server/http/site.h"

#include "base/text.h"

namespace server::http {

std::string_view Call::field(std::string_view name) const {
    for (const auto& [key, value] : fields)
        if (base::equal_ignoring_case(key, name)) return value;
    return {};
}

std::string Call::joined(std::string_view name) const {
    std::string all;
    for (const auto& [key, value] : fields) {
        if (!base::equal_ignoring_case(key, name)) continue;
        if (!all.empty()) all += ", ";
        all += value;
    }
    return all;
}

std::string_view Call::path() const { return std::string_view(target).substr(0, target.find('?')); }

std::string_view Call::query() const {
    const auto mark = target.find('?');
    return mark == std::string::npos ? std::string_view{} : std::string_view(target).substr(mark + 1);
}

std::size_t Answer::size() const {
    std::size_t size = 0;
    for (const interaction::Piece& piece : body) {
        const auto* own = std::get_if<std::string>(&piece);
        size += own ? own->size() : std::get<store::Body>(piece)->size();
    }
    return size;
}

}  // namespace server::http
