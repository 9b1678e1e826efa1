// SPDX-License-Identifier: Apache-2.0
#include "runner/scenario/parse.h"

#include "base/text.h"
#include "runner/scenario/lines.h"

#include <algorithm>
#include <array>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace runner::scenario {

namespace {

using base::Fault;

constexpr std::array methods = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"};
bool is_method(std::string_view word) { return std::find(methods.begin(), methods.end(), word) != methods.end(); }

// HL7 v2 table 0008.
bool is_acknowledgment(std::string_view list) {
    constexpr std::array codes = {"AA", "AE", "AR", "CA", "CE", "CR"};
    if (list.find("${") != std::string_view::npos) return true;
    for (const std::string_view one : base::split(list, ','))
        if (std::find(codes.begin(), codes.end(), base::trim(one)) == codes.end()) return false;
    return true;
}

// Every ${name} has a value by then: of the scenario, the table, or a "let" before it. Found here, and not in the middle of a run.
class Naming {
public:
    Naming(const std::string& file, std::set<std::string> known) : file_(file), known_(std::move(known)) {}

    base::Result<void> section(const Section& section) {
        for (const auto& row : section.rows)
            for (const std::string& cell : row) TRY(text(cell, section.line));
        known_.insert(section.columns.begin(), section.columns.end());
        for (const Step& step : section.steps) {
            TRY(text(step.request.url, step.line));
            for (const Field& field : step.request.fields) TRY(text(field.value, step.line));
            TRY(text(step.request.body, step.line));
            TRY(text(step.expression, step.line));
            for (const Check& check : step.checks) {
                if (check.about == Check::About::path) TRY(text(check.subject, check.line));
                if (check.how == Check::How::keep) known_.insert(check.name);
                else TRY(text(check.wanted, check.line));
            }
        }
        return {};
    }
    const std::set<std::string>& known() const { return known_; }

private:
    base::Result<void> text(std::string_view text, int line) const {
        for (std::size_t open = text.find("${"); open != std::string_view::npos; open = text.find("${", open + 2)) {
            const auto fault = [&](const std::string& said) { return Fault{Fault::Kind::malformed, file_ + ':' + std::to_string(line) + ": " + said}; };
            const std::size_t close = text.find('}', open);
            if (close == std::string_view::npos) return fault("a ${ without its }");
            std::string_view name = text.substr(open + 2, close - open - 2);
            if (name.ends_with(":url")) name.remove_suffix(4);
            if (!known_.contains(std::string(name))) return fault("there is no variable " + std::string(name));
        }
        return {};
    }

    const std::string& file_;
    std::set<std::string> known_;
};

base::Result<void> variables(const Scenario& scenario) {
    Naming setup(scenario.file, {"run", "base", "format"});
    TRY(setup.section(scenario.setup));
    for (const Section& test : scenario.tests) TRY(Naming(scenario.file, setup.known()).section(test));
    return Naming(scenario.file, setup.known()).section(scenario.cleanup);
}

class Reader {
public:
    Reader(std::string_view text, std::string_view file) {
        made_.file = file;
        if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
        for (std::string_view line : base::split(text, '\n')) {
            if (line.ends_with('\r')) line.remove_suffix(1);
            lines_.push_back(line);
        }
    }

    base::Result<Scenario> read() {
        heading();
        Section* section = &made_.setup;
        while (at_ < lines_.size()) {
            const std::string_view line = lines_[at_];
            const std::string_view bare = base::trim(line);
            if (bare.empty() || bare.front() == '#') {
                ++at_;
            } else if (bare == "setup" || bare == "cleanup") {
                section = bare == "setup" ? &made_.setup : &made_.cleanup;
                if (!section->steps.empty()) return fault("there is one " + std::string(bare) + " already");
                if (bare == "setup" && !made_.tests.empty()) return fault("setup stands before the tests");
                ++at_;
            } else if (const auto title = after(bare, "test")) {
                if (title->size() < 3 || title->front() != '"' || title->back() != '"') return fault("test \"title\"");
                made_.tests.push_back({.title = std::string(title->substr(1, title->size() - 2)), .line = number()});
                section = &made_.tests.back();
                ++at_;
            } else if (const auto source = after(bare, "requirement")) {
                section->requirement = *source;
                ++at_;
            } else if (after(bare, "each")) {
                if (section == &made_.cleanup || !section->columns.empty() || !section->steps.empty()) return fault("a table stands at the front of a test");
                TRY(table(*section));
            } else {
                TRY(Step made, step(bare));
                section->steps.push_back(std::move(made));
            }
        }
        // Without tests of their own, the steps are the one test.
        if (made_.tests.empty()) {
            made_.tests.push_back(std::move(made_.setup));
            made_.setup = {};
            made_.tests.front().title = made_.title;
        } else if (!made_.setup.columns.empty()) {
            return fault("a table stands at the front of a test, not of the setup");
        }
        for (const Section& test : made_.tests)
            if (test.steps.empty()) return Fault{Fault::Kind::malformed, place(test.line) + "a test without steps"};
        TRY(variables(made_));
        return std::move(made_);
    }

private:
    int number() const { return static_cast<int>(at_ + 1); }
    std::string place(int line) const { return made_.file + ':' + std::to_string(line) + ": "; }
    Fault fault(const std::string& text) const { return {Fault::Kind::malformed, place(number()) + text}; }

    // The comment that opens the file: a title, and what it rests on.
    void heading() {
        for (; at_ < lines_.size() && lines_[at_].starts_with('#'); ++at_) {
            const std::string_view said = base::trim(lines_[at_].substr(1));
            if (said.empty()) continue;
            if (made_.title.empty()) made_.title = said;
            else made_.requirement += (made_.requirement.empty() ? "" : " ") + std::string(said);
        }
        if (made_.title.empty()) made_.title = made_.file;
    }

    base::Result<void> table(Section& section) {
        const auto columns = row(*after(base::trim(lines_[at_]), "each"));
        if (!columns) return fault("each | column | column |");
        section.columns = *columns;
        for (std::size_t i = 0; i < columns->size(); ++i)
            if (std::find(columns->begin(), columns->begin() + static_cast<std::ptrdiff_t>(i), (*columns)[i]) != columns->begin() + static_cast<std::ptrdiff_t>(i))
                return fault("the table has two columns " + (*columns)[i]);
        for (++at_; at_ < lines_.size(); ++at_) {
            if (!base::trim(lines_[at_]).starts_with('|')) break;
            auto cells = row(lines_[at_]);
            if (!cells || cells->size() != section.columns.size()) return fault("this row has not as many cells as the table has columns");
            section.rows.push_back(*std::move(cells));
        }
        if (section.rows.empty()) return fault("a table without rows");
        return {};
    }

    base::Result<Step> step(std::string_view line) {
        Step made{.line = number()};
        if (const auto condition = after(line, "only when")) {
            made.kind = Step::Kind::only;
            TRY(const Check read, check(*condition));
            if (read.about != Check::About::path || read.how != Check::How::holds) return fault("only when EXPRESSION");
            made.expression = read.subject;
            ++at_;
            return made;
        }
        if (const auto query = after(line, "remove")) {
            made.kind = Step::Kind::remove;
            made.request.url = *query;
            if (!query->starts_with('/')) return fault("remove /Type?query");
            ++at_;
            return made;
        }
        if (const auto what = after(line, "wait until")) return wait(*what, std::move(made));
        if (const auto what = after(line, "send")) return send(*what, std::move(made));
        auto request = request_line(line);
        if (!request) return fault("this is no step: " + std::string(line.substr(0, 60)));
        made.request = *std::move(request);
        ++at_;
        bool fields = true;
        for (; at_ < lines_.size() && !lines_[at_].starts_with("----"); ++at_) {
            if (fields) {
                if (auto field = header_line(lines_[at_])) {
                    made.request.fields.push_back(*std::move(field));
                    continue;
                }
                fields = false;
                if (base::trim(lines_[at_]).empty()) continue;  // what ends the headers, as in HTTP
            }
            // A body hardly looks like that; a line that was forgotten does.
            if (const auto next = request_line(lines_[at_]); next && is_method(next->method))
                return Fault{Fault::Kind::malformed, place(made.line) + "a request without \"---- status\" behind it, before the next one"};
            made.request.body += std::string(lines_[at_]) + '\n';
        }
        if (at_ == lines_.size()) return Fault{Fault::Kind::malformed, place(made.line) + "a request without \"---- status\" behind it"};
        made.expected = base::trim(lines_[at_].substr(4));
        if (!is_expectation(made.expected)) return fault("---- 200, a list 200,201, a class 2xx, or any");
        if (made.request.body.ends_with('\n')) made.request.body.pop_back();  // the last line's end is the scenario's, not the body's
        if (base::trim(made.request.body).empty()) made.request.body.clear();
        ++at_;
        TRY(checks(made, false));
        return made;
    }

    // "GET /Patient?name=x total = 1 within 5 s"
    base::Result<Step> wait(std::string_view what, Step made) {
        made.kind = Step::Kind::wait;
        const auto within = what.rfind(" within ");
        const auto time = within == std::string_view::npos ? std::string_view{} : base::trim(what.substr(within + 8));
        const auto seconds = time.ends_with(" s") ? base::to_integer(base::trim(time.substr(0, time.size() - 2))) : std::nullopt;
        const auto space = what.find(' ');
        const auto url_end = space == std::string_view::npos ? space : what.find(' ', space + 1);
        if (!seconds || *seconds < 1 || *seconds > 3600 || url_end == std::string_view::npos || url_end >= within)
            return fault("wait until GET /url EXPRESSION within N s");
        auto request = request_line(what.substr(0, url_end));
        if (!request) return fault("this is no request: " + std::string(what.substr(0, url_end)));
        TRY(const Check read, check(base::trim(what.substr(url_end, within - url_end))));
        made.request = *std::move(request);
        made.expression = read.subject;
        made.within = std::chrono::seconds(*seconds);
        ++at_;
        TRY(checks(made, false));
        return made;
    }

    base::Result<Step> send(std::string_view what, Step made) {
        if (what != "mllp" && what != "astm") return fault("send mllp, or send astm");
        made.kind = what == "mllp" ? Step::Kind::mllp : Step::Kind::astm;
        for (++at_; at_ < lines_.size(); ++at_) {
            if (const auto expected = after(lines_[at_], "expect ack")) {
                made.expected = expected->empty() ? (what == "mllp" ? "AA,CA" : "ACK") : *expected;
                if (what == "mllp" && !is_acknowledgment(made.expected)) return fault("expect ack AA, AE, AR, CA, CE or CR, or a list of them");
                if (made.request.body.empty()) return fault("a message without lines");
                ++at_;
                TRY(checks(made, made.kind == Step::Kind::mllp));
                return made;
            }
            if (const auto line = base::trim(lines_[at_]); !line.empty()) made.request.body += std::string(line) + '\r';
        }
        return Fault{Fault::Kind::malformed, place(made.line) + "a message without \"expect ack\" behind it"};
    }

    base::Result<Check> check(std::string_view line) const {
        auto read = check_line(line, false);
        if (!read) return fault(read.fault().text);
        return read;
    }

    static bool ends_checks(std::string_view line) {
        return line == "setup" || line == "cleanup" || after(line, "test") || after(line, "each") || after(line, "requirement") || after(line, "only when") ||
               after(line, "remove") || after(line, "wait until") || after(line, "send") || request_line(line);
    }

    // All lines up to the next step or section; a line that begins with two spaces goes on with the one before.
    base::Result<void> checks(Step& step, bool of_message) {
        while (at_ < lines_.size()) {
            const std::string_view line = base::trim(lines_[at_]);
            if (line.empty() || line.front() == '#') {
                ++at_;
                continue;
            }
            if (ends_checks(line)) return {};
            std::string whole(line);
            const int begun = number();
            for (++at_; at_ < lines_.size() && lines_[at_].starts_with("  ") && !base::trim(lines_[at_]).empty(); ++at_) whole += ' ' + std::string(base::trim(lines_[at_]));
            auto read = check_line(whole, of_message);
            if (!read) return Fault{Fault::Kind::malformed, place(begun) + read.fault().text};
            step.checks.push_back(*std::move(read));
            step.checks.back().line = begun;
        }
        return {};
    }

    Scenario made_;
    std::vector<std::string_view> lines_;
    std::size_t at_ = 0;
};

}  // namespace

base::Result<Scenario> parse(std::string_view text, std::string_view file) { return Reader(text, file).read(); }

}  // namespace runner::scenario
