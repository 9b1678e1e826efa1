// SPDX-License-Identifier: Apache-2.0
#pragma once

// Builds every service from the settings and holds them in the order in which they need each other; the only place that
// knows every room.

#include "base/log.h"
#include "base/meter.h"
#include "base/net/loop.h"
#include "base/settings.h"
#include "base/worker.h"
#include "app/channels.h"
#include "app/desk_wiring.h"
#include "app/knowledge.h"
#include "app/spare_memory.h"
#include "exchange/conversion.h"
#include "exchange/outbound.h"
#include "hl7v2/tongue.h"
#include "interaction/shelf/stored.h"
#include "server/http/fhir_site.h"
#include "server/http/management_site.h"
#include "server/http/serve.h"
#include "store/relational/engine.h"

#include <thread>
#include <memory>
#include <optional>

namespace app {

class Wiring {
public:
    // Everything is open and listening, nothing is accepted yet. Faults say which part could not be built.
    static base::Result<std::unique_ptr<Wiring>> build(const base::Settings& settings, base::Logger& log);
    ~Wiring();

    void start();
    // Stops accepting, finishes what is under way, closes the store. True when nothing had to be cut off.
    bool stop();

    std::uint16_t fhir_port() const { return loop_->port(0); }
    std::uint16_t mllp_port() const { return channels_->first_port(); }
    std::uint16_t management_port() const { return loop_->port(1); }

    // How the settings are read again, for changes of channels while the server runs.
    using Reread = std::function<base::Result<base::Settings>()>;
    void reread(Reread reread) { reread_ = std::move(reread); }
    // Applies to the channels what the settings say now, and reads FHIR's certificate again; all else takes a restart. Thread-safe.
    base::Result<void> reload();

private:
    Wiring(const base::Settings& settings, base::Logger& log, fhir::schema::Schema schema);
    base::Result<void> open_knowledge();
    base::Result<void> open_store();
    base::Result<void> open_packages();
    base::Result<void> open_package(const std::string& file, bool compiled);
    base::Result<void> require_profiles();
    base::Result<void> open_doors();
    void open_sites();
    base::Result<void> open_channels();
    std::vector<server::http::ManagementRoute> routes();
    base::Result<void> open_destinations();
    void fill_index(const std::stop_token& stop);
    std::string metrics() const;

    const base::Settings& settings_;
    base::Logger& log_;
    fhir::schema::Schema schema_;
    std::optional<fhir::search::Parameters> parameters_;
    fhir::search::Compartments compartments_;
    std::optional<mapping::Library> library_;
    std::optional<mapping::Composer> composer_;
    std::optional<hl7v2::Grammar> grammar_;
    std::optional<hl7v2::Dictionary> dictionary_;
    std::optional<fhir::ucum::Units> units_;
    std::optional<fhir::definition::Library> definitions_library_;
    std::unique_ptr<store::Relational> repository_;
    interaction::Rules rules_;
    interaction::Loaded loaded_;
    std::string base_url_;
    std::optional<interaction::Searchable> searchable_;
    std::optional<interaction::Definitions> definitions_;
    std::optional<exchange::Conversion> conversion_;
    std::optional<interaction::Context> context_;
    std::optional<hl7v2::Tongue> tongue_;  // of conversions; channels have their own
    std::optional<exchange::Committer> committer_;
    Reread reread_;
    std::optional<server::http::FhirSite> fhir_site_;
    std::optional<DeskWiring> desk_;
    std::optional<server::http::ManagementSite> management_site_;
    std::optional<server::http::Service> fhir_service_;
    std::optional<server::http::Service> management_service_;
    std::shared_ptr<base::net::TlsDoor> tls_;  // of FHIR; null: plain text
    std::unique_ptr<base::net::Loop> loop_;
    std::optional<base::WorkerPool> workers_;             // its threads end before the loop: answers need it
    std::optional<base::WorkerPool> management_workers_;  // small and apart, so that metrics answer under load
    std::optional<Channels> channels_;
    std::optional<base::WorkerPool> message_workers_;     // its threads end before the channels: work under way needs them
    std::atomic<bool> draining_{false};
    std::atomic<std::uint64_t> bugs_{0};
    std::optional<exchange::Outbound> outbound_;
    SpareMemory spare_memory_;
    std::jthread filler_;  // last: it ends before what it works on
};

}  // namespace app
