// SPDX-License-Identifier: Apache-2.0
#include "server/http/jobs.h"

#include <doctest/doctest.h>

#include <future>
#include <memory>
#include <stdexcept>

using namespace server::http;
using Stage = Jobs::Look::Stage;

namespace {

interaction::Response text(std::string body) {
    interaction::Response response;
    response.content.emplace_back(std::move(body));
    return response;
}

struct Desk {
    explicit Desk(JobLimits limits = {}) : jobs(clock, limits) {}
    std::string begin(const std::string& who, Jobs::Work work) {
        auto name = jobs.begin(who, {}, 0, std::move(work));
        REQUIRE(name);
        return *name;
    }
    // Looks until the job is at rest; its thread runs meanwhile.
    Jobs::Look rest(const std::string& name, const std::string& who = "a") {
        for (;;) {
            const auto look = jobs.look(name, who);
            REQUIRE(look);
            if (look->stage != Stage::waiting && look->stage != Stage::running) return *look;
            std::this_thread::yield();
        }
    }
    base::FixedClock clock{1'000'000};
    Jobs jobs;
};

// Work that stands still until it is let go.
struct Gate {
    std::promise<void> begun, open;
    std::shared_future<void> opened = open.get_future().share();
    Jobs::Work work(std::string body = "done") {
        return [this, body = std::move(body)] {
            begun.set_value();
            opened.wait();
            return text(body);
        };
    }
};

}  // namespace

TEST_SUITE("server/http/jobs") {
    TEST_CASE("a result is there for its asker, and only for him") {
        Desk desk;
        const std::string name = desk.begin("a", [] { return text("hello"); });
        CHECK(desk.rest(name).result->text() == "hello");
        CHECK_FALSE(desk.jobs.look(name, "b"));
        CHECK_FALSE(desk.jobs.cancel(name, "b"));
        CHECK_FALSE(desk.jobs.look("0123", "a"));
        CHECK(name.size() == 32);
        CHECK(name != desk.begin("a", [] { return text(""); }));
    }
    TEST_CASE("a result expires") {
        Desk desk;
        const std::string name = desk.begin("a", [] { return text("hello"); });
        CHECK(desk.rest(name).expires == desk.clock.now() + 3'600'000'000);
        desk.clock.advance(3'600'000'000);
        CHECK_FALSE(desk.jobs.look(name, "a"));
        CHECK(desk.jobs.counts().bytes == 0);
    }
    TEST_CASE("what waits is seen to wait, what runs to run; cancelled, neither is known any more") {
        Gate gate;
        bool ran = false;
        {
            Desk desk({.threads = 1});
            const std::string first = desk.begin("a", gate.work());
            gate.begun.get_future().wait();
            const std::string second = desk.begin("a", [&ran] {
                ran = true;
                return text("");
            });
            CHECK(desk.jobs.look(first, "a")->stage == Stage::running);
            CHECK(desk.jobs.look(second, "a")->stage == Stage::waiting);
            CHECK(desk.jobs.cancel(second, "a"));
            CHECK_FALSE(desk.jobs.look(second, "a"));
            CHECK(desk.jobs.cancel(first, "a"));
            CHECK_FALSE(desk.jobs.cancel(first, "a"));
            CHECK(desk.jobs.counts().waiting == 0);
            gate.open.set_value();
            const std::string third = desk.begin("a", [] { return text("third"); });
            CHECK(desk.rest(third).result->text() == "third");
            CHECK(desk.jobs.counts().results == 1);
        }
        CHECK_FALSE(ran);
    }
    TEST_CASE("what is cancelled before it begins holds nothing any more, however long others run") {
        Gate gate;
        Desk desk({.threads = 1});
        desk.begin("a", gate.work());
        gate.begun.get_future().wait();
        auto request = std::make_shared<const std::string>("large");
        const std::weak_ptr<const std::string> held = request;
        const std::string name = desk.begin("a", [request = std::move(request)] { return text(*request); });
        CHECK_FALSE(held.expired());
        CHECK(desk.jobs.cancel(name, "a"));
        CHECK(held.expired());
        gate.open.set_value();
    }
    TEST_CASE("one asker cannot fill the queue for the others, and all together cannot fill it without end") {
        Gate gate;
        Desk desk({.threads = 1, .waiting = 3, .waiting_each = 2});
        desk.begin("a", gate.work());
        desk.begin("a", [] { return text(""); });
        const auto own = desk.jobs.begin("a", {}, 0, [] { return text(""); });
        REQUIRE_FALSE(own);
        CHECK(own.fault().where == "429");
        desk.begin("b", [] { return text(""); });
        const auto any = desk.jobs.begin("c", {}, 0, [] { return text(""); });
        REQUIRE_FALSE(any);
        CHECK(any.fault().where.empty());
        gate.open.set_value();
    }
    TEST_CASE("results take no more memory than they may: the asker's oldest goes first") {
        Desk desk({.result = 60, .all = 100});
        const std::string first = desk.begin("a", [] { return text(std::string(50, 'x')); });
        desk.rest(first);
        desk.clock.advance(1);
        const std::string large = desk.begin("a", [] { return text(std::string(61, 'x')); });
        CHECK(desk.rest(large).stage == Stage::too_large);
        const std::string others = desk.begin("b", [] { return text(std::string(40, 'x')); });
        desk.rest(others, "b");
        desk.clock.advance(1);
        const std::string second = desk.begin("a", [] { return text(std::string(50, 'y')); });
        CHECK(desk.rest(second).stage == Stage::finished);
        CHECK_FALSE(desk.jobs.look(first, "a"));
        CHECK(desk.jobs.look(others, "b"));
        CHECK(desk.jobs.counts().bytes == 90);
        CHECK_FALSE(desk.jobs.begin("c", {}, 11, [] { return text(""); }));
    }
    TEST_CASE("an exception is a failure of that job alone") {
        Desk desk;
        const std::string bad = desk.begin("a", []() -> interaction::Response { throw std::runtime_error("x"); });
        CHECK(desk.rest(bad).stage == Stage::failed);
        const std::string good = desk.begin("a", [] { return text("good"); });
        CHECK(desk.rest(good).result->text() == "good");
    }
    TEST_CASE("after stop nothing begins") {
        Desk desk;
        desk.jobs.stop();
        CHECK_FALSE(desk.jobs.begin("a", {}, 0, [] { return text(""); }));
        CHECK(desk.jobs.counts().waiting == 0);
    }
}
