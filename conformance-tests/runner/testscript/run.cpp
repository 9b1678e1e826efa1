// SPDX-License-Identifier: Apache-2.0
#include "runner/testscript/run.h"

#include "base/text.h"
#include "fhir/codec/json.h"
#include "runner/client.h"
#include "runner/testscript/assertion.h"
#include "runner/testscript/capability.h"
#include "runner/testscript/fixtures.h"
#include "runner/testscript/memory.h"
#include "runner/testscript/profiles.h"
#include "runner/testscript/request.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>

namespace runner::testscript {

namespace {

using base::Fault;

constexpr std::string_view run_variable = "andiron-run";

// Of a delete: done, or done before.
bool gone(int status) { return status / 100 == 2 || status == 404 || status == 410; }

bool good(Verdict verdict) { return verdict == Verdict::pass || verdict == Verdict::warning; }

std::map<std::string, std::string> variables(const Script& script, const Setting& setting) {
    auto given = setting.options.variables;
    if (script.variable(run_variable) != nullptr) given.try_emplace(std::string(run_variable), setting.run);
    return given;
}

class Running {
public:
    Running(const Script& script, const Setting& setting)
        : script_(script), setting_(setting), given_(variables(script, setting)), memory_(script, setting.judge, given_),
          profiles_(script, setting.judge, setting.options.folders, setting.clock) {}

    Case go() {
        Case made{.suite = "", .id = script_.id, .title = !script_.title.empty() ? script_.title : script_.name, .source = script_.file};
        made.script = !script_.url.empty() ? script_.url : "TestScript/" + script_.id;
        made.begun = setting_.clock.now();
        made.setup = timed("setup", [&](Test& test) { setup(test); });
        std::set<std::string> ids;
        for (const Block& block : script_.tests) {
            std::string id = !block.id.empty() ? block.id : !block.name.empty() ? block.name : "test";
            for (int again = 2; !ids.insert(id).second; ++again) id = fmt::format("{}-{}", !block.id.empty() ? block.id : "test", again);
            made.tests.push_back(timed(id, [&](Test& test) {
                test.title = !block.name.empty() ? block.name : block.description;
                if (block.actions.empty()) test.steps.push_back({.label = "test", .verdict = Verdict::skip, .message = "it has no actions"});
                const std::string ended = setting_.stopped ? setting_.stopped() : std::string();
                if (!ended.empty()) leave(block, test, Verdict::skip, ended);
                else if (stopped_.empty()) actions(block, test, false);
                else leave(block, test, stopped_verdict_, stopped_);
            }));
        }
        made.teardown = timed("teardown", [&](Test& test) { teardown(test); });
        made.took = setting_.clock.now() - made.begun;
        return made;
    }

private:
    template <class Doing>
    Test timed(const std::string& id, Doing doing) {
        Test test{.id = id};
        const base::Micros begun = setting_.clock.now();
        doing(test);
        test.took = setting_.clock.now() - begun;
        return test;
    }

    void setup(Test& test) {
        capabilities(test);
        if (stopped_.empty()) fixtures(test);
        if (stopped_.empty()) {
            begun_ = true;
            actions(script_.setup, test, false);
        } else {
            leave(script_.setup, test, Verdict::skip, stopped_);
        }
        if (!stopped_.empty()) return;
        Verdict worst = Verdict::pass;
        for (const Step& step : test.steps)
            if (step.where.starts_with("setup")) worst = std::max(worst, step.verdict == Verdict::skip ? Verdict::pass : step.verdict);
        if (ended_ || !good(worst)) stop(worst == Verdict::limit ? Verdict::limit : worst == Verdict::pass ? Verdict::skip : Verdict::error, "the setup did not succeed");
    }

    void stop(Verdict verdict, std::string why) {
        stopped_verdict_ = verdict;
        stopped_ = std::move(why);
    }

    // ----- metadata.capability

    void capabilities(Test& test) {
        for (std::size_t i = 0; i < script_.capabilities.size(); ++i) {
            const Capability& one = script_.capabilities[i];
            if (!one.required && !one.validated) continue;
            Step step{.label = one.description.empty() ? "the target offers what " + one.statement + " asks for" : one.description, .where = fmt::format("metadata.capability[{}]", i)};
            const auto lacks = offered(one, step);
            if (!lacks) {
                step.verdict = Verdict::skip;
                step.message = "not compared: " + lacks.fault().text;
            } else if (!lacks->empty()) {
                std::string list;
                for (std::size_t k = 0; k < lacks->size() && k < 6; ++k) list += (k == 0 ? "" : ", ") + (*lacks)[k];
                if (lacks->size() > 6) list += fmt::format(" and {} more", lacks->size() - 6);
                step.message = "the target does not offer " + list;
                step.verdict = Verdict::skip;
                stop(Verdict::skip, step.message);
            }
            test.steps.push_back(std::move(step));
        }
    }

    base::Result<std::vector<std::string>> offered(const Capability& one, Step& step) {
        TRY(const std::string bytes, content(script_, one.statement, setting_.options.folders, &setting_.judge.knowledge()));
        TRY(const auto wanted, setting_.judge.knowledge().read(bytes));
        TRY(const int index, destination(one.destination));
        Exchange exchange = at(index).ask({.url = "metadata"});
        const auto here = setting_.judge.knowledge().read(exchange.response.body);
        step.kind = Step::Kind::operation;
        step.exchange = std::move(exchange);
        if (!here) return Fault{Fault::Kind::unsupported, "the target's CapabilityStatement cannot be read"};
        return not_offered(wanted.root(), here->root());
    }

    // ----- fixtures

    void fixtures(Test& test) {
        for (std::size_t i = 0; i < script_.fixtures.size(); ++i) {
            const Fixture& fixture = script_.fixtures[i];
            if (fixture.reference.empty()) continue;  // told when something asks for it
            auto bytes = content(script_, fixture.reference, setting_.options.folders, &setting_.judge.knowledge());
            if (!bytes) {
                test.steps.push_back({.label = "fixture " + fixture.id, .verdict = verdict_of(bytes.fault()), .message = bytes.fault().text, .where = fmt::format("fixture[{}]", i)});
                stop(verdict_of(bytes.fault()), fmt::format("the fixture {} is not there: {}", fixture.id, bytes.fault().text));
                continue;
            }
            memory_.keep(fixture.id, memory_.kept(*std::move(bytes)));
        }
        if (!stopped_.empty()) return;
        memory_.reckon_from(used().front());
        arrange();
        for (const std::size_t i : order_)
            if (script_.fixtures[i].autocreate)
                for (const int index : used()) {
                    if (!stopped_.empty()) return;
                    begun_ = true;
                    create(script_.fixtures[i], index, fmt::format("fixture[{}]", i), test);
                }
    }

    // What a fixture refers to comes before it, however the script lists them; in a ring, the script's order stands.
    void arrange() {
        std::vector<std::string> quoted;
        for (const Fixture& fixture : script_.fixtures) {
            const Kept* kept = memory_.find(fixture.id);
            const fhir::View root = kept != nullptr && kept->resource ? kept->resource->root() : fhir::View{};
            quoted.push_back(root.child("id") ? fmt::format("\"{}/{}\"", root.resource_type(), root.child("id").text()) : std::string());
        }
        const auto refers = [&](std::size_t from, std::size_t to) {
            const Kept* kept = memory_.find(script_.fixtures[from].id);
            return from != to && !quoted[to].empty() && quoted[to] != quoted[from] && kept != nullptr && kept->body.find(quoted[to]) != std::string::npos;
        };
        std::vector<std::size_t> waiting(script_.fixtures.size());
        for (std::size_t i = 0; i < waiting.size(); ++i) waiting[i] = i;
        while (!waiting.empty()) {
            const auto free = std::find_if(waiting.begin(), waiting.end(), [&](std::size_t one) {
                return std::none_of(waiting.begin(), waiting.end(), [&](std::size_t other) { return refers(one, other); });
            });
            const auto next = free == waiting.end() ? waiting.begin() : free;
            order_.push_back(*next);
            waiting.erase(next);
        }
    }

    // The destinations that stand for different targets.
    std::vector<int> used() const {
        std::vector<int> all;
        for (const auto& [index, one] : setting_.destinations)
            if (setting_.destinations.size() == 1 || (index != 0 && std::find(script_.destinations.begin(), script_.destinations.end(), index) != script_.destinations.end())) all.push_back(index);
        const bool rest = std::any_of(script_.destinations.begin(), script_.destinations.end(), [&](int index) { return !setting_.destinations.contains(index); });
        if (setting_.destinations.size() > 1 && (rest || all.empty())) all.insert(all.begin(), 0);
        return all;
    }

    void create(const Fixture& fixture, int index, const std::string& where, Test& test) {
        Operation creation{.type = "create", .source_id = fixture.id};
        Step step{.kind = Step::Kind::operation, .label = "autocreate " + fixture.id, .where = where};
        const Destination& there = at(index);
        auto asked = request(creation, memory_, setting_.judge.knowledge(), there.target, index);
        if (!asked) {
            step.verdict = verdict_of(asked.fault());
            step.message = asked.fault().text;
        } else {
            Exchange exchange = there.ask(*asked);
            const int status = exchange.response.status;
            if (status == 0) {
                step.verdict = Verdict::error;
                step.message = exchange.fault;
            } else if (status / 100 != 2) {
                step.verdict = Verdict::error;
                step.message = fmt::format("the fixture {} was not created: status {}", fixture.id, status);
            } else {
                adopt(fixture, index, exchange);
            }
            step.exchange = std::move(exchange);
        }
        if (!good(step.verdict)) stop(step.verdict, step.message);
        test.steps.push_back(std::move(step));
    }

    // The fixture becomes what the server made of it: its id, and the references that other fixtures have to it.
    void adopt(const Fixture& fixture, int index, const Exchange& exchange) {
        const auto place = place_of(exchange);
        if (!place) return;
        memory_.keep_place(fixture.id, index, *place);
        const Kept* kept = memory_.find(fixture.id);
        if (index != used().front() || kept == nullptr || !kept->resource) return;
        const std::string before = fmt::format("\"{}/{}\"", place->type, kept->resource->root().child("id").text());
        const std::string after = fmt::format("\"{}/{}\"", place->type, place->id);
        memory_.keep(fixture.id, memory_.kept(fhir::codec::to_json(with_id(kept->resource->root(), place->id).root())));
        if (before.ends_with("/\"") || before == after) return;
        for (const Fixture& other : script_.fixtures) {
            const Kept* holder = memory_.find(other.id);
            if (memory_.created(other.id, index) != nullptr || holder == nullptr || holder->body.find(before) == std::string::npos) continue;
            memory_.keep(other.id, memory_.kept(replaced_all(holder->body, before, after)));
        }
    }

    std::optional<Place> place_of(const Exchange& exchange) const {
        for (const char* name : {"Location", "Content-Location"})
            if (const std::string* url = exchange.response.field(name)) {
                const Place place = place_in(*url);
                if (!place.id.empty()) return place;
            }
        const Kept body = memory_.kept(exchange.response.body);
        if (!body.resource || body.resource->root().child("id").text().empty() || body.resource->root().child("issue")) return std::nullopt;
        const fhir::View root = body.resource->root();
        return Place{std::string(root.resource_type()), std::string(root.child("id").text()), std::string(root.child("meta").child("versionId").text())};
    }

    // ----- actions

    // Says why at the first action.
    void leave(const Block& block, Test& test, Verdict verdict, std::string why) {
        for (const Action& action : block.actions) {
            Step step{.label = short_label(action), .verdict = verdict, .message = why, .where = action.where};
            if (std::holds_alternative<Operation>(action.what)) step.kind = Step::Kind::operation;
            test.steps.push_back(std::move(step));
            verdict = Verdict::skip;
            why = "not tried";
        }
    }

    static std::string short_label(const Action& action) {
        if (const auto* judged = std::get_if<Assert>(&action.what)) return label(*judged);
        const auto& operation = std::get<Operation>(action.what);
        if (!operation.description.empty() || !operation.label.empty()) return operation.description.empty() ? operation.label : operation.description;
        return fmt::format("{} {}", operation.type.empty() ? operation.method : operation.type, operation.resource);
    }

    // `to_the_end`: nothing ends it early.
    void actions(const Block& block, Test& test, bool to_the_end) {
        ended_ = false;
        for (const Action& action : block.actions) {
            if (ended_) {
                Step step{.label = short_label(action), .verdict = Verdict::skip, .message = "not tried after what went before", .where = action.where};
                if (std::holds_alternative<Operation>(action.what)) step.kind = Step::Kind::operation;
                test.steps.push_back(std::move(step));
                continue;
            }
            Step step{.label = "", .where = action.where};
            bool end = false;
            if (const auto* operation = std::get_if<Operation>(&action.what)) {
                step.kind = Step::Kind::operation;
                step.label = short_label(action);
                if (action.limit.empty()) perform(*operation, step);
                // What is told here stays behind, and nobody asserts anything in teardown.
                if (to_the_end && step.exchange && step.exchange->request.method == "DELETE" && !gone(step.exchange->response.status) && step.verdict == Verdict::pass) {
                    step.verdict = Verdict::fail;
                    step.message = fmt::format("it was not deleted: status {}", step.exchange->response.status);
                }
                // What was never made need not be removed.
                if (to_the_end && step.verdict == Verdict::error && !step.exchange) step.verdict = Verdict::skip;
                end = !action.limit.empty() || !good(step.verdict);
            } else {
                const auto& judged = std::get<Assert>(action.what);
                step.label = label(judged);
                if (action.limit.empty()) {
                    Bar bar{memory_, setting_.judge, profiles_, base_};
                    Judgement judgement = judge(judged, bar);
                    step.verdict = judgement.verdict;
                    step.message = std::move(judgement.message);
                    end = (step.verdict == Verdict::fail || step.verdict == Verdict::error) && judged.stop;
                }
            }
            if (!action.limit.empty()) {
                step.verdict = Verdict::limit;
                step.message = action.limit;
            }
            if (!to_the_end && step.verdict == Verdict::skip) test.cut_short = true;
            test.steps.push_back(std::move(step));
            ended_ = end && !to_the_end;
        }
    }

    const Destination& at(int index) const {
        const auto found = setting_.destinations.find(index);
        return found != setting_.destinations.end() ? found->second : setting_.destinations.begin()->second;
    }

    // The index of the target that is meant; 0 stands for the one that has no index.
    base::Result<int> destination(std::optional<int> wanted) const {
        const auto& declared = script_.destinations;
        if (!wanted) {
            if (declared.size() > 1 && setting_.destinations.size() > 1) return Fault{Fault::Kind::invalid, "there are several destinations, and the operation says none"};
            wanted = declared.empty() ? 1 : declared.front();
        } else if (!declared.empty() && std::find(declared.begin(), declared.end(), *wanted) == declared.end()) {
            return Fault{Fault::Kind::invalid, fmt::format("the script declares no destination {}", *wanted)};
        }
        return setting_.destinations.contains(*wanted) ? *wanted : setting_.destinations.begin()->first;
    }

    void perform(const Operation& operation, Step& step) {
        const auto fail = [&](const Fault& fault) {
            step.verdict = verdict_of(fault);
            step.message = fault.text;
        };
        if (operation.origin && !script_.origins.empty() && std::find(script_.origins.begin(), script_.origins.end(), *operation.origin) == script_.origins.end())
            return fail({Fault::Kind::invalid, fmt::format("the script declares no origin {}", *operation.origin)});
        const auto index = destination(operation.destination);
        if (!index) return fail(index.fault());
        const Destination& there = at(*index);
        const auto asked = request(operation, memory_, setting_.judge.knowledge(), there.target, *index);
        if (!asked) return fail(asked.fault());
        Exchange exchange = there.ask(*asked);
        step.label = fmt::format("{} {}", asked->method, asked->url);
        if (const std::string own = other_id(*asked); !own.empty()) step.label += fmt::format(" (the body's id is {})", own);
        base_ = there.target.base;
        if (exchange.response.status == 0) {
            step.verdict = Verdict::error;
            step.message = exchange.fault.empty() ? "nobody answered" : exchange.fault;
        }
        memory_.keep_last(exchange);
        if (!operation.request_id.empty()) memory_.keep(operation.request_id, *memory_.last_request());
        if (!operation.response_id.empty()) memory_.keep(operation.response_id, *memory_.last_response());
        if (!operation.source_id.empty() && exchange.request.method == "POST" && operation.type == "create" && exchange.response.status / 100 == 2)
            if (const auto place = place_of(exchange)) memory_.keep_place(operation.source_id, *index, *place);
        step.exchange = std::move(exchange);
    }

    // Of an update whose body has another id than its URL: servers must refuse it (FHIR R4 3.1.0.4), and the author may not have seen it.
    std::string other_id(const Request& asked) const {
        const Place place = place_in('/' + asked.url);
        if (asked.method != "PUT" || place.id.empty() || asked.url.find('?') != std::string::npos) return {};
        const Kept body = memory_.kept(asked.body);
        const std::string own(body.resource ? body.resource->root().child("id").text() : std::string_view{});
        return own == place.id ? std::string{} : own;
    }

    void teardown(Test& test) {
        if (!begun_) return leave(script_.teardown, test, Verdict::skip, "nothing was set up");
        actions(script_.teardown, test, true);
        // In the other direction, so that what refers goes before what it refers to.
        for (auto at = order_.rbegin(); at != order_.rend(); ++at) {
            const Fixture& fixture = script_.fixtures[*at];
            if (!fixture.autodelete) continue;
            for (const int index : used()) remove(fixture, index, fmt::format("fixture[{}]", *at), test);
        }
    }

    void remove(const Fixture& fixture, int index, const std::string& where, Test& test) {
        if (fixture.autocreate && memory_.created(fixture.id, index) == nullptr) return;  // it never came to be
        if (memory_.find(fixture.id) == nullptr) return;
        Step step{.kind = Step::Kind::operation, .label = "autodelete " + fixture.id, .where = where};
        const Destination& there = at(index);
        const auto asked = request({.type = "delete", .target_id = fixture.id}, memory_, setting_.judge.knowledge(), there.target, index);
        if (!asked) {
            step.verdict = verdict_of(asked.fault());
            step.message = asked.fault().text;
        } else {
            Exchange exchange = there.ask(*asked);
            const int status = exchange.response.status;
            if (!gone(status)) {
                step.verdict = status == 0 ? Verdict::error : Verdict::fail;
                step.message = status == 0 ? exchange.fault : fmt::format("the fixture {} was not deleted: status {}", fixture.id, status);
            }
            step.exchange = std::move(exchange);
        }
        test.steps.push_back(std::move(step));
    }

    const Script& script_;
    const Setting& setting_;
    std::map<std::string, std::string> given_;
    Memory memory_;
    Profiles profiles_;
    std::string base_{};
    std::vector<std::size_t> order_{};  // of the fixtures: what is referred to stands before what refers to it
    std::string stopped_{};  // why no test can be tried
    Verdict stopped_verdict_ = Verdict::error;
    bool begun_ = false;     // something may lie on a server
    bool ended_ = false;     // the block that was run last did not come to its end
};

}  // namespace

Case run(const Script& script, const Setting& setting) { return Running(script, setting).go(); }

}  // namespace runner::testscript
