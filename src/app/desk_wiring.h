// SPDX-License-Identifier: Apache-2.0
#pragma once

// The operator's desk as a part of the server: its routes, its readiness, its metrics, and the thread that works for it.

#include "base/log.h"
#include "base/settings.h"
#include "exchange/desk.h"
#include "server/http/management_site.h"

#include <thread>

namespace app {

class DeskWiring {
public:
    // All must outlive it.
    DeskWiring(const base::Settings& settings, base::Logger& log, store::durable::Journal& journal, store::Ledger& ledger,
               const interaction::Context& context, exchange::Desk::Channels channels);

    std::vector<server::http::ManagementRoute> routes();
    server::http::Check check();
    // Lines of the Prometheus text format.
    std::string metrics() const;

    // Runs copies that a crash interrupted, then takes old bytes away, little by little.
    void start();
    void stop();

private:
    void work(const std::stop_token& stop);
    void sweep(const std::stop_token& stop);

    const base::Settings& settings_;
    base::Logger& log_;
    store::durable::Journal& journal_;
    const base::Clock& clock_;
    exchange::Desk desk_;
    std::jthread worker_;  // last: it ends before what it works on
};

}  // namespace app
