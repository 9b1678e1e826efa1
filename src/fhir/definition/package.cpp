// SPDX-License-Identifier: Apache-2.0
#include "fhir/definition/package.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include <zlib.h>

namespace fhir::definition {

namespace {

using base::Fault;

Fault refused(std::string text) { return {Fault::Kind::malformed, "the package is refused: " + std::move(text)}; }

Fault too_large(std::string text) { return {Fault::Kind::too_large, "the package is refused: " + std::move(text)}; }

bool counts(std::string_view file) { return (!file.empty() && file[0] >= 'A' && file[0] <= 'Z') || file == "package.json"; }

base::Result<std::string> read_file(const std::filesystem::path& path) {
    std::ifstream in(path, std::ios::binary);
    std::string bytes{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
    if (!in) return Fault{Fault::Kind::missing, path.string() + " cannot be read"};
    return bytes;
}

// Unzips on demand: hands out exactly as many bytes as are asked for.
class Unzip {
public:
    Unzip(std::string_view bytes, const PackageLimits& limits) : limits_(limits) {
        // 16 + 15: gzip wrapping, the largest window.
        ready_ = inflateInit2(&stream_, 16 + MAX_WBITS) == Z_OK;
        stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));  // zlib reads only
        stream_.avail_in = static_cast<uInt>(bytes.size());
        size_ = bytes.size();
    }
    Unzip(const Unzip&) = delete;
    Unzip& operator=(const Unzip&) = delete;
    ~Unzip() { inflateEnd(&stream_); }

    // Fewer than `count` bytes only at the end of the archive.
    base::Result<std::string> take(std::size_t count) {
        std::string out;
        while (ready_ && !ended_ && out.size() < count) {
            char block[16384];
            const std::size_t wanted = std::min(sizeof block, count - out.size());
            stream_.next_out = reinterpret_cast<Bytef*>(block);
            stream_.avail_out = static_cast<uInt>(wanted);
            const int state = inflate(&stream_, Z_NO_FLUSH);
            out.append(block, wanted - stream_.avail_out);
            if (state == Z_STREAM_END) ended_ = true;
            if (state != Z_OK && state != Z_STREAM_END) return refused("it is not a whole gzip archive");
            total_ += wanted - stream_.avail_out;
            if (total_ > limits_.total_bytes) return too_large("it unpacks to too many bytes");
            const std::uint64_t read = size_ - stream_.avail_in;
            if (total_ > (1U << 20U) && total_ / std::max<std::uint64_t>(read, 1) > limits_.ratio)
                return too_large("it unpacks to suspiciously many bytes");
        }
        if (!ready_) return refused("it cannot be unzipped");
        return out;
    }

    // Behind the end of a tar archive stand padding and gzip's checksum: what was cut there is not whole.
    base::Result<void> rest() {
        constexpr std::size_t piece = 64 * 1024;
        for (;;) {
            TRY(const std::string more, take(piece));
            if (more.size() < piece) return {};
        }
    }

private:
    z_stream stream_{};
    const PackageLimits& limits_;
    std::uint64_t size_ = 0;
    std::uint64_t total_ = 0;
    bool ready_ = false;
    bool ended_ = false;
};

constexpr std::size_t block_size = 512;

std::string_view field(std::string_view header, std::size_t offset, std::size_t length) {
    const std::string_view text = header.substr(offset, length);
    return text.substr(0, text.find('\0'));
}

std::optional<std::uint64_t> octal(std::string_view text) {
    std::uint64_t number = 0;
    bool any = false;
    for (const char c : text) {
        if (c == ' ') continue;
        if (c < '0' || c > '7' || number > (1ULL << 58U)) return std::nullopt;
        number = number * 8 + static_cast<std::uint64_t>(c - '0');
        any = true;
    }
    return any ? std::optional(number) : std::nullopt;
}

bool checksum_holds(std::string_view header) {
    const auto expected = octal(field(header, 148, 8));
    std::uint64_t sum = 0;
    for (std::size_t i = 0; i < block_size; ++i)
        sum += i >= 148 && i < 156 ? ' ' : static_cast<unsigned char>(header[i]);
    return expected && *expected == sum;
}

// Nothing is ever written where such a name leads; an archive that tries is not worth reading on.
bool climbs(std::string_view name) {
    if (name.empty() || name[0] == '/' || name.find('\\') != std::string_view::npos ||
        name.find(':') != std::string_view::npos)
        return true;
    while (!name.empty()) {
        const std::size_t slash = name.find('/');
        if (name.substr(0, slash) == "..") return true;
        name = slash == std::string_view::npos ? std::string_view{} : name.substr(slash + 1);
    }
    return false;
}

std::string_view file_name(std::string_view path) {
    const std::size_t slash = path.rfind('/');
    return slash == std::string_view::npos ? path : path.substr(slash + 1);
}

base::Result<void> read_directory(const std::string& path, const FileVisitor& visit) {
    std::error_code problem;
    std::set<std::string> names;
    for (std::filesystem::directory_iterator at(path, problem), end; !problem && at != end; at.increment(problem)) {
        std::string name = at->path().filename().string();
        if (counts(name) && at->is_regular_file(problem)) names.insert(std::move(name));
    }
    if (problem) return Fault{Fault::Kind::missing, path + " cannot be read: " + problem.message()};
    for (const std::string& name : names) {
        if (names.contains(name + ".json")) continue;
        TRY(const std::string bytes, read_file(std::filesystem::path(path) / name));
        TRY(visit(name, bytes));
    }
    return {};
}

}  // namespace

base::Result<void> read_archive(std::string_view bytes, const FileVisitor& visit, const PackageLimits& limits) {
    if (bytes.size() > limits.archive_bytes) return too_large("the archive is too large");
    Unzip unzip(bytes, limits);
    std::string long_name;  // from a GNU or pax header before the entry
    for (std::size_t entries = 0;; ++entries) {
        if (entries > limits.entries) return too_large("it has too many entries");
        TRY(const std::string header, unzip.take(block_size));
        if (header.empty() || (header.size() == block_size && header.find_first_not_of('\0') == std::string::npos))
            return unzip.rest();
        if (header.size() != block_size || !checksum_holds(header)) return refused("it is not a whole tar archive");
        const auto size = octal(field(header, 124, 12));
        if (!size) return refused("an entry has no size");
        if (*size > limits.file_bytes) return too_large("a file in it is too large");
        const auto padded = static_cast<std::size_t>((*size + block_size - 1) / block_size * block_size);
        TRY(std::string content, unzip.take(padded));
        if (content.size() != padded) return refused("it is cut short");
        content.resize(static_cast<std::size_t>(*size));

        const char kind = header[156];
        if (kind == 'L') {
            long_name = content.substr(0, content.find('\0'));
            continue;
        }
        if (kind == 'x') {
            // pax records: "<length> path=<name>\n"
            if (const std::size_t at = content.find(" path="); at != std::string::npos) {
                long_name = content.substr(at + 6, content.find('\n', at) - at - 6);
            }
            continue;
        }
        if (kind == 'g') continue;
        std::string name(field(header, 0, 100));
        if (const std::string_view prefix = field(header, 345, 155);
            !prefix.empty() && header.substr(257, 5) == "ustar")
            name = std::string(prefix) + "/" + name;
        if (!long_name.empty()) name = std::exchange(long_name, {});
        if (climbs(name)) return refused("an entry leads out of the package");
        if (kind == '5') continue;
        if (kind != '0' && kind != '\0') return refused("an entry is neither a file nor a directory");
        const bool deep = std::count(name.begin(), name.end(), '/') > (name.starts_with("./") ? 2 : 1);
        if (!deep && counts(file_name(name))) TRY(visit(file_name(name), content));
    }
}

base::Result<void> read_package(const std::string& path, const FileVisitor& visit, const PackageLimits& limits) {
    std::error_code problem;
    if (std::filesystem::is_directory(path, problem)) return read_directory(path, visit);
    if (const auto size = std::filesystem::file_size(path, problem); !problem && size > limits.archive_bytes)
        return too_large("the archive is too large");
    TRY(const std::string bytes, read_file(path));
    return read_archive(bytes, visit, limits);
}

}  // namespace fhir::definition
