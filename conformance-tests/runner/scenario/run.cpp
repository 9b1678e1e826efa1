// SPDX-License-Identifier: Apache-2.0
#include "runner/scenario/run.h"

#include "base/crypto.h"
#include "base/text.h"
#include "fhir/codec/xml.h"
#include "hl7v2/mllp/client.h"
#include "hl7v2/parse.h"
#include "runner/scenario/astm.h"
#include "runner/scenario/check.h"
#include "runner/scenario/traces.h"
#include "runner/scenario/words.h"

#include <fmt/format.h>

#include <algorithm>
#include <thread>

namespace runner::scenario {

namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

enum class State { going, ended };  // ended: what comes behind in this section is not tried

class Player {
public:
    Player(const Scenario& scenario, Bench& bench, Offered& offered) : scenario_(scenario), bench_(bench), offered_(offered) {}

    Case play(const std::string& suite, const std::string& id) {
        Case one{.suite = suite, .id = id, .title = scenario_.title, .source = scenario_.file, .begun = bench_.clock.now()};
        // What two scenarios create never has the same name.
        const std::string own = bench_.run + base::hex(base::view(base::sha256(suite + '/' + id))).substr(0, 4);
        Variables variables{{"run", own}, {"base", bench_.target.base}, {"format", bench_.target.format == Format::json ? "json" : "xml"}};
        one.setup = {.id = "setup", .title = "setup"};
        play(scenario_.setup.steps, one.setup, variables);
        const Verdict ready = one.setup.steps.empty() ? Verdict::pass : one.setup.verdict();
        for (const Section& section : scenario_.tests) play(section, one, ready, variables);
        one.teardown = {.id = "teardown", .title = "cleanup"};
        if (ready != Verdict::skip) play(scenario_.cleanup.steps, one.teardown, variables);
        traces_.remove(bench_.client, bench_.judge.knowledge(), one.teardown);
        if (link_) link_->close();
        one.took = bench_.clock.now() - one.begun;
        return one;
    }

private:
    // A section: once, or once a row of its table.
    void play(const Section& section, Case& one, Verdict ready, const Variables& variables) {
        for (std::size_t row = 0; row < std::max<std::size_t>(section.rows.size(), 1); ++row) {
            Variables own = variables;
            std::string title = section.title;
            if (!section.rows.empty()) {
                Variables cells;
                std::string listed;
                for (std::size_t i = 0; i < section.columns.size(); ++i) {
                    const std::string& cell = section.rows[row][i];
                    listed += (i == 0 ? "" : ", ") + cell;
                    cells[section.columns[i]] = cell;
                    auto filled = fill(cell, variables);
                    own[section.columns[i]] = filled ? *filled : cell;
                }
                const auto named = fill(title, cells);
                title = named && *named != title ? *named : title + ": " + listed;
            }
            Test test{.id = unused(one, slug(title)), .title = title, .requirement = section.requirement.empty() ? scenario_.requirement : section.requirement};
            const base::Micros begun = bench_.clock.now();
            if (const std::string why = bench_.why_stopped(); !why.empty()) test.steps.push_back({.label = "not begun", .verdict = Verdict::skip, .message = why, .where = where(section.line)});
            else if (ready == Verdict::skip) test.steps.push_back({.label = "the conditions of the scenario", .verdict = Verdict::skip, .message = reason_, .where = where(section.line)});
            else if (ready >= Verdict::limit)
                test.steps.push_back({.label = "the setup", .verdict = ready == Verdict::limit ? ready : Verdict::error, .message = "the setup failed: " + setup_failure(one.setup), .where = where(section.line)});
            else play(section.steps, test, own);
            test.took = bench_.clock.now() - begun;
            one.tests.push_back(std::move(test));
        }
    }

    void play(const std::vector<Step>& steps, Test& into, Variables& variables) {
        // Before anything is made for it: can all of it be done?
        for (const Step& step : steps)
            if (const char* missing = step.kind == Step::Kind::mllp && bench_.target.mllp.empty() ? "--mllp HOST:PORT was not given"
                                      : step.kind == Step::Kind::astm && bench_.target.astm.empty() ? "--astm HOST:PORT was not given" : nullptr) {
                reason_ = missing;
                into.steps.push_back({.kind = runner::Step::Kind::operation, .label = step.kind == Step::Kind::mllp ? "send mllp" : "send astm", .verdict = Verdict::skip, .message = missing, .where = where(step.line)});
                return;
            }
        for (const Step& step : steps)
            if (play(step, into, variables) == State::ended) return;
    }

    State play(const Step& step, Test& into, Variables& variables) {
        switch (step.kind) {
            case Step::Kind::request: return ask(step, into, variables);
            case Step::Kind::mllp: return send_message(step, into, variables);
            case Step::Kind::astm: return send_records(step, into, variables);
            case Step::Kind::wait: return wait(step, into, variables);
            case Step::Kind::only: return only(step, into, variables);
            case Step::Kind::remove: return note_for_removal(step, into, variables);
        }
        return State::ended;
    }

    State ask(const Step& step, Test& into, Variables& variables) {
        auto request = filled(step.request, variables);
        if (!request) return broken(step, into, step.request.method + ' ' + step.request.url, request.fault().text);
        const Answer answer = exchange(*request, step.line, into);
        if (into.steps.back().verdict >= Verdict::fail) return State::ended;
        if (!expect(is_expected(answer.response.status, step.expected), fmt::format("status is {}", step.expected), fmt::format("is {}{}", answer.response.status, complaint(answer)), step.line, into))
            return State::ended;
        return check(step, answer, into, variables);
    }

    // One step of kind operation; error when nobody answered.
    Answer exchange(const Request& request, int line, Test& into) {
        Exchange exchange = bench_.client.ask(request);
        Answer answer = read_answer(exchange.response, bench_.judge.knowledge());
        traces_.note(exchange, answer);
        runner::Step done{.kind = runner::Step::Kind::operation, .label = request.method + ' ' + request.url, .where = where(line)};
        if (exchange.response.status == 0) {
            done.verdict = Verdict::error;
            done.message = exchange.fault;
        }
        done.exchange = std::move(exchange);
        into.steps.push_back(std::move(done));
        return answer;
    }

    State check(const Step& step, const Answer& answer, Test& into, Variables& variables) {
        for (const Check& one : step.checks) {
            into.steps.push_back(judge(one, answer, variables, bench_.judge));
            into.steps.back().where = where(one.line);
            // What comes behind needs the variable.
            if (one.how == Check::How::keep && into.steps.back().verdict >= Verdict::fail) return State::ended;
        }
        return State::going;
    }

    bool expect(bool is_so, std::string label, std::string found, int line, Test& into) {
        into.steps.push_back({.label = std::move(label), .verdict = is_so ? Verdict::pass : Verdict::fail, .message = is_so ? "" : std::move(found), .where = where(line)});
        return is_so;
    }

    State broken(const Step& step, Test& into, std::string label, std::string why) {
        into.steps.push_back({.kind = runner::Step::Kind::operation, .label = std::move(label), .verdict = Verdict::error, .message = std::move(why), .where = where(step.line)});
        return State::ended;
    }

    State wait(const Step& step, Test& into, Variables& variables) {
        auto request = filled(step.request, variables);
        const auto expression = fill(step.expression, variables);
        if (!request || !expression) return broken(step, into, "wait until " + step.expression, (!request ? request.fault() : expression.fault()).text);
        const auto until = steady_clock::now() + step.within;
        for (milliseconds pause{20};; pause = std::min(pause * 2, milliseconds{500})) {
            Test tried{.id = into.id};
            const Answer answer = exchange(*request, step.line, tried);
            const auto holds = answer.resource ? bench_.judge.holds(answer.resource->root(), *expression, variables) : base::Result<bool>(false);
            const bool over = steady_clock::now() + pause > until || !bench_.why_stopped().empty();
            if (!over && holds && !*holds) {
                std::this_thread::sleep_for(pause);
                continue;
            }
            into.steps.push_back(std::move(tried.steps.front()));
            if (!holds) return broken(step, into, "wait until " + step.expression, holds.fault().text);
            if (const std::string ended = bench_.why_stopped(); !*holds && !ended.empty()) {
                into.steps.push_back({.label = "wait until " + step.expression, .verdict = Verdict::skip, .message = ended, .where = where(step.line)});
                return State::ended;
            }
            const std::string found = *holds ? "" : answer.resource ? why_not(answer.resource->root(), *expression, variables, bench_.judge) + complaint(answer) : answer.why_none;
            if (!expect(*holds, fmt::format("{} within {} s", step.expression, step.within.count() / 1000), found, step.line, into)) return State::ended;
            return check(step, answer, into, variables);
        }
    }

    State only(const Step& step, Test& into, const Variables& variables) {
        if (!offered_.asked) {
            offered_.asked = true;
            if (auto read = bench_.judge.knowledge().read(bench_.client.ask({.url = "/metadata"}).response.body)) offered_.statement.emplace(*std::move(read));
        }
        if (!offered_.statement) return broken(step, into, "only when " + step.expression, "the server has no CapabilityStatement");
        const auto expression = fill(step.expression, variables);
        const auto holds = expression ? bench_.judge.holds(offered_.statement->root(), *expression, variables) : base::Result<bool>(expression.fault());
        if (!holds) return broken(step, into, "only when " + step.expression, holds.fault().text);
        if (*holds) return State::going;
        reason_ = "its CapabilityStatement does not say " + *expression;
        into.steps.assign({{.label = "only when " + step.expression, .verdict = Verdict::skip, .message = reason_, .where = where(step.line)}});
        return State::ended;
    }

    State note_for_removal(const Step& step, Test& into, const Variables& variables) {
        auto url = fill(step.request.url, variables);
        if (!url) return broken(step, into, "remove " + step.request.url, url.fault().text);
        for (int page = 0; page < 100 && !url->empty(); ++page) {
            const Answer answer = exchange({.url = *url}, step.line, into);
            if (answer.response.status != 200) return broken(step, into, "remove " + step.request.url, fmt::format("the search is answered with {}{}", answer.response.status, complaint(answer)));
            traces_.note_found(answer);
            const auto next = answer.resource ? bench_.judge.values(answer.resource->root(), "link.where(relation = 'next').url") : base::Result<std::vector<std::string>>(std::vector<std::string>{});
            *url = next && next->size() == 1 ? next->front() : std::string();
        }
        return State::going;
    }

    State send_message(const Step& step, Test& into, Variables& variables) {
        const auto message = fill(step.request.body, variables);
        const std::string label = "send mllp";
        if (!message) return broken(step, into, label, message.fault().text);
        if (!link_) {
            hl7v2::mllp::ClientOptions options{.address = *hl7v2::mllp::Address::read(bench_.target.mllp)};
            options.answer = bench_.target.patience;
            link_.emplace(std::move(options));
        }
        Exchange exchange{.request = {.method = "MLLP", .url = "mllp://" + bench_.target.mllp, .body = *message}, .response = {}};
        const base::Micros begun = bench_.clock.now();
        const auto sent = link_->send(*message);
        auto received = sent ? link_->receive() : base::Result<std::string>(sent.fault());
        exchange.took = bench_.clock.now() - begun;
        runner::Step done{.kind = runner::Step::Kind::operation, .label = fmt::format("{} {}", label, shortened(*message, 60)), .where = where(step.line)};
        Answer answer;
        std::string why;
        if (!received) {
            why = exchange.fault = received.fault().text;
        } else {
            exchange.response.body = *received;
            auto read = hl7v2::parse(*std::move(received));
            if (read) answer.message.emplace(*std::move(read));
            else why = "the answer is no message: " + read.fault().text;
        }
        done.verdict = why.empty() ? Verdict::pass : Verdict::error;
        done.message = why;
        done.exchange = std::move(exchange);
        into.steps.push_back(std::move(done));
        if (!why.empty()) return State::ended;
        const std::string code = answer.message->at("MSA-1").text();
        bool expected = false;
        for (const std::string_view one : base::split(step.expected, ',')) expected = expected || base::trim(one) == code;
        if (!expect(expected, "ack is " + step.expected, fmt::format("is {} {}", code, shortened(answer.message->at("ERR-8").text() + answer.message->at("MSA-3").text())), step.line, into)) return State::ended;
        return check(step, answer, into, variables);
    }

    State send_records(const Step& step, Test& into, Variables& variables) {
        const auto records = fill(step.request.body, variables);
        if (!records) return broken(step, into, "send astm", records.fault().text);
        runner::Step done{.kind = runner::Step::Kind::operation, .label = "send astm " + shortened(*records, 60), .where = where(step.line)};
        const auto sent = send_astm(bench_.target.astm, *records, bench_.target.patience);
        if (!sent) {
            done.verdict = Verdict::fail;
            done.message = sent.fault().text;
        }
        into.steps.push_back(std::move(done));
        return sent ? State::going : State::ended;
    }

    // With its variables, and in the format that is asked for: scenarios are written in JSON, and what they leave open is sent as XML too.
    base::Result<Request> filled(const Request& request, const Variables& variables) const {
        Request made{.method = request.method};
        TRY(const std::string url, fill(request.url, variables));
        for (const char c : url) {  // what no URL may hold (RFC 3986 2)
            const auto byte = static_cast<unsigned char>(c);
            if (byte <= ' ' || byte >= 0x7F || std::string_view("\"<>|\\^`{}").find(c) != std::string_view::npos) made.url += fmt::format("%{:02X}", byte);
            else made.url += c;
        }
        bool typed = false;
        for (const Field& field : request.fields) {
            TRY(std::string value, fill(field.value, variables));
            typed = typed || base::equal_ignoring_case(field.name, "Content-Type");
            made.fields.push_back({field.name, std::move(value)});
        }
        TRY(made.body, fill(request.body, variables));
        if (typed || made.body.empty()) return made;
        const bool is_xml = made.body.find_first_not_of(" \t\r\n") != std::string::npos && made.body[made.body.find_first_not_of(" \t\r\n")] == '<';
        if (!is_xml && bench_.target.format == Format::xml)
            if (const auto read = bench_.judge.knowledge().read(made.body)) {
                made.body = fhir::codec::to_xml(read->root(), bench_.judge.knowledge().schema());
                return made;
            }
        made.fields.push_back({"Content-Type", media_type(is_xml ? Format::xml : Format::json)});
        return made;
    }

    std::string where(int line) const { return fmt::format("{}:{}", scenario_.file, line); }

    static std::string setup_failure(const Test& setup) {
        for (const runner::Step& step : setup.steps)
            if (step.verdict >= Verdict::limit) return fmt::format("{}  {}  {}", step.where, step.label, step.message);
        return {};
    }

    static std::string unused(const Case& one, const std::string& wanted) {
        const auto taken = [&](const std::string& id) { return std::any_of(one.tests.begin(), one.tests.end(), [&](const Test& test) { return test.id == id; }); };
        std::string id = wanted;
        for (int number = 2; taken(id); ++number) id = fmt::format("{}-{}", wanted, number);
        return id;
    }

    const Scenario& scenario_;
    Bench& bench_;
    Offered& offered_;
    Traces traces_{};
    std::optional<hl7v2::mllp::Client> link_{};  // one for the whole scenario, so that its messages come in order
    std::string reason_{};                       // why the last condition was not met
};

}  // namespace

Case run(const Scenario& scenario, const std::string& suite, const std::string& id, Bench& bench, Offered& offered) {
    return Player(scenario, bench, offered).play(suite, id);
}

}  // namespace runner::scenario
