// SPDX-License-Identifier: Apache-2.0
#include "interaction/call/response.h"

namespace interaction {

const std::string& text_of(const Piece& piece) {
    if (const auto* own = std::get_if<std::string>(&piece)) return *own;
    return *std::get<store::Body>(piece);
}

std::size_t Response::size() const {
    std::size_t size = 0;
    for (const Piece& piece : content) size += text_of(piece).size();
    return size;
}

std::string Response::text() const {
    std::string text;
    text.reserve(size());
    for (const Piece& piece : content) text += text_of(piece);
    return text;
}

}  // namespace interaction
