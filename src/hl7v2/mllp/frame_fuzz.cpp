// SPDX-License-Identifier: Apache-2.0
// Whatever comes, in whatever pieces: the events are the same and hold at most what was fed.
#include "hl7v2/mllp/frame.h"

#include <cstdint>
#include <cstdlib>
#include <string>

using namespace hl7v2::mllp;

namespace {

std::string told(std::string_view bytes, Options options, std::size_t piece) {
    Frames frames(options);
    std::string story;
    std::size_t held = 0;
    const auto tell = [&](const Event& event) {
        story += std::to_string(static_cast<int>(event.kind)) + ":" + std::to_string(event.count) + ":" + event.bytes + ";";
        if (event.kind == Event::Kind::message) held += event.bytes.size();
    };
    for (std::size_t at = 0; at < bytes.size(); at += piece) {
        frames.feed(bytes.substr(at, piece));
        while (auto event = frames.next()) tell(*event);
    }
    if (auto event = frames.end()) tell(*event);
    if (held > bytes.size()) std::abort();
    return story;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 2) return 0;
    Options options;
    options.strict = (data[0] & 1) != 0;
    options.message = data[1] % 64u;
    options.junk = 1u + data[0] % 64u;
    const std::string_view bytes(reinterpret_cast<const char*>(data) + 2, size - 2);
    const auto whole = told(bytes, options, size);
    for (std::size_t piece : {std::size_t{1}, std::size_t{2}, std::size_t{7}})
        if (told(bytes, options, piece) != whole) std::abort();
    return 0;
}
