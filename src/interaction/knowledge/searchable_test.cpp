// SPDX-License-Identifier: Apache-2.0
#include "interaction/knowledge/searchable.h"

#include "interaction/testing.h"

#include <fmt/format.h>
#include <thread>

using namespace interaction;
using base::Fault;

namespace {

struct Live : World {
    Live() {
        definitions = &told;
        REQUIRE(searchable.refresh());
    }
    Searchable searchable{schema(), parameters(), repository};
    Definitions told{[] { return std::shared_ptr<const Knowledge>(); }, &searchable};

    std::string found(const std::string& code, const std::string& value) {
        const auto answer = find("Patient", {{code, value}});
        if (!answer) return answer.fault().kind == Fault::Kind::malformed ? "unknown" : "fault";
        return std::to_string(read(answer->text()).root().count("entry"));
    }
    base::Result<Response> ask(std::string id = "") {
        Request asked = request(Verb::operation, "SearchParameter", std::move(id));
        asked.operation = "status";
        return send(asked);
    }
};

std::string nickname(const std::string& expression = "Patient.name.where(use = 'nickname').given", const std::string& status = "active",
                     const std::string& more = "") {
    return fmt::format(R"({{"resourceType":"SearchParameter","id":"nick","url":"http://example.org/nick","name":"nick","status":"{}","description":"d",)"
                       R"("code":"nick","base":["Patient"],"type":"string","expression":"{}"{}}})",
                       status, expression, more);
}

constexpr std::string_view bob = R"({"resourceType":"Patient","id":"bob","name":[{"use":"nickname","given":["Bob"]},{"given":["Robert"]}]})";

// Does something before the first piece of work is written.
class Between final : public store::Repository {
public:
    Between(store::Repository& inner, std::function<void()> before) : inner_(inner), before_(std::move(before)) {}
    std::unique_ptr<store::Snapshot> snapshot() override { return inner_.snapshot(); }
    base::Result<void> write(const store::Work& work) override {
        if (const auto now = std::exchange(before_, nullptr)) now();
        return inner_.write(work);
    }
    base::Result<void> adopt(std::shared_ptr<const store::Indexing> indexing) override { return inner_.adopt(std::move(indexing)); }
    base::Result<std::vector<store::Filling>> filling() override { return inner_.filling(); }
    base::Result<void> index_anew() override { return inner_.index_anew(); }

private:
    store::Repository& inner_;
    std::function<void()> before_;
};

}  // namespace

TEST_SUITE("interaction/knowledge/searchable") {
    TEST_CASE("a parameter that is stored is searched by at once, for old and new; another meaning counts at once; deleted it is unknown") {
        Live world;
        REQUIRE(world.put("Patient", "bob", bob));
        CHECK(world.found("nick", "bob") == "unknown");
        REQUIRE(world.put("SearchParameter", "nick", nickname()));
        CHECK(world.found("nick", "bob") == "1");
        CHECK(world.found("nick", "robert") == "0");
        REQUIRE(world.post("Patient", bob));
        CHECK(world.found("nick", "bob") == "2");
        REQUIRE(world.put("SearchParameter", "nick", nickname("Patient.name.given")));
        CHECK(world.found("nick", "robert") == "2");
        REQUIRE(world.put("SearchParameter", "nick", nickname("Patient.name.given", "retired")));
        CHECK(world.found("nick", "robert") == "unknown");
        REQUIRE(world.put("SearchParameter", "nick", nickname()));
        CHECK(world.found("nick", "bob") == "2");
        REQUIRE(world.remove("SearchParameter", "nick"));
        CHECK(world.found("nick", "bob") == "unknown");
    }

    TEST_CASE("what cannot be searched is refused before it is stored, and drafts are not asked") {
        Live world;
        const auto refused = world.put("SearchParameter", "nick", nickname("Patient.name.frobnicate()"));
        REQUIRE_FALSE(refused);
        CHECK(refused.fault().kind == Fault::Kind::invalid);
        CHECK(refused.fault().where == "SearchParameter.expression");
        CHECK(world.put("SearchParameter", "nick", nickname("Patient.name.frobnicate()", "draft")));
        CHECK(world.found("nick", "bob") == "unknown");
        CHECK_FALSE(world.bundle(R"({"resourceType":"Bundle","type":"transaction","entry":[{"resource":)" + nickname("Observation.code") +
                                 R"(,"request":{"method":"PUT","url":"SearchParameter/nick"}}]})"));
    }

    TEST_CASE("a transaction that brings parameters makes them active") {
        Live world;
        REQUIRE(world.put("Patient", "bob", bob));
        REQUIRE(world.bundle(R"({"resourceType":"Bundle","type":"transaction","entry":[{"resource":)" + nickname() +
                             R"(,"request":{"method":"PUT","url":"SearchParameter/nick"}}]})"));
        CHECK(world.found("nick", "bob") == "1");
    }

    TEST_CASE("a code that is taken is told to who posts it") {
        Live world;
        std::string taken = nickname();
        taken.replace(taken.find(R"("code":"nick")"), 13, R"("code":"name")");
        const auto stored = world.put("SearchParameter", "nick", taken);
        REQUIRE(stored);
        REQUIRE(stored->findings.size() == 1);
        CHECK(stored->findings.front().severity == base::Severity::warning);
        const auto status = world.ask("nick");
        REQUIRE(status);
        CHECK(status->text().find("refused") != std::string::npos);
    }

    TEST_CASE("what was prepared before a parameter came is found by it") {
        Live world;
        Between between(world.repository, [&] {
            world.elsewhere = nullptr;
            REQUIRE(world.put("SearchParameter", "nick", nickname()));
        });
        world.elsewhere = &between;
        REQUIRE(world.put("Patient", "bob", bob));
        CHECK(world.found("nick", "bob") == "1");
        CHECK(world.found("name", "robert") == "1");
    }

    TEST_CASE("an update, a transaction and a patch prepared before a parameter came are found by it") {
        Live world;
        const auto with_parameter_between = [&](auto&& act) {
            Between between(world.repository, [&] {
                world.elsewhere = nullptr;
                REQUIRE(world.put("SearchParameter", "nick", nickname()));
            });
            world.elsewhere = &between;
            act();
            CHECK(world.found("nick", "bob") == "1");
            REQUIRE(world.remove("SearchParameter", "nick"));
        };
        REQUIRE(world.put("Patient", "bob", R"({"resourceType":"Patient","id":"bob"})"));
        with_parameter_between([&] { REQUIRE(world.put("Patient", "bob", bob)); });
        REQUIRE(world.remove("Patient", "bob"));
        with_parameter_between([&] {
            REQUIRE(world.bundle(R"({"resourceType":"Bundle","type":"transaction","entry":[{"resource":)" + std::string(bob) +
                                 R"(,"request":{"method":"PUT","url":"Patient/bob"}}]})"));
        });
        REQUIRE(world.put("Patient", "bob", R"({"resourceType":"Patient","id":"bob"})"));
        with_parameter_between([&] {
            Request patch = world.request(Verb::patch, "Patient", "bob");
            patch.patch = fhir::patch::Format::json;
            patch.source = R"([{"op":"add","path":"/name","value":[{"use":"nickname","given":["Bob"]}]}])";
            REQUIRE(world.send(patch));
        });
    }

    TEST_CASE("the state is told for all and for one") {
        Live world;
        REQUIRE(world.put("SearchParameter", "nick", nickname()));
        const auto all = world.ask();
        REQUIRE(all);
        CHECK(all->text().find(R"("valueCode":"active")") != std::string::npos);
        const auto one = world.ask("nick");
        REQUIRE(one);
        CHECK(one->text().find("http://example.org/nick") != std::string::npos);
        const auto none = world.ask("nobody");
        REQUIRE_FALSE(none);
        CHECK(none.fault().kind == Fault::Kind::missing);
        REQUIRE(world.put("SearchParameter", "nick", nickname("Patient.name", "draft")));
        CHECK(world.ask("nick")->text().find("inactive") != std::string::npos);
    }

    TEST_CASE("many parameters stored at once by many are all active when each is answered") {
        Live world;
        std::vector<std::thread> threads;
        std::atomic<int> wrong = 0;
        for (int i = 0; i < 8; ++i) {
            threads.emplace_back([&world, &wrong, i] {
                for (int k = 0; k < 5; ++k) {
                    const std::string code = fmt::format("nick{}x{}", i, k);
                    std::string text = nickname();
                    for (const std::string_view place : {R"("id":"nick)", R"(org/nick)", R"("code":"nick)"})
                        text.replace(text.find(place) + place.size() - 4, 4, code);
                    if (!world.put("SearchParameter", code, text) || world.found(code, "bob") != "0") ++wrong;
                }
            });
        }
        for (std::thread& thread : threads) thread.join();
        CHECK(wrong == 0);
        CHECK(world.searchable.now()->joined().size() == 40);
        CHECK_FALSE(world.searchable.behind());
    }
}
