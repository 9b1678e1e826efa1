// SPDX-License-Identifier: Apache-2.0
#include "server/http/gzip.h"

#include "base/text.h"

#include <zlib.h>

#include <algorithm>
#include <limits>
#include <stdexcept>

namespace server::http {

namespace {

using base::Fault;

constexpr int gzip_only = 15 + 16;            // window of 32 KiB, gzip header (zlib.h, inflateInit2)
constexpr std::size_t small = 64 * 1024;      // below this no ratio is too great: short bodies of one letter exist
constexpr std::size_t piece = 64 * 1024;
constexpr std::size_t longest_piece = std::numeric_limits<uInt>::max();

}  // namespace

Coding content_coding(std::string_view field) {
    Coding coding = Coding::identity;
    for (const auto part : base::split(field, ',')) {
        const auto name = base::trim(part);
        if (name.empty() || base::equal_ignoring_case(name, "identity")) continue;
        const bool gzip = base::equal_ignoring_case(name, "gzip") || base::equal_ignoring_case(name, "x-gzip");
        if (!gzip || coding != Coding::identity) return Coding::unsupported;
        coding = Coding::gzip;
    }
    return coding;
}

bool accepts_gzip(std::string_view field) {
    bool any = false;
    bool named = false;
    bool wanted = false;
    for (const auto part : base::split(field, ',')) {
        const auto [name, parameters] = base::cut(part, ';');
        const auto coding = base::trim(name);
        const auto [key, value] = base::cut(base::trim(parameters), '=');
        const bool refused = base::equal_ignoring_case(base::trim(key), "q") && base::to_double(base::trim(value)).value_or(1) <= 0;
        if (coding == "*") any = !refused;
        if (!base::equal_ignoring_case(coding, "gzip") && !base::equal_ignoring_case(coding, "x-gzip")) continue;
        named = true;
        wanted = !refused;
    }
    return named ? wanted : any;
}

base::Result<std::string> gunzip(std::string_view packed, std::size_t cap) {
    z_stream stream{};
    if (inflateInit2(&stream, gzip_only) != Z_OK) throw std::bad_alloc();
    struct End {
        z_stream& stream;
        ~End() { inflateEnd(&stream); }
    } const end{stream};
    const std::size_t most = std::min(cap, std::max(small, packed.size() <= cap / greatest_ratio ? packed.size() * greatest_ratio : cap));
    const Fault large{Fault::Kind::too_large, "The unpacked body is too long"};
    const Fault malformed{Fault::Kind::malformed, "The body is not gzip"};
    if (packed.size() > longest_piece) return large;

    std::string out;
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed.data()));
    stream.avail_in = static_cast<uInt>(packed.size());
    for (int state = Z_OK; state != Z_STREAM_END;) {
        const std::size_t before = out.size();
        out.resize(before + std::min(piece, most - before + 1));  // one more than allowed, to see it
        stream.next_out = reinterpret_cast<Bytef*>(out.data() + before);
        stream.avail_out = static_cast<uInt>(out.size() - before);
        state = inflate(&stream, Z_NO_FLUSH);
        out.resize(out.size() - stream.avail_out);
        if (out.size() > most) return large;
        if (state != Z_OK && state != Z_STREAM_END) return malformed;
        if (state == Z_OK && stream.avail_in == 0 && stream.avail_out != 0) return malformed;  // cut off
    }
    if (stream.avail_in != 0) return malformed;
    return out;
}

std::string gzip(std::string_view bytes) {
    z_stream stream{};
    if (bytes.size() > longest_piece || deflateInit2(&stream, 1, Z_DEFLATED, gzip_only, 8, Z_DEFAULT_STRATEGY) != Z_OK)
        throw std::length_error("gzip");
    std::string out(deflateBound(&stream, static_cast<uLong>(bytes.size())), '\0');
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
    stream.avail_in = static_cast<uInt>(bytes.size());
    stream.next_out = reinterpret_cast<Bytef*>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    const int state = deflate(&stream, Z_FINISH);
    out.resize(out.size() - stream.avail_out);
    deflateEnd(&stream);
    if (state != Z_STREAM_END) throw std::logic_error("gzip did not finish");
    return out;
}

}  // namespace server::http
