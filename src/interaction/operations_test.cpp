// SPDX-License-Identifier: Apache-2.0
#include "interaction/operations.h"

#include "interaction/testing.h"

#include <set>

using namespace interaction;

namespace {

Request asked(std::string operation, std::string type = "", std::string id = "", std::string version = "") {
    Request request;
    request.verb = Verb::operation;
    request.operation = std::move(operation);
    request.type = std::move(type);
    request.id = std::move(id);
    request.version = std::move(version);
    return request;
}

}  // namespace

TEST_SUITE("interaction/operations") {
    TEST_CASE("an operation is there for its types and levels, and elsewhere it is told where") {
        CHECK(admit_operation(asked("everything", "Patient", "1")));
        CHECK(admit_operation(asked("everything", "Patient")));
        CHECK(admit_operation(asked("everything", "Encounter", "1")));
        CHECK_FALSE(admit_operation(asked("everything", "Encounter")));
        CHECK_FALSE(admit_operation(asked("everything")));
        const auto elsewhere = admit_operation(asked("everything", "Observation", "1"));
        REQUIRE_FALSE(elsewhere);
        CHECK(elsewhere.fault().kind == base::Fault::Kind::unsupported);
        CHECK(elsewhere.fault().text.find("[base]/Encounter/[id]/$everything") != std::string::npos);
        CHECK(admit_operation(asked("nothing")).fault().text == "The operation $nothing is not supported.");
    }
    TEST_CASE("one version is asked only where the row says so") {
        CHECK(admit_operation(asked("meta", "Patient", "1", "2")));
        CHECK_FALSE(admit_operation(asked("meta-add", "Patient", "1", "2")));
        CHECK_FALSE(admit_operation(asked("validate", "Patient", "1", "2")));
    }
    TEST_CASE("what changes something is not asked by GET") {
        Request request = asked("purge", "Patient", "1");
        CHECK(admit_operation(request));
        request.safe = true;
        const auto refused = admit_operation(request);
        REQUIRE_FALSE(refused);
        CHECK(refused.fault().where == "POST");
        CHECK(refused.fault().type == base::IssueType::processing);  // a door answers 405
    }
    TEST_CASE("every row runs somehow, and none stands twice for one type") {
        std::set<std::pair<std::string_view, std::string_view>> seen;
        for (const Operation& row : operations()) {
            CAPTURE(std::string(row.name));
            CHECK((row.reads != nullptr || row.acts != nullptr));
            CHECK((row.on_system || row.on_type || row.on_instance));
            CHECK_FALSE(row.definition.empty());
            for (const std::string_view type : row.types) CHECK(World::schema().is_resource(type));
            const auto types = row.types.empty() ? std::vector<std::string_view>{"*"} : row.types;
            for (const std::string_view type : types) CHECK(seen.emplace(row.name, type).second);
        }
    }
}
