// SPDX-License-Identifier: Apache-2.0
#include "server/http/codec.h"

#include "base/text.h"
#include "server/http/syntax.h"

#include <algorithm>
#include <cstring>

namespace server::http {

namespace {

struct Known {
    std::string_view name;
    Method method;
};
constexpr Known methods[] = {{"GET", Method::get},     {"HEAD", Method::head},     {"POST", Method::post},
                             {"PUT", Method::put},     {"PATCH", Method::patch},   {"DELETE", Method::remove},
                             {"OPTIONS", Method::options}};

constexpr std::size_t longest_method = 32;
constexpr std::uint64_t most_reserved = 16 * 1024 * 1024;

// Could a request begin like this? Who speaks another protocol is told at once, not when the clock runs out.
bool may_begin(std::string_view bytes, bool whole_line) {
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        if (bytes[i] == ' ' && i > 0) return true;
        if (bytes[i] == '\r' && i + 1 == bytes.size()) return true;
        if (i >= longest_method || !token_table[static_cast<unsigned char>(bytes[i])]) return false;
    }
    return !whole_line;
}

}  // namespace

std::string_view spelling(Method method) {
    for (const Known& known : methods)
        if (known.method == method) return known.name;
    return "";
}

std::string_view Head::field(std::string_view name) const {
    for (const Field& field : fields)
        if (base::equal_ignoring_case(field.name, name)) return field.value;
    return {};
}

void Codec::feed(std::string_view bytes) {
    if (in_.empty()) {
        keep();
        in_ = bytes;
        in_is_kept_ = false;
        return;
    }
    keep();
    const auto used = static_cast<std::size_t>(in_.data() - buffer_.data());
    if (used > 0) buffer_.erase(0, used);
    buffer_.append(bytes);
    in_ = buffer_;
}

void Codec::keep() {
    if (step_ != Step::head) own_head();
    if (step_ == Step::done && !body_view_.empty() && body_view_.data() != collected_.data()) {
        collected_.assign(body_view_);
        body_view_ = collected_;
    }
    if (in_is_kept_ || in_.empty()) return;
    buffer_.assign(in_);
    in_ = buffer_;
    in_is_kept_ = true;
}

Event Codec::fail(int status, const char* reason) {
    step_ = Step::stopped;
    status_ = status;
    reason_ = reason;
    head_.manner.keep_alive = false;
    in_ = {};
    return Event::failed;
}

void Codec::restart() {
    step_ = Step::head;
    line_ = seen_ = 0;
    started_ = skipped_empty_ = false;
    spans_.clear();
    has_length_ = has_coding_ = coding_ends_ = unknown_coding_ = false;
    says_close_ = says_keep_alive_ = unknown_expectation_ = false;
    hosts_ = 0;
    head_bytes_ = {};
    head_.fields.clear();
    head_.host = head_.target = head_.path = {};
    head_.content_length = 0;
    head_.chunked = head_.expects_continue = false;
    head_.manner = {};
    limit_ = left_ = taken_ = 0;
    streaming_ = false;
    extensions_ = trailer_bytes_ = trailer_count_ = 0;
    if (collected_.capacity() > 64 * 1024) collected_ = std::string();
    else collected_.clear();
    body_view_ = piece_ = {};
}

Event Codec::next() {
    for (;;) {
        Event event = Event::need_more;
        switch (step_) {
            case Step::done: restart(); [[fallthrough]];
            case Step::head: event = read_head(); break;
            case Step::decide: accept(0); continue;
            case Step::fixed: event = read_fixed(); break;
            case Step::chunk_size: event = read_chunk_size(); break;
            case Step::chunk_data:
            case Step::chunk_end: event = read_chunk_data(); break;
            case Step::trailers: event = read_trailers(); break;
            case Step::stopped: return status_ == 0 ? Event::need_more : Event::failed;
        }
        if (event != Event::need_more) return event;
        if (moved_) {
            moved_ = false;
            continue;
        }
        keep();
        return event;
    }
}

// Reads whole lines as they come; positions are kept, not pointers, because the bytes may still move.
Event Codec::read_head() {
    for (;;) {
        const char* base = in_.data();
        const std::size_t size = in_.size();
        const void* found = size > seen_ ? std::memchr(base + seen_, '\n', size - seen_) : nullptr;
        const std::size_t end = found == nullptr ? size : static_cast<std::size_t>(static_cast<const char*>(found) - base);
        if (!started_ && (found == nullptr || end > limits_.target) && !may_begin({base, end}, found != nullptr))
            return fail(400, "That is not HTTP");
        if (!started_ && end > limits_.target + longest_method + 16) return fail(414, "The target is too long");
        if (end > limits_.head) return fail(431, "The head is too long");
        if (found == nullptr) {
            seen_ = size;
            return Event::need_more;
        }
        if (end == line_ || base[end - 1] != '\r') return fail(400, "A line ends without CR");
        const std::string_view line(base + line_, end - 1 - line_);
        const std::size_t at = line_;
        line_ = seen_ = end + 1;
        if (!started_) {
            if (line.empty() && !skipped_empty_) {  // RFC 9112 2.2: one may stand before the request
                skipped_empty_ = true;
                in_.remove_prefix(line_);
                line_ = seen_ = 0;
                continue;
            }
            if (!read_request_line(line)) return Event::failed;
            started_ = true;
        } else if (line.empty()) {
            return end_head(line_);
        } else if (!read_field(line, at)) {
            return Event::failed;
        }
    }
}

bool Codec::read_request_line(std::string_view line) {
    const std::size_t first = line.find(' ');
    const std::size_t last = line.rfind(' ');
    if (first == std::string_view::npos || first == last) return fail(400, "The request line needs three parts"), false;
    const std::string_view method = line.substr(0, first);
    const std::string_view target = line.substr(first + 1, last - first - 1);
    const std::string_view version = line.substr(last + 1);
    if (method.size() > longest_method || !is_token(method)) return fail(400, "The method is not a token"), false;
    const bool digits = version.size() == 8 && version.substr(0, 5) == "HTTP/" && version[6] == '.' && version[5] >= '0' &&
                        version[5] <= '9' && version[7] >= '0' && version[7] <= '9';
    if (!digits || version[5] == '0') return fail(400, "The version is malformed"), false;
    if (target.empty()) return fail(400, "The target is missing"), false;
    if (target.size() > limits_.target) return fail(414, "The target is too long"), false;
    for (const char c : target) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte <= 0x20 || byte >= 0x7F || byte == '#') return fail(400, "The target holds a character that must be escaped"), false;
    }
    if (version[5] != '1') return fail(505, "Only HTTP/1.1 is spoken here"), false;
    head_.manner.http_1_0 = version[7] == '0';

    const Known* known = std::find_if(std::begin(methods), std::end(methods), [method](const Known& one) { return one.name == method; });
    if (known != std::end(methods)) {
        head_.method = known->method;
        head_.manner.head_only = known->method == Method::head;
    } else if (method == "CONNECT" || method == "TRACE") {
        return fail(405, "The method is not allowed"), false;
    } else {
        return fail(501, "The method is not known"), false;
    }

    target_at_ = static_cast<std::uint32_t>(first + 1);
    target_size_ = static_cast<std::uint32_t>(target.size());
    path_at_ = target_at_;
    path_size_ = target_size_;
    if (target == "*") {
        if (head_.method != Method::options) return fail(400, "Only OPTIONS may ask for *"), false;
    } else if (target[0] != '/') {
        // Absolute form (RFC 9112 3.2.2): the host in it is not used for anything.
        const std::size_t scheme = is_named(target.substr(0, 7), "http://") ? 7 : is_named(target.substr(0, 8), "https://") ? 8 : 0;
        const std::size_t slash = scheme == 0 ? 0 : std::min(target.find_first_of("/?", scheme), target.size());
        if (scheme == 0 || !is_host(target.substr(scheme, slash - scheme))) return fail(400, "The target is malformed"), false;
        if (slash < target.size() && target[slash] == '?') return fail(400, "The target has no path"), false;
        path_at_ += static_cast<std::uint32_t>(slash);
        path_size_ -= static_cast<std::uint32_t>(slash);
    }
    if (!are_good_escapes(target)) return fail(400, "The target is badly escaped"), false;
    return true;
}

bool Codec::read_field(std::string_view line, std::size_t at) {
    if (line[0] == ' ' || line[0] == '\t') return fail(400, "A folded field is obsolete"), false;
    std::size_t colon = 0;
    while (colon < line.size() && token_table[static_cast<unsigned char>(line[colon])]) ++colon;
    if (colon == 0 || colon == line.size() || line[colon] != ':') return fail(400, "A field's name is malformed"), false;
    if (!is_field_text(line.substr(colon + 1))) return fail(400, "A field holds a control character"), false;
    if (spans_.size() >= limits_.fields) return fail(431, "There are too many fields"), false;
    const std::string_view value = trimmed(line.substr(colon + 1));
    spans_.push_back({static_cast<std::uint32_t>(at), static_cast<std::uint32_t>(colon),
                      static_cast<std::uint32_t>(at + static_cast<std::size_t>(value.data() - line.data())),
                      static_cast<std::uint32_t>(value.size())});
    return note_field(line.substr(0, colon), value);
}

// The few fields that decide how the message is framed.
bool Codec::note_field(std::string_view name, std::string_view value) {
    switch (name.size()) {
        case 4:
            if (!is_named(name, "host")) return true;
            if (++hosts_ > 1 || !is_host(value)) return fail(400, "There must be exactly one good Host"), false;
            return true;
        case 6:
            if (!is_named(name, "expect")) return true;
            if (is_named(value, "100-continue")) head_.expects_continue = true;
            else unknown_expectation_ = true;
            return true;
        case 10:
            if (!is_named(name, "connection")) return true;
            return each_element(value, [this](std::string_view option) {
                if (is_named(option, "close")) says_close_ = true;
                else if (is_named(option, "keep-alive")) says_keep_alive_ = true;
                return true;
            });
        case 14: {
            if (!is_named(name, "content-length")) return true;
            if (has_length_ || value.empty() || value.size() > 18) return fail(400, "Content-Length is malformed"), false;
            std::uint64_t length = 0;
            for (const char c : value) {
                if (c < '0' || c > '9') return fail(400, "Content-Length is malformed"), false;
                length = length * 10 + static_cast<std::uint64_t>(c - '0');
            }
            has_length_ = true;
            head_.content_length = length;
            return true;
        }
        case 17:
            if (!is_named(name, "transfer-encoding")) return true;
            has_coding_ = true;
            return note_coding(value);
        default: return true;
    }
}

bool Codec::note_coding(std::string_view value) {
    const bool good = each_element(value, [this](std::string_view coding) {
        if (coding_ends_) return false;  // chunked must be the last, and once
        if (is_named(coding, "chunked")) coding_ends_ = true;
        else unknown_coding_ = true;
        return true;
    });
    if (!good) fail(400, "chunked must be the last transfer coding");
    return good;
}

Event Codec::end_head(std::size_t size) {
    if (hosts_ == 0 && !head_.manner.http_1_0) return fail(400, "There must be exactly one good Host");
    if (has_coding_) {
        if (has_length_) return fail(400, "Content-Length and Transfer-Encoding exclude each other");
        if (head_.manner.http_1_0) return fail(400, "HTTP/1.0 has no transfer codings");
        if (unknown_coding_) return fail(501, "The transfer coding is not known");
        if (!coding_ends_) return fail(400, "Transfer-Encoding is empty");
        head_.chunked = true;
    }
    if (unknown_expectation_) return fail(417, "The expectation is not known");
    head_.manner.keep_alive = head_.manner.http_1_0 ? says_keep_alive_ && !says_close_ : !says_close_;
    if (head_.manner.http_1_0) head_.expects_continue = false;

    head_bytes_ = in_.substr(0, size);
    const char* base = head_bytes_.data();
    head_.target = {base + target_at_, target_size_};
    head_.path = path_size_ == 0 ? std::string_view("/") : std::string_view(base + path_at_, path_size_);
    head_.fields.reserve(spans_.size());
    for (const Span& span : spans_) {
        head_.fields.push_back({{base + span.name, span.name_size}, {base + span.value, span.value_size}});
        if (span.name_size == 4 && is_named(head_.fields.back().name, "host")) head_.host = head_.fields.back().value;
    }
    in_.remove_prefix(size);
    step_ = Step::decide;
    return Event::head;
}

// Copies the head into the codec's own memory, because the bytes that it looks at are about to go.
void Codec::own_head() {
    if (head_bytes_.empty() || head_bytes_.data() == head_copy_.data()) return;
    head_copy_.assign(head_bytes_);
    const char* old = head_bytes_.data();
    const char* now = head_copy_.data();
    const auto moved = [old, now](std::string_view part) { return std::string_view(now + (part.data() - old), part.size()); };
    head_.target = moved(head_.target);
    if (path_size_ != 0) head_.path = moved(head_.path);
    if (!head_.host.empty()) head_.host = moved(head_.host);
    for (Field& field : head_.fields) field = {moved(field.name), moved(field.value)};
    head_bytes_ = head_copy_;
}

bool Codec::begin_body(std::uint64_t limit, bool streaming) {
    if (step_ != Step::decide) return false;
    limit_ = limit;
    streaming_ = streaming;
    left_ = head_.content_length;
    if (!head_.chunked && left_ > limit_) {
        fail(413, "The body is too long");
        return false;
    }
    step_ = head_.chunked ? Step::chunk_size : Step::fixed;
    return head_.expects_continue && head_.has_body() && in_.empty();
}

bool Codec::accept(std::uint64_t limit) { return begin_body(limit, false); }
bool Codec::stream(std::uint64_t limit) { return begin_body(limit, true); }

void Codec::refuse() {
    if (step_ != Step::decide) return;
    if (head_.has_body()) {
        head_.manner.keep_alive = false;
        own_head();
        step_ = Step::stopped;
        in_ = {};
    } else {
        step_ = Step::done;
    }
}

Event Codec::finish() {
    step_ = Step::done;
    return Event::complete;
}

// Hands on `count` bytes of the input as body.
Event Codec::deliver(std::size_t count) {
    const std::string_view bytes = in_.substr(0, count);
    in_.remove_prefix(count);
    left_ -= count;
    taken_ += count;
    if (streaming_) {
        piece_ = bytes;
        return Event::body;
    }
    // Room for all that was announced, unless that is much: memory is for those who send.
    if (collected_.empty()) collected_.reserve(count + static_cast<std::size_t>(std::min(left_, most_reserved)));
    collected_.append(bytes);
    body_view_ = collected_;
    return Event::need_more;
}

Event Codec::read_fixed() {
    if (left_ == 0) return finish();
    if (in_.empty()) return Event::need_more;
    if (!streaming_ && taken_ == 0 && in_.size() >= left_) {
        // Whole and in one piece: looked at where it lies.
        body_view_ = in_.substr(0, static_cast<std::size_t>(left_));
        in_.remove_prefix(static_cast<std::size_t>(left_));
        taken_ = left_;
        left_ = 0;
        return finish();
    }
    const Event event = deliver(static_cast<std::size_t>(std::min<std::uint64_t>(left_, in_.size())));
    if (event == Event::body) return event;
    return left_ == 0 ? finish() : Event::need_more;
}

// One line of the chunked framing without its CRLF, at most `most` long.
bool Codec::take_line(std::size_t most, std::string_view& line, Event& otherwise, int status, const char* reason) {
    const std::size_t end = in_.find('\n');
    if (std::min(end, in_.size()) > most + 1) {
        otherwise = fail(status, reason);
        return false;
    }
    if (end == std::string_view::npos) {
        otherwise = Event::need_more;
        return false;
    }
    if (end == 0 || in_[end - 1] != '\r' || !is_field_text(in_.substr(0, end - 1))) {
        otherwise = fail(400, "A line of the chunked body is malformed");
        return false;
    }
    line = in_.substr(0, end - 1);
    in_.remove_prefix(end + 1);
    return true;
}

Event Codec::read_chunk_size() {
    std::string_view line;
    Event otherwise = Event::need_more;
    if (!take_line(limits_.chunk_line, line, otherwise, 400, "The chunk line is too long")) return otherwise;
    std::size_t digits = 0;
    std::uint64_t size = 0;
    for (; digits < line.size() && hex_digit(line[digits]) >= 0; ++digits) {
        if (digits == 15) return fail(400, "The chunk size is too long");
        size = size * 16 + static_cast<std::uint64_t>(hex_digit(line[digits]));
    }
    const std::string_view extension = trimmed(line.substr(digits));
    if (digits == 0 || (!extension.empty() && extension[0] != ';') || (extension.empty() && digits != line.size()))
        return fail(400, "The chunk size is malformed");
    extensions_ += extension.size();
    if (extensions_ > limits_.chunk_extensions) return fail(400, "There are too many chunk extensions");
    if (size > limit_ - std::min(taken_, limit_)) return fail(413, "The body is too long");
    left_ = size;
    step_ = size == 0 ? Step::trailers : Step::chunk_data;
    moved_ = true;
    return Event::need_more;
}

Event Codec::read_chunk_data() {
    if (step_ == Step::chunk_data) {
        if (in_.empty()) return Event::need_more;
        const Event event = deliver(static_cast<std::size_t>(std::min<std::uint64_t>(left_, in_.size())));
        if (left_ == 0) {
            step_ = Step::chunk_end;
            moved_ = event == Event::need_more;
        }
        return event;
    }
    if (in_.empty()) return Event::need_more;
    if (in_[0] != '\r' || (in_.size() > 1 && in_[1] != '\n')) return fail(400, "A chunk does not end with CRLF");
    if (in_.size() < 2) return Event::need_more;
    in_.remove_prefix(2);
    step_ = Step::chunk_size;
    moved_ = true;
    return Event::need_more;
}

// Trailers are checked like fields and then forgotten: nothing here may change what the head said.
Event Codec::read_trailers() {
    std::string_view line;
    Event otherwise = Event::need_more;
    if (!take_line(limits_.head - std::min(trailer_bytes_, limits_.head), line, otherwise, 431, "The trailers are too long")) return otherwise;
    if (line.empty()) return finish();
    trailer_bytes_ += line.size() + 2;
    if (++trailer_count_ > limits_.fields) return fail(431, "There are too many trailers");
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos || !is_token(line.substr(0, colon))) return fail(400, "A trailer's name is malformed");
    moved_ = true;
    return Event::need_more;
}

std::string Codec::take_body() {
    if (body_view_.data() != collected_.data()) return std::string(body_view_);
    body_view_ = {};
    return std::move(collected_);
}

}  // namespace server::http
