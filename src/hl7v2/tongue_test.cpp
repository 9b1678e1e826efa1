// SPDX-License-Identifier: Apache-2.0
#include "hl7v2/tongue.h"

#include "base/text.h"
#include "hl7v2/adapter_test.h"

using hl7v2::Tongue;
using hl7v2::TongueOptions;
using Acknowledge = hl7v2::TongueOptions::Acknowledge;

namespace {

constexpr base::Micros noon = 1'714'564'800'000'000;  // 2024-05-01T12:00:00Z

std::string message(const std::string& accept, const std::string& application, const std::string& id = "77", const std::string& rest = "PID|1||9\r") {
    return "MSH|^~\\&|LAB^1.2^ISO|HOSP|EHR|CITY|20240102030405||ADT^A01^ADT_A01|" + id + "|P|2.5.1|||" + accept + "|" + application + "\r" + rest;
}

Tongue tongue(TongueOptions options = {}) { return {hl7v2::testing::bench().grammar, hl7v2::testing::bench().library, std::move(options)}; }

TongueOptions for_production() {
    TongueOptions options;
    options.accepted.processing = {"P"};
    return options;
}

// MSA-1 of what is said at each of both moments, "-" for silence.
std::string said(const Tongue& tongue, const std::string& bytes, const base::Fault* fault = nullptr) {
    std::string all;
    for (const std::string& answer : {tongue.commit_answer(bytes, fault, "A1", noon), tongue.answer(bytes, fault, "A2", noon)}) {
        if (!all.empty()) all += ' ';
        all += answer.empty() ? "-" : answer.substr(answer.find("MSA|") + 4, 2);
    }
    return all;
}

}  // namespace

TEST_SUITE("hl7v2/tongue") {
    TEST_CASE("MSH-15 and MSH-16 say which of both answers are wanted, at success and at failure") {
        const Tongue as_asked = tongue();
        const base::Fault invalid{base::Fault::Kind::invalid, "x"};
        struct Row {
            const char* accept;
            const char* application;
            const char* success;
            const char* failure;
        };
        for (const Row& row : {Row{"AL", "AL", "CA AA", "CE AE"}, Row{"AL", "NE", "CA -", "CE -"}, Row{"NE", "AL", "- AA", "- AE"},
                               Row{"ER", "SU", "- AA", "CE -"}, Row{"SU", "ER", "CA -", "- AE"}, Row{"", "AL", "- AA", "- AE"},
                               Row{"NE", "NE", "- -", "- -"}}) {
            CAPTURE(row.accept);
            CAPTURE(row.application);
            const std::string bytes = message(row.accept, row.application);
            CHECK(as_asked.envelope(bytes).deferred);
            CHECK(said(as_asked, bytes) == row.success);
            CHECK(said(as_asked, bytes, &invalid) == row.failure);
        }
        // Original mode: one answer. MSH-15 alone does not change that (docs/decisions/0009).
        for (const char* accept : {"", "AL", "NE"}) {
            CHECK_FALSE(as_asked.envelope(message(accept, "")).deferred);
            CHECK(as_asked.answer(message(accept, ""), nullptr, "A1", noon).find("MSA|AA|77") != std::string::npos);
        }
    }
    TEST_CASE("a channel may answer in its own way") {
        const Tongue original = tongue({.acknowledge = Acknowledge::original});
        CHECK_FALSE(original.envelope(message("AL", "NE")).deferred);
        CHECK(original.answer(message("AL", "NE"), nullptr, "A1", noon).find("MSA|AA|77") != std::string::npos);
        const Tongue enhanced = tongue({.acknowledge = Acknowledge::enhanced});
        CHECK(enhanced.envelope(message("AL", "")).deferred);
        CHECK(said(enhanced, message("AL", "")) == "CA -");
        CHECK_FALSE(enhanced.envelope(message("", "")).deferred);
        const Tongue silent = tongue({.acknowledge = Acknowledge::none});
        CHECK(silent.answer(message("", ""), nullptr, "A1", noon).empty());
    }
    TEST_CASE("the head alone tells whether a message may be taken") {
        const Tongue here = tongue(for_production());
        CHECK(here.admit(message("AL", "AL")));
        CHECK(here.admit("\n" + message("AL", "AL", "77", std::string("OBX|\0", 5))));
        CHECK_FALSE(here.admit(message("AL", "AL", "")));
        CHECK_FALSE(here.admit("MSH|^~\\&|A|B|C|D|1||ADT^A01|1|T|2.5\r"));
        CHECK_FALSE(here.admit("MSH|^~\\&|A|B|C|D|1||ADT^A01|1|P|9.9\r"));
        CHECK_FALSE(here.admit(""));
    }
    TEST_CASE("I-30: an acknowledgement is known as one and never answered") {
        const Tongue here = tongue();
        for (const char* type : {"ACK", "ACK^A01", "ACK^A01^ACK", "MCF"}) {
            const std::string bytes = "MSH|^~\\&|A|B|C|D|1||" + std::string(type) + "|5|P|2.5|||AL|AL\rMSA|AA|nobody\r";
            CHECK(here.envelope(bytes).acknowledgement);
            CHECK(said(here, bytes) == "- -");
        }
        CHECK_FALSE(here.envelope(message("", "")).acknowledgement);
    }
    TEST_CASE("several messages in one frame are taken apart, whatever their line ends") {
        const Tongue here = tongue();
        for (const char* end : {"\r", "\n", "\r\n"}) {
            std::string two = message("", "", "1") + message("", "", "2");
            std::string bytes;
            for (char c : two) {
                if (c == '\r') bytes += end;
                else bytes += c;
            }
            const auto parcel = here.open(bytes);
            CHECK_FALSE(parcel.sealed);
            REQUIRE(parcel.messages.size() == 2);
            CHECK(here.control_id(parcel.messages[0]) == "1");
            CHECK(here.control_id(parcel.messages[1]) == "2");
        }
        CHECK(here.open(message("", "")).messages.size() == 1);
        CHECK(here.open(message("", "", "1", "NTE|1||MSH|\rMSHX\r")).messages.size() == 1);
        CHECK(here.open("").messages.size() == 1);
        CHECK(tongue({.several = false}).open(message("", "") + message("", "")).messages.size() == 1);
    }
    TEST_CASE("I-21: a channel may read as its own character set what MSH-18 names wrongly") {
        const std::string lie = "MSH|^~\\&|A|B|C|D|1||ADT^A01|1|P|2.5||||||UNICODE UTF-8\rPID|1||9||M\xFCller\r";
        CHECK_FALSE(hl7v2::parse(lie));
        hl7v2::ParseOptions options;
        options.fallback_charset = "8859/1";
        options.fallback_instead_of_wrong = true;
        const auto read = hl7v2::parse(lie, options);
        REQUIRE(read);
        CHECK(read->at("PID-5").text() == "M\xC3\xBCller");
        REQUIRE(read->findings().size() == 2);
        CHECK(read->findings()[0].where == "MSH-18");
    }
    TEST_CASE("I-26: a batch file is answered by a batch of acknowledgements, and a wrong count by one more") {
        const Tongue here = tongue();
        const std::string file = "FHS|^~\\&|LAB|N|EHR|C|20240101||||F7\rBHS|^~\\&|LAB|N|EHR|C|20240101||||B8\r" + message("", "", "1") +
                                 message("", "", "2") + "BTS|3\rFTS|1\r";
        const auto parcel = here.open(file);
        CHECK(parcel.sealed);
        REQUIRE(parcel.messages.size() == 2);
        const std::string ack = here.answer(parcel.messages[0], nullptr, "A1", noon);
        const std::string sealed = here.seal(file, {ack, ""}, "X1", noon);
        std::string lines;
        for (std::string_view line : base::split(sealed, '\r')) lines += std::string(line.substr(0, 3)) + " ";
        CHECK(lines == "FHS BHS MSH MSA MSH MSA ERR BTS FTS  ");
        CHECK(sealed.starts_with("FHS|^~\\&|EHR|C|LAB|N|20240501120000+0000||||X1|F7\rBHS|^~\\&|EHR|C|LAB|N|20240501120000+0000||||X1|B8\r"));
        CHECK(sealed.find("MSA|AA|1\r") != std::string::npos);
        CHECK(sealed.find("MSA|AE|B8\r") != std::string::npos);
        CHECK(sealed.find("^HL70357|E||||BTS-1 is not the number of what was found, 2") != std::string::npos);
        CHECK(sealed.ends_with("BTS|2\rFTS|1\r"));
        // Unfinished: its messages are answered all the same.
        const std::string unfinished = "BHS|^~\\&|LAB|N|EHR|C\r" + message("", "", "1");
        REQUIRE(here.open(unfinished).messages.size() == 1);
        CHECK(here.seal(unfinished, {ack}, "X1", noon).ends_with("BTS|1\r"));
        CHECK(here.seal("BHS|^~\\&|LAB\rBTS|0\r", {}, "X1", noon).find("BTS|0\r") != std::string::npos);
    }
    TEST_CASE("I-11, I-12, I-13: what does not begin like a message is rejected, with an empty MSA-2") {
        const Tongue here = tongue();
        for (const char* bytes : {"", "msh|^~\\&|A", "MSH", "PID|1", "EVN|A01\rMSH|^~\\&|A|B", "MSH|^", "MSH|^^\\&|A", "MSHA^~\\&A", "MSH\xC3\xA4^~\\&"}) {
            CAPTURE(bytes);
            const auto translated = here.translate(bytes, noon);
            REQUIRE_FALSE(translated);
            const std::string answer = here.answer(bytes, &translated.fault(), "A1", noon);
            CHECK(answer.find("MSA|AR\r") != std::string::npos);
            CHECK(answer.find("100^Segment sequence error") != std::string::npos);
        }
    }
    TEST_CASE("I-14, I-15, I-16: types, processing ids, versions and control ids that are not taken are rejected by their codes") {
        const Tongue here = tongue(for_production());
        struct Row {
            const char* header;
            const char* answer;
            const char* code;
        };
        const std::string long_id(10'000, '7');
        const std::string with_long = "ZZZ^Z99|" + long_id + "|P|2.5";
        for (const Row& row : {Row{"QQQ^Q99|1|P|2.5", "AR", "200"}, Row{"ADT^A99|1|P|2.5", "AR", "201"}, Row{"ADT^A01|1|T|2.5", "AR", "202"},
                               Row{"ADT^A01|1|D|2.5", "AR", "202"}, Row{"ADT^A01|1|P|9.9", "AR", "203"}, Row{"ADT^A01||P|2.5", "AR", "101"},
                               Row{with_long.c_str(), "AR", "102"}}) {
            CAPTURE(row.header);
            const std::string bytes = "MSH|^~\\&|A|B|C|D|1||" + std::string(row.header) + "\rPID|1||9\r";
            const auto translated = here.translate(bytes, noon);
            REQUIRE_FALSE(translated);
            const std::string answer = here.answer(bytes, &translated.fault(), "A1", noon);
            CHECK(answer.find(std::string("MSA|") + row.answer) != std::string::npos);
            CHECK(answer.find(std::string("|") + row.code + "^") != std::string::npos);
        }
    }
    TEST_CASE("I-33: a message about a patient that names none is refused, one that lacks other segments is not") {
        const Tongue here = tongue(for_production());
        const std::string header = "MSH|^~\\&|A|B|C|D|1||ADT^A01|1|P|2.5\r";
        const auto translated = here.translate(header + "EVN|A01|20240102\rPV1|1|I\r", noon);
        REQUIRE_FALSE(translated);
        const std::string answer = here.answer(header, &translated.fault(), "A1", noon);
        CHECK(answer.find("MSA|AE") != std::string::npos);
        CHECK(answer.find("|100^") != std::string::npos);
        CHECK(here.translate(header + "PID|1||9\r", noon));
    }
    TEST_CASE("I-12: a header that is broken into two lines has no control id to answer to") {
        const auto translated = tongue(for_production()).translate("MSH|^~\\\r|A|B|C|D|1||ADT^A01|1|P|2.5\rPID|1||9\r", noon);
        REQUIRE_FALSE(translated);
        CHECK(translated.fault().where == "MSH-10");
    }
    TEST_CASE("a refusal of what a channel may write is AE, one of who may send AR") {
        const Tongue here = tongue();
        const base::Fault content{base::Fault::Kind::denied, "not this", "Observation"}, sender{base::Fault::Kind::denied, "not you", "MSH-3"};
        CHECK(here.answer(message("", ""), &content, "A1", noon).find("MSA|AE|77") != std::string::npos);
        const std::string refused = here.answer(message("", ""), &sender, "A1", noon);
        CHECK(refused.find("MSA|AR|77") != std::string::npos);
        CHECK(refused.find("|207^") != std::string::npos);
    }
}
