// SPDX-License-Identifier: Apache-2.0
#include "server/http/answer.h"

#include <charconv>
#include <cstring>

namespace server::http {

namespace {

void append_number(std::string& out, std::uint64_t number, int base) {
    char digits[24];
    const auto end = std::to_chars(digits, digits + sizeof digits, number, base).ptr;
    out.append(digits, end);
}

// Could there be a control character among eight bytes? May say yes too often (for bytes above 0x7F), never no wrongly.
bool suspicious(std::uint64_t eight) {
    constexpr std::uint64_t each = 0x0101010101010101;
    const std::uint64_t below_space = eight - each * 0x20;
    const std::uint64_t above_tilde = eight + each;  // 0x7F and what is above it
    return ((below_space | above_tilde) & (each * 0x80)) != 0;
}

void append_value(std::string& out, std::string_view value) {
    const std::size_t from = out.size();
    out += value;
    std::size_t i = from;
    for (std::uint64_t eight = 0; i + sizeof eight <= out.size(); i += sizeof eight) {
        std::memcpy(&eight, out.data() + i, sizeof eight);
        if (suspicious(eight)) break;
    }
    for (; i < out.size(); ++i) {
        const auto byte = static_cast<unsigned char>(out[i]);
        if ((byte < 0x20 && byte != '\t') || byte == 0x7F) out[i] = ' ';
    }
}

void append_field(std::string& out, std::string_view name, std::string_view value) {
    out += "\r\n";
    append_value(out, name);
    out += ": ";
    append_value(out, value);
}

}  // namespace

std::string_view phrase(int status) {
    switch (status) {
        case 200: return "OK";
        case 201: return "Created";
        case 202: return "Accepted";
        case 204: return "No Content";
        case 206: return "Partial Content";
        case 301: return "Moved Permanently";
        case 302: return "Found";
        case 303: return "See Other";
        case 304: return "Not Modified";
        case 307: return "Temporary Redirect";
        case 308: return "Permanent Redirect";
        case 400: return "Bad Request";
        case 401: return "Unauthorized";
        case 403: return "Forbidden";
        case 404: return "Not Found";
        case 405: return "Method Not Allowed";
        case 406: return "Not Acceptable";
        case 408: return "Request Timeout";
        case 409: return "Conflict";
        case 410: return "Gone";
        case 411: return "Length Required";
        case 412: return "Precondition Failed";
        case 413: return "Content Too Large";
        case 414: return "URI Too Long";
        case 415: return "Unsupported Media Type";
        case 417: return "Expectation Failed";
        case 422: return "Unprocessable Content";
        case 428: return "Precondition Required";
        case 429: return "Too Many Requests";
        case 431: return "Request Header Fields Too Large";
        case 500: return "Internal Server Error";
        case 501: return "Not Implemented";
        case 502: return "Bad Gateway";
        case 503: return "Service Unavailable";
        case 504: return "Gateway Timeout";
        case 505: return "HTTP Version Not Supported";
        case 507: return "Insufficient Storage";
        default: return "";
    }
}

void FieldLines::emplace_back(std::string_view name, std::string_view value) {
    if (text_.empty()) text_.reserve(256);
    append_field(text_, name, value);
}

Ending append_head(std::string& out, const Manner& manner, const AnswerHead& head) {
    Ending ending;
    const bool empty = head.status == 204 || head.status == 304;
    ending.body = !empty && !manner.head_only;
    ending.chunked = !empty && !head.length && !manner.http_1_0;
    ending.close = !manner.keep_alive;
    if (!empty && !head.length && manner.http_1_0 && !manner.head_only) ending.close = true;  // the end of the body is the end

    out += "HTTP/1.1 ";
    append_number(out, static_cast<std::uint64_t>(head.status), 10);
    out += ' ';
    out += phrase(head.status);
    if (!head.date.empty()) {
        out += "\r\nDate: ";
        out += head.date;
    }
    for (const Field& field : head.fields) append_field(out, field.name, field.value);
    out += head.lines;
    if (ending.chunked) {
        out += "\r\nTransfer-Encoding: chunked";
    } else if (head.length && head.status != 204 && head.status != 304) {
        out += "\r\nContent-Length: ";
        append_number(out, *head.length, 10);
    }
    if (ending.close) out += "\r\nConnection: close";
    else if (manner.http_1_0) out += "\r\nConnection: keep-alive";
    out += "\r\n\r\n";
    ending.chunked = ending.chunked && ending.body;
    return ending;
}

void append_chunk(std::string& out, std::string_view bytes) {
    if (bytes.empty()) return;
    append_number(out, bytes.size(), 16);
    out += "\r\n";
    out += bytes;
    out += "\r\n";
}

void append_last_chunk(std::string& out) { out += "0\r\n\r\n"; }

Ending append_plain(std::string& out, const Manner& manner, int status, std::string_view text) {
    static constexpr Field plain[] = {{"Content-Type", "text/plain; charset=utf-8"},
                                      {"Allow", "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"}};
    const Ending ending = append_head(out, manner, {.status = status, .fields = std::span(plain, status == 405 ? 2 : 1), .length = text.size() + 1});
    if (ending.body) {
        out += text;
        out += '\n';
    }
    return ending;
}

}  // namespace server::http
