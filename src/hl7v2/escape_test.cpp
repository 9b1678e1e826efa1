// SPDX-License-Identifier: Apache-2.0
#include "hl7v2/escape.h"

#include "base/text.h"
#include "hl7v2/parse.h"

#include <doctest/doctest.h>

#include <random>

using hl7v2::Delimiters;
using hl7v2::escape;
using hl7v2::reescape;
using hl7v2::unescape;

namespace {

const Delimiters usual{};

// Text of the characters that make trouble, from a fixed seed.
std::string trouble(std::mt19937& random) {
    static const std::string pieces[] = {"|", "^", "~", "\\", "&", "#", "\r", "\n", "\x0B", "\x1C", "X0D", ".br", "F", "E",
                                         "é", "漢", "a", " ", "OBX|1", std::string(1, '\0'), "H", "$", "*", "Z", "\x1B"};
    std::string text;
    for (auto left = random() % 12; left > 0; --left) text += pieces[random() % std::size(pieces)];
    return text;
}

}  // namespace

TEST_SUITE("hl7v2/escape") {
    TEST_CASE("delimiters come back as themselves") {
        CHECK(unescape("\\F\\\\S\\\\T\\\\R\\\\E\\\\P\\", usual) == "|^&~\\#");
        CHECK(unescape("!F!!E!", {'*', '+', '@', '!', '$'}) == "*!");
        CHECK(unescape("plain", usual) == "plain");
    }

    TEST_CASE("hexadecimal is bytes: UTF-8 when it is, else ISO 8859-1") {
        CHECK(unescape("\\XC3A9\\", usual) == "é");
        CHECK(unescape("\\XC3\\\\xa9\\", usual) == "Ã\\xa9\\");
        CHECK(unescape("\\XC3\\\\Xa9\\", usual) == "é");
        CHECK(unescape("\\XE9\\", usual) == "é");
        CHECK(unescape("\\X0D0A\\", usual) == "\r\n");
    }

    TEST_CASE("formatting becomes what plain text can show") {
        CHECK(unescape("a\\.br\\b\\.sp2\\c\\.sp\\d", usual) == "a\nb\n\nc\nd");
        CHECK(unescape("a\\.in+4\\b\\.ti-2\\c\\.fi\\\\.nf\\\\.ce\\d\\.sk3\\e", usual) == "abc\nd   e");
        CHECK(unescape("\\H\\loud\\N\\ soft", usual) == "loud soft");
        CHECK(unescape("\\.sp999999999\\", usual).size() == 80);
    }

    TEST_CASE("I-17 what is no sequence stays as it is") {
        for (const char* kept : {"\\", "\\F", "\\X", "\\X\\", "\\XZZ\\", "\\X0\\", "\\CE0A1\\", "\\M1B2442\\", "\\Zlocal\\", "\\.xx\\",
                                 "\\.spx\\", "C:\\temp", "\\\\", "\\f\\", "\\"})
            CHECK(unescape(kept, usual) == kept);
        CHECK(unescape("\\E\\\\X09\\E\\", usual) == "\\\tE\\");
        CHECK(unescape("C:\\temp\\F\\", usual) == "C:\\temp|");
        std::string many;
        for (int i = 0; i < 100'000; ++i) many += "\\.br\\";
        CHECK(unescape(many, usual) == std::string(100'000, '\n'));
    }

    TEST_CASE("I-17 I-18 a decoded CR makes no segment when it is written again") {
        const auto text = unescape("a\\X0D\\OBX|1|TX", usual);
        CHECK(text == "a\rOBX|1|TX");
        const auto again = escape(text, usual);
        CHECK(again == "a\\X0D\\OBX\\F\\1\\F\\TX");
        const auto message = hl7v2::parse("MSH|^~\\&|A\rNTE|1||" + again + "\r");
        REQUIRE(bool(message));
        CHECK(message->size() == 2);
        CHECK(message->at("NTE-3").text() == text);
    }

    TEST_CASE("I-19 delimiters in a text are escaped") {
        CHECK(escape("|^~\\&#", usual) == "\\F\\\\S\\\\R\\\\E\\\\T\\#");
        CHECK(escape("#", {'|', '^', '~', '\\', '&', '#'}) == "\\P\\");
        CHECK(escape("a|b\rc", {'|', '^', '~', '\0', '\0'}) == "a b c");
    }

    TEST_CASE("unescape after escape is identity for every delimiter set") {
        std::mt19937 random(7);
        const Delimiters sets[] = {usual, {'|', '^', '~', '\\', '&', '#'}, {'*', '+', '@', '!', '$', '\0'}, {'$', '#', '&', '~', '^', '|'}};
        for (int i = 0; i < 20'000; ++i) {
            const auto text = trouble(random);
            for (const auto& delimiters : sets) {
                const auto written = escape(text, delimiters);
                REQUIRE(unescape(written, delimiters) == text);
                REQUIRE(written.find_first_of("\r\n\x0B\x1C") == std::string::npos);
                for (char c : written) REQUIRE_FALSE(delimiters.separates(c));
            }
        }
    }

    TEST_CASE("a raw field keeps its meaning under other delimiters") {
        const Delimiters other{'*', '+', '@', '!', '$', '\0'};
        CHECK(reescape("a^b~c&d\\F\\e*f", usual, other) == "a+b@c$d|e!F!f");
        CHECK(reescape("a\nb", usual, usual) == "a\\X0A\\b");
        std::mt19937 random(8);
        for (int i = 0; i < 20'000; ++i) {
            const auto text = trouble(random);
            REQUIRE(unescape(reescape(escape(text, usual), usual, other), other) == text);
        }
    }
}
