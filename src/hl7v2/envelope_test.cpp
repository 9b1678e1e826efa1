// SPDX-License-Identifier: Apache-2.0
#include "hl7v2/envelope.h"

#include <doctest/doctest.h>

using Keys = std::vector<std::string>;
using hl7v2::order_keys;

TEST_SUITE("hl7v2/envelope") {
    TEST_CASE("messages are kept in order by every id of the patient") {
        CHECK(order_keys("MSH|^~\\&|A|B\rPID|1||77^^^H^MR~88^^^N^NI\rPV1|1\r") == Keys{"p77", "p88"});
        CHECK(order_keys("MSH|^~\\&|A|B\r\nPID|1||77\r\n") == Keys{"p77"});
        CHECK(order_keys("MSH$%~\\&$A$B\nPID$1$$77%%%H$\n") == Keys{"p77"});
    }
    TEST_CASE("without PID-3 it is PID-2, then the account, then the visit") {
        CHECK(order_keys("MSH|^~\\&|A|B\rPID|1|66^x||\r") == Keys{"p66"});
        CHECK(order_keys("MSH|^~\\&|A|B\rPID|1|||||||||||||||||A9^x\rPV1|1||||||||||||||||||V1\r") == Keys{"aA9"});
        CHECK(order_keys("MSH|^~\\&|A|B\rPID|1||\"\"\rPV1|1||||||||||||||||||V1\r") == Keys{"vV1"});
        CHECK(order_keys("MSH|^~\\&|A|B\rSCH|1\r").empty());
    }
    TEST_CASE("a merge is kept in order with both patients, and several patients with all of them") {
        CHECK(order_keys("MSH|^~\\&|A|B\rPID|1||77\rMRG|66^^^H~65\r") == Keys{"p77", "p66", "p65"});
        CHECK(order_keys("MSH|^~\\&|A|B\rPID|1||77\rOBX|1\rPID|2||78\r") == Keys{"p77", "p78"});
    }
    TEST_CASE("master files are one line; what cannot be read has no keys") {
        CHECK(order_keys("MSH|^~\\&|A|B|C|D|1||MFN^M02|1\rSTF|1\r") == Keys{"master"});
        CHECK(order_keys("").empty());
        CHECK(order_keys("MSH").empty());
        CHECK(order_keys("MSH|\rPID|1||77").empty());
        CHECK(order_keys("hello").empty());
    }
    TEST_CASE("what stands far behind is not looked at") {
        const std::string far = "MSH|^~\\&|A|B\rOBX|1|ED|||" + std::string(300'000, 'x') + "\rPID|1||77\r";
        CHECK(order_keys(far).empty());
        CHECK(order_keys("MSH|^~\\&|A|B\rPID|1||77\rOBX|1|ED|||" + std::string(300'000, 'x')) == Keys{"p77"});
    }
}
