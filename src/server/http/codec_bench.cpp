// SPDX-License-Identifier: Apache-2.0
// Thread CPU time of parsing one request and writing the head of its answer. Build in release:
//     cmake --build --preset release --target codec_bench && build/release/src/server/codec_bench
#include "server/http/answer.h"
#include "server/http/codec.h"

#include <fmt/format.h>

#include <time.h>

#include <string>

namespace {

double cpu_seconds() {
    timespec time{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
}

void measure(const char* name, const std::string& bytes) {
    constexpr int rounds = 1'000'000;
    server::http::Codec codec{{}};
    std::string out;
    std::size_t done = 0;
    static constexpr server::http::Field fields[] = {{"Content-Type", "application/fhir+json; charset=utf-8"},
                                                     {"ETag", "W/\"1\""},
                                                     {"Last-Modified", "Wed, 01 May 2024 12:00:00 GMT"}};
    const double before = cpu_seconds();
    for (int i = 0; i < rounds; ++i) {
        codec.feed(bytes);
        for (auto event = codec.next(); event != server::http::Event::need_more; event = codec.next()) {
            if (event == server::http::Event::head) codec.accept(1 << 20);
            if (event == server::http::Event::complete) ++done;
        }
    }
    const double read = cpu_seconds() - before;
    for (int i = 0; i < rounds; ++i) {
        out.clear();
        append_head(out, server::http::Manner{}, {.fields = fields, .length = 2047, .date = "Wed, 01 May 2024 12:00:00 GMT"});
    }
    const double both = cpu_seconds() - before;
    fmt::print("{}: {} bytes, read {:.0f} ns, answer's head {:.0f} ns ({} requests)\n", name, bytes.size(), read * 1e9 / rounds,
               (both - read) * 1e9 / rounds, done);
}

}  // namespace

int main() {
    measure("load generator", "GET /Patient/1 HTTP/1.1\r\nHost: 127.0.0.1:8080\r\n\r\n");
    measure("browser-like", "GET /Observation?patient=Patient/1&category=laboratory&date=ge2024-01-01&_count=50 HTTP/1.1\r\n"
                            "Host: fhir.example.org\r\nConnection: keep-alive\r\nAccept: application/fhir+json\r\n"
                            "User-Agent: Mozilla/5.0 (X11; Linux x86_64) Gecko/20100101 Firefox/118.0\r\n"
                            "Accept-Encoding: gzip, deflate, br\r\nAccept-Language: en-US,en;q=0.5\r\n"
                            "Authorization: Bearer " + std::string(800, 'e') + "\r\nX-Request-Id: 3f1c2a\r\nIf-None-Match: W/\"3\"\r\n\r\n");
    measure("create", "POST /Patient HTTP/1.1\r\nHost: 127.0.0.1:8080\r\nContent-Type: application/fhir+json\r\n"
                      "Content-Length: 5000\r\n\r\n" + std::string(5000, 'b'));
}
