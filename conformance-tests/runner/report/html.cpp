// SPDX-License-Identifier: Apache-2.0
#include "runner/report/html.h"

#include "runner/report/exchange_html.h"
#include "runner/report/html_style.h"
#include "runner/report/overview.h"

#include <fmt/format.h>

#include <array>

namespace runner::report {

namespace {

constexpr std::array all_verdicts{Verdict::pass, Verdict::warning, Verdict::skip, Verdict::limit, Verdict::fail, Verdict::error};

// A sign beside the word: colours alone tell nothing to many readers.
std::string_view sign(Verdict verdict) {
    switch (verdict) {
        case Verdict::pass: return "&#10003; passed";
        case Verdict::warning: return "! warning";
        case Verdict::skip: return "&#8211; skipped";
        case Verdict::limit: return "&#8230; limit";
        case Verdict::fail: return "&#10007; failed";
        case Verdict::error: return "&#10007; error";
    }
    return "";
}

std::string badge(Verdict verdict) { return fmt::format("<span class=\"badge {}\">{}</span>", word(verdict), sign(verdict)); }

bool bad(Verdict verdict) { return verdict >= Verdict::fail; }

std::size_t number(const Score& score, Verdict verdict) {
    switch (verdict) {
        case Verdict::pass: return score.pass;
        case Verdict::warning: return score.warning;
        case Verdict::skip: return score.skip;
        case Verdict::limit: return score.limit;
        case Verdict::fail: return score.fail;
        case Verdict::error: return score.error;
    }
    return 0;
}

// "120 passed, 2 failed"
std::string sums(const Score& score) {
    static constexpr std::array<std::string_view, 6> words{"passed", "with a warning", "skipped", "beyond this program", "failed", "in error"};
    std::string text;
    for (std::size_t place = 0; place < all_verdicts.size(); ++place)
        if (const std::size_t count = number(score, all_verdicts[place])) text += fmt::format("{}{} {}", text.empty() ? "" : ", ", count, words[place]);
    return text.empty() ? "no tests" : text;
}

std::string bar(const Score& score) {
    std::string out = fmt::format("<div class=bar role=img aria-label=\"{}\">", sums(score));
    for (const Verdict verdict : all_verdicts)
        if (const std::size_t count = number(score, verdict))
            out += fmt::format("<i class=f-{} style=\"width:{:.2f}%\"></i>", word(verdict), 100.0 * static_cast<double>(count) / static_cast<double>(score.total()));
    return out + "</div>";
}

// What the suites are, for who meets them here first.
std::string_view about(std::string_view suite) {
    static constexpr std::array<std::pair<std::string_view, std::string_view>, 8> known{{
        {"us-core", "US Core 6.1.0: the profiles and searches that US certification asks for"},
        {"rest", "Reading and writing records: versions, conditions, transactions, errors"},
        {"search", "Finding records: every kind of search parameter, paging, sorting, includes"},
        {"validation", "Refusing what is not valid, with words that help"},
        {"gateway", "HL7 v2 messages in, FHIR records out"},
        {"terminology", "Codes: value sets, translation between code systems"},
        {"testscript", "TestScript resources, as FHIR defines them"},
        {"operations", "Operations beyond reading and writing"},
    }};
    for (const auto& [name, text] : known)
        if (name == suite) return text;
    return {};
}

std::string anchor(std::size_t one, std::string_view test) {
    std::string made = fmt::format("c{}-", one);
    for (const char byte : test) made += (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || (byte >= '0' && byte <= '9') || byte == '.' ? byte : '-';
    return made;
}

class Page {
public:
    Page(const Run& run, const Knowledge& knowledge) : run_(run), knowledge_(knowledge), suites_(by_suite(run)), all_(score(run)) {}

    std::string text() {
        head();
        sums_table();
        problems();
        filter();
        for (const Suite& suite : suites_) section(suite);
        out_ += fmt::format("</main>\n<footer>Made by the conformance tests of Andiron. A test counts once, however many steps it has; what was skipped or is beyond this program "
                            "is never counted as passed. Bodies are cut at {} bytes.</footer>\n<script>{}</script>\n</body></html>\n",
                            shown_body, html_script);
        return std::move(out_);
    }

private:
    void head() {
        std::string name = server_name(run_.target);
        if (name.empty()) name = run_.base;
        out_ += fmt::format("<!doctype html>\n<html lang=en><head><meta charset=utf-8><meta name=viewport content=\"width=device-width,initial-scale=1\">\n"
                            "<title>FHIR conformance report: {0}</title>\n<style>{1}</style></head>\n<body>\n<header><p class=kind>FHIR conformance report</p><h1>{0}</h1>\n",
                            escaped(name), html_style);
        const Verdict whole = verdict(run_);
        const std::size_t tried = all_.total() - all_.skip - all_.limit;
        std::string said;
        if (bad(whole)) said = fmt::format("{} of {} that were tried did not pass", all_.fail + all_.error, counted(tried, "test"));
        else if (tried == 0) said = "No test could be tried on this server";
        else said = fmt::format("{} tried, and the server did what the standard asks in every one", counted(tried, "test"));
        const bool whole_run = run_.cut_short.empty();
        if (!whole_run && !bad(whole)) said = fmt::format("{} tried, none of which failed", counted(tried, "test"));
        if (!whole_run) said = escaped(run_.cut_short) + ": " + said;
        if (all_.warning > 0) said += fmt::format("; {}", counted(all_.warning, "recommendation")) + " not followed";
        if (all_.skip > 0) said += fmt::format("; {} skipped, as the server does not offer it or there is nothing to try", all_.skip);
        if (all_.limit > 0) said += fmt::format("; {} beyond this program", all_.limit);
        out_ += fmt::format("<div class=\"verdict {}\"><strong>{}</strong><span>{}.</span></div>\n", whole_run || bad(whole) ? word(whole) : word(Verdict::skip),
                            bad(whole) ? "&#10007; Failed" : !whole_run ? "&#8230; Cut short" : tried == 0 ? "&#8211; Nothing tried" : "&#10003; Passed", said);
        out_ += "<dl class=facts>";
        fact("Address", run_.base);
        fact("Software", run_.target.software.empty() ? "not said" : run_.target.software + " " + run_.target.version);
        fact("FHIR version", run_.target.fhir_version.empty() ? "not said" : run_.target.fhir_version);
        fact("Date", moment(run_.begun));
        fact("Duration", duration(run_.took));
        out_ += "</dl></header>\n<main>\n";
    }

    void fact(std::string_view name, std::string_view value) { out_ += fmt::format("<div><dt>{}</dt><dd>{}</dd></div>", name, escaped(value)); }

    void row(const Suite& suite, bool sum) {
        const std::string name = sum ? std::string("All") : fmt::format("<b><a href=\"#suite-{0}\">{0}</a></b>{1}", escaped(suite.name), about(suite.name));
        out_ += fmt::format("<tr><td class=what>{}</td><td>{}{}</td><td class=n>{}</td>", name, badge(suite.verdict), bar(suite.score), suite.score.total());
        for (const Verdict verdict : all_verdicts) {
            const std::size_t count = number(suite.score, verdict);
            out_ += fmt::format("<td class=\"n{}\">{}</td>", count == 0 ? " zero" : "", count);
        }
        out_ += "</tr>\n";
    }

    void sums_table() {
        out_ += "<h2>Suites</h2>\n<table><thead><tr><th>Suite</th><th>Result</th><th class=n>Tests</th><th class=n>Passed</th><th class=n>Warning</th><th class=n>Skipped</th>"
                "<th class=n>Limit</th><th class=n>Failed</th><th class=n>Error</th></tr></thead>\n<tbody>";
        for (const Suite& suite : suites_) row(suite, false);
        out_ += "</tbody>";
        if (suites_.size() > 1) {
            out_ += "<tfoot>";
            row(Suite{.name = "", .score = all_, .verdict = verdict(run_)}, true);
            out_ += "</tfoot>";
        }
        out_ += "</table>\n<ul class=legend><li><b>Warning</b>: passed, but something recommended is not so</li><li><b>Skipped</b>: not offered by the server, or nothing to try</li>"
                "<li><b>Limit</b>: this program cannot test it</li><li><b>Failed</b>: the server is not as it must be</li><li><b>Error</b>: the test could not be carried out</li></ul>\n";
    }

    void problem(std::size_t place, const Case& one, const Test& test, std::string_view id) {
        if (test.steps.empty() || !bad(test.verdict())) return;
        const Step* step = telling(test);
        problems_ += fmt::format("<li>{}<div><a href=\"#{}\">{} / {} / {}</a>{}<small>{}{}{}</small></div></li>\n", badge(test.verdict()), anchor(place, id), escaped(one.suite),
                                 escaped(one.title.empty() ? one.id : one.title), escaped(test.title.empty() ? std::string(id) : test.title),
                                 test.requirement.empty() ? "" : "<small>" + escaped(test.requirement) + "</small>", step ? escaped(step->label) : "",
                                 step && !step->message.empty() ? ": " : "", step ? escaped(step->message) : "");
    }

    void problems() {
        for (std::size_t place = 0; place < run_.cases.size(); ++place) {
            const Case& one = run_.cases[place];
            problem(place, one, one.setup, "setup");
            for (const Test& test : one.tests) problem(place, one, test, test.id);
        }
        if (!problems_.empty()) out_ += "<h2>What did not pass</h2>\n<ul class=problems>" + problems_ + "</ul>\n";
    }

    void filter() {
        out_ += "<h2>All tests</h2><div class=filter id=filter hidden><button data-show=\"\" aria-pressed=true>All</button><button data-show=\"fail error\" aria-pressed=false>"
                "Not passed</button><button data-show=warning aria-pressed=false>Warnings</button><button data-show=\"skip limit\" aria-pressed=false>Not tried</button>"
                "<input type=search placeholder=\"Find a word\" aria-label=\"Find a word\"></div>\n";
    }

    void section(const Suite& suite) {
        out_ += fmt::format("<section class=suite id=\"suite-{0}\"><h2>{0}<small>{1}</small></h2>\n", escaped(suite.name), sums(suite.score));
        for (const Case* one : suite.cases) whole_case(*one);
        out_ += "</section>\n";
    }

    void whole_case(const Case& one) {
        const auto place = static_cast<std::size_t>(&one - run_.cases.data());
        out_ += fmt::format("<details class=case{}><summary>{}<span class=name><b>{}</b>{}</span><span class=\"sum hide-small\">{}</span></summary><div class=inside>\n",
                            bad(one.verdict()) ? " open" : "", badge(one.verdict()), escaped(one.title.empty() ? one.id : one.title),
                            one.title.empty() ? "" : "<small>" + escaped(one.id) + "</small>", sums(score(one)));
        if (!one.source.empty()) out_ += fmt::format("<p class=source>From {}, {}</p>\n", escaped(one.source), escaped(duration(one.took)));
        if (!one.setup.steps.empty()) test(place, one.setup, "setup", "Setup");
        for (const Test& each : one.tests) test(place, each, each.id, each.title.empty() ? each.id : each.title);
        if (!one.teardown.steps.empty()) test(place, one.teardown, "teardown", "Removed again");
        out_ += "</div></details>\n";
    }

    void test(std::size_t place, const Test& one, std::string_view id, std::string_view title) {
        const Verdict verdict = one.verdict();
        out_ += fmt::format("<details class=test id=\"{}\" data-verdict={}{}><summary>{}<span class=name>{}{}</span><span class=\"took hide-small\">{}</span></summary><div class=inside>",
                            anchor(place, id), word(verdict), bad(verdict) ? " open" : "", badge(verdict), escaped(title),
                            one.requirement.empty() ? "" : "<small>" + escaped(one.requirement) + "</small>", escaped(duration(one.took)));
        if (one.steps.empty()) out_ += "<p class=source>Nothing was done.</p>";
        out_ += "<ol class=steps>";
        for (std::size_t number = 0; number < one.steps.size(); ++number) step(one, number);
        out_ += "</ol></div></details>\n";
    }

    // An exchange is shown when its own step or an assertion over it went wrong.
    static bool matters(const Test& test, std::size_t number) {
        if (bad(test.steps[number].verdict)) return true;
        for (std::size_t next = number + 1; next < test.steps.size() && test.steps[next].kind == Step::Kind::assertion; ++next)
            if (bad(test.steps[next].verdict)) return true;
        return false;
    }

    void step(const Test& test, std::size_t number) {
        const Step& one = test.steps[number];
        const bool operation = one.kind == Step::Kind::operation;
        out_ += fmt::format("<li><div class=step>{}<span class=what>{}{}{}{}</span>", badge(one.verdict), operation ? "<code>" : "", escaped(one.label), operation ? "</code>" : "",
                            one.message.empty() ? "" : "<span class=message>" + escaped(one.message) + "</span>");
        std::string beside = escaped(one.where);
        if (one.exchange && one.exchange->response.status != 0) beside += fmt::format("{}{}", beside.empty() ? "" : " &#183; ", one.exchange->response.status);
        if (one.exchange) beside += fmt::format("{}{}", beside.empty() ? "" : " &#183; ", escaped(duration(one.exchange->took)));
        out_ += fmt::format("<span class=took>{}</span></div>", beside);
        if (one.exchange && matters(test, number)) out_ += exchange_html(*one.exchange, knowledge_);
        out_ += "</li>";
    }

    const Run& run_;
    const Knowledge& knowledge_;
    std::vector<Suite> suites_;
    Score all_;
    std::string problems_{};
    std::string out_{};
};

}  // namespace

std::string html(const Run& run, const Knowledge& knowledge) { return Page(run, knowledge).text(); }

}  // namespace runner::report
