// SPDX-License-Identifier: Apache-2.0
#include "fhir/resource/reference.h"

#include "base/id.h"

#include <algorithm>

namespace fhir::resource {
namespace {

constexpr std::string_view history = "/_history/";

// Fills type, id and version from "…/Type/id[/_history/v]"; what stands before goes to base. False when it is not one.
bool read_tail(std::string_view text, Reference& reference) {
    if (const auto at = text.rfind(history); at != std::string_view::npos) {
        reference.version = text.substr(at + history.size());
        if (!base::valid_id(reference.version)) return false;
        text = text.substr(0, at);
    }
    const auto slash = text.rfind('/');
    if (slash == std::string_view::npos) return false;
    reference.id = text.substr(slash + 1);
    text = text.substr(0, slash);
    const auto before = text.rfind('/');
    reference.type = before == std::string_view::npos ? text : text.substr(before + 1);
    reference.base = before == std::string_view::npos ? std::string_view{} : text.substr(0, before);
    return looks_like_type(reference.type) && base::valid_id(reference.id);
}

}  // namespace

bool looks_like_type(std::string_view text) {
    const auto letter = [](char c) { return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'); };
    return !text.empty() && text.size() <= 64 && text.front() >= 'A' && text.front() <= 'Z' &&
           std::all_of(text.begin(), text.end(), letter);
}

Reference parse_reference(std::string_view text) {
    using Form = Reference::Form;
    Reference reference;
    if (text.empty()) return reference;
    if (text.front() == '#') {
        reference.form = Form::fragment;
        reference.id = text.substr(1);
        return reference;
    }
    if (text.starts_with("urn:uuid:") || text.starts_with("urn:oid:")) {
        reference.form = Form::urn;
        return reference;
    }
    if (text.starts_with("http://") || text.starts_with("https://")) {
        const bool tail = read_tail(text, reference) && reference.base.find("//") != std::string_view::npos &&
                          !reference.base.ends_with('/');
        if (!tail) reference = {};
        reference.form = tail ? Form::absolute : Form::other;
        return reference;
    }
    if (const auto mark = text.find('?'); mark != std::string_view::npos && looks_like_type(text.substr(0, mark))) {
        reference.form = Form::conditional;
        reference.type = text.substr(0, mark);
        reference.query = text.substr(mark + 1);
        return reference;
    }
    const bool tail = read_tail(text, reference) && reference.base.empty() && text.front() != '/';
    if (!tail) reference = {};
    reference.form = tail ? Form::relative : Form::other;
    return reference;
}

std::string Reference::local() const {
    if (type.empty() || id.empty()) return {};
    std::string text(type);
    text += '/';
    text += id;
    return text;
}

}  // namespace fhir::resource
