// SPDX-License-Identifier: Apache-2.0
#include "base/log.h"

#include "base/text.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cmath>
#include <iterator>

namespace base {

namespace {

constexpr std::size_t longest = 2048;  // bytes of one text value

constexpr const char* names[] = {"debug", "info", "warning", "error"};

// How many bytes the UTF-8 character at the front of `text` has; 0 when there is none in its shortest form.
std::size_t character(std::string_view text) {
    const auto first = static_cast<unsigned char>(text[0]);
    const std::size_t size = first < 0x80 ? 1 : first < 0xC0 ? 0 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
    return size != 0 && size <= text.size() && (size == 1 || valid_utf8(text.substr(0, size))) ? size : 0;
}

void append_text(std::string& out, std::string_view text) {
    out += '"';
    const bool cut = text.size() > longest;
    if (cut) text = text.substr(0, longest);
    while (!text.empty()) {
        const std::size_t size = character(text);
        if (size == 0) {
            out += "\\ufffd";
            text.remove_prefix(1);
            continue;
        }
        const auto first = static_cast<unsigned char>(text[0]);
        const bool c1 = size == 2 && first == 0xC2 && static_cast<unsigned char>(text[1]) < 0xA0;
        const bool separator = size == 3 && (text.substr(0, 3) == "\xE2\x80\xA8" || text.substr(0, 3) == "\xE2\x80\xA9");
        if (first == '"' || first == '\\') (out += '\\') += text[0];
        else if (first < 0x20 || first == 0x7F) fmt::format_to(std::back_inserter(out), "\\u{:04x}", first);
        else if (c1) fmt::format_to(std::back_inserter(out), "\\u{:04x}", static_cast<unsigned char>(text[1]));
        else if (separator) out += text[2] == '\xA8' ? "\\u2028" : "\\u2029";
        else out += text.substr(0, size);
        text.remove_prefix(size);
    }
    if (cut) out += "...";
    out += '"';
}

}  // namespace

void DescriptorSink::line(std::string_view line) {
    while (!line.empty()) {
        const ssize_t written = ::write(descriptor_, line.data(), line.size());
        if (written < 0 && errno == EINTR) continue;
        if (written <= 0) return;
        line.remove_prefix(static_cast<std::size_t>(written));
    }
}

void Logger::append(std::string& out, const LogValue& value) {
    const auto back = std::back_inserter(out);
    if (const auto* text = std::get_if<std::string_view>(&value.value_)) append_text(out, *text);
    else if (const auto* hidden = std::get_if<Private>(&value.value_)) fmt::format_to(back, "\"[private, {} bytes]\"", hidden->value.size());
    else if (const auto* flag = std::get_if<bool>(&value.value_)) out += *flag ? "true" : "false";
    else if (const auto* number = std::get_if<std::int64_t>(&value.value_)) fmt::format_to(back, "{}", *number);
    else if (const auto* natural = std::get_if<std::uint64_t>(&value.value_)) fmt::format_to(back, "{}", *natural);
    else if (const auto* real = std::get_if<double>(&value.value_); real != nullptr && std::isfinite(*real)) fmt::format_to(back, "{}", *real);
    else out += "null";
}

void Logger::write(Level level, std::string_view event, std::initializer_list<LogField> fields) {
    if (!logs(level)) return;
    std::string line;
    line.reserve(256);
    fmt::format_to(std::back_inserter(line), "{{\"ts\":\"{}\",\"level\":\"{}\",\"event\":", instant(clock_.now()), names[static_cast<int>(level)]);
    append_text(line, event);
    for (const LogField& field : fields) {
        line += ',';
        append_text(line, field.name);
        line += ':';
        append(line, field.value);
    }
    line += "}\n";
    sink_.line(line);
}

}  // namespace base
