// SPDX-License-Identifier: Apache-2.0
#include "interaction/testing_plan.h"

#include "interaction/call/url.h"
#include "interaction/verb/history_page.h"

#include <algorithm>
#include <functional>
#include <map>
#include <random>
#include <set>

using base::Fault;
using fhir::search::Reach;
using interaction::narrow;
using interaction::Request;
using interaction::Verb;
using interaction::World;

namespace {

constexpr int patients = 3;
constexpr int observations = 6;

// One version as the test knows it. Its marker stands in its body and nowhere else.
struct Known {
    std::string type;
    std::string id;
    std::int64_t version = 0;
    bool deleted = false;
    std::string subject;
    bool laboratory = false;
    std::string marker;
};

struct Limited {
    const char* name;
    permission::Held plan;
    std::function<bool(const Known&)> sees;  // of a version with a body
};

std::vector<Limited> plans() {
    Reach compartment;
    compartment.allow("Patient", interaction::criterion("Patient", {"_id", "p1"}));
    compartment.allow("Observation", interaction::criterion("Observation", {"subject", "Patient/p1"}));
    Reach type;
    type.allow("Patient");
    Reach category;
    category.allow("Observation", interaction::criterion("Observation", {"category", "laboratory"}));
    return {{"compartment", narrow(compartment),
             [](const Known& one) { return one.type == "Patient" ? one.id == "p1" : one.subject == "p1"; }},
            {"type", narrow(type), [](const Known& one) { return one.type == "Patient"; }},
            {"criterion", narrow(category), [](const Known& one) { return one.type == "Observation" && one.laboratory; }},
            {"nothing", narrow(Reach{}), [](const Known&) { return false; }}};
}

std::string body(const Known& one) {
    if (one.type == "Patient")
        return R"({"resourceType":"Patient","id":")" + one.id + R"(","name":[{"family":")" + one.marker + R"("}]})";
    return R"({"resourceType":"Observation","id":")" + one.id + R"(","status":"final","category":[{"coding":[{"code":")" +
           (one.laboratory ? "laboratory" : "vital-signs") + R"("}]}],"code":{"text":"x"},"subject":{"reference":"Patient/)" + one.subject +
           R"("},"note":[{"text":")" + one.marker + R"("}]})";
}

class Trial {
public:
    Trial(World& world, unsigned seed) : world_(world), dice_(seed) {
        for (int step = 0; step < 120; ++step) change();
    }

    void look(const Limited& limited) {
        limited_ = &limited;
        world_.plan = limited.plan;
        ids();
        for (const char* type : {"Patient", "Observation", ""}) {
            searches(type);
            for (const char* count : {"1", "3", "1000"}) pages(type, "", count);
        }
        bundles();
        writes();
        world_.plan = permission::unlimited();
    }

private:
    std::size_t roll(std::size_t below) { return dice_() % below; }

    Known fresh(const std::string& type, const std::string& id) {
        Known one{type, id, 1, false, "p" + std::to_string(1 + roll(patients)), roll(2) == 0, {}};
        one.marker = "MARK" + std::to_string(++markers_) + "X";
        const auto at = chains_.find({type, id});
        if (at != chains_.end()) one.version = at->second.back().version + 1;
        return one;
    }

    std::pair<std::string, std::string> somebody() {
        if (roll(3) == 0) return {"Patient", "p" + std::to_string(1 + roll(patients))};
        return {"Observation", "o" + std::to_string(1 + roll(observations))};
    }

    void keep(Known one) {
        order_.push_back(one);
        chains_[{one.type, one.id}].push_back(std::move(one));
    }

    void change() {
        world_.clock.advance(1'000'000);
        const auto [type, id] = somebody();
        const auto at = chains_.find({type, id});
        const bool lives = at != chains_.end() && !at->second.back().deleted;
        if (lives && roll(4) == 0) {
            REQUIRE(world_.remove(type, id));
            Known gone = at->second.back();
            ++gone.version;
            gone.deleted = true;
            keep(gone);
        } else {
            const Known one = fresh(type, id);
            REQUIRE(world_.put(type, id, body(one)));
            keep(one);
        }
    }

    // A deletion has the subject, category and marker of the version before it, and is seen when that was.
    bool sees(const Known& one) const { return limited_->sees(one); }

    // No marker of a version that is not seen.
    void clean(const std::string& text) const {
        for (const Known& one : order_)
            if (!one.deleted && !sees(one)) CHECK_MESSAGE(text.find(one.marker) == std::string::npos, one.type << "/" << one.id);
    }
    std::string clean(const base::Result<interaction::Response>& response) const {
        const std::string text = response ? response->text() : response.fault().text;
        clean(text);
        return text;
    }

    void expect(const base::Result<interaction::Response>& response, const Known* wanted) const {
        const std::string text = clean(response);
        if (wanted == nullptr || !sees(*wanted)) {
            REQUIRE_FALSE(response);
            CHECK(response.fault().kind == Fault::Kind::missing);
        } else if (wanted->deleted) {
            REQUIRE_FALSE(response);
            CHECK(response.fault().kind == Fault::Kind::gone);
        } else {
            REQUIRE(response);
            CHECK(text.find(wanted->marker) != std::string::npos);
            CHECK(response->version == wanted->version);
        }
    }

    void ids() {
        for (const auto& [name, chain] : chains_) {
            expect(world_.get(name.first, name.second), &chain.back());
            for (const Known& one : chain) {
                Request vread = world_.request(Verb::vread, one.type, one.id);
                vread.version = std::to_string(one.version);
                expect(world_.send(vread), &one);
            }
            const bool any = std::any_of(chain.begin(), chain.end(), [&](const Known& one) { return sees(one); });
            if (any) {
                pages(name.first, name.second, "1");
                pages(name.first, name.second, "100");
            } else {
                const auto history = world_.send(world_.request(Verb::history, name.first, name.second));
                REQUIRE_FALSE(history);
                CHECK(history.fault().kind == Fault::Kind::missing);
            }
        }
    }

    std::vector<const Known*> seen(const std::string& type, const std::string& id) const {
        std::vector<const Known*> found;
        for (auto one = order_.rbegin(); one != order_.rend(); ++one)
            if ((type.empty() || one->type == type) && (id.empty() || one->id == id) && sees(*one)) found.push_back(&*one);
        return found;
    }

    // Every page of a history, by its links.
    void pages(const std::string& type, const std::string& id, const std::string& count) {
        const auto wanted = seen(type, id);
        std::vector<std::string> got;
        Request request = world_.request(Verb::history, type, id);
        request.parameters = {{"_count", count}};
        for (int page = 0; page < 500; ++page) {
            const auto sent = world_.send(request);
            REQUIRE(sent);
            clean(sent);
            const auto bundle = world_.read(sent->text());
            for (const fhir::View entry : bundle.root().children(world_.schema().names().find("entry")))
                got.push_back(std::string(entry.child("fullUrl").text()) + " " + std::string(entry.child("response").child("etag").text()));
            if (const auto total = bundle.root().child("total"); total) CHECK(total.text() == std::to_string(wanted.size()));
            const std::string next = interaction::link(bundle.root(), "next");
            if (next.empty()) break;
            auto pairs = interaction::read_query(next.substr(next.find('?') + 1));
            REQUIRE(pairs);
            request.parameters = *pairs;
        }
        std::vector<std::string> expected;
        for (const Known* one : wanted)
            expected.push_back("http://h/fhir/" + one->type + "/" + one->id + " W/\"" + std::to_string(one->version) + "\"");
        CHECK(got == expected);
        request.parameters = {{"_summary", "count"}};
        const auto counted = world_.send(request);
        REQUIRE(counted);
        const auto bundle = world_.read(counted->text());
        CHECK(bundle.root().child("total").text() == std::to_string(wanted.size()));
        CHECK(interaction::link(bundle.root(), "next").empty());
    }

    std::set<std::string> current(const std::string& type) const {
        std::set<std::string> found;
        for (const auto& [name, chain] : chains_)
            if ((type.empty() || name.first == type) && !chain.back().deleted && sees(chain.back())) found.insert(name.first + "/" + name.second);
        return found;
    }

    void searches(const std::string& type) {
        const auto wanted = current(type);
        const auto counted = world_.find(type, {{"_summary", "count"}});
        REQUIRE(counted);
        CHECK(world_.read(counted->text()).root().child("total").text() == std::to_string(wanted.size()));
        const auto found = world_.find(type, {{"_count", "1000"}});
        REQUIRE(found);
        clean(found);
        const auto bundle = world_.read(found->text());
        std::set<std::string> got;
        for (const fhir::View entry : bundle.root().children(world_.schema().names().find("entry")))
            got.insert(std::string(entry.child("fullUrl").text().substr(14)));
        CHECK(got == wanted);
    }

    void bundles() {
        std::string text;
        for (const auto& [name, chain] : chains_) {
            for (const char* more : {"", "/_history", "/_history/1"})
                text += (text.empty() ? "" : ",") + std::string(R"({"request":{"method":"GET","url":")") + name.first + "/" + name.second + more + "\"}}";
        }
        clean(world_.bundle(R"({"resourceType":"Bundle","type":"batch","entry":[)" + text + "]}"));
    }

    // Changes that may not be, one by one; none of them does anything.
    void writes() {
        const auto before = world_.elsewhere == nullptr ? world_.repository.snapshot()->position() : world_.elsewhere->snapshot()->position();
        const auto denied = [&](const base::Result<interaction::Response>& response) {
            REQUIRE_FALSE(response);
            CHECK(response.fault().kind == Fault::Kind::denied);
            clean(response);
        };
        for (const auto& [name, chain] : chains_) {
            const Known& last = chain.back();
            Known seen = last;  // the same resource, put where it may be seen
            seen.deleted = false;
            seen.marker = "NEW";
            seen.subject = "p1";
            seen.laboratory = true;
            Known unseen = seen;
            unseen.subject = "p2";
            unseen.laboratory = false;
            if (!sees(last)) denied(world_.put(name.first, name.second, body(seen)));
            if (!sees(unseen)) {
                denied(world_.put(name.first, name.second, body(unseen)));
                denied(world_.post(name.first, body(unseen)));
                denied(world_.bundle(R"({"resourceType":"Bundle","type":"transaction","entry":[{"resource":)" + body(unseen) +
                                     R"(,"request":{"method":"POST","url":")" + name.first + "\"}}]}"));
            }
            if (sees(last)) continue;
            Request patch = world_.request(Verb::patch, name.first, name.second);
            patch.patch = fhir::patch::Format::merge;
            patch.source = R"({"language":"de"})";
            const auto patched = world_.send(patch);
            REQUIRE_FALSE(patched);
            const bool none = limited_->plan->update.nothing(name.first);
            CHECK(patched.fault().kind == (none ? Fault::Kind::denied : Fault::Kind::missing));
            if (!last.deleted) {
                denied(world_.remove(name.first, name.second));
                Request stale = world_.request(Verb::update, name.first, name.second, body(seen));
                stale.if_match = "W/\"999\"";
                denied(world_.send(stale));
            }
            // Criteria do not find what is not there for who asks.
            if (limited_->plan->remove.nothing(name.first)) continue;
            Request removal = world_.request(Verb::remove, name.first);
            removal.parameters = {{"_id", name.second}};
            const auto removed = world_.send(removal);
            REQUIRE(removed);
            CHECK(removed->version == 0);
        }
        const auto after = world_.elsewhere == nullptr ? world_.repository.snapshot()->position() : world_.elsewhere->snapshot()->position();
        CHECK(before == after);
    }

    World& world_;
    std::mt19937 dice_;
    int markers_ = 0;
    std::vector<Known> order_;  // oldest first
    std::map<std::pair<std::string, std::string>, std::vector<Known>> chains_;
    const Limited* limited_ = nullptr;
};

}  // namespace

TEST_SUITE("interaction/verb/sight") {
    TEST_CASE("what is out of reach is in no answer of any verb, and changed by none") {
        for (unsigned seed = 1; seed <= 4; ++seed) {
            World world;
            Trial trial(world, seed);
            for (const Limited& limited : plans()) {
                INFO("seed ", seed, ", plan ", limited.name);
                trial.look(limited);
            }
        }
    }
    TEST_CASE("so it is over the relational engine") {
        World world;
        const interaction::OnDisk disk(world.clock);
        world.elsewhere = disk.engine.get();
        Trial trial(world, 7);
        for (const Limited& limited : plans()) {
            INFO("plan ", limited.name);
            trial.look(limited);
        }
    }
    TEST_CASE("who may write and not read gets no body back") {
        World world;
        Reach all;
        all.allow("Patient");
        permission::Plan plan = *narrow(all);
        plan.read = Reach{};
        world.plan = std::make_shared<const permission::Plan>(plan);
        const auto made = world.put("Patient", "p1", R"({"resourceType":"Patient","id":"p1"})");
        REQUIRE(made);
        CHECK(made->status == interaction::Response::Status::created);
        CHECK(made->content.empty());
        CHECK(world.get("Patient", "p1").fault().kind == Fault::Kind::missing);
    }
    TEST_CASE("a Binary is closed with the resource that protects it, in its history and to patches too") {
        World world;
        for (const char* id : {"p1", "p2"}) {
            REQUIRE(world.put("Patient", id, R"({"resourceType":"Patient","id":")" + std::string(id) + R"("})"));
            REQUIRE(world.put("Binary", id, R"({"resourceType":"Binary","id":")" + std::string(id) +
                                                R"(","contentType":"text/plain","securityContext":{"reference":"Patient/)" + id + R"("}})"));
        }
        Reach reach;
        reach.allow("Binary");
        reach.allow("Patient", interaction::criterion("Patient", {"_id", "p1"}));
        world.plan = narrow(reach);
        CHECK(world.get("Binary", "p1"));
        CHECK(world.get("Binary", "p2").fault().kind == Fault::Kind::missing);
        for (const char* id : {"", "p1"}) {
            const auto history = world.send(world.request(Verb::history, "Binary", id));
            REQUIRE(history);
            CHECK(world.read(history->text()).root().child("total").text() == "1");
        }
        CHECK(world.send(world.request(Verb::history, "Binary", "p2")).fault().kind == Fault::Kind::missing);
        Request patch = world.request(Verb::patch, "Binary", "p2");
        patch.patch = fhir::patch::Format::merge;
        patch.source = R"({"language":"de"})";
        CHECK(world.send(patch).fault().kind == Fault::Kind::missing);
    }
    TEST_CASE("a closed Binary is not found, brought along, counted, matched or deleted either") {
        World world;
        for (const char* id : {"p1", "p2"}) {
            REQUIRE(world.put("Patient", id, R"({"resourceType":"Patient","id":")" + std::string(id) + R"("})"));
            REQUIRE(world.put("Binary", id, R"({"resourceType":"Binary","id":")" + std::string(id) +
                                                R"(","meta":{"tag":[{"code":"tag-)" + id +
                                                R"("}]},"contentType":"text/plain","securityContext":{"reference":"Patient/)" + id + R"("}})"));
            REQUIRE(world.put("DocumentReference", id,
                              R"({"resourceType":"DocumentReference","id":")" + std::string(id) +
                                  R"(","status":"current","content":[{"attachment":{"title":"t"}}],"context":{"related":[{"reference":"Binary/)" + id +
                                  R"("}]}})"));
        }
        Reach reach;
        reach.allow("Binary");
        reach.allow("DocumentReference");
        reach.allow("Patient", interaction::criterion("Patient", {"_id", "p1"}));
        world.plan = narrow(reach);
        const auto ids = [&](const char* type, const std::vector<std::pair<std::string, std::string>>& asked) {
            const auto page = world.find(type, asked);
            REQUIRE(page);
            const auto bundle = world.read(page->text());
            std::set<std::string> found;
            for (const fhir::View entry : bundle.root().children(fhir::known_name("entry"))) {
                const fhir::View resource = entry.child("resource");
                if (resource.resource_type() == "Binary") found.emplace(resource.child("id").text());
            }
            if (std::string_view(type) != "DocumentReference")
                CHECK_MESSAGE((!bundle.root().child("total") || bundle.root().child("total").text() == "1"), page->text());
            return found;
        };
        const std::set<std::string> open{"p1"};
        CHECK(ids("Binary", {}) == open);
        CHECK(ids("Binary", {{"_total", "accurate"}, {"_count", "1"}}) == open);
        CHECK(ids("Binary", {{"_id", "p1,p2"}, {"_contained", "both"}}) == open);
        CHECK(ids("", {{"_type", "Binary"}}) == open);
        CHECK(ids("DocumentReference", {{"_include", "DocumentReference:related"}}) == open);

        Request meta = world.request(Verb::operation, "Binary");
        meta.operation = "meta";
        const auto labels = world.send(meta);
        REQUIRE(labels);
        CHECK(labels->text().find("tag-p1") != std::string::npos);
        CHECK(labels->text().find("tag-p2") == std::string::npos);

        Request remove = world.request(Verb::remove, "Binary");
        remove.parameters = {{"_id", "p1,p2"}};  // one match: the other is closed
        CHECK(world.send(remove));
        CHECK(world.remove("Binary", "p2").fault().kind == Fault::Kind::denied);
        CHECK(world.put("Binary", "p2", R"({"resourceType":"Binary","id":"p2","contentType":"text/plain"})").fault().kind == Fault::Kind::denied);
        world.plan = permission::unlimited();
        CHECK(world.get("Binary", "p2"));
    }
    TEST_CASE("_explain is for who may see all or administers") {
        World world;
        Reach reach;
        reach.allow("Patient");
        world.plan = narrow(reach);
        CHECK(world.find("Patient", {{"_explain", "true"}}).fault().kind == Fault::Kind::denied);
        auto administrator = *world.plan;
        administrator.administers = true;
        world.plan = std::make_shared<const permission::Plan>(administrator);
        const auto told = world.find("Patient", {{"_explain", "true"}});
        CHECK((told || told.fault().kind != Fault::Kind::denied));
    }
    TEST_CASE("a reference to what is out of reach tells nothing of it") {
        World world;
        REQUIRE(world.put("Patient", "p2", R"({"resourceType":"Patient","id":"p2"})"));
        Reach notes;
        notes.allow("Observation");
        world.plan = narrow(notes);
        for (const char* id : {"p2", "p3"})
            CHECK(world.post("Observation", R"({"resourceType":"Observation","status":"final","code":{"text":"x"},"subject":{"reference":"Patient/)" +
                                                std::string(id) + R"("}})"));
    }
    TEST_CASE("a page of a narrow history ends after bounded work, and goes on behind it") {
        World world;
        for (int i = 0; i < 450; ++i)
            REQUIRE(world.put("Patient", "p" + std::to_string(i % 2), R"({"resourceType":"Patient","id":"p)" + std::to_string(i % 2) +
                                                                         R"(","multipleBirthInteger":)" + std::to_string(i) + "}"));
        REQUIRE(world.put("Basic", "b", R"({"resourceType":"Basic","id":"b","code":{"text":"x"}})"));
        Reach reach;
        reach.allow("Patient", interaction::criterion("Patient", {"_id", "none"}));
        const interaction::Context context{world.schema(), world.parameters(), world.repository, world.clock, world.rules};
        const auto snapshot = world.repository.snapshot();
        interaction::HistoryAsked asked;
        asked.scope.type = "Patient";
        store::Window window;
        window.count = 10;
        const auto page = interaction::history_page(asked, window, *narrow(reach), *snapshot, context, 200);
        REQUIRE(page);
        CHECK(page->entries.empty());
        CHECK_FALSE(page->next.empty());
        CHECK_FALSE(page->total);
        int more = 0;
        window.after = page->next;
        while (!window.after.empty()) {
            const auto next = interaction::history_page(asked, window, *narrow(reach), *snapshot, context, 200);
            REQUIRE(next);
            CHECK(next->entries.empty());
            window.after = next->next;
            REQUIRE(++more < 10);
        }
        CHECK(more == 2);
    }
}
