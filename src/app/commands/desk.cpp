// SPDX-License-Identifier: Apache-2.0
// The operator's desk: speaks with the running server on its management port, so that there is one writer.
#include "app/commands.h"
#include "app/configuration.h"
#include "base/flags.h"
#include "base/net/fetch.h"
#include "base/text.h"
#include "fhir/patch/json_value.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <limits>
#include <optional>

#include <pwd.h>
#include <sys/wait.h>
#include <unistd.h>

namespace app::commands {

namespace {

using base::Fault;
using base::Result;
using Json = fhir::patch::JsonValue;

constexpr std::string_view usage =
    "usage: andiron desk list [--status STATUS] [--channel NAME] [--control ID] [--since TIME] [--limit N] [--json]\n"
    "       andiron desk show N [--bytes | --tree | --bundle | --trace | --residue]\n"
    "       andiron desk replay N...\n"
    "       andiron desk replay --all [--status STATUS] [--channel NAME] [--since TIME]\n"
    "       andiron desk edit N [--file FILE]\n"
    "       andiron desk discard N... --reason TEXT\n\n"
    "What became of HL7 v2 messages, and what to do about it. STATUS is received, answered, failed, discarded or\n"
    "replayed (a corrected copy stands for it). replay --all takes the failed ones when nothing else is said, in order of\n"
    "arrival. edit sends a changed copy; without --file it opens $EDITOR.\n\n"
    "  --to HOST:PORT   management address of the server, default 127.0.0.1:8081\n"
    "  --config FILE    take the address from the server's settings\n"
    "  --by NAME        who is noted, default the user's name\n\n"
    "Exit 0 when all was done and stored, 65 when a message was refused again or the request does not fit, 66 when there is\n"
    "no such message, 69 when no server answers.\n";

struct Options {
    bool help = false;
    std::string verb;
    std::vector<std::string> numbers;
    std::vector<std::pair<std::string, std::string>> wanted;  // of the query
    std::string view, file, reason, to, config, by;
    bool all = false;
    bool json = false;
    std::int64_t limit = 100;
};

Result<Options> read(const Arguments& arguments) {
    Options options;
    const auto wrong = [](std::string text) { return Fault{Fault::Kind::unsupported, std::move(text)}; };
    base::Flags flags;
    flags.sign("--help", options.help).sign("--json", options.json).sign("--all", options.all);
    flags.text("--file", options.file).text("--reason", options.reason).text("--to", options.to).text("--config", options.config).text("--by", options.by);
    flags.number("--limit", options.limit, 1, std::numeric_limits<std::int64_t>::max());
    for (const std::string_view name : {"--status", "--channel", "--control", "--since"})
        flags.value(name, [&options, name](const std::string& value) -> Result<void> {
            options.wanted.emplace_back(name.substr(2), value);
            return {};
        });
    struct View {
        std::string_view flag;
        bool wanted = false;
    };
    std::array<View, 5> views{{{"--bytes"}, {"--tree"}, {"--bundle"}, {"--trace"}, {"--residue"}}};
    for (View& view : views) flags.sign(view.flag, view.wanted);
    flags.others([&](const std::string& word) -> Result<void> {
        if (options.verb.empty()) {
            options.verb = word;
            return {};
        }
        if (const auto number = base::to_integer(word); !number || *number < 1) return wrong("a message is named by its number, not " + word);
        options.numbers.push_back(word);
        return {};
    });
    TRY(flags.read(arguments));
    for (const View& view : views) {
        if (!view.wanted) continue;
        if (!options.view.empty()) return wrong("show one thing at a time");
        options.view = view.flag.substr(2);
    }
    if (options.help) return options;
    const std::string& verb = options.verb;
    if (verb != "list" && verb != "show" && verb != "replay" && verb != "edit" && verb != "discard")
        return wrong(verb.empty() ? "say what: list, show, replay, edit or discard" : "no verb " + verb);
    if (verb == "list" && !options.numbers.empty()) return wrong("list takes no number");
    if ((verb == "show" || verb == "edit") && options.numbers.size() != 1) return wrong(verb + " takes one number");
    if (verb == "replay" && options.all != options.numbers.empty()) return wrong("replay takes numbers, or --all");
    if (verb == "discard" && options.numbers.empty()) return wrong("discard takes a number");
    if (verb == "discard" && options.reason.empty()) return wrong("discard needs --reason TEXT");
    return options;
}

// HOST:PORT of --to, of the settings, or what a server has without any.
Result<std::string> address_of(const Options& options) {
    if (!options.to.empty()) return options.to;
    std::string toml;
    if (!options.config.empty()) {
        TRY(toml, read_file(options.config));
    }
    TRY(const auto settings, base::Settings::read(configuration(), toml, options.config, {}));
    const std::string& host = settings.text("management.address");
    const bool six = host.find(':') != std::string::npos;
    return fmt::format("{}{}{}:{}", six ? "[" : "", host, six ? "]" : "", settings.integer("management.port"));
}

std::string user_name() {
    const passwd* user = ::getpwuid(::getuid());
    return user != nullptr ? user->pw_name : std::to_string(::getuid());
}

// Words of the answer, by name.
std::string text_of(Json& json, std::string_view name) {
    const Json* found = json.member(name);
    return found == nullptr ? std::string() : found->text;
}

class Server {
public:
    Server(std::string address, std::string by) : root_("http://" + std::move(address) + "/desk"), by_(std::move(by)) {}

    Result<std::string> get(const std::string& path) const { return answered(base::net::fetch({.url = root_ + path})); }

    // `more`: members behind "by", as JSON.
    Result<Json> post(const std::string& path, const std::vector<std::pair<std::string, std::string>>& more = {}) const {
        Json body;
        body.kind = Json::Kind::object;
        const auto add = [&](const std::string& name, const std::string& value) {
            Json member;
            member.kind = Json::Kind::string;
            member.key = name;
            member.text = value;
            body.children.push_back(std::move(member));
        };
        add("by", by_);
        for (const auto& [name, value] : more) add(name, value);
        TRY(const std::string answer, answered(base::net::fetch({.url = root_ + path, .method = "POST", .fields = {"Content-Type: application/json"},
                                                                 .body = fhir::patch::write_value(body), .patience = std::chrono::minutes(10)})));
        return fhir::patch::read_value(answer);
    }

private:
    // What the server refused becomes a fault with which the command ends as with one of its own.
    static Result<std::string> answered(Result<base::net::Fetched> fetched) {
        if (!fetched) return std::move(fetched).fault();
        if (fetched->status == 200) return std::move(fetched->body);
        using Kind = Fault::Kind;
        const int status = fetched->status;
        const Kind kind = status == 404                    ? Kind::missing
                          : status == 410                  ? Kind::gone
                          : status == 403                  ? Kind::denied
                          : status == 503 || status == 500 ? Kind::stale  // 75: try again; "unavailable" is for nobody there
                                                           : Kind::invalid;
        auto json = fhir::patch::read_value(fetched->body);
        if (!json || json->member("error") == nullptr) return Fault{Kind::unavailable, fmt::format("there is no desk at this address (status {})", status)};
        return Fault{kind, text_of(*json, "error"), text_of(*json, "where")};
    }

    std::string root_;
    std::string by_;
};

int fail_of(const Fault& fault) {
    const int code = fail(fault);
    return fault.kind == Fault::Kind::unavailable ? 69 : code;
}

std::string query_of(const Options& options) {
    std::string query;
    for (const auto& [name, value] : options.wanted) query += "&" + name + "=" + base::percent_encode(value);
    return query;
}

// What was said about one message by replay or edit; true when it is stored.
bool print_ran(Json& ran, const std::string& number) {
    const std::string own = text_of(ran, "number");
    const std::string name = own.empty() || own == number ? own : number + " -> " + own;
    Json* fault = ran.member("fault");
    const std::string status = text_of(ran, "status");
    if (fault == nullptr) {
        fmt::print("{} {}\n", name, status);
        return status == "answered";
    }
    const std::string where = text_of(*fault, "where");
    fmt::print("{} {}: {}{}{}\n", name, status, text_of(*fault, "text"), where.empty() ? "" : " at ", where);
    return false;
}

int list(const Options& options, const Server& server) {
    std::string after;
    std::int64_t left = options.limit;
    std::string all = "[";
    bool first = true;
    while (left > 0) {
        const auto page = server.get(fmt::format("/messages?count={}{}{}", std::min<std::int64_t>(left, 1000), query_of(options),
                                                 after.empty() ? "" : "&after=" + after));
        if (!page) return fail_of(page.fault());
        auto json = fhir::patch::read_value(*page);
        if (!json) return fail(json.fault());
        Json* messages = json->member("messages");
        if (messages == nullptr) return fail({Fault::Kind::malformed, "the answer is none of a desk"});
        for (Json& message : messages->children) {
            --left;
            if (options.json) {
                if (!first) all += ",\n";
                all += fhir::patch::write_value(message);
                first = false;
                continue;
            }
            if (first) fmt::print("{:>8}  {:<10} {:<24} {:<12} {:<16} {}\n", "NUMBER", "STATUS", "RECEIVED", "CHANNEL", "CONTROL", "REASON");
            first = false;
            std::string reason;
            if (Json* why = message.member("reason")) {
                const std::string where = text_of(*why, "where");
                reason = text_of(*why, "text") + (where.empty() ? "" : " at " + where);
            }
            fmt::print("{:>8}  {:<10} {:<24} {:<12} {:<16} {}\n", text_of(message, "number"), text_of(message, "status"), text_of(message, "received"),
                       text_of(message, "channel"), text_of(message, "controlId"), reason);
        }
        after = text_of(*json, "next");
        if (after.empty()) break;
    }
    if (options.json) fmt::print("{}]\n", all);
    return 0;
}

// JSON for people: a member a line, two spaces a level.
void print_tree(const Json& json, int depth) {
    const std::string indent(static_cast<std::size_t>(depth) * 2, ' ');
    for (const Json& child : json.children) {
        const std::string name = child.key.empty() ? "-" : child.key + ":";
        if (child.children.empty()) {
            fmt::print("{}{} {}\n", indent, name, child.text);
        } else {
            fmt::print("{}{}\n", indent, name);
            print_tree(child, depth + 1);
        }
    }
}

int show(const Options& options, const Server& server) {
    const std::string path = "/messages/" + options.numbers.front();
    const bool whole = options.view.empty() || options.view == "residue";
    const auto answer = server.get(whole ? path : path + "/" + options.view);
    if (!answer) return fail_of(answer.fault());
    if (options.view == "bytes") {
        std::fwrite(answer->data(), 1, answer->size(), stdout);
        return 0;
    }
    if (options.view == "bundle" || options.json) {
        fmt::print("{}\n", *answer);
        return 0;
    }
    auto json = fhir::patch::read_value(*answer);
    if (!json) return fail(json.fault());
    if (options.view == "tree") {
        if (Json* segments = json->member("segments"))
            for (Json& segment : segments->children) {
                fmt::print("{}\n", text_of(segment, "segment"));
                if (Json* values = segment.member("values"))
                    for (Json& value : values->children) fmt::print("  {:<14} {}{}\n", text_of(value, "where"), text_of(value, "text"), value.member("cut") ? "..." : "");
            }
        return 0;
    }
    if (options.view == "trace") {
        if (Json* resources = json->member("resources"))
            for (Json& resource : resources->children) {
                fmt::print("{}\n", text_of(resource, "resource"));
                if (Json* elements = resource.member("elements"))
                    for (Json& one : elements->children) fmt::print("  {:<60} {}:{}\n", text_of(one, "element"), text_of(one, "file"), text_of(one, "line"));
            }
        return 0;
    }
    if (options.view == "residue") {
        Json* remarks = json->member("remarks");
        if (Json* residue = remarks != nullptr ? remarks->member("residue") : nullptr)
            for (const Json& place : residue->children) fmt::print("{}\n", place.text);
        return 0;
    }
    print_tree(*json, 0);
    return 0;
}

int replay(const Options& options, const Server& server) {
    bool well = true;
    for (const std::string& number : options.numbers) {
        auto ran = server.post("/messages/" + number + "/replay");
        if (!ran) return fail_of(ran.fault());
        well = print_ran(*ran, number) && well;
    }
    if (!options.all) return well ? 0 : 65;

    // Those that were there when it began; what fails meanwhile is for another time.
    auto more = options.wanted;
    std::size_t stored = 0, refused = 0;
    for (std::string after = "0"; !after.empty();) {
        auto asked = more;
        asked.emplace_back("after", after);
        auto batch = server.post("/replay", asked);
        if (!batch) return fail_of(batch.fault());
        if (Json* messages = batch->member("messages"))
            for (Json& ran : messages->children) ++(print_ran(ran, text_of(ran, "number")) ? stored : refused);
        if (const std::string until = text_of(*batch, "until"); !until.empty() && after == "0") more.emplace_back("until", until);
        if (Json* stopped = batch->member("stopped")) return fail({Fault::Kind::stale, text_of(*stopped, "text")});
        after = text_of(*batch, "next");
    }
    fmt::print("{} stored, {} not\n", stored, refused);
    return refused == 0 ? 0 : 65;
}

// Segments end with CR; editors and files of people have LF. Bytes that hold an LF of their own are left as they are.
std::string for_people(std::string bytes) {
    if (bytes.find('\n') == std::string::npos) std::replace(bytes.begin(), bytes.end(), '\r', '\n');
    return bytes;
}
std::string for_the_wire(const std::string& text) {
    if (text.find('\r') != std::string::npos && text.find("\r\n") == std::string::npos) return text;
    std::string bytes;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '\r' && i + 1 < text.size() && text[i + 1] == '\n') continue;
        bytes += text[i] == '\n' ? '\r' : text[i];
    }
    return bytes;
}

// The message changed by the operator's hand, in a file that nobody else may read and that is gone afterwards.
Result<std::string> edited(const std::string& bytes) {
    const char* editor = std::getenv("EDITOR");
    if (editor == nullptr || *editor == '\0') return Fault{Fault::Kind::unsupported, "set EDITOR, or give --file"};
    const char* folder = std::getenv("TMPDIR");
    std::string path = std::string(folder != nullptr && *folder != '\0' ? folder : "/tmp") + "/andiron-desk-XXXXXX";
    const int file = ::mkstemp(path.data());  // 0600
    if (file < 0) return Fault{Fault::Kind::unavailable, "cannot make a temporary file"};
    struct Gone {
        const std::string& path;
        ~Gone() { ::unlink(path.c_str()); }
    } const gone{path};
    const std::string text = for_people(bytes);
    const bool written = ::write(file, text.data(), text.size()) == static_cast<ssize_t>(text.size());
    ::close(file);
    if (!written) return Fault{Fault::Kind::unavailable, "cannot write " + path};
    const int status = std::system((std::string(editor) + " " + path).c_str());  // NOLINT: an editor is what the user says
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) return Fault{Fault::Kind::invalid, "the editor ended without success; nothing was sent"};
    TRY(const std::string changed, read_file(path));
    if (changed == text) return Fault{Fault::Kind::invalid, "nothing was changed"};
    return bytes.find('\n') == std::string::npos ? for_the_wire(changed) : changed;
}

int edit(const Options& options, const Server& server) {
    const std::string& number = options.numbers.front();
    auto bytes = options.file.empty() ? server.get("/messages/" + number + "/bytes") : read_file(options.file);
    if (!bytes) return fail_of(bytes.fault());
    auto changed = options.file.empty() ? edited(*bytes) : Result<std::string>(for_the_wire(*bytes));
    if (!changed) return fail(changed.fault());
    auto ran = server.post("/messages/" + number + "/edit", {{"bytes", base::base64_encode(*changed)}});
    if (!ran) return fail_of(ran.fault());
    return print_ran(*ran, number) ? 0 : 65;
}

int discard(const Options& options, const Server& server) {
    for (const std::string& number : options.numbers) {
        auto done = server.post("/messages/" + number + "/discard", {{"reason", options.reason}});
        if (!done) return fail_of(done.fault());
        fmt::print("{} {}\n", number, text_of(*done, "status"));
    }
    return 0;
}

}  // namespace

int desk(const Arguments& arguments) {
    const auto options = read(arguments);
    if (!options) return wrong_usage(options.fault().text, "desk");
    if (options->help) {
        fmt::print("{}", usage);
        return 0;
    }
    const auto address = address_of(*options);
    if (!address) {
        const int code = fail(address.fault());
        return code == 66 ? code : 78;
    }
    const Server server(*address, options->by.empty() ? user_name() : options->by);
    if (options->verb == "list") return list(*options, server);
    if (options->verb == "show") return show(*options, server);
    if (options->verb == "replay") return replay(*options, server);
    if (options->verb == "edit") return edit(*options, server);
    return discard(*options, server);
}

}  // namespace app::commands
