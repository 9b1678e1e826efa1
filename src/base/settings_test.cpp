// SPDX-License-Identifier: Apache-2.0
#include "base/settings.h"

#include <doctest/doctest.h>

#include <stdexcept>

using base::Setting;
using base::Settings;
using Kind = base::Setting::Kind;

namespace {

const base::Schema& schema() {
    static const base::Schema all = {
        {"http.port", Kind::integer, "8080", "Where to listen.", 0, 65535},
        {"http.address", Kind::text, "127.0.0.1", "At which address."},
        {"http.idle", Kind::duration, "60s", "How long a connection may be quiet.", 1},
        {"http.body", Kind::size, "16MiB", "The longest body."},
        {"validation", Kind::text, "default", "How much is checked.", {}, {}, {"off", "default", "full"}},
        {"ratio", Kind::real, "0.5", "A number."},
        {"audit", Kind::boolean, "true", "Whether to keep an audit."},
        {"guides", Kind::texts, "", "Which guides."},
        {"channel.*.port", Kind::integer, "2575", "Where a channel listens."},
    };
    return all;
}

base::Result<Settings> read(std::string_view toml, const Settings::Pairs& pairs = {}) {
    return Settings::read(schema(), toml, "andiron.toml", pairs);
}

}  // namespace

TEST_SUITE("base/settings") {
    TEST_CASE("what is not given is the default") {
        const auto settings = read("");
        REQUIRE(settings);
        CHECK(settings->integer("http.port") == 8080);
        CHECK(settings->integer("http.idle") == 60'000);
        CHECK(settings->integer("http.body") == 16 << 20);
        CHECK(settings->boolean("audit"));
        CHECK(settings->texts("guides").empty());
        CHECK_FALSE(settings->given("http.port"));
    }
    TEST_CASE("the file is read and a pair overrides it") {
        const auto settings = read("ratio = 2\naudit = false\nguides = [\"us-core\", \"ips\"]\n[http]\nport = 80\nidle = \"250ms\"\nbody = 100\n",
                                   {{"http.port", "81"}, {"http.body", "1.5KiB"}});
        REQUIRE(settings);
        CHECK(settings->integer("http.port") == 81);
        CHECK(settings->integer("http.idle") == 250);
        CHECK(settings->integer("http.body") == 1536);
        CHECK(settings->real("ratio") == 2);
        CHECK_FALSE(settings->boolean("audit"));
        CHECK(settings->texts("guides") == std::vector<std::string>{"us-core", "ips"});
        CHECK(settings->given("http.port"));
    }
    TEST_CASE("an unknown key names its line and the nearest known one") {
        const auto settings = read("[http]\nadress = \"::1\"\n");
        REQUIRE_FALSE(settings);
        CHECK(settings.fault().text == "andiron.toml line 2: http.adress: is not known; the nearest is http.address");
        CHECK(read("", {{"http.prot", "1"}}).fault().text == "command line: http.prot: is not known; the nearest is http.port");
    }
    TEST_CASE("everything wrong is told at once, with lines") {
        const auto settings = read("validation = \"some\"\n[http]\nport = \"80\"\nidle = \"soon\"\n\nbody = true\n");
        REQUIRE_FALSE(settings);
        REQUIRE(settings.fault().findings.size() == 4);
        int lines = 0;
        for (const auto& finding : settings.fault().findings) lines += finding.line;
        CHECK(lines == 1 + 3 + 4 + 6);
    }
    TEST_CASE("ranges hold for the file and for pairs") {
        CHECK_FALSE(read("[http]\nport = 65536\n"));
        CHECK_FALSE(read("", {{"http.port", "-1"}}));
        CHECK_FALSE(read("", {{"http.idle", "0"}}));
        CHECK_FALSE(read("", {{"http.port", "80x"}}));
        CHECK_FALSE(read("", {{"audit", "yes"}}));
        CHECK(read("", {{"http.port", "65535"}}));
        CHECK_FALSE(read("ratio = nan\n"));
        CHECK_FALSE(read("", {{"ratio", "nan"}}));
        CHECK(read("# ä `\nguides = [\n  \"ä\", 'x`', # ö\n  \"\"\"y\"`\n\"\"\"]\n[ http ]\nport = 80\r\n"));
        CHECK(read("\xEF\xBB\xBF[http]\nport = 80\n"));
    }
    TEST_CASE("what is not TOML is a fault with its line") {
        const auto settings = read("a = 1\nb = = 2\n");
        REQUIRE_FALSE(settings);
        CHECK(settings.fault().kind == base::Fault::Kind::malformed);
        CHECK(settings.fault().findings.at(0).line == 2);
        CHECK_FALSE(read("audit = true\naudit = false\n"));
    }
    TEST_CASE("characters that are no TOML are told with their line") {
        const auto settings = read("x = 1\nport = 80;");
        REQUIRE_FALSE(settings);
        CHECK(settings.fault().findings.at(0).line == 2);
        for (const char* text : {"[`http]\n", "[ +x]", "[[=", "[\n[http]\n", "x = [1,}", "http = { port = 1\xC9\xBE }", "x = 1\n[http]\nport = 80;", "\x7F", "[http]\n\xC3\xA4 = 1", "audit = 9'''''''''9\xC7\xBF", "body = 1.\"\xCB\x95", "audit = \"\x01\"", "# \x7F"})
            CHECK_MESSAGE(!read(text), text);
        CHECK_FALSE(read(std::string_view("x = 1\n[\0", 8)));
    }
    TEST_CASE("a star stands for names that the site chooses") {
        const auto settings = read("[channel.ward]\nport = 1\n[channel.lab]\nport = 2\n");
        REQUIRE(settings);
        CHECK(settings->names("channel") == std::vector<std::string>{"lab", "ward"});
        CHECK(settings->integer("channel.lab.port") == 2);
        CHECK(settings->integer("channel.other.port") == 2575);
        CHECK_FALSE(read("[channel]\nport = 1\n"));
    }
    TEST_CASE("asking for what was not declared is our bug") {
        const auto settings = read("");
        REQUIRE(settings);
        CHECK_THROWS_AS((void)settings->text("nothing"), std::logic_error);
        CHECK_THROWS_AS((void)settings->text("http.port"), std::logic_error);
    }
    TEST_CASE("pairs are cut at the first equals sign") {
        CHECK(base::setting_pair("a.b=c=d")->second == "c=d");
        CHECK_FALSE(base::setting_pair("a.b"));
        CHECK_FALSE(base::setting_pair("=c"));
    }
    TEST_CASE("describe prints a row a setting") {
        CHECK(base::describe(schema()).find("| `http.port` | whole number, 0 to 65535 | `8080` | Where to listen. |\n") != std::string::npos);
    }
}
