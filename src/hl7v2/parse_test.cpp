// SPDX-License-Identifier: Apache-2.0
#include "hl7v2/parse.h"

#include "base/text.h"

#include <doctest/doctest.h>

using base::IssueType;
using hl7v2::parse;

namespace {

const std::string header = "MSH|^~\\&|LAB|HOSP|EHR|HOSP|20240102030405||ORU^R01^ORU_R01|77|P|2.5.1\r";

void refused(std::string bytes, IssueType type, const std::string& where) {
    CAPTURE(bytes);
    const auto read = parse(std::move(bytes));
    REQUIRE_FALSE(bool(read));
    CHECK(read.fault().type == type);
    CHECK(read.fault().where == where);
}

std::string with_charset(std::string set, std::string rest) {
    return "MSH|^~\\&|LAB|||||||77|P|2.5.1||||||" + std::move(set) + "\rNTE|1||" + std::move(rest) + "\r";
}

}  // namespace

TEST_SUITE("hl7v2/parse") {
    TEST_CASE("segments end in CR, LF or CRLF, and empty lines are passed over") {
        for (const std::string end : {"\r", "\n", "\r\n", "\r\r", "\n \n"}) {
            const auto read = parse("MSH|^~\\&|A" + end + "PID|1" + end + "PV1|1" + end);
            REQUIRE(bool(read));
            CHECK(read->size() == 3);
            CHECK(read->segment(1).raw() == "PID|1");
            CHECK(read->segment(2).raw() == "PV1|1");
            CHECK(read->findings().empty());
        }
        const auto open = parse("MSH|^~\\&|A\rPID|1");
        REQUIRE(bool(open));
        CHECK(open->at("PID-1").raw() == "1");
    }

    TEST_CASE("a byte order mark and empty lines before MSH are passed over") {
        CHECK(bool(parse("\xEF\xBB\xBF\r\nMSH|^~\\&|A\r")));
    }

    TEST_CASE("a line that is no segment belongs to the field before it") {
        const auto read = parse("MSH|^~\\&|A\nNTE|1||first\nsecond|x\n\nthird\nOBX|1\n");
        REQUIRE(bool(read));
        REQUIRE(read->size() == 3);
        CHECK(read->segment(1).field(3).raw() == "first\nsecond");
        CHECK(read->segment(1).field(4).raw() == "x\n\nthird");
        CHECK(read->findings().size() == 1);
    }

    TEST_CASE("a line behind a bare segment name is its first field") {
        const auto read = parse("MSH|^~\\&|A\rPV1\r\nsome words|x\r");
        REQUIRE(bool(read));
        REQUIRE(read->size() == 2);
        CHECK(read->at("PV1-1").raw() == "some words");
        CHECK(read->at("PV1-2").raw() == "x");
    }

    TEST_CASE("I-11 what does not begin with MSH is refused with 100") {
        for (const char* bytes : {"", "\r", "PID|1\rMSH|^~\\&|A\r", "msh|^~\\&|A\r", "M", "<?xml"}) refused(bytes, IssueType::structure, "MSH");
        refused("MSH", IssueType::structure, "MSH-1");
        refused("MSH|", IssueType::structure, "MSH-2");
        refused("MSH|^~\\&|A\rMSH|^~\\&|B\r", IssueType::structure, "MSH[2]");
    }

    TEST_CASE("I-12 encoding characters are two to five, different, and no letters") {
        for (const char* fine : {"MSH|^~\\&|A\r", "MSH|^~\\&#|A\r", "MSH|^~|A\r", "MSH|^~\\|A\r", "MSH|^~\\&\r"}) {
            CAPTURE(fine);
            CHECK(bool(parse(fine)));
        }
        for (const char* bad : {"MSH||A\r", "MSH|^|A\r", "MSH|^~\\&#!|A\r", "MSH|^^\\&|A\r", "MSH|^~\\~|A\r", "MSH|a~\\&|A\r",
                                "MSH|^~\\ |A\r", "MSH|^\r\\&|A\r", "MSH|^~\\\xC3\xA9|A\r"})
            refused(bad, IssueType::structure, "MSH-2");
        refused("MSHa^~\\&aA\r", IssueType::structure, "MSH-1");
        refused("MSH\r^~\\&\r", IssueType::structure, "MSH-1");
        refused("MSH ^~\\& A\r", IssueType::structure, "MSH-1");
    }

    TEST_CASE("I-13 a NUL or a multibyte field separator is refused") {
        refused(std::string("MSH\0^~\\&\0A\r", 11), IssueType::structure, "MSH-1");
        refused("MSH\xC2\xA6^~\\&\xC2\xA6" "A\r", IssueType::structure, "MSH-1");
    }

    TEST_CASE("I-14 a type that is not accepted is 200") {
        hl7v2::Accepted accepted;
        accepted.types = {"ADT"};
        const auto checked = hl7v2::check_header(*parse(header), accepted);
        REQUIRE_FALSE(bool(checked));
        CHECK(checked.fault().where == "MSH-9.1");
        CHECK(bool(hl7v2::check_header(*parse(header))));
    }

    TEST_CASE("I-15 processing id and version are checked against what is accepted") {
        hl7v2::Accepted accepted;
        accepted.processing = {"P"};
        CHECK(bool(hl7v2::check_header(*parse(header), accepted)));
        const auto training = hl7v2::check_header(*parse("MSH|^~\\&|||||||ADT^A01|1|T|2.5\r"), accepted);
        REQUIRE_FALSE(bool(training));
        CHECK(training.fault().where == "MSH-11");
        const auto newer = hl7v2::check_header(*parse("MSH|^~\\&|||||||ADT^A01|1|P|9.9\r"), accepted);
        REQUIRE_FALSE(bool(newer));
        CHECK(newer.fault().where == "MSH-12");
        CHECK(newer.fault().type == IssueType::not_supported);
    }

    TEST_CASE("I-16 a control id that is missing, endless or broken is refused") {
        const auto with_id = [](const std::string& id) {
            return hl7v2::check_header(*parse("MSH|^~\\&|||||||ADT^A01|" + id + "|P|2.5\r"));
        };
        CHECK(bool(with_id("A1")));
        CHECK(with_id("").fault().type == IssueType::required);
        CHECK(with_id("").fault().where == "MSH-10");
        CHECK(with_id(std::string(10'000, 'x')).fault().type == IssueType::value);
        CHECK(with_id("A\\X0D\\MSA").fault().type == IssueType::value);
    }

    TEST_CASE("I-20 many repetitions, components, segments and long fields are read in one pass") {
        std::string repetitions = header + "PID|";
        for (int i = 0; i < 1'000'000; ++i) repetitions += "a~";
        const auto read = parse(repetitions);
        REQUIRE(bool(read));
        CHECK(read->first("PID").field(1).repetitions().size() == 1'000'001);

        std::string components = header + "PID|" + std::string(10'000, '^') + "\r";
        CHECK(parse(components)->first("PID").field(1).components().size() == 10'001);

        std::string segments = header;
        for (int i = 1; i < 100'000; ++i) segments += "NTE\r";
        CHECK(parse(segments)->size() == 100'000);
        const auto over = parse(segments + "NTE\r");
        REQUIRE_FALSE(bool(over));
        CHECK(over.fault().kind == base::Fault::Kind::too_large);

        CHECK(parse(header + "OBX|1|TX|||" + std::string(1 << 20, 'x'))->at("OBX-5").raw().size() == 1 << 20);
        hl7v2::ParseOptions small;
        small.limits.bytes = 100;
        CHECK(parse(header + std::string(100, 'x'), small).fault().kind == base::Fault::Kind::too_large);
        small.limits.bytes = 10'000;
        small.limits.fields = 50;
        CHECK(parse(header + "PID" + std::string(100, '|'), small).fault().kind == base::Fault::Kind::too_large);
    }

    TEST_CASE("I-21 character sets are decoded, guessed with a warning, or refused") {
        CHECK(parse(with_charset("8859/1", "M\xFCller"))->at("NTE-3").text() == "Müller");
        CHECK(parse(with_charset("8859/15", "\xA4"))->at("NTE-3").text() == "€");
        CHECK(parse(with_charset("8859/5", "\xB0"))->at("NTE-3").text() == "А");
        CHECK(parse(with_charset("UNICODE UTF-8", "Müller"))->at("NTE-3").text() == "Müller");
        const auto guessed = parse(with_charset("ASCII", "M\xFCller \x93q\x94"));
        REQUIRE(bool(guessed));
        CHECK(guessed->at("NTE-3").text() == "Müller “q”");
        REQUIRE(guessed->findings().size() == 1);
        CHECK(guessed->findings()[0].where == "MSH-18");
        CHECK(parse(with_charset("", "\x81"))->at("NTE-3").text() == "\xC2\x81");
        hl7v2::ParseOptions strict;
        strict.fallback_charset.clear();
        CHECK(parse(with_charset("", "\xFC"), strict).fault().type == IssueType::value);
        refused(with_charset("KLINGON", "a"), IssueType::not_supported, "MSH-18");
        refused(with_charset("UNICODE UTF-8", "\xFC"), IssueType::value, "MSH-18");
    }

    TEST_CASE("I-21 UTF-16 that is only declared is read as what it is, and remarked") {
        for (const char* const name : {"UNICODE UTF-16", "UNICODE", "UNICODE UTF-32~ASCII"}) {
            const auto read = parse(with_charset(name, "Müller"));
            REQUIRE(bool(read));
            CHECK(read->at("NTE-3").text() == "Müller");
            REQUIRE(read->findings().size() == 1);
            CHECK(read->findings()[0].where == "MSH-18");
        }
        CHECK(parse(with_charset("UNICODE UTF-16", "M\xFCller"))->at("NTE-3").text() == "Müller");
    }

    TEST_CASE("I-21 true UTF-16 is refused in plain words, and read where the whole of it is at hand") {
        hl7v2::ParseOptions file;
        file.wide = true;
        const std::string text = with_charset("UNICODE UTF-16", "x");
        for (const bool little : {true, false})
            for (const bool marked : {true, false}) {
                std::string wide = !marked ? "" : little ? "\xFF\xFE" : "\xFE\xFF";
                const auto add = [&](int high, int low) {
                    wide += static_cast<char>(little ? low : high);
                    wide += static_cast<char>(little ? high : low);
                };
                for (char c : text) c == 'x' ? add(0x1C, 0x0B) : add(0, c);  // a Lepcha letter: both of its bytes end frames
                refused(wide, IssueType::value, "MSH-18");
                const auto read = parse(wide, file);
                REQUIRE(bool(read));
                CHECK(read->at("NTE-3").text() == "\xE1\xB0\x8B");
                CHECK(read->findings().empty());
                wide.pop_back();
                wide.pop_back();
                wide += little ? std::string("\x00\xD8", 2) : std::string("\xD8\x00", 2);
                CHECK_FALSE(parse(wide, file));
            }
    }

    TEST_CASE("I-21 Japanese arrives by ISO 2022 shifts and keeps its delimiters") {
        const auto read = parse(with_charset("ISO IR6~ISO IR87", "YAMADA\x1B$B;3ED\x1B(B^\x1B$B7r\x1B(J\\T\\"));
        REQUIRE(bool(read));
        CHECK(read->at("NTE-3.1").text() == "YAMADA山田");
        CHECK(read->at("NTE-3.2").text() == "健&");
        CHECK(parse(with_charset("ISO IR14", "\xD4\xCF\xC0\xDE"))->at("NTE-3").text() == "ﾔﾏﾀﾞ");
        CHECK(parse(with_charset("ISO IR6~ISO IR159", "\x1B$(D\x30\x21\x1B(B"))->at("NTE-3").text() == "丂");
        refused(with_charset("ISO IR87", "\x1B$B\xFF\x1B(B"), IssueType::value, "MSH-18");
    }

    TEST_CASE("a trailing byte that looks like a delimiter is part of its character") {
        CHECK(parse(with_charset("BIG-5", "\xA5\x5C|x"))->at("NTE-3").text() == "功");
        CHECK(parse(with_charset("GB 18030-2000", "\x81\x5E|x"))->at("NTE-3").components().size() == 1);
    }

    TEST_CASE("I-22 NUL, VT and FS inside a message are refused with 102") {
        for (char c : {'\0', '\x0B', '\x1C'}) {
            refused(header + "OBX|1|TX|||a" + std::string(1, c) + "b\r", IssueType::value, "OBX");
        }
        CHECK(bool(parse(header + "OBX|1|ED|||^^^Base64^AAAA\r")));
    }

    TEST_CASE("I-24 an XML message is refused before anything reads XML") {
        refused("<?xml version=\"1.0\"?><!DOCTYPE a [<!ENTITY b SYSTEM \"file:///x\">]><ORU_R01/>", IssueType::structure, "MSH");
    }
}
