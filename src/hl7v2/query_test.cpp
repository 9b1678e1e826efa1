// SPDX-License-Identifier: Apache-2.0
#include "hl7v2/adapter_test.h"
#include "hl7v2/query.h"

using namespace hl7v2;
using namespace hl7v2::testing;

namespace {

using Criteria = std::vector<std::pair<std::string, std::string>>;

Message query(const std::string& event, const std::string& rest, const std::string& type = "QBP") {
    auto message = parse("MSH|^~\\&|ASK|WARD|EHR|CLINIC|20240501120000||" + type + "^" + event + "|Q1|P|2.5\r" + rest);
    REQUIRE(message);
    return *std::move(message);
}

mapping::Question asked(const Message& message) {
    const auto question = read_question(message, bench().library);
    REQUIRE(question);
    REQUIRE_MESSAGE(*question, (*question ? std::string() : question->fault().text));
    return **question;
}

base::Fault refusal(const Message& message) {
    const auto question = read_question(message, bench().library);
    REQUIRE(question);
    REQUIRE_FALSE(*question);
    return question->fault();
}

mapping::Found found(const std::vector<std::string>& patients) {
    mapping::Found made;
    for (const std::string& one : patients) {
        auto document = fhir::codec::read_json(one, bench().schema.names());
        REQUIRE(document);
        made.hits.push_back(*std::move(document));
    }
    made.total = static_cast<int>(patients.size());
    return made;
}

std::string answer(const Message& message, const base::Result<mapping::Found>& result) {
    return answer_question(message, result, bench().library, "A1", 1'714'564'800'000'000);
}

const char* jane = R"({"resourceType":"Patient","identifier":[{"system":"urn:id:HOSP","value":"1","type":{"coding":[{"code":"MR"}]}},{"system":"urn:oid:1.2.3","value":"9"},
    {"use":"old","system":"urn:id:HOSP","value":"0"}],"name":[{"use":"official","family":"Doe|Roe","given":["Jane","Ann"]}],"gender":"female","birthDate":"1980-02-01",
    "address":[{"use":"home","line":["1 Way"],"city":"Town","postalCode":"12345"}],"telecom":[{"system":"phone","value":"555","use":"home"}]})";

}  // namespace

TEST_SUITE("hl7v2/query") {

TEST_CASE("candidates are asked for by the parts of PID") {
    const auto question = asked(query("Q22^QBP_Q21", "QPD|IHE PDQ Query|T1|@PID.5.1.1^SMI*~@PID.5.2^Jo,e~@PID.7^19800201~@PID.8^F~@PID.11.3^Town~@PID.3.1^77~@PID.3.4.2^1.2.3~@PID.3.4.3^ISO\rRCP|I|10^RD\r"));
    CHECK(question.type == "Patient");
    CHECK(question.count == 10);
    CHECK(question.criteria == Criteria{{"identifier", "urn:id:1.2.3|77"}, {"family", "SMI"}, {"given", "Jo\\,e"}, {"birthdate", "1980-02-01"}, {"gender", "female"}, {"address-city", "Town"}});
}

TEST_CASE("a person is asked for by an identifier, and a question is continued where it stopped") {
    const auto question = asked(query("Q21^QBP_Q21", "QPD|Q21|T1|77^^^HOSP\rRCP|I|5\rDSC|5|I\r"));
    CHECK(question.criteria == Criteria{{"identifier", "urn:id:HOSP|77"}});
    CHECK(question.from == 5);
    CHECK(asked(query("Q11^QBP_Q11", "QPD|Z34^Request^CDCPHINVS|T1|77^^^HOSP^MR|Doe^Jane||19800201|F\r")).criteria ==
          Criteria{{"identifier", "urn:id:HOSP|77"}, {"family", "Doe"}, {"given", "Jane"}, {"birthdate", "1980-02-01"}, {"gender", "female"}});
    CHECK(asked(query("A19", "QRD|20240501|R|I|Q1|||3^RD|77^Doe^Jane|DEM\r", "QRY")).criteria == Criteria{{"identifier", "77"}, {"family", "Doe"}, {"given", "Jane"}});
}

TEST_CASE("what cannot be searched for is refused with its place, and what asks nothing is no question") {
    CHECK(refusal(query("Q22^QBP_Q21", "QPD|Q22|T1|@PID.5.1^A~@PID.6.1^B\r")).where == "QPD-3[2]");
    CHECK(refusal(query("Q22^QBP_Q21", "QPD|Q22|T1\r")).where == "QPD-3");
    CHECK(refusal(query("Q22^QBP_Q21", "")).where == "QPD");
    CHECK(refusal(query("Q22^QBP_Q21", "QPD|Q22|T1|@PID.7^soon\r")).where == "QPD-3[1]");
    CHECK(refusal(query("Q22^QBP_Q21", "QPD|Q22|T1|@PID.8^F\rDSC|x\r")).where == "DSC-1");
    CHECK(refusal(query("Z99", "QPD|Z|T\r")).kind == base::Fault::Kind::unsupported);
    CHECK(refusal(query("R02", "", "QRY")).where == "MSH-9.2");
    CHECK_FALSE(read_question(query("A08", "PID|1\r", "ADT"), bench().library));
}

TEST_CASE("the answer tells the patients that were found, and repeats the question") {
    const auto message = query("Q22^QBP_Q21", "QPD|IHE PDQ Query|T1|@PID.5.1^DOE\rRCP|I|1\r");
    auto hits = found({jane});
    hits.more = true;
    hits.total = 3;
    CHECK(answer(message, std::move(hits)) ==
          "MSH|^~\\&|EHR|CLINIC|ASK|WARD|20240501120000+0000||RSP^K22^RSP_K22|A1|P|2.5\rMSA|AA|Q1\rQAK|T1|OK|IHE PDQ Query|3|1|2\r"
          "QPD|IHE PDQ Query|T1|@PID.5.1^DOE\r"
          "PID|1||1^^^HOSP^MR~9^^^&1.2.3&ISO||Doe\\F\\Roe^Jane^Ann^^^^L||19800201|F|||1 Way^^Town^^12345^^H||555^PRN^PH\rDSC|1|I\r");
}

TEST_CASE("nothing found is NF, and only the authorities that are asked for are told") {
    CHECK(has(answer(query("Q21^QBP_Q21", "QPD|Q21|T1|7^^^HOSP\r"), found({})), "QAK|T1|NF|Q21|0|0|0\r"));
    CHECK(has(answer(query("Q22^QBP_Q21", "QPD|Q22|T1|@PID.8^F|||||^^^HOSP\r"), found({jane})), "PID|1||1^^^HOSP^MR||"));
    const std::string numbers = answer(query("Q23^QBP_Q21", "QPD|IHE PIX Query|T1|1^^^HOSP\r"), found({jane}));
    CHECK(has(numbers, "RSP^K23^RSP_K23"));
    CHECK(has(numbers, "\rPID|||9^^^&1.2.3&ISO|| \r"));
    CHECK(has(answer(query("Q23^QBP_Q21", "QPD|IHE PIX Query|T1|1^^^HOSP|^^^OTHER\r"), found({jane})), "QAK|T1|NF"));
    const std::string unknown = answer(query("Q23^QBP_Q21", "QPD|IHE PIX Query|T1|5^^^HOSP\r"), found({}));
    CHECK(has(unknown, "MSA|AE|Q1\r"));
    CHECK(has(unknown, "QAK|T1|AE"));
    CHECK(has(unknown, "|204^"));
}

TEST_CASE("a question that fails is answered with an ERR, also one that nobody knows") {
    const std::string wrong = answer(query("Q22^QBP_Q21", "QPD|Q22|T1|@PID.6^B\r"), base::Fault{base::Fault::Kind::invalid, "no", "QPD-3[1]", base::IssueType::not_supported});
    CHECK(has(wrong, "MSA|AE|Q1\rERR||QPD^1^3^1|"));
    CHECK(has(wrong, "QAK|T1|AE|Q22\rQPD|Q22|T1|@PID.6^B\r"));
    CHECK(has(answer(query("Z99", "QPD|Z|T\r"), base::Fault{base::Fault::Kind::unsupported, "no", "MSH-9.2", base::IssueType::not_supported}), "MSA|AR|Q1\rERR|"));
}

}
