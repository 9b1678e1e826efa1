// SPDX-License-Identifier: Apache-2.0
// Runs the server until SIGTERM or SIGINT; a second signal ends it at once. SIGHUP reads the settings again and applies what
// has changed to the channels.
#include "app/commands.h"
#include "app/configuration.h"
#include "app/wiring.h"
#include "base/flags.h"

#include <fmt/format.h>

#include <csignal>
#include <cstdlib>

#include <sys/stat.h>

namespace app::commands {

namespace {

constexpr std::string_view usage =
    "usage: andiron serve [--config FILE] [--data DIR] [--set NAME=VALUE]... [--settings]\n\n"
    "  --config FILE       settings in TOML; unknown names are refused\n"
    "  --data DIR          folder of the database (same as --set data=DIR), default ./data\n"
    "  --set NAME=VALUE    one setting; wins over the file\n"
    "  --settings          list all settings with their defaults, and stop\n\n"
    "Without settings: FHIR on http://127.0.0.1:8080/fhir, HL7 v2 over MLLP on 127.0.0.1:2575, management on\n"
    "http://127.0.0.1:8081. SIGTERM finishes what is under way and ends the server; SIGHUP reads\n"
    "the settings again and applies what has changed to the channels.\n";

struct Options {
    std::string file;
    base::Settings::Pairs pairs;
    bool list = false;
    bool help = false;
};

base::Result<Options> read(const Arguments& arguments) {
    Options options;
    base::Flags flags;
    flags.sign("--help", options.help).sign("--settings", options.list).text("--config", options.file);
    flags.value("--data", [&](const std::string& value) -> base::Result<void> {
        options.pairs.emplace_back("data", value);
        return {};
    });
    flags.value("--set", [&](const std::string& value) -> base::Result<void> {
        TRY(auto pair, base::setting_pair(value));
        options.pairs.push_back(std::move(pair));
        return {};
    });
    TRY(flags.read(arguments));
    return options;
}

base::Level level_of(const std::string& name) {
    if (name == "debug") return base::Level::debug;
    if (name == "warning") return base::Level::warning;
    return name == "error" ? base::Level::error : base::Level::info;
}

}  // namespace

int serve(const Arguments& arguments) {
    const auto options = read(arguments);
    if (!options) return wrong_usage(options.fault().text, "serve");
    if (options->help) {
        fmt::print("{}", usage);
        return 0;
    }
    if (options->list) {
        fmt::print("{}", base::describe(configuration()));
        return 0;
    }
    std::string toml;
    if (!options->file.empty()) {
        auto text = read_file(options->file);
        if (!text) return fail(text.fault());
        toml = *std::move(text);
    }
    const auto settings = base::Settings::read(configuration(), toml, options->file, options->pairs);
    if (!settings) {
        fail(settings.fault());
        return 78;
    }
    if (const auto sound = check(*settings); !sound) {
        fail(sound.fault());
        return 78;
    }

    // What is made below holds patient data: it is for the owner alone.
    ::umask(0077);

    // Signals are taken here and nowhere else; threads started later inherit the mask.
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGHUP);
    pthread_sigmask(SIG_BLOCK, &signals, nullptr);

    base::DescriptorSink sink(2);
    base::Logger log(sink, base::system_clock(), level_of(settings->text("log.level")));
    const base::Micros begin = base::system_clock().now();
    auto wiring = Wiring::build(*settings, log);
    if (!wiring) {
        fail(wiring.fault());
        return 69;
    }
    (*wiring)->reread([&options]() -> base::Result<base::Settings> {
        std::string now;
        if (!options->file.empty()) {
            TRY(now, read_file(options->file));
        }
        TRY(auto again, base::Settings::read(configuration(), now, options->file, options->pairs));
        TRY(check(again));
        return again;
    });
    (*wiring)->start();
    log.info("started", {{"version", ANDIRON_VERSION},
                         {"fhir_port", (*wiring)->fhir_port()},
                         {"mllp_port", (*wiring)->mllp_port()},
                         {"management_port", (*wiring)->management_port()},
                         {"milliseconds", (base::system_clock().now() - begin) / 1000}});
    int caught = 0;
    while (sigwait(&signals, &caught) == 0 && caught == SIGHUP) {
        const auto done = (*wiring)->reload();
        if (done) log.info("reloaded", {});
        else log.error("not_reloaded", {{"text", done.fault().text}});
    }
    log.info("stopping", {{"signal", caught}});
    pthread_sigmask(SIG_UNBLOCK, &signals, nullptr);
    std::signal(SIGTERM, SIG_DFL);
    std::signal(SIGINT, SIG_DFL);
    const bool clean = (*wiring)->stop();
    log.info("stopped", {{"clean", clean}});
    return 0;
}

}  // namespace app::commands
