// SPDX-License-Identifier: Apache-2.0
#pragma once

// The inbound channels of the server: made of the settings, listening, started, stopped, paused and changed while it runs.
//
// A stopped channel does not listen; its links finish what is under way and close. A paused one listens and keeps its links, but
// nothing is read. Neither outlives a restart: the settings say how a channel begins. Thread-safe; changes wait for each other.

#include "app/channel_settings.h"
#include "base/log.h"
#include "base/net/loop.h"
#include "base/worker.h"
#include "exchange/channel.h"
#include "hl7v2/dictionary.h"
#include "hl7v2/grammar.h"
#include "hl7v2/mllp/link.h"
#include "mapping/library.h"

#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

namespace app {

class Channels {
public:
    // What all channels stand on; outlives them and their work.
    struct Ground {
        const interaction::Context& context;
        store::durable::Journal& journal;
        exchange::Committer& committer;
        const hl7v2::Grammar& grammar;
        const hl7v2::Dictionary* dictionary;             // may be null
        const mapping::Library& library;                 // of channels without maps of their own
        std::function<base::Result<mapping::Library>(const std::string& site)> site_library;
        base::net::Loop& loop;
        base::WorkerPool& workers;
        unsigned threads = 1;                            // of the pool, to be shared
        base::Logger& log;
        base::net::Millis patience = 0;                  // for links of a channel that stops
    };
    explicit Channels(Ground ground) : ground_(std::move(ground)) {}

    // Makes the running channels those that are wanted: new ones begin, others end, changed ones end and begin anew, the rest is
    // not touched but for its certificate, which is read again. What can be done is done; the first fault is told.
    base::Result<void> apply(const std::vector<ChannelSettings>& wanted);

    // Fault missing: no such channel. start() also ends a pause.
    base::Result<void> start(const std::string& name);
    base::Result<void> stop(const std::string& name);
    base::Result<void> pause(const std::string& name);

    // What runs the messages of that channel, also when it does not listen; null: there is none of that name.
    std::shared_ptr<exchange::Inbound> inbound(const std::string& name) const;

    std::uint16_t first_port() const;                            // of the first by name; 0: there is none
    std::string list() const;                                    // JSON: {"channels": [...]}
    base::Result<std::string> show(const std::string& name) const;  // JSON of one
    std::string metrics() const;                                 // Prometheus text

private:
    struct Running;
    using Held = std::shared_ptr<Running>;
    base::Result<Held> make(const ChannelSettings& settings);
    base::Result<void> listen(Running& channel);
    void close(Running& channel);
    void share();
    base::Result<Held> find(const std::string& name) const;
    std::string describe(const Running& channel) const;

    const Ground ground_;
    std::mutex change_;                                          // one change at a time; waits for links
    mutable std::mutex mutex_;
    std::map<std::string, Held> channels_;
    std::set<std::string> resumed_;
};

}  // namespace app
