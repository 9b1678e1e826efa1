// SPDX-License-Identifier: Apache-2.0
#include "hl7v2/ack.h"

#include "base/text.h"
#include "hl7v2/parse.h"

#include <doctest/doctest.h>

using namespace hl7v2;
using base::Fault;
using base::IssueType;

namespace {

constexpr base::Micros noon = 1'714'564'800'000'000;  // 2024-05-01T12:00:00Z

Message message_of(const std::string& bytes) {
    auto read = parse(bytes);
    REQUIRE(bool(read));
    return *std::move(read);
}

const std::string order = "MSH|^~\\&|LAB^1.2^ISO|HOSP|EHR|CITY|20240102030405||ORU^R01^ORU_R01|77|T|2.5.1|||AL|NE||8859/1\r";

// The answer to bytes that may not parse, read again.
Message answered(const std::string& bytes, const Accepted& accepted = {}) {
    auto read = parse(bytes);
    base::Result<void> checked;
    if (read) checked = check_header(*read, accepted);
    const Verdict verdict = !read ? refused(read.fault()) : !checked ? refused(checked.fault()) : Verdict{};
    return message_of(acknowledge(read ? sender_of(*read) : sender_of_bytes(bytes), verdict, "A1", noon));
}

void answers(const std::string& bytes, const char* answer, const char* code, const char* id, const Accepted& accepted = {}) {
    CAPTURE(bytes);
    const auto ack = answered(bytes, accepted);
    CHECK(ack.at("MSA-1").raw() == answer);
    CHECK(ack.at("MSA-2").raw() == id);
    CHECK(ack.at("ERR-3.1").raw() == code);
}

}  // namespace

TEST_SUITE("hl7v2/ack") {
    TEST_CASE("a header whose bytes are not of its set is answered in text that can be read") {
        const std::string answer = acknowledge(
            sender_of_bytes("MSH|^~\\&|B|\xBE|D|E|2026||ADT^A01|7|P|2.5.1|||||||UNICODE UTF-8\r"),
            {Answer::AR, {{102, base::Severity::error, "MSH-18", "x"}}}, "1", 0);
        CHECK(base::valid_utf8(answer));
        CHECK(parse(answer));
        CHECK(answer.find("MSA|AR|7") != std::string::npos);
    }
    TEST_CASE("an answer mirrors its sender") {
        CHECK(acknowledge(sender_of(message_of(order)), {}, "A1", noon) ==
              "MSH|^~\\&|EHR|CITY|LAB^1.2^ISO|HOSP|20240501120000+0000||ACK^R01^ACK|A1|T|2.5.1||||||8859/1\rMSA|AA|77\r");
        CHECK(acknowledge(sender_of(message_of("MSH$*+!@$L*1$H$E$C$$$ADT*A01$5$P$2.3\r")), {}, "A1", noon) ==
              "MSH$*+!@$E$C$L*1$H$20240501120000!R!0000$$ACK*A01$A1$P$2.3\rMSA$AA$5\r");
        CHECK(message_of(acknowledge({}, {}, "A1", noon)).at("MSH-12").raw() == "2.5.1");
    }

    TEST_CASE("an answer is in the sender's character set") {
        const auto bytes = "MSH|^~\\&|M\xFCller|||||ADT^A01||1|P|2.5||||||8859/1\r";
        const auto ack = acknowledge(sender_of(message_of(bytes)), {}, "A1", noon);
        CHECK(ack.find("M\xFCller") != std::string::npos);
        CHECK(message_of(ack).at("MSH-5").text() == "Müller");
    }

    TEST_CASE("a line break taken into MSH-18 does not come back in it") {
        const auto ack = answered("MSH|^~\\&|||||||ADT^A01|1|P|2.5||||||\r|ENV\r");
        CHECK(ack.at("MSH-18").empty());
    }

    TEST_CASE("as of 2.5 each remark is an ERR with its place, code and text") {
        Verdict verdict{Answer::AE, {{101, base::Severity::error, "PID[2]-3[4].1", "is | missing"},
                                     {207, base::Severity::warning, "Patient.name", "odd"}}};
        const auto ack = message_of(acknowledge(sender_of(message_of(order)), verdict, "A1", noon));
        REQUIRE(ack.all("ERR").size() == 2);
        CHECK(ack.at("ERR-2").raw() == "PID^2^3^4^1");
        CHECK(ack.at("ERR-3").raw() == "101^Required field missing^HL70357");
        CHECK(ack.at("ERR-4").raw() == "E");
        CHECK(ack.at("ERR-8").text() == "is | missing");
        CHECK(ack.at("ERR[2]-2").empty());
        CHECK(ack.at("ERR[2]-4").raw() == "W");
        CHECK(ack.at("ERR[2]-7").text() == "Patient.name");
        CHECK(ack.at("MSA-3").empty());
    }

    TEST_CASE("a version that is none is not given back") {
        const Verdict verdict{Answer::AR, {{203, base::Severity::error, "MSH-12", "no"}}};
        const auto ack = message_of(acknowledge(sender_of(message_of("MSH|^~\\&|||||||ADT^A01|5|P|Somebody\r")), verdict, "A1", noon));
        CHECK(ack.at("MSH-12").raw() == "2.5.1");
    }

    TEST_CASE("before 2.5 one ERR-1 repeats and MSA-3 has the text") {
        Verdict verdict{Answer::AR, {{203, base::Severity::error, "MSH-12", "no"}, {100, base::Severity::error, "", "b"}}};
        const auto ack = message_of(acknowledge(sender_of(message_of("MSH|^~\\&|||||||ADT^A01|5|P|2.3\r")), verdict, "A1", noon));
        REQUIRE(ack.all("ERR").size() == 1);
        CHECK(ack.at("ERR-1[1]").raw() == "MSH^1^12^203&Unsupported version id&HL70357");
        CHECK(ack.at("ERR-1[2].4.1").raw() == "100");
        CHECK(ack.at("MSA-3").raw() == "no");
        CHECK(ack.at("MSH-9").raw() == "ACK^A01");
    }

    TEST_CASE("I-11 no MSH is AR 100 with MSA-2 empty") {
        for (const char* bytes : {"", "PID|1\r", "msh|^~\\&|A\r", "MSH", "hello"}) answers(bytes, "AR", "100", "");
    }

    TEST_CASE("I-12 bad encoding characters are AR 100, and the sender is still answered by id") {
        answers("MSH|^|A|B|||2024||ADT^A01|77|P|2.5\r", "AR", "100", "77");
        answers("MSH|^~\\&#!|A|B|||2024||ADT^A01|77|P|2.5\r", "AR", "100", "77");
        answers("MSH||A|B|||2024||ADT^A01|77|P|2.5\r", "AR", "100", "77");
        answers(std::string("MSH\0^~\\&", 8), "AR", "100", "");
    }

    TEST_CASE("I-14 I-15 I-16 what the header says wrong has its own code") {
        Accepted accepted;
        accepted.processing = {"P"};
        accepted.types = {"ADT"};
        answers("MSH|^~\\&|||||||ADT^A01|1|P|2.5\r", "AA", "", "1", accepted);
        answers("MSH|^~\\&|||||||ORU^R01|1|P|2.5\r", "AR", "200", "1", accepted);
        answers("MSH|^~\\&|||||||ADT^A01|1|D|2.5\r", "AR", "202", "1", accepted);
        answers("MSH|^~\\&|||||||ADT^A01|1|P|9.9\r", "AR", "203", "1", accepted);
        answers("MSH|^~\\&|||||||ADT^A01||P|2.5\r", "AR", "101", "", accepted);
        answers("MSH|^~\\&||||||||1|P|2.5\r", "AR", "101", "1", accepted);
        CHECK(error_code(IssueType::not_supported, "MSH-9.2") == 201);
    }

    TEST_CASE("I-17 a control id with an escaped CR does not break the answer") {
        const auto ack = answered("MSH|^~\\&|A|||||||9\\X0D\\MSA|P|2.5\r");
        CHECK(ack.size() == 3);
        CHECK(ack.at("MSA-1").raw() == "AR");
        CHECK(answered("MSH|^~\\&|A\nb c||||||ADT^A01|1|P|2.5\n").size() == 2);
    }

    TEST_CASE("I-21 I-22 an unknown character set and forbidden bytes are AR 102") {
        answers("MSH|^~\\&|||||||ADT^A01|1|P|2.5||||||KLINGON\r", "AR", "102", "1");
        answers("MSH|^~\\&|||||||ADT^A01|1|P|2.5\rOBX|1\x1C\r", "AR", "102", "1");
    }

    TEST_CASE("I-08 I-10 I-20 I-28 faults of other rooms have their answer and code") {
        const auto check = [](Fault::Kind kind, IssueType type, const char* answer, int code) {
            Fault fault{kind, "text"};
            fault.type = type;
            const auto verdict = refused(fault);
            CHECK(spelling(verdict.answer) == std::string(answer));
            CHECK(verdict.remarks.at(0).code == code);
        };
        check(Fault::Kind::conflict, IssueType::duplicate, "AE", 205);
        check(Fault::Kind::unavailable, IssueType::transient, "AE", 207);
        check(Fault::Kind::too_large, IssueType::too_costly, "AR", 207);
        check(Fault::Kind::missing, IssueType::not_found, "AE", 204);
        check(Fault::Kind::stale, IssueType::conflict, "AE", 206);
        check(Fault::Kind::bug, IssueType::exception, "AE", 207);
        check(Fault::Kind::denied, IssueType::forbidden, "AR", 207);
        check(Fault::Kind::invalid, IssueType::code_invalid, "AE", 103);
    }

    TEST_CASE("I-33 a missing segment is 100, a missing field 101; warnings alone are accepted") {
        CHECK(error_code(IssueType::required, "OBR") == 100);
        CHECK(error_code(IssueType::required, "OBR-4") == 101);
        const base::Finding warning{base::Severity::warning, IssueType::structure, "ZZZ", "odd"};
        const base::Finding error{base::Severity::error, IssueType::required, "PID", "missing"};
        CHECK(accepted({warning}).answer == Answer::AA);
        const auto verdict = accepted({warning, error});
        CHECK(verdict.answer == Answer::AE);
        REQUIRE(verdict.remarks.size() == 2);
        CHECK(verdict.remarks[0].code == 100);
        CHECK(verdict.remarks[0].where == "PID");
    }

    TEST_CASE("original and enhanced mode are told apart by MSH-15 and MSH-16") {
        const auto expected = [](const std::string& accept, const std::string& application, const char* type = "ADT^A01") {
            return acknowledgements(message_of(std::string("MSH|^~\\&|||||||") + type + "|1|P|2.5|||" + accept + "|" + application + "\r"));
        };
        CHECK_FALSE(expected("", "").enhanced);
        CHECK(expected("", "").application == When::always);
        CHECK(expected("", "").commit == When::never);
        CHECK(expected("AL", "NE").enhanced);
        CHECK(expected("AL", "NE").commit == When::always);
        CHECK(expected("AL", "NE").application == When::never);
        CHECK_FALSE(expected("AL", "").enhanced);
        CHECK(expected("AL", "").application == When::always);
        CHECK(expected("AL", "").commit == When::never);
        CHECK(expected("", "AL").commit == When::never);
        CHECK(expected("ER", "SU").commit == When::on_error);
        CHECK(expected("ER", "SU").application == When::on_success);
        CHECK(wanted(When::on_error, false));
        CHECK_FALSE(wanted(When::on_error, true));
        CHECK_FALSE(wanted(When::on_success, false));
        CHECK(as_commit(Answer::AE) == Answer::CE);
    }

    TEST_CASE("a character set in whose name the sender's escape character stands is not mirrored") {
        const std::string bytes = "MSH|^~-\\|A|B|C|D|20260102||ADT^A01|1|P|2.5||||||UNICODE UTF-8\r";
        const auto answer = parse(acknowledge(sender_of_bytes(bytes), {Answer::AR, {{100, base::Severity::error, "MSH", "x"}}}, "1", 0));
        REQUIRE(answer);
        CHECK(answer->header().field(18).empty());
    }
    TEST_CASE("a control character in MSH-18 is not mirrored: the answer can be read") {
        const std::string sent = "MSH|^~\\&|A|B|C|D|20260101||ADT^A01|1|P|2.5||||||\t\r";
        const auto answer = parse(acknowledge(sender_of_bytes(sent), {Answer::AR, {}}, "1", 0));
        REQUIRE(answer);
        CHECK(answer->header().field(18).empty());
    }

    TEST_CASE("I-30 an acknowledgement is never acknowledged") {
        const auto expected = acknowledgements(message_of("MSH|^~\\&|||||||ACK^A01|1|P|2.5|||AL|AL\rMSA|AA|1\r"));
        CHECK(expected.commit == When::never);
        CHECK(expected.application == When::never);
        const auto response = acknowledgements(message_of("MSH|^~\\&|||||||ORR^O02|1|P|2.5|||AL|AL\rMSA|AA|1\r"));
        CHECK(response.commit == When::always);
        CHECK(response.application == When::never);
    }

    TEST_CASE("what can be read of a message that cannot be parsed") {
        const auto sender = sender_of_bytes("MSH|^~\\&|A|B|C|D|2024||ORU^R01|9|P|2.5\rOBX|\x1C");
        CHECK(sender.application == "A");
        CHECK(sender.event == "R01");
        CHECK(sender.control_id == "9");
        CHECK(sender_of_bytes("nothing").control_id.empty());
    }
}
