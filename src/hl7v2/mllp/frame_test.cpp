// SPDX-License-Identifier: Apache-2.0
#include "hl7v2/mllp/frame.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace hl7v2::mllp;

namespace {

std::string told(const Event& event) {
    switch (event.kind) {
        case Event::Kind::message: return "message " + event.bytes;
        case Event::Kind::junk: return "junk " + std::to_string(event.count);
        case Event::Kind::discarded: return "discarded " + std::to_string(event.count);
        case Event::Kind::close: return "close " + event.bytes;
    }
    return "";
}

using Story = std::vector<std::string>;

Story fed(const std::string& bytes, Options options, std::size_t piece) {
    Frames frames(options);
    Story story;
    for (std::size_t at = 0; at < bytes.size(); at += piece) {
        frames.feed(std::string_view(bytes).substr(at, piece));
        while (auto event = frames.next()) story.push_back(told(*event));
    }
    if (auto event = frames.end()) story.push_back(told(*event));
    return story;
}

// The same story in every cutting.
Story story(const std::string& bytes, Options options = {}) {
    const auto whole = fed(bytes, options, bytes.size() + 1);
    for (const std::size_t piece : {std::size_t{1}, std::size_t{2}, std::size_t{3}, std::size_t{5}}) CHECK(fed(bytes, options, piece) == whole);
    return whole;
}

Options strict() {
    Options options;
    options.strict = true;
    return options;
}

}  // namespace

TEST_SUITE("hl7v2/mllp/frame") {
    TEST_CASE("a frame holds its message, several stand in one segment") {
        CHECK(story("\x0B" "a\x1C\r") == Story{"message a"});
        CHECK(story("\x0B" "a\x1C\r\x0B" "b\rc\x1C\r\x0B\x1C\r") == Story{"message a", "message b\rc", "message "});
        CHECK(story(frame("MSH|x\r") + frame("y"), strict()) == Story{"message MSH|x\r", "message y"});
    }

    TEST_CASE("I-01 bytes before VT are skipped, and after 64 KiB the line is closed") {
        CHECK(story("hello\x0B" "a\x1C\r") == Story{"junk 5", "message a"});
        CHECK(story("\x0B" "a\x1C\rxyz\x0B" "b\x1C\r") == Story{"message a", "junk 3", "message b"});
        CHECK(story(std::string(65535, 'x')).empty());
        CHECK(story(std::string(70000, 'x') + "\x0B" "a\x1C\r") == Story{"close "});
    }

    TEST_CASE("I-02 FS without CR ends a message in tolerant mode only") {
        CHECK(story("\x0B" "a\x1C\x0B" "b\x1C\n\x0B" "c\x1C\r\n\x0B" "d\x1C") ==
              Story{"message a", "message b", "message c", "message d"});
        CHECK(story("\x0B" "a\x1C\x0B" "b\x1C\r", strict()) == Story{"discarded 1", "message b"});
        CHECK(story("\x0B" "a\x1C\n\x0B" "b\x1C\r", strict()) == Story{"discarded 1", "junk 1", "message b"});
        CHECK(story("\x0B" "a\x1C", strict()) == Story{"discarded 1"});
    }

    TEST_CASE("I-02 a lone FS ends the message when the line falls quiet, and its CR may come late") {
        Frames frames;
        frames.feed("\x0B" "a\x1C");
        CHECK_FALSE(frames.next());
        CHECK(frames.in_frame());
        auto event = frames.quiet();
        REQUIRE(event);
        CHECK(told(*event) == "message a");
        CHECK_FALSE(frames.quiet());
        frames.feed("\r\x0B" "b\x1C\r");
        event = frames.next();
        REQUIRE(event);
        CHECK(told(*event) == "message b");
        Frames narrow(strict());
        narrow.feed("\x0B" "a\x1C");
        CHECK_FALSE(narrow.next());
        CHECK_FALSE(narrow.quiet());
    }

    TEST_CASE("I-03 a new VT begins the message again") {
        CHECK(story("\x0B" "abc\x0B" "d\x1C\r") == Story{"discarded 3", "message d"});
        CHECK(story("\x0B\x0B" "d\x1C\r") == Story{"discarded 0", "message d"});
    }

    TEST_CASE("I-04 a frame without end is closed, and how it began is kept for the answer") {
        Options small;
        small.message = 5;
        CHECK(story("\x0B" "12345\x1C\r", small) == Story{"message 12345"});
        CHECK(story("\x0B" "123456789\x1C\r\x0B" "x\x1C\r", small) == Story{"close 12345"});
        CHECK(story("\x0B" "12345\x1Cx", small) == Story{"close 12345"});
        Frames frames(small);
        frames.feed("\x0B" "123456");
        while (frames.next()) {}
        frames.feed("\x0B" "1\x1C\r");
        CHECK_FALSE(frames.next());
        CHECK_FALSE(frames.end());
    }

    TEST_CASE("I-05 a half frame is known to be one, and nothing of it comes out") {
        Frames frames;
        CHECK_FALSE(frames.in_frame());
        frames.feed("\x0B" "MSH|");
        CHECK_FALSE(frames.next());
        CHECK(frames.in_frame());
        const auto event = frames.end();
        REQUIRE(event);
        CHECK(told(*event) == "discarded 4");
    }

    TEST_CASE("I-02 while bytes wait to be looked at, silence ends nothing") {
        Frames frames;
        frames.feed("\x0B" "a\x1C");
        CHECK_FALSE(frames.next());
        frames.feed("b\x1C\r");
        CHECK_FALSE(frames.quiet());
        const auto event = frames.next();
        REQUIRE(event);
        CHECK(told(*event) == "message a\x1C" "b");
    }

    TEST_CASE("I-06 a thousand messages in one piece keep their order") {
        std::string bytes;
        for (int i = 0; i < 1000; ++i) bytes += frame(std::to_string(i));
        const auto told = story(bytes);
        REQUIRE(told.size() == 1000);
        CHECK(told[0] == "message 0");
        CHECK(told[999] == "message 999");
    }

    TEST_CASE("I-22 FS inside a message stays in it, for the parser to refuse") {
        CHECK(story("\x0B" "a\x1C" "b\x1C\r") == Story{"message a\x1C" "b"});
    }

    TEST_CASE("the writer lets no message break the frame") { CHECK(frame("a\x0B" "b\x1C" "c") == "\x0B" "a b c\x1C\r"); }
    TEST_CASE("I-01: a line that begins like a message begins a frame without its start block, when tolerant") {
        CHECK(story("MSH|a\x1C\r") == Story{"message MSH|a"});
        CHECK(story("MSH|a\x1C\rMSH|b\x1C\r\nBHS|c\x1C\r") == Story{"message MSH|a", "message MSH|b", "message BHS|c"});
        CHECK(story("hello\nFHS#a\x1C\r") == Story{"junk 6", "message FHS#a"});
        CHECK(story("xMSH|a\x0B" "b\x1C\r") == Story{"junk 6", "message b"});
        CHECK(story("MSHA|\x0B" "b\x1C\r") == Story{"junk 5", "message b"});
        CHECK(story("MSH \x0B" "b\x1C\r") == Story{"junk 4", "message b"});
        CHECK(story("MSH|a\x1C\r\x0B" "b\x1C\r", strict()) == Story{"junk 7", "message b"});
        Frames frames;
        for (const char c : std::string("MSH|a")) {
            frames.feed(std::string(1, c));
            CHECK_FALSE(frames.next().has_value());
        }
        CHECK(frames.in_frame());
    }
}
