// SPDX-License-Identifier: Apache-2.0
#include "server/http/answer.h"

#include <doctest/doctest.h>

using server::http::append_head;
using server::http::append_plain;
using server::http::Ending;
using server::http::Field;
using server::http::Manner;

TEST_SUITE("server/http/answer") {
    TEST_CASE("fields are written in order and may repeat") {
        const Field fields[] = {{"Link", "a"}, {"Link", "b"}};
        std::string out;
        const Ending ending = append_head(out, {}, {.status = 201, .fields = fields, .length = 3, .date = "now"});
        CHECK(out == "HTTP/1.1 201 Created\r\nDate: now\r\nLink: a\r\nLink: b\r\nContent-Length: 3\r\n\r\n");
        CHECK(ending.body);
        CHECK_FALSE(ending.close);
    }
    TEST_CASE("a line break in a value does not end the head") {
        const Field fields[] = {{"Location", "x\r\nSet-Cookie: y"}};
        std::string out;
        append_head(out, {}, {.fields = fields, .length = 0});
        CHECK(out.find("\r\nSet-Cookie") == std::string::npos);
    }
    TEST_CASE("every control character becomes a space wherever it stands, and nothing else changes") {
        for (int byte = 0; byte < 256; ++byte) {
            for (std::size_t at = 0; at < 21; ++at) {
                std::string value = "\xC3\xA4~ \xFF plain value 12345";
                value.resize(21);
                value[at] = static_cast<char>(byte);
                server::http::FieldLines lines;
                lines.emplace_back("X", value);
                if ((byte < 0x20 && byte != '\t') || byte == 0x7F) value[at] = ' ';
                CHECK(lines.text() == "\r\nX: " + value);
            }
        }
    }
    TEST_CASE("HEAD has the fields of GET and no body") {
        std::string out;
        const Ending ending = append_head(out, {.head_only = true}, {.length = 77});
        CHECK_FALSE(ending.body);
        CHECK(out.find("Content-Length: 77") != std::string::npos);
    }
    TEST_CASE("204 and 304 have no body and no length") {
        for (const int status : {204, 304}) {
            std::string out;
            CHECK_FALSE(append_head(out, {}, {.status = status, .length = 0}).body);
            CHECK(out.find("Content-Length") == std::string::npos);
        }
    }
    TEST_CASE("a body of unknown length is chunked, or ends with the connection in HTTP/1.0") {
        std::string out;
        CHECK(append_head(out, {}, {}).chunked);
        CHECK(out.find("Transfer-Encoding: chunked") != std::string::npos);
        out.clear();
        const Ending old = append_head(out, {.http_1_0 = true, .keep_alive = true}, {});
        CHECK_FALSE(old.chunked);
        CHECK(old.close);
        CHECK(out.find("Connection: close") != std::string::npos);
    }
    TEST_CASE("chunks are framed and the empty one is left out") {
        std::string out;
        server::http::append_chunk(out, std::string(26, 'x'));
        server::http::append_chunk(out, "");
        server::http::append_last_chunk(out);
        CHECK(out == "1a\r\n" + std::string(26, 'x') + "\r\n0\r\n\r\n");
    }
    TEST_CASE("A-15 405 names the methods that are allowed") {
        std::string out;
        append_plain(out, {.keep_alive = false}, 405, "no");
        CHECK(out.find("\r\nAllow: GET") != std::string::npos);
        CHECK(out.find("\r\nConnection: close\r\n") != std::string::npos);
    }
}
