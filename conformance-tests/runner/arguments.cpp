// SPDX-License-Identifier: Apache-2.0
#include "runner/arguments.h"

#include "base/flags.h"
#include "base/text.h"
#include "hl7v2/mllp/client.h"

#include <filesystem>
#include <optional>
#include <utility>

namespace runner {

using base::Fault;

const std::string_view usage =
    "usage: andiron test [--target URL] [FLAG]... [FILE]...\n\n"
    "Runs conformance suites against a FHIR R4 server, this one or another's, over the wire. What the tests create there they delete again.\n\n"
    "  --target URL        the base of the server, default http://127.0.0.1:8080/fhir\n"
    "  --auth VALUE        \"Bearer TOKEN\", or USER:PASSWORD\n"
    "  --trust PEM         https: who may sign its certificate, in place of the system's authorities\n"
    "  --target N=URL      the destination N of a TestScript that has several; --auth N=VALUE goes with it\n"
    "  --mllp HOST:PORT    where its gateway takes HL7 v2; without it such tests are skipped\n"
    "  --astm HOST:PORT    where it takes ASTM messages of analyzers; the same\n"
    "  --suite NAME        only this suite; may be given several times\n"
    "  --only WORD         only cases whose name contains WORD\n"
    "  --xml               speak XML where a test leaves it open\n"
    "  --package FILE      a FHIR package (.tgz) that a suite speaks of, such as US Core; may be given several times\n"
    "  --variable NAME=VALUE  the value of a TestScript's variable; may be given several times\n"
    "  --fixtures DIR      where else the fixtures of TestScripts lie; may be given several times\n"
    "  --timeout SECONDS   for one answer, default 60\n"
    "  --report DIR        write the reports there: TestReport resources, JUnit XML, a page to read\n"
    "  --scoreboard FILE   compare with what is known of this server: fail where it became worse, or better without being noted\n"
    "  --record            with --scoreboard: write what came of this run into FILE\n"
    "  --list              say what would be run, and stop\n"
    "  FILE                a .scenario, a TestScript (.json, .xml), or a folder of them, in place of the suites\n\n"
    "Exit 0 when all is as it should be, 1 when something failed, 64 wrong usage, 65 a file that cannot be understood, 66 no such file,\n"
    "69 when the server does not answer.\n";

base::Result<std::string> authorization(const std::string& given) {
    if (given.find(' ') != std::string::npos) return given;
    if (given.find(':') != std::string::npos) return "Basic " + base::base64_encode(given);
    return Fault{Fault::Kind::unsupported, "--auth takes \"Bearer TOKEN\" or USER:PASSWORD"};
}

namespace {

// "2=http://..." is 2 and the rest.
std::optional<std::pair<int, std::string>> numbered(const std::string& value) {
    const auto [number, rest] = base::cut(value, '=');
    const auto index = base::to_integer(number);
    if (number.size() == value.size() || !index || *index < 1 || *index > 99) return std::nullopt;
    return std::pair{static_cast<int>(*index), std::string(rest)};
}

// Without the slash at its end.
base::Result<void> settle(std::string& url) {
    while (url.ends_with('/')) url.pop_back();
    if (!url.starts_with("http://") && !url.starts_with("https://")) return Fault{Fault::Kind::unsupported, "--target takes a URL that begins with http:// or https://"};
    return {};
}

}  // namespace

base::Result<Arguments> read(const std::vector<std::string>& words) {
    Arguments read;
    bool xml = false;
    std::int64_t patience = 60;
    base::Flags flags;
    flags.sign("--help", read.help).sign("--list", read.list).sign("--record", read.record).sign("--xml", xml);
    flags.text("--trust", read.target.trust).text("--mllp", read.target.mllp).text("--astm", read.target.astm);
    flags.texts("--suite", read.suites).text("--only", read.only).texts("--package", read.packages).text("--report", read.report);
    flags.text("--scoreboard", read.scoreboard).texts("--fixtures", read.scripts.folders).number("--timeout", patience, 1, 86'400);
    flags.value("--target", [&](const std::string& value) -> base::Result<void> {
        const auto further = numbered(value);
        (further ? read.scripts.targets[further->first].base : read.target.base) = further ? further->second : value;
        return {};
    });
    flags.value("--auth", [&](const std::string& value) -> base::Result<void> {
        const auto further = numbered(value);
        std::string& place = further ? read.scripts.targets[further->first].authorization : read.target.authorization;
        TRY(place, authorization(further ? further->second : value));
        return {};
    });
    flags.value("--variable", [&](const std::string& value) -> base::Result<void> {
        const auto [name, text] = base::cut(value, '=');
        if (name.empty() || name.size() == value.size()) return Fault{Fault::Kind::unsupported, "--variable takes NAME=VALUE"};
        read.scripts.variables[std::string(name)] = text;
        return {};
    });
    flags.others(read.files);
    TRY(flags.read(words));
    for (const std::string& folder : read.scripts.folders) {
        std::error_code ignored;
        if (!std::filesystem::is_directory(folder, ignored)) return Fault{Fault::Kind::missing, "--fixtures: there is no folder " + folder};
    }
    if (xml) read.target.format = Format::xml;
    read.target.patience = std::chrono::seconds(patience);
    if (read.record && read.scoreboard.empty()) return Fault{Fault::Kind::unsupported, "--record goes with --scoreboard"};
    TRY(settle(read.target.base));
    for (auto& [index, target] : read.scripts.targets) {
        TRY(settle(target.base));
        target.trust = read.target.trust;
        target.format = read.target.format;
        target.patience = read.target.patience;
    }
    for (const auto& [flag, address] : {std::pair{"--mllp", &read.target.mllp}, std::pair{"--astm", &read.target.astm}})
        if (!address->empty() && !hl7v2::mllp::Address::read(*address)) return Fault{Fault::Kind::unsupported, std::string(flag) + " takes HOST:PORT"};
    return read;
}

}  // namespace runner
