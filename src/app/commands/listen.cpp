// SPDX-License-Identifier: Apache-2.0
// A receiver of HL7 v2 messages over MLLP for trials: prints or keeps what comes, and answers as it is told.
#include "app/commands.h"
#include "base/clock.h"
#include "base/flags.h"
#include "base/id.h"
#include "base/text.h"
#include "hl7v2/ack.h"
#include "hl7v2/mllp/link.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <optional>
#include <thread>

#include <unistd.h>

namespace app::commands {

namespace {

using base::Fault;

constexpr std::string_view usage =
    "usage: andiron listen [--port P] [--answer WORD,...] [--out DIR] [--count N] [FLAG]...\n\n"
    "Receives HL7 v2 messages over MLLP, prints them and answers. Stores nothing in a database; for trials.\n\n"
    "  --address A      where to listen, default 127.0.0.1\n"
    "  --port P         default 2575; 0: the system chooses. The first line printed tells which\n"
    "  --answer WORDS   AA (default), AE, AR, CA, CE, CR; none; delay: AA after --delay; other: AA for another message; garbage.\n"
    "                   Several with commas between: one after the other, the last from then on\n"
    "  --delay SECONDS  default 5\n"
    "  --out DIR        keep each message as DIR/000001.hl7 and so on, in order of arrival, and print nothing\n"
    "  --count N        end after N messages\n"
    "  --cert FILE --key FILE [--ca FILE]   TLS; with --ca the sender must show a certificate of it\n"
    "  --quiet          print nothing but the first line\n";

struct Options {
    bool help = false, quiet = false;
    std::string address = "127.0.0.1", out, certificate, key, ca;
    std::vector<std::string> answers{"AA"};
    std::int64_t port = 2575, count = 0, delay = 5;
};

base::Result<Options> read(const Arguments& arguments) {
    Options options;
    base::Flags flags;
    flags.sign("--help", options.help).sign("--quiet", options.quiet);
    flags.text("--address", options.address).text("--out", options.out).text("--cert", options.certificate).text("--key", options.key).text("--ca", options.ca);
    flags.number("--port", options.port, 0, 65'535).number("--count", options.count, 1, 1'000'000'000).number("--delay", options.delay, 0, 3600);
    flags.value("--answer", [&](const std::string& value) -> base::Result<void> {
        options.answers.clear();
        for (const auto word : base::split(value, ',')) {
            constexpr std::string_view known[] = {"AA", "AE", "AR", "CA", "CE", "CR", "none", "delay", "other", "garbage"};
            if (std::find(std::begin(known), std::end(known), word) == std::end(known))
                return Fault{Fault::Kind::unsupported, "--answer knows no " + std::string(word)};
            options.answers.emplace_back(word);
        }
        return {};
    });
    TRY(flags.read(arguments));
    if (options.certificate.empty() != options.key.empty()) return Fault{Fault::Kind::unsupported, "--cert and --key go together"};
    return options;
}

class Station {
public:
    explicit Station(const Options& options) : options_(options) {}

    std::string receive(std::string_view message) {
        std::int64_t number = 0;
        {
            const std::lock_guard lock(mutex_);
            number = ++received_;
            keep(number, message);
        }
        std::string answer = say(number, message);
        if (number == options_.count) ::kill(::getpid(), SIGTERM);  // the answer still goes out: links are drained
        return answer;
    }
    std::int64_t received() const { return received_; }

private:
    void keep(std::int64_t number, std::string_view message) {
        if (!options_.out.empty()) {
            const std::string name = fmt::format("{}/{:06}.hl7", options_.out, number);
            {
                std::ofstream file(name + ".part", std::ios::binary);
                file.write(message.data(), static_cast<std::streamsize>(message.size()));
            }
            std::error_code ignored;
            std::filesystem::rename(name + ".part", name, ignored);  // whoever watches the folder sees whole messages
        } else if (!options_.quiet) {
            std::string text(message);
            std::replace(text.begin(), text.end(), '\r', '\n');
            fmt::print("{}\n", text);
            std::fflush(stdout);
        }
    }

    std::string say(std::int64_t number, std::string_view message) const {
        const std::string& word = options_.answers[static_cast<std::size_t>(std::min<std::int64_t>(number, static_cast<std::int64_t>(options_.answers.size())) - 1)];
        if (word == "none") return {};
        if (word == "garbage") return "this is no message";
        if (word == "delay") std::this_thread::sleep_for(std::chrono::seconds(options_.delay));
        hl7v2::Sender sender = hl7v2::sender_of_bytes(message);
        if (word == "other") sender.control_id = "another";
        hl7v2::Verdict verdict;
        for (const auto answer : {hl7v2::Answer::AA, hl7v2::Answer::AE, hl7v2::Answer::AR, hl7v2::Answer::CA, hl7v2::Answer::CE, hl7v2::Answer::CR})
            if (word == hl7v2::spelling(answer)) verdict.answer = answer;
        if (word != "AA" && word != "CA" && word != "delay" && word != "other") verdict.remarks.push_back({207, base::Severity::error, "", "as it was told to"});
        const base::Micros now = base::system_clock().now();
        return hl7v2::acknowledge(sender, verdict, base::new_id(now).substr(0, 20), now);
    }

    const Options& options_;
    std::mutex mutex_;
    std::atomic<std::int64_t> received_{0};
};

}  // namespace

int listen(const Arguments& arguments) {
    const auto options = read(arguments);
    if (!options) return wrong_usage(options.fault().text, "listen");
    if (options->help) {
        fmt::print("{}", usage);
        return 0;
    }
    if (!options->out.empty()) {
        std::error_code error;
        std::filesystem::create_directories(options->out, error);
        if (error) return fail({Fault::Kind::unavailable, "cannot make the folder " + options->out});
    }
    // Signals are taken here and nowhere else; threads started later inherit the mask.
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    pthread_sigmask(SIG_BLOCK, &signals, nullptr);

    base::net::Door door;
    door.name = "listen";
    door.address = options->address;
    door.port = static_cast<std::uint16_t>(options->port);
    door.limits.idle = 3'600'000;
    if (!options->certificate.empty()) {
        base::net::TlsSettings tls{.certificate_file = options->certificate, .key_file = options->key, .ca_file = options->ca};
        if (!tls.ca_file.empty()) tls.peer = base::net::TlsSettings::Peer::required;
        auto context = base::net::TlsContext::server(tls);
        if (!context) return fail(context.fault());
        door.tls = std::make_shared<const base::net::TlsDoor>(*std::move(context));
    }
    Station station(*options);
    base::WorkerPool workers(16, 1000);
    hl7v2::mllp::Options framing;
    framing.message = std::size_t{64} << 20;
    const auto line = std::make_shared<hl7v2::mllp::Line>(
        hl7v2::mllp::on_workers(workers, [&station](const std::string& message) { return station.receive(message); },
                                [](std::string_view why) { fmt::print(stderr, "a message could not be answered; its link is closed: {}\n", why); }),
        framing);
    door.protocol = [line](base::net::Connection& connection) { return hl7v2::mllp::link(line, connection); };
    auto loop = base::net::Loop::open(1, {door});
    if (!loop) {
        fail(loop.fault());
        return 69;
    }
    line->loop = loop->get();
    (*loop)->start();
    fmt::print("listening on {}:{}\n", options->address, (*loop)->port(0));
    std::fflush(stdout);
    int caught = 0;
    sigwait(&signals, &caught);
    (void)(*loop)->drain(2000);
    workers.stop();
    (*loop)->stop();
    fmt::print(stderr, "{} messages received\n", station.received());
    return 0;
}

}  // namespace app::commands
