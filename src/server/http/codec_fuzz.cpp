// SPDX-License-Identifier: Apache-2.0
// The same bytes fed whole and fed in two parts must be told in the same way, and nothing may be read beyond
// what is there. The first two bytes choose the cut, the third the limit of the body and how it is read.
#include "server/http/codec.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

namespace {

using server::http::Codec;
using server::http::Event;

struct Told {
    std::string text;
    std::string body;
    bool failed = false;
};

void pull(Codec& codec, Told& told, std::uint64_t limit, bool stream) {
    while (!told.failed) {
        switch (codec.next()) {
            case Event::need_more: return;
            case Event::head:
                told.text += "head " + std::string(codec.head().target) + ' ' + std::string(codec.head().path) + ' ' + std::string(codec.head().host);
                for (const auto& field : codec.head().fields) told.text += '|' + std::string(field.name) + '=' + std::string(field.value);
                told.body.clear();
                if (stream) codec.stream(limit);
                else codec.accept(limit);
                break;
            case Event::body: told.body += codec.piece(); break;
            case Event::complete:
                if (!stream) told.body = codec.body();
                told.text += " target " + std::string(codec.head().target) + " body " + told.body + '\n';
                break;
            case Event::failed:
                told.failed = true;
                told.text += " failed " + std::to_string(codec.status());
                break;
        }
    }
}

Told read(const std::vector<std::string>& parts, std::uint64_t limit, bool stream) {
    Codec codec({.head = 512, .target = 128, .fields = 8, .chunk_line = 32, .chunk_extensions = 64});
    Told told;
    for (const std::string& part : parts) {
        if (told.failed) break;
        const std::vector<char> alone(part.begin(), part.end());  // its own memory: a stale view is seen
        codec.feed({alone.data(), alone.size()});
        pull(codec, told, limit, stream);
    }
    return told;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 3) return 0;
    const std::string bytes(reinterpret_cast<const char*>(data) + 3, size - 3);
    const std::size_t cut = bytes.empty() ? 0 : (data[0] * 256U + data[1]) % bytes.size();
    const std::uint64_t limit = data[2] & 127;
    const bool stream = data[2] > 127;
    const Told whole = read({bytes}, limit, stream);
    const Told split = read({bytes.substr(0, cut), bytes.substr(cut)}, limit, stream);
    if (whole.text != split.text) std::abort();
    if (read({bytes}, limit, !stream).text != whole.text) std::abort();
    return 0;
}
