// SPDX-License-Identifier: Apache-2.0
// Sends HL7 v2 messages over MLLP: on each connection one after the answer to the one before.
#include "app/commands.h"
#include "app/commands/messages.h"
#include "base/clock.h"
#include "base/flags.h"
#include "base/text.h"
#include "hl7v2/mllp/client.h"
#include "hl7v2/parse.h"
#include "hl7v2/write.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <mutex>
#include <optional>
#include <thread>

#include <unistd.h>

namespace app::commands {

namespace {

using base::Fault;
using std::chrono::steady_clock;

constexpr std::string_view usage =
    "usage: andiron send FILE|DIR|-... [--to HOST:PORT] [FLAG]...\n\n"
    "Sends the HL7 v2 messages of files over MLLP (default 127.0.0.1:2575), waits for each answer and prints it. A file holds one message,\n"
    "several, or a batch.\n\n"
    "  --to HOST:PORT     the receiver\n"
    "  --tls              TLS; --ca FILE, who may sign its certificate; --cert FILE and --key FILE, our own; --name NAME, the name\n"
    "                     that its certificate must carry, when it is not HOST\n"
    "  --connections N    so many at the same time, default 1; order is kept on each alone\n"
    "  --rate R           at most R messages a second, all connections together\n"
    "  --count N          end after N messages\n"
    "  --repeat           begin again at the end, until --count\n"
    "  --new-ids          every message gets a control id of its own (MSH-10)\n"
    "  --enhanced         ask for a commit acknowledgement only (MSH-15 AL, MSH-16 NE)\n"
    "  --timeout SECONDS  for an answer, default 60\n"
    "  --report           tell what came of it: counts, time, latencies; also when there are several messages\n"
    "  --quiet            do not print the answers\n\n"
    "Exit 0 when every answer was positive (AA or CA), 65 when one was not, 69 when there was none.\n";

struct Options {
    bool help = false, quiet = false, tls = false, repeat = false, enhanced = false, new_ids = false, report = false;
    std::string to = "127.0.0.1:2575", ca, certificate, key, name;
    std::int64_t connections = 1, count = 0, timeout = 60;
    double rate = 0;
    std::vector<std::string> paths;
};

base::Result<Options> read(const Arguments& arguments) {
    Options options;
    base::Flags flags;
    flags.sign("--help", options.help).sign("--quiet", options.quiet).sign("--tls", options.tls).sign("--repeat", options.repeat);
    flags.sign("--enhanced", options.enhanced).sign("--new-ids", options.new_ids).sign("--report", options.report);
    flags.text("--to", options.to).text("--ca", options.ca).text("--cert", options.certificate).text("--key", options.key).text("--name", options.name);
    flags.number("--connections", options.connections, 1, 1000).number("--count", options.count, 1, 1'000'000'000);
    flags.number("--timeout", options.timeout, 1, 86'400);
    flags.value("--rate", [&](const std::string& value) -> base::Result<void> {
        const auto rate = base::to_double(value);
        if (!rate || !(*rate > 0)) return Fault{Fault::Kind::unsupported, "--rate takes messages a second, not " + value};
        options.rate = *rate;
        return {};
    });
    flags.others(options.paths);
    TRY(flags.read(arguments));
    if (!options.help && options.paths.empty()) return Fault{Fault::Kind::unsupported, "no file given"};
    if (options.repeat && options.count == 0) return Fault{Fault::Kind::unsupported, "--repeat needs --count"};
    if (options.certificate.empty() != options.key.empty()) return Fault{Fault::Kind::unsupported, "--cert and --key go together"};
    return options;
}

base::Result<hl7v2::mllp::ClientOptions> client_options(const Options& options) {
    hl7v2::mllp::ClientOptions made;
    const auto address = hl7v2::mllp::Address::read(options.to);
    if (!address) return Fault{Fault::Kind::unsupported, "--to takes HOST:PORT"};
    made.address = *address;
    made.answer = std::chrono::seconds(options.timeout);
    if (!options.tls) return made;
    base::net::TlsSettings tls{.certificate_file = options.certificate, .key_file = options.key, .ca_file = options.ca,
                               .server_name = options.name.empty() ? address->host : options.name};
    TRY(made.tls, base::net::TlsContext::client(tls));
    return made;
}

// The message with other fields of its MSH, as far as it can be read.
std::string changed(const std::string& message, const Options& options, std::int64_t number) {
    if (!options.new_ids && !options.enhanced) return message;
    const auto line_end = std::min(message.find_first_of("\r\n"), message.size());
    const auto delimiters = hl7v2::read_delimiters(message);
    if (!delimiters) return message;
    std::vector<std::string> fields;
    for (const auto field : base::split(std::string_view(message).substr(0, line_end), delimiters->field)) fields.emplace_back(field);
    if (fields.size() < 16) fields.resize(16);  // fields[n - 1] is MSH-n
    if (options.new_ids) fields[9] = fmt::format("{}.{}", ::getpid(), number);
    if (options.enhanced) fields[14] = "AL", fields[15] = "NE";
    while (fields.back().empty()) fields.pop_back();
    return fmt::format("{}{}", fmt::join(fields, std::string(1, delimiters->field)), message.substr(line_end));
}

// MSA-1 of an answer, found without understanding the rest.
std::string_view code_of(std::string_view answer) {
    const auto at = answer.find("\rMSA");
    return at == std::string_view::npos || at + 7 > answer.size() ? std::string_view{} : answer.substr(at + 5, 2);
}

// What all connections share.
struct Run {
    const Options& options;
    const std::vector<std::string>& messages;
    const std::int64_t most;
    const steady_clock::time_point begin = steady_clock::now();
    std::atomic<std::int64_t> next{0};
    std::atomic<bool> broken{false};
    std::mutex mutex{};
    std::vector<std::int64_t> micros{};  // of each answer
    std::int64_t accepted = 0, errors = 0, rejected = 0, other = 0, unanswered = 0;
    std::optional<Fault> fault{};
};

void work(Run& run, const hl7v2::mllp::ClientOptions& options) {
    hl7v2::mllp::Client client(options);
    while (!run.broken) {
        const std::int64_t number = run.next++;
        if (number >= run.most) return;
        if (run.options.rate > 0)
            std::this_thread::sleep_until(run.begin + std::chrono::duration_cast<steady_clock::duration>(std::chrono::duration<double>(static_cast<double>(number) / run.options.rate)));
        const std::string message = changed(run.messages[static_cast<std::size_t>(number) % run.messages.size()], run.options, number);
        const auto sent = steady_clock::now();
        auto done = client.send(message);
        auto answer = done ? client.receive() : base::Result<std::string>(std::move(done).fault());
        const auto took = std::chrono::duration_cast<std::chrono::microseconds>(steady_clock::now() - sent).count();
        const std::lock_guard lock(run.mutex);
        if (!answer) {
            ++run.unanswered;
            if (!run.fault) run.fault = answer.fault();
            run.broken = true;
            return;
        }
        run.micros.push_back(took);
        const std::string_view code = code_of(*answer);
        if (code == "AA" || code == "CA") ++run.accepted;
        else if (code == "AE" || code == "CE") ++run.errors;
        else if (code == "AR" || code == "CR") ++run.rejected;
        else ++run.other;
        if (!run.options.quiet) std::fwrite(answer->data(), 1, answer->size(), stdout);
    }
}

void report(Run& run) {
    const double seconds = std::chrono::duration<double>(steady_clock::now() - run.begin).count();
    const auto sent = static_cast<std::int64_t>(run.micros.size()) + run.unanswered;
    std::sort(run.micros.begin(), run.micros.end());
    const auto at = [&](double part) {
        return run.micros.empty() ? 0.0 : static_cast<double>(run.micros[static_cast<std::size_t>(part * static_cast<double>(run.micros.size() - 1))]) / 1000;
    };
    fmt::print(stderr, "{} messages in {:.2f} s ({:.0f}/s), {} not accepted\n", sent, seconds, static_cast<double>(sent) / seconds, sent - run.accepted);
    fmt::print(stderr, "AA {}, AE {}, AR {}, other {}, without answer {}; p50 {:.2f} ms, p90 {:.2f} ms, p99 {:.2f} ms, most {:.2f} ms\n", run.accepted, run.errors,
               run.rejected, run.other, run.unanswered, at(0.5), at(0.9), at(0.99), at(1));
}

}  // namespace

int send(const Arguments& arguments) {
    const auto options = read(arguments);
    if (!options) return wrong_usage(options.fault().text, "send");
    if (options->help) {
        fmt::print("{}", usage);
        return 0;
    }
    const auto to = client_options(*options);
    if (!to) return fail(to.fault());
    const auto messages = read_messages(options->paths);
    if (!messages) return fail(messages.fault());
    if (messages->empty()) return fail({Fault::Kind::missing, "there is no message"});

    const auto all = static_cast<std::int64_t>(messages->size());
    Run run{*options, *messages, options->repeat ? options->count : options->count > 0 ? std::min(options->count, all) : all};
    std::vector<std::jthread> threads;
    for (std::int64_t i = 1; i < options->connections; ++i) threads.emplace_back([&] { work(run, *to); });
    work(run, *to);
    threads.clear();  // all have ended
    std::fflush(stdout);
    if (run.fault) fail(*run.fault);
    if (options->report || run.most > 1) report(run);
    if (run.fault) return 69;
    return run.errors + run.rejected + run.other == 0 ? 0 : 65;
}

}  // namespace app::commands
