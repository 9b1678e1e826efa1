// SPDX-License-Identifier: Apache-2.0
#pragma once

// The server's half of HTTP/1.1 (RFC 9112), strict, as a machine: bytes in, events out. It holds no socket
// and no clock. What any two readers could understand differently is refused: that is how requests are
// smuggled past a proxy.
//
//     codec.feed(bytes);
//     for (;;) switch (codec.next()) {
//         case Event::head: if (codec.accept(16 << 20)) out += continue_line; break;
//         case Event::complete: answer(codec.head(), codec.body()); break;
//         case Event::failed: out += ...codec.status()...; close; return;
//         case Event::need_more: return;
//     }
//
// A small GET costs less than a microsecond and no allocation: names, values and short bodies are views into
// the bytes that were fed, or into the codec's own memory once a request spans several feeds. They stay good
// until the first next() after Event::complete; but feed() may be called only after next() said need_more or
// after keep(). Time is linear in the input however it is cut.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace server::http {

struct Limits {
    std::size_t head = 16 * 1024;    // request line and fields; above: 431
    std::size_t target = 8 * 1024;   // above: 414
    std::size_t fields = 100;        // above: 431; trailers are counted alone
    std::size_t chunk_line = 256;    // size and extensions of one chunk
    std::size_t chunk_extensions = 4 * 1024;  // of all chunks together
};

enum class Method : std::uint8_t { get, head, post, put, patch, remove, options };

// "GET", "DELETE" ...
std::string_view spelling(Method method);

struct Field {
    std::string_view name;   // as it was sent
    std::string_view value;  // without white space around it
};

// What the writer of an answer must know of its request; small, to be kept while the answer is made.
struct Manner {
    bool head_only = false;   // HEAD: no body may follow
    bool http_1_0 = false;
    bool keep_alive = true;   // the client allows another request; false after a failure
};

struct Head {
    Method method = Method::get;
    std::string_view target;          // raw: nothing is decoded
    std::string_view path;            // the target's origin form: an absolute target without scheme and host
    std::string_view host;            // of the Host field; empty only in HTTP/1.0
    std::vector<Field> fields;        // in order, all occurrences
    std::uint64_t content_length = 0; // 0 when chunked
    bool chunked = false;
    bool expects_continue = false;
    Manner manner{};

    bool has_body() const { return chunked || content_length > 0; }
    // The first field of that name (any case), or empty.
    std::string_view field(std::string_view name) const;
};

enum class Event : std::uint8_t {
    need_more,  // everything fed is used or kept
    head,       // head() is there; now accept(), stream() or refuse()
    body,       // only after stream(): piece() is there
    complete,   // the request is whole
    failed      // status() and reason() say why; nothing more will be read
};

class Codec {
public:
    explicit Codec(const Limits& limits) : limits_(limits) {}
    Codec(const Codec&) = delete;  // it holds views into itself
    Codec& operator=(const Codec&) = delete;

    void feed(std::string_view bytes);
    Event next();
    // The owner stops pulling for now (an answer must go first): what is left of the feed is copied.
    void keep();

    // After Event::head: the body may have `limit` bytes, is collected, and is there with Event::complete.
    // A longer one fails with 413: from the head alone when its length is announced. True: the client waits
    // for "100 Continue".
    bool accept(std::uint64_t limit);
    // The same, but the body comes in pieces (Event::body) and is not collected.
    bool stream(std::uint64_t limit);
    // The body is not wanted: nothing more is read, the answer closes the connection when a body was announced.
    void refuse();

    const Head& head() const { return head_; }
    std::string_view piece() const { return piece_; }
    std::string_view body() const { return body_view_; }
    std::string take_body();         // moves it out when the codec owns it
    int status() const { return status_; }
    const char* reason() const { return reason_; }

    // Where the machine stands, for the connection's clocks.
    bool in_head() const { return step_ == Step::head && (!in_.empty() || line_ > 0); }
    bool in_body() const { return step_ != Step::head && step_ != Step::decide && step_ != Step::done && step_ != Step::stopped; }

private:
    enum class Step : std::uint8_t { head, decide, fixed, chunk_size, chunk_data, chunk_end, trailers, done, stopped };
    struct Span { std::uint32_t name, name_size, value, value_size; };

    Event fail(int status, const char* reason);
    Event read_head();
    Event end_head(std::size_t size);
    bool read_request_line(std::string_view line);
    bool read_field(std::string_view line, std::size_t at);
    bool note_field(std::string_view name, std::string_view value);
    bool note_coding(std::string_view value);
    bool begin_body(std::uint64_t limit, bool streaming);
    Event read_fixed();
    Event read_chunk_size();
    Event read_chunk_data();
    Event read_trailers();
    Event finish();
    Event deliver(std::size_t count);
    bool take_line(std::size_t most, std::string_view& line, Event& otherwise, int status, const char* reason);
    void own_head();
    void restart();

    Limits limits_;
    Step step_ = Step::head;
    std::string buffer_;          // bytes kept from earlier feeds
    std::string_view in_;         // not yet used; lies in buffer_ or in what was fed
    bool in_is_kept_ = false;

    // The head while it is read: positions count from its first byte.
    std::size_t line_ = 0;        // start of the line being read
    std::size_t seen_ = 0;        // no line end before this
    bool started_ = false;        // the request line is read
    bool skipped_empty_ = false;
    std::vector<Span> spans_;
    std::uint32_t target_at_ = 0, target_size_ = 0, path_at_ = 0, path_size_ = 0;
    bool has_length_ = false, has_coding_ = false, coding_ends_ = false, unknown_coding_ = false;
    bool says_close_ = false, says_keep_alive_ = false, unknown_expectation_ = false;
    std::size_t hosts_ = 0;
    std::string_view head_bytes_;
    std::string head_copy_;

    Head head_;
    std::uint64_t limit_ = 0;
    bool streaming_ = false;
    std::uint64_t left_ = 0;      // of the fixed body or the chunk
    std::uint64_t taken_ = 0;     // body bytes so far
    std::size_t extensions_ = 0;
    std::size_t trailer_bytes_ = 0, trailer_count_ = 0;
    std::string collected_;
    std::string_view body_view_;
    std::string_view piece_;
    int status_ = 0;
    const char* reason_ = "";
    bool moved_ = false;          // a step ended without an event: look again
};

}  // namespace server::http
