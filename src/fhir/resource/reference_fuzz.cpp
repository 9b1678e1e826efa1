// SPDX-License-Identifier: Apache-2.0
// Any text as a reference: the parts are of it, and put together again they are the same reference.
#include "fhir/resource/reference.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using fhir::resource::ReferenceText;
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const ReferenceText read = fhir::resource::read_reference(text);
    using Kind = ReferenceText::Kind;
    if ((read.kind == Kind::none) != text.empty()) std::abort();
    if (read.kind == Kind::contained && text != '#' + std::string(read.id)) std::abort();
    if (read.kind != Kind::relative && read.kind != Kind::absolute) return 0;
    if (!fhir::resource::looks_like_type(read.type)) std::abort();
    std::string again = read.base.empty() ? "" : std::string(read.base) + '/';
    again += std::string(read.type) + '/' + std::string(read.id);
    if (!read.version.empty()) again += "/_history/" + std::string(read.version);
    const ReferenceText twice = fhir::resource::read_reference(again);
    if (twice.kind != read.kind || twice.base != read.base || twice.type != read.type || twice.id != read.id || twice.version != read.version) std::abort();
    return 0;
}
