// SPDX-License-Identifier: Apache-2.0
// Any bytes as an archive: refused, or its files are visited, each within the limits. Bytes that are no gzip are packed
// first, so that the tar inside is reached.
#include "fhir/definition/package.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include <zlib.h>

namespace {

std::string packed(std::string_view bytes) {
    z_stream stream{};
    if (deflateInit2(&stream, 1, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY) != Z_OK) std::abort();
    std::string out(deflateBound(&stream, static_cast<uLong>(bytes.size())), '\0');
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
    stream.avail_in = static_cast<uInt>(bytes.size());
    stream.next_out = reinterpret_cast<Bytef*>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    if (deflate(&stream, Z_FINISH) != Z_STREAM_END) std::abort();
    out.resize(stream.total_out);
    deflateEnd(&stream);
    return out;
}

// The checksum of each block that could be a header: a fuzzer does not guess it.
void sign(std::string& tar) {
    for (std::size_t at = 0; at + 512 <= tar.size(); at += 512) {
        if (tar[at + 148] != '?') continue;
        unsigned sum = 0;
        for (std::size_t i = 0; i < 512; ++i) sum += i >= 148 && i < 156 ? ' ' : static_cast<unsigned char>(tar[at + i]);
        for (std::size_t i = 0; i < 7; ++i) tar[at + 154 - i] = static_cast<char>('0' + ((sum >> (3 * i)) & 7));
        tar[at + 155] = '\0';
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    std::string bytes(reinterpret_cast<const char*>(data), size);
    if (!bytes.starts_with("\x1f\x8b")) {
        sign(bytes);
        bytes = packed(bytes);
    }
    constexpr fhir::definition::PackageLimits limits{
        .archive_bytes = 65'536, .total_bytes = 1U << 20U, .file_bytes = 4'096, .ratio = 200, .entries = 16};
    std::size_t visited = 0;
    const auto visit = [&](std::string_view name, std::string_view content) -> base::Result<void> {
        if (name.find('/') != std::string_view::npos || content.size() > limits.file_bytes || ++visited > limits.entries + 1)
            std::abort();
        return {};
    };
    (void)fhir::definition::read_archive(bytes, visit, limits);
    return 0;
}
