// SPDX-License-Identifier: Apache-2.0
#include "hl7v2/charset.h"

#include "base/text.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <optional>
#include <vector>

#include <iconv.h>

namespace hl7v2 {
namespace {

enum class Kind { ascii, utf8, single, multi, shifted, wide };

struct Set {
    const char* name;   // HL7 table 0211, upper case, spaces as printed there
    Kind kind;
    const char* iconv;  // the library's name for it
};

constexpr Set sets[] = {
    {"ASCII", Kind::ascii, "ASCII"},
    {"US-ASCII", Kind::ascii, "ASCII"},
    {"ISO IR6", Kind::ascii, "ASCII"},
    {"UNICODE UTF-8", Kind::utf8, "UTF-8"},
    {"UTF-8", Kind::utf8, "UTF-8"},
    {"UTF8", Kind::utf8, "UTF-8"},
    {"8859/1", Kind::single, "ISO-8859-1"},
    {"8859/2", Kind::single, "ISO-8859-2"},
    {"8859/3", Kind::single, "ISO-8859-3"},
    {"8859/4", Kind::single, "ISO-8859-4"},
    {"8859/5", Kind::single, "ISO-8859-5"},
    {"8859/6", Kind::single, "ISO-8859-6"},
    {"8859/7", Kind::single, "ISO-8859-7"},
    {"8859/8", Kind::single, "ISO-8859-8"},
    {"8859/9", Kind::single, "ISO-8859-9"},
    {"8859/15", Kind::single, "ISO-8859-15"},
    {"ISO-8859-1", Kind::single, "ISO-8859-1"},
    {"ISO8859-1", Kind::single, "ISO-8859-1"},
    {"ISO-8859-15", Kind::single, "ISO-8859-15"},
    {"WINDOWS-1252", Kind::single, "CP1252"},
    {"CP1252", Kind::single, "CP1252"},
    {"WINDOWS-1250", Kind::single, "CP1250"},
    {"WINDOWS-1251", Kind::single, "CP1251"},
    {"GB 18030-2000", Kind::multi, "GB18030"},
    {"KS X 1001", Kind::multi, "EUC-KR"},
    {"BIG-5", Kind::multi, "BIG5"},
    {"ISO IR14", Kind::shifted, "ISO-2022-JP-2"},
    {"ISO IR87", Kind::shifted, "ISO-2022-JP-2"},
    {"ISO IR159", Kind::shifted, "ISO-2022-JP-2"},
    {"UNICODE", Kind::wide, ""},
    {"UNICODE UTF-16", Kind::wide, ""},
    {"UNICODE UTF-32", Kind::wide, ""},
    {"UTF-16", Kind::wide, ""},
    {"UTF-32", Kind::wide, ""},
};

const Set* find(std::string_view name) {
    const std::string wanted = base::upper(base::trim(name));
    for (const Set& set : sets)
        if (wanted == set.name) return &set;
    return nullptr;
}

// An open conversion of the C library; closes itself.
class Conversion {
public:
    Conversion(const char* to, const char* from) : handle_(iconv_open(to, from)) {}
    ~Conversion() {
        if (good()) iconv_close(handle_);
    }
    Conversion(const Conversion&) = delete;
    Conversion& operator=(const Conversion&) = delete;

    bool good() const { return handle_ != reinterpret_cast<iconv_t>(-1); }  // iconv_open's own sign of failure

    // Converts all of `text`. Where it cannot, `otherwise(rest, out)` says how many bytes to pass over; 0 gives up.
    template <class Otherwise>
    std::optional<std::string> run(std::string_view text, Otherwise otherwise) {
        if (!good()) return std::nullopt;
        std::string out;
        out.reserve(text.size() + text.size() / 4 + 16);
        std::array<char, 4096> buffer;
        bool flushing = false;
        for (;;) {
            char* from = const_cast<char*>(text.data());  // iconv's signature; it does not write there
            std::size_t left = text.size();
            char* to = buffer.data();
            std::size_t room = buffer.size();
            const auto done = iconv(handle_, flushing ? nullptr : &from, flushing ? nullptr : &left, &to, &room);
            const int error = errno;
            out.append(buffer.data(), buffer.size() - room);
            if (!flushing) text.remove_prefix(text.size() - left);
            if (done == static_cast<std::size_t>(-1)) {
                if (error == E2BIG) continue;
                const std::size_t skip = otherwise(text, out);
                if (skip == 0 || skip > text.size()) return std::nullopt;
                text.remove_prefix(skip);
                continue;
            }
            if (flushing) return out;
            flushing = true;  // back to the first shift state
        }
    }

private:
    iconv_t handle_;
};

std::optional<std::string> convert(std::string_view text, const char* to, const char* from) {
    return Conversion(to, from).run(text, [](std::string_view, std::string&) { return std::size_t{0}; });
}

// Windows-1252 leaves five bytes open; they are read as the C1 controls that ISO 8859-1 has there.
std::optional<std::string> convert_single(std::string_view text, const char* from) {
    const bool lenient = std::string_view(from) == "CP1252";
    return Conversion("UTF-8", from).run(text, [lenient](std::string_view rest, std::string& out) {
        if (!lenient || rest.empty()) return std::size_t{0};
        base::append_utf8(out, static_cast<unsigned char>(rest[0]));
        return std::size_t{1};
    });
}

// JIS by ISO 2022 shifts, and half-width katakana of JIS X 0201 where it comes as eight bits. The Roman set is read
// as ASCII: the byte of the escape character stays the escape character although a Japanese font shows a yen there.
std::optional<std::string> convert_shifted(std::string_view text) {
    std::string bytes;
    bytes.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto c = static_cast<unsigned char>(text[i]);
        if (text.substr(i, 3) == "\x1B(J") {
            bytes += "\x1B(B";
            i += 2;
        } else if (c >= 0xA1 && c <= 0xDF) {
            bytes += "\x1B(I";
            bytes += static_cast<char>(c - 0x80);
            bytes += "\x1B(B";
        } else {
            bytes += text[i];
        }
    }
    if (auto done = convert(bytes, "UTF-8", "ISO-2022-JP-2")) return done;
    return convert(bytes, "UTF-8", "ISO-2022-JP-3");
}

bool has_high_byte(std::string_view bytes) {
    for (char c : bytes)
        if (static_cast<unsigned char>(c) >= 0x80) return true;
    return false;
}

base::Fault broken(std::string text) {
    return {base::Fault::Kind::malformed, std::move(text), "MSH-18", base::IssueType::value};
}

// The set that decides how the whole is read: a shifted one wherever it stands, else the first.
base::Result<const Set*> deciding(std::string_view declared, char repetition) {
    const Set* decided = nullptr;
    for (auto name : base::split(declared, repetition)) {
        if (base::trim(name).empty()) continue;
        const Set* set = find(name);
        if (!set || set->kind == Kind::wide)
            return base::Fault{base::Fault::Kind::unsupported, "the character set in MSH-18 is not supported", "MSH-18",
                               base::IssueType::not_supported};
        if (!decided || (set->kind == Kind::shifted && decided->kind == Kind::ascii)) decided = set;
    }
    return decided;
}

}  // namespace

base::Result<std::string> to_utf8(std::string bytes, std::string_view declared, char repetition,
                                  std::string_view fallback, base::Findings& remarks, bool instead_of_wrong) {
    if (instead_of_wrong) {
        if (auto as_declared = to_utf8(bytes, declared, repetition, fallback, remarks)) return as_declared;
        declared = {};
        remarks.push_back({base::Severity::warning, base::IssueType::value, "MSH-18", "the bytes are not of the character set in MSH-18"});
    }
    if (const Set* named = find(declared.substr(0, declared.find(repetition))); named && named->kind == Kind::wide) {
        declared = {};
        remarks.push_back({base::Severity::warning, base::IssueType::value, "MSH-18",
                           "MSH-18 names " + std::string(named->name) + ", but the message is in single bytes; read as what it is"});
    }
    TRY(const Set* set, deciding(declared, repetition));
    const Kind kind = set ? set->kind : Kind::ascii;
    if (kind == Kind::shifted && (bytes.find('\x1B') != std::string::npos || has_high_byte(bytes))) {
        if (bytes.find('\x1B') == std::string::npos && base::valid_utf8(bytes)) return bytes;
        if (auto done = convert_shifted(bytes)) return *std::move(done);
        return broken("the bytes are not of the character set in MSH-18");
    }
    if (kind == Kind::multi) {
        if (auto done = convert(bytes, "UTF-8", set->iconv)) return *std::move(done);
        return broken("the bytes are not of the character set in MSH-18");
    }
    // Senders that name a single-byte set and send UTF-8 are common; text in such a set is by chance valid
    // UTF-8 almost never.
    if (base::valid_utf8(bytes)) return bytes;
    if (kind == Kind::utf8) return broken("MSH-18 names UTF-8, but the bytes are not UTF-8");
    if (kind == Kind::single) {
        if (auto done = convert_single(bytes, set->iconv)) return *std::move(done);
        return broken("the bytes are not of the character set in MSH-18");
    }
    const Set* instead = fallback.empty() ? nullptr : find(fallback);
    if (!instead || instead->kind != Kind::single)
        return broken("bytes above 127, but MSH-18 names no character set that has them");
    auto done = convert_single(bytes, instead->iconv);
    if (!done) return broken("bytes above 127, but MSH-18 names no character set that has them");
    remarks.push_back({base::Severity::warning, base::IssueType::value, "MSH-18",
                       "bytes above 127, but MSH-18 names no character set that has them; read as " +
                           std::string(instead->name)});
    return *std::move(done);
}

bool is_wide(std::string_view bytes) {
    const auto starts = [&](std::string_view with) { return bytes.starts_with(with); };
    if (starts("\xFF\xFE") || starts("\xFE\xFF") || starts({"\0\0\xFE\xFF", 4})) return true;
    const std::string_view head = bytes.substr(0, 4);
    return head.size() == 4 && std::count(head.begin(), head.end(), '\0') >= 2 &&
           std::any_of(head.begin(), head.end(), [](char c) { return c >= 'A' && c <= 'Z'; });
}

base::Result<std::string> from_wide(std::string bytes) {
    if (!is_wide(bytes)) return bytes;
    const std::string_view head = std::string_view(bytes).substr(0, 4);
    const bool marked = static_cast<unsigned char>(head[0]) >= 0xFE || (head[0] == '\0' && static_cast<unsigned char>(head[2]) >= 0xFE);
    const bool four = std::count(head.begin(), head.end(), '\0') >= (marked ? 2 : 3);
    const bool little = marked ? head[0] == '\xFF' : head[0] != '\0';
    const char* const name = four ? (little ? "UTF-32LE" : "UTF-32BE") : (little ? "UTF-16LE" : "UTF-16BE");
    const std::size_t mark = !marked ? 0 : four ? 4 : 2;
    if (auto done = convert(std::string_view(bytes).substr(mark), "UTF-8", name)) return *std::move(done);
    return broken("the message is in UTF-16 or UTF-32, and broken");
}

bool is_known_charset(std::string_view declared, char repetition) {
    return static_cast<bool>(deciding(declared, repetition));
}

std::string from_utf8(std::string_view utf8, std::string_view declared, char repetition) {
    if (!has_high_byte(utf8)) return std::string(utf8);
    const auto set = deciding(declared, repetition);
    if (!set || !*set || (*set)->kind == Kind::utf8) return std::string(utf8);
    auto done = Conversion((*set)->iconv, "UTF-8").run(utf8, [](std::string_view rest, std::string& out) {
        if (rest.empty()) return std::size_t{0};
        out += '?';
        std::size_t length = 1;
        while (length < rest.size() && (static_cast<unsigned char>(rest[length]) & 0xC0) == 0x80) ++length;
        return length;
    });
    return done ? *std::move(done) : std::string(utf8);
}

}  // namespace hl7v2
