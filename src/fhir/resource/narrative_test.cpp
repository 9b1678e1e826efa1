// SPDX-License-Identifier: Apache-2.0
#include "fhir/resource/narrative.h"

#include <doctest/doctest.h>

using base::IssueType;

namespace {

std::string div(std::string_view content) {
    return "<div xmlns=\"http://www.w3.org/1999/xhtml\">" + std::string(content) + "</div>";
}

bool good(std::string_view content) { return !fhir::resource::check_narrative(div(content)); }

// The kind of problem, spelled; empty when there is none.
std::string problem(std::string_view text) {
    const auto found = fhir::resource::check_narrative(text);
    return found ? base::spelling(found->type) : "";
}

bool dangerous(std::string_view content) { return problem(div(content)) == "security"; }

}  // namespace

TEST_SUITE("fhir/resource/narrative") {
    TEST_CASE("formatting, links and pictures are narrative") {
        CHECK(good("words"));
        CHECK(good("<p class='a' style=\"color: red\">a<br/>b &amp; c &#233; &nbsp;</p>"));
        CHECK(good("<table border=\"1\"><tbody><tr><td colspan='2'>x</td></tr></tbody></table>"));
        CHECK(good(
            "<a href=\"http://example.org/a?b=c\">x</a><a name=\"n\"/><a href='#x'>y</a><a href='mailto:a@b.c'>z</a>"));
        CHECK(good("<img src=\"#photo\" alt=\"p\"/>"));
        CHECK(good("<img src=\"data:image/png;base64,AAAA\"/>"));
        CHECK(good("<p style='background-image: url(line.png)'>x</p>"));
        CHECK(good("<!-- a remark --><b>x</b><![CDATA[ <script> ]]>"));
    }

    TEST_CASE("D-13: what acts in a browser is a matter of security") {
        CHECK(dangerous("<script>alert(1)</script>"));
        CHECK(dangerous("<SCRIPT>alert(1)</SCRIPT>"));
        CHECK(dangerous("<p onclick=\"x()\">a</p>"));
        CHECK(dangerous("<p ONMOUSEOVER='x()'>a</p>"));
        CHECK(dangerous("<a href=\"javascript:alert(1)\">a</a>"));
        CHECK(dangerous("<iframe src=\"http://example.org\"/>"));
        CHECK(dangerous("<form action=\"/x\"><p>a</p></form>"));
        CHECK(dangerous("<style>@import 'http://example.org/x.css';</style>"));
        CHECK(dangerous("<p style=\"@import 'x'\">a</p>"));
        CHECK(dangerous("<svg onload=\"x()\"/>"));
        CHECK(dangerous("<object data='x'/>"));
    }

    TEST_CASE("K-05: schemes are recognised through white space and references") {
        CHECK(dangerous("<a href=\"\tjavascript:x\">a</a>"));
        CHECK(dangerous("<a href=\" javascript:x\">a</a>"));
        CHECK(dangerous("<a href=\"java&#10;script:x\">a</a>"));
        CHECK(dangerous("<a href=\"&#106;avascript&#x3A;x\">a</a>"));
        CHECK(dangerous("<a href=\"JaVaScRiPt:x\">a</a>"));
        CHECK(dangerous("<a href=\"vbscript:x\">a</a>"));
        CHECK(dangerous("<a href=\"data:text/html,x\">a</a>"));
        CHECK(dangerous("<img src=\"data:text/html;base64,AAAA\"/>"));
        CHECK(dangerous("<img src=\"data:image/svg+xml;base64,AAAA\"/>"));
        CHECK(dangerous("<a href=\"file:///etc/passwd\">a</a>"));
    }

    TEST_CASE("K-06: events, foreign elements and styles that load") {
        CHECK(dangerous("<img src=\"x\" onerror=\"y\"/>"));
        CHECK(dangerous("<a xlink:href=\"javascript:x\">a</a>"));
        CHECK(dangerous("<math><p>a</p></math>"));
        CHECK(dangerous("<base href=\"http://example.org\"/>"));
        CHECK(dangerous("<meta http-equiv=\"refresh\"/>"));
        CHECK(dangerous("<p style=\"width: expression(x())\">a</p>"));
        CHECK(dangerous("<p style=\"background: url(http://example.org/x)\">a</p>"));
        CHECK(dangerous("<p style=\"background: url( '//example.org/x' )\">a</p>"));
        CHECK(dangerous("<p style=\"back\\67round: x\">a</p>"));
        CHECK(dangerous("<p style=\"x: exp/**/ression(y)\">a</p>"));
        CHECK(dangerous("<p xmlns=\"http://www.w3.org/2000/svg\">a</p>"));
    }

    TEST_CASE("what is merely not allowed is told apart, and so is what is no XHTML") {
        CHECK(problem(div("<blink>a</blink>")) == "invariant");
        CHECK(problem(div("<p data-x='1'>a</p>")) == "invariant");
        CHECK(problem("words") == "structure");
        CHECK(problem("") == "structure");
        CHECK(problem("<p xmlns=\"http://www.w3.org/1999/xhtml\">a</p>") == "structure");
        CHECK(problem("<div>a</div>") == "structure");
        CHECK(problem(div("<b>a</i>")) == "structure");
        CHECK(problem(div("a") + div("b")) == "structure");
        CHECK(problem(div("&nothing;")) == "structure");
        CHECK(problem("<!DOCTYPE div>" + div("a")) == "structure");
    }

    TEST_CASE("narrative without content is a warning") {
        const auto found = fhir::resource::check_narrative(div(" \n<p> </p>"));
        REQUIRE(found);
        CHECK(found->severity == base::Severity::warning);
        CHECK(good("<img src='#a'/>"));
    }

    TEST_CASE("cut anywhere, narrative is refused and nothing is read past its end") {
        const std::string whole = div("<p class='a' style=\"x:y\">a &amp; <img src='b'/></p><!-- c --><![CDATA[d]]>");
        CHECK(problem(whole) == "");
        for (std::size_t length = 0; length < whole.size(); ++length)
            CHECK(problem(whole.substr(0, length)) == "structure");
    }
}
