// SPDX-License-Identifier: Apache-2.0
#include "fhir/definition/package.h"

#include <doctest/doctest.h>
#include <filesystem>
#include <fstream>
#include <map>

using namespace fhir::definition;
using base::Fault;

namespace {

struct Entry {
    std::string name;
    std::string content;
    char kind = '0';
};

std::string tar_header(const Entry& entry, std::size_t size) {
    std::string header(512, '\0');
    const auto put = [&](std::size_t at, std::string_view text) { header.replace(at, text.size(), text); };
    const auto octal = [](std::size_t number) {
        std::string text(11, '0');
        for (std::size_t i = 11; i-- > 0; number /= 8) text[i] = static_cast<char>('0' + number % 8);
        return text;
    };
    put(0, entry.name.substr(0, 100));
    put(100, "0000644");
    put(124, octal(size));
    put(148, "        ");
    header[156] = entry.kind;
    put(257, "ustar");
    put(263, "00");
    std::size_t sum = 0;
    for (const char c : header) sum += static_cast<unsigned char>(c);
    put(148, octal(sum).substr(5));
    header[154] = '\0';
    header[155] = ' ';
    return header;
}

// One ustar entry: header, content, padding.
std::string tar_entry(const Entry& entry) {
    std::string out = tar_header(entry, entry.content.size()) + entry.content;
    out.resize((out.size() + 511) / 512 * 512);
    return out;
}

std::string tar(std::initializer_list<Entry> entries) {
    std::string out;
    for (const Entry& entry : entries) out += tar_entry(entry);
    return out + std::string(1024, '\0');
}

void put32(std::string& out, std::uint32_t number) {
    for (int i = 0; i < 4; ++i) out.push_back(static_cast<char>(number >> (8 * i)));
}

// gzip of stored blocks (RFC 1951 3.2.4): all that a test needs, and zlib keeps its one door.
std::string gzip_stored(std::string_view content) {
    std::uint32_t crc = 0xFFFFFFFF;
    for (const char c : content) {
        crc ^= static_cast<unsigned char>(c);
        for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1U) ^ (0xEDB88320U & (0U - (crc & 1U)));
    }
    const auto size = static_cast<std::uint32_t>(content.size());
    std::string out("\x1F\x8B\x08\0\0\0\0\0\0\xFF", 10);
    do {
        const std::string_view block = content.substr(0, 65'535);
        content.remove_prefix(block.size());
        out.push_back(content.empty() ? '\1' : '\0');
        const auto length = static_cast<std::uint32_t>(block.size());
        put32(out, length | (~length << 16U));
        out += block;
    } while (!content.empty());
    put32(out, ~crc);
    put32(out, size);
    return out;
}

// A gzip that begins with `start` and goes on with matches of 258 bytes, 158 bytes for each one that it has
// (RFC 1951 3.2.6: length 258 is code 285, eight bits 11000101; distance 1 is five bits 0).
std::string gzip_bomb(std::string_view start, std::size_t matches) {
    std::string out("\x1F\x8B\x08\0\0\0\0\0\0\xFF\0", 11);  // a stored block that is not the last
    const auto length = static_cast<std::uint32_t>(start.size());
    put32(out, length | (~length << 16U));
    out += start;
    unsigned bits = 0;
    unsigned count = 0;
    const auto code = [&](const char* digits) {
        for (; *digits != '\0'; ++digits) {
            bits |= (*digits == '1' ? 1U : 0U) << count;
            if (++count < 8) continue;
            out.push_back(static_cast<char>(bits));
            bits = count = 0;
        }
    };
    code("110");  // the last block, fixed codes
    for (std::size_t i = 0; i < matches; ++i) code("1100010100000");
    code("00000000000000000");  // the end, and the last byte filled
    return out;
}

using Files = std::map<std::string, std::string>;

base::Result<Files> files(const std::string& archive, const PackageLimits& limits = {}) {
    Files found;
    TRY(read_archive(
        archive,
        [&](std::string_view name, std::string_view bytes) -> base::Result<void> {
            found.emplace(name, bytes);
            return {};
        },
        limits));
    return found;
}

base::Result<Files> packed(std::initializer_list<Entry> entries, const PackageLimits& limits = {}) {
    return files(gzip_stored(tar(entries)), limits);
}

}  // namespace

TEST_SUITE("fhir/definition/package") {
    TEST_CASE("an archive's resources are visited, whatever their size") {
        const std::string large(100'000, 'x');
        const auto found = packed({{"package/package.json", "{}"},
                                   {"package/Patient-a.json", "a"},
                                   {"package", "", '5'},
                                   {"package/example/Patient-b.json", "b"},
                                   {"package/Patient-large.json", large}});
        REQUIRE(found);
        CHECK(*found == Files{{"Patient-a.json", "a"}, {"Patient-large.json", large}, {"package.json", "{}"}});
    }

    TEST_CASE("L-01: an entry that leads out, or is no file, refuses the whole archive") {
        for (const char* name : {"../etc/X", "package/../../X", "/etc/X", "C:\\X", "package\\..\\X", ".."})
            CHECK_FALSE(packed({{"package/Patient-a.json", "a"}, {name, "x"}}));
        for (const char kind : {'1', '2', '3', '4', '6', '7'}) CHECK_FALSE(packed({{"package/X", "", kind}}));
        CHECK_FALSE(packed({{"././@LongLink", "../../X", 'L'}, {"package/X", "x"}}));
        CHECK_FALSE(packed({{"PaxHeader", "19 path=../../Xabc\n", 'x'}, {"package/X", "x"}}));
    }

    TEST_CASE("L-02: limits hold") {
        const std::string content(5000, 'x');
        const auto kind = [&](const PackageLimits& limits) {
            const auto found = packed({{"package/A", content}, {"package/B", content}}, limits);
            return found ? Fault::Kind::bug : found.fault().kind;
        };
        CHECK(kind({.archive_bytes = 100}) == Fault::Kind::too_large);
        CHECK(kind({.total_bytes = 8000}) == Fault::Kind::too_large);
        CHECK(kind({.file_bytes = 4999}) == Fault::Kind::too_large);
        CHECK(kind({.entries = 1}) == Fault::Kind::too_large);
        CHECK(kind({}) == Fault::Kind::bug);  // read
        const std::string bomb = gzip_bomb(tar_header({"package/A", ""}, 60'000'000), 250'000);
        const auto refused = files(bomb, {.ratio = 100});
        REQUIRE_FALSE(refused);
        CHECK(refused.fault().text.find("suspiciously") != std::string::npos);
        const auto read = files(bomb, {.ratio = 1000});  // nothing else is wrong with it but that it lacks its checksum
        REQUIRE_FALSE(read);
        CHECK(read.fault().text.find("whole gzip") != std::string::npos);
    }

    TEST_CASE("what is cut or changed is refused") {
        const std::string whole = gzip_stored(tar({{"package/Patient-a.json", std::string(3000, 'a')}}));
        for (std::size_t length = 0; length < whole.size(); length += 97)
            CHECK_FALSE(files(whole.substr(0, length)));
        CHECK_FALSE(files("not an archive"));
        CHECK_FALSE(files(gzip_stored(std::string(700, 'x'))));
    }

    TEST_CASE("a directory is a package too, and X.json goes before X") {
        const std::filesystem::path path = std::filesystem::path(ANDIRON_BINARY_DIR) / "package_test";
        std::filesystem::create_directories(path);
        for (const char* name : {"ValueSet-a", "ValueSet-a.json", "ValueSet-b", "package.json"})
            std::ofstream(path / name) << name;
        Files found;
        CHECK(read_package(path.string(), [&](std::string_view name, std::string_view bytes) -> base::Result<void> {
            found.emplace(name, bytes);
            return {};
        }));
        CHECK(found == Files{{"ValueSet-a.json", "ValueSet-a.json"}, {"ValueSet-b", "ValueSet-b"}, {"package.json", "package.json"}});
        std::filesystem::remove_all(path);
        CHECK_FALSE(read_package("/nowhere", [](std::string_view, std::string_view) { return base::Result<void>(); }));
    }
}
