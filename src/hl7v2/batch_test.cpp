// SPDX-License-Identifier: Apache-2.0
#include "hl7v2/batch.h"

#include "hl7v2/parse.h"

#include <doctest/doctest.h>

using hl7v2::split_batch;

namespace {

const std::string one = "MSH|^~\\&|A\rPID|1\r";
const std::string two = "MSH|^~\\&|B\rPID|2\r";

}  // namespace

TEST_SUITE("hl7v2/batch") {
    TEST_CASE("I-26 a file is cut into its batches and messages") {
        const std::string bytes = "FHS|^~\\&|X\rBHS|^~\\&|Y\r" + one + two + "BTS|2\rBHS|^~\\&|Z\r" + one + "BTS|1\rFTS|2\r";
        const auto file = split_batch(bytes);
        REQUIRE(bool(file));
        REQUIRE(file->batches.size() == 2);
        CHECK(file->header == "FHS|^~\\&|X");
        CHECK(file->trailer == "FTS|2");
        CHECK(file->batches[0].header == "BHS|^~\\&|Y");
        REQUIRE(file->batches[0].messages.size() == 2);
        CHECK(file->batches[0].messages[1] == two);
        CHECK(file->batches[1].messages.size() == 1);
        CHECK(file->findings.empty());
        for (const auto& batch : file->batches)
            for (auto message : batch.messages) CHECK(bool(hl7v2::parse(std::string(message))));
    }

    TEST_CASE("I-26 a wrong count is an error and loses no message") {
        const std::string bytes = "BHS|^~\\&\r" + one + two + "BTS|3\r";
        const auto file = split_batch(bytes);
        REQUIRE(bool(file));
        CHECK(file->batches[0].messages.size() == 2);
        REQUIRE(file->findings.size() == 1);
        CHECK(file->findings[0].where == "BTS-1");
        CHECK(file->findings[0].severity == base::Severity::error);
        CHECK(split_batch("FHS|^~\\&\r" + one + "FTS|x")->findings[0].where == "FTS-1");
    }

    TEST_CASE("I-26 nested and unfinished batches are taken message by message") {
        for (const std::string& bytes : {"FHS|^~\\&\rBHS|^~\\&\r" + one + "BHS|^~\\&\r" + two, "FHS|^~\\&\rBHS|^~\\&\r" + one + "FHS|^~\\&\r" + two + "FTS|1"}) {
            const auto file = split_batch(bytes);
            REQUIRE(bool(file));
            std::size_t messages = 0;
            for (const auto& batch : file->batches) messages += batch.messages.size();
            CHECK(messages == 2);
            CHECK_FALSE(file->findings.empty());
        }
    }

    TEST_CASE("messages one after the other need no envelope") {
        const std::string bytes = "\r\n" + one + "\r" + two;
        CHECK_FALSE(hl7v2::is_batch(bytes));
        CHECK(hl7v2::is_batch("\nBHS|"));
        const auto file = split_batch(bytes);
        REQUIRE(bool(file));
        REQUIRE(file->batches.size() == 1);
        CHECK(file->batches[0].messages.size() == 2);
        CHECK(file->findings.empty());
    }

    TEST_CASE("the envelope's own separator is honoured, and what is no batch is refused") {
        const auto file = split_batch("BHS*^~\\&*\nMSH|^~\\&|A\nBTS*1\n");
        REQUIRE(bool(file));
        CHECK(file->batches[0].trailer == "BTS*1");
        CHECK(file->findings.empty());
        CHECK_FALSE(bool(split_batch("")));
        CHECK_FALSE(bool(split_batch("PID|1")));
        CHECK(split_batch(one + two, 1).fault().kind == base::Fault::Kind::too_large);
        CHECK(split_batch("BHS|^~\\&\rNTE|1\r" + one + "BTS|1\r")->findings.size() == 1);
    }
}
