// SPDX-License-Identifier: Apache-2.0
#include "server/http/site.h"

#include "base/text.h"

namespace server::http {

std::string_view Call::field(std::string_view name) const {
    for (const Field& field : fields)
        if (base::equal_ignoring_case(field.name, name)) return field.value;
    return {};
}

std::string Call::joined(std::string_view name) const {
    std::string all;
    for (const Field& field : fields) {
        if (!base::equal_ignoring_case(field.name, name)) continue;
        if (!all.empty()) all += ", ";
        all += field.value;
    }
    return all;
}

std::string_view Call::path() const { return target.substr(0, target.find('?')); }

std::string_view Call::query() const {
    const auto mark = target.find('?');
    return mark == std::string_view::npos ? std::string_view{} : target.substr(mark + 1);
}

Kept::Kept(const Call& call, std::string body) : body_(std::move(body)), call_(call) {
    std::size_t size = call.target.size() + call.peer.size();
    for (const Field& field : call.fields) size += field.name.size() + field.value.size();
    text_.reserve(size);  // never grows again: views into it stay good
    const auto keep = [this](std::string_view text) {
        const std::size_t start = text_.size();
        text_.append(text);
        return std::string_view(text_).substr(start, text.size());
    };
    call_.target = keep(call.target);
    call_.body = body_;
    call_.owned = &body_;
    call_.peer = keep(call.peer);
    fields_.reserve(call.fields.size());
    for (const Field& field : call.fields) fields_.push_back({keep(field.name), keep(field.value)});
    call_.fields = fields_;
}

std::size_t Answer::size() const {
    std::size_t size = 0;
    for (const interaction::Piece& piece : body) size += interaction::text_of(piece).size();
    return size;
}

}  // namespace server::http
