// SPDX-License-Identifier: Apache-2.0
#include "app/wiring.h"

#include "app/definitions.h"
#include "app/destinations.h"
#include "app/packages.h"
#include "app/places.h"
#include "base/crypto.h"
#include "base/text.h"
#include "exchange/package_load.h"
#include "fhir/search/extract.h"
#include "server/http/destinations.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <thread>

#include <unistd.h>

namespace app {

namespace {

using base::Fault;

base::net::Limits http_limits(const base::Settings& settings) {
    base::net::Limits limits;
    limits.head = settings.integer("http.head_time");
    limits.idle = settings.integer("http.idle_time");
    limits.write_stall = settings.integer("http.write_time");
    limits.body_rate = static_cast<std::size_t>(settings.integer("http.body_rate"));
    return limits;
}

base::Result<std::shared_ptr<const base::net::TlsContext>> fhir_tls(const base::Settings& settings) {
    base::net::TlsSettings tls;
    tls.certificate_file = settings.text("fhir.certificate");
    tls.key_file = settings.text("fhir.key");
    tls.ca_file = settings.text("fhir.client_ca");
    if (!tls.ca_file.empty()) tls.peer = base::net::TlsSettings::Peer::required;
    return base::net::TlsContext::server(tls);
}

std::string url_of(const base::Settings& settings, std::uint16_t port) {
    const std::string& given = settings.text("fhir.base_url");
    if (!given.empty()) return given;
    const std::string& address = settings.text("fhir.address");
    const bool six = address.find(':') != std::string::npos;
    return fmt::format("{}://{}{}{}:{}/fhir", settings.text("fhir.certificate").empty() ? "http" : "https", six ? "[" : "",
                       address, six ? "]" : "", port);
}

}  // namespace

Wiring::Wiring(const base::Settings& settings, base::Logger& log, fhir::schema::Schema schema)
    : settings_(settings), log_(log), schema_(std::move(schema)) {}

Wiring::~Wiring() {
    if (loop_) loop_->stop();  // when stop() was not called; a second time does nothing
}

base::Result<std::unique_ptr<Wiring>> Wiring::build(const base::Settings& settings, base::Logger& log) {
    TRY(fhir::schema::Schema schema, open_definitions());
    std::unique_ptr<Wiring> wiring(new Wiring(settings, log, std::move(schema)));
    TRY(wiring->open_knowledge());
    TRY(wiring->open_store());
    TRY(wiring->open_packages());
    TRY(wiring->require_profiles());
    TRY(wiring->open_doors());
    wiring->open_sites();
    TRY(wiring->open_channels());
    TRY(wiring->open_destinations());
    return wiring;
}

base::Result<void> Wiring::open_knowledge() {
    TRY(definitions_library_, open_library(schema_));
    for (const std::string& file : settings_.texts("packages.files")) TRY(open_package(file, false));
    for (const InstalledPackage& added : installed_packages(settings_.text("data"))) TRY(open_package(added.path, true));
    base::Findings findings;
    const fhir::search::PackageParameters of_packages(*definitions_library_);
    TRY(parameters_, fhir::search::Parameters::compile(schema_, findings, &of_packages));
    for (const base::Finding& finding : findings) {
        const bool usable = finding.severity == base::Severity::information;
        log_.write(usable ? base::Level::info : base::Level::warning, usable ? "search_parameter.kept" : "search_parameter.unusable",
                   {{"where", finding.where}, {"text", finding.text}});
    }
    compartments_ = fhir::search::Compartments(*definitions_library_);
    TRY(units_, open_units());
    const Places where = places();
    std::vector<std::string> maps{where.maps + "/hl7v2"};
    for (const std::string& folder : settings_.texts("mllp.maps")) maps.push_back(folder);
    TRY(library_, mapping::load_library({.maps = std::move(maps), .vocabulary = {where.vocabulary}}, schema_));
    TRY(grammar_, hl7v2::Grammar::load(where.structure + "/hl7v2"));
    TRY(dictionary_, hl7v2::Dictionary::load(where.fields));
    return {};
}

base::Result<void> Wiring::open_store() {
    const std::string& folder = settings_.text("data");
    std::error_code error;
    std::filesystem::create_directories(folder, error);
    if (error) return Fault{Fault::Kind::unavailable, "cannot make the data folder " + folder + ": " + error.message()};
    store::RelationalOptions options;
    options.path = folder + "/andiron.db";
    auto opened = store::Relational::open(options, base::system_clock());
    if (!opened) {
        Fault fault = std::move(opened).fault();
        fault.text += ": " + options.path;
        return fault;
    }
    repository_ = *std::move(opened);
    log_.info("store.opened", {{"position", repository_->snapshot()->position()}});
    if (repository_->log_lost())
        log_.warning("store.log_lost", {{"text", "the process before did not close the database and its -wal file is gone: the newest changes may be lost; compare the position"}});

    TRY(loaded_, exchange::loaded_packages(*definitions_library_, repository_->records(), base::system_clock().now()));
    searchable_.emplace(schema_, *parameters_, *repository_, [this](const store::Version& one) {
        const auto found = loaded_.find(one.type + "/" + one.id);
        return found != loaded_.end() && found->second == one.version;
    }, &*units_);
    TRY(searchable_->refresh());
    for (const auto& joined : searchable_->now()->joined())
        log_.info(joined.parameter != nullptr ? "search_parameter.stored" : "search_parameter.not_searched",
                  {{"where", joined.what.url}, {"text", joined.findings.empty() ? std::string() : joined.findings.front().text}});

    const std::string& validation = settings_.text("fhir.validation");
    rules_.validation = validation == "off"    ? interaction::Rules::Validation::off
                        : validation == "full" ? interaction::Rules::Validation::full
                                               : interaction::Rules::Validation::structure;
    rules_.referential_integrity = settings_.text("fhir.references") == "on";
    rules_.conditional_delete = settings_.text("fhir.conditional_delete") == "multiple" ? interaction::Rules::ConditionalDelete::multiple
                                                                                       : interaction::Rules::ConditionalDelete::single;
    rules_.conditional_delete_most = static_cast<int>(settings_.integer("fhir.conditional_delete_most"));
    rules_.cascade_most = static_cast<int>(settings_.integer("fhir.most_cascade"));
    rules_.most_moved = static_cast<std::size_t>(settings_.integer("fhir.most_moved"));
    rules_.merge_identifiers = settings_.boolean("fhir.merge_identifiers");
    rules_.version = ANDIRON_VERSION;
    rules_.default_count = static_cast<int>(settings_.integer("fhir.page"));
    rules_.most_count = static_cast<int>(settings_.integer("fhir.most_page"));
    rules_.most_entries = static_cast<std::size_t>(settings_.integer("fhir.most_entries"));
    for (const std::string& name : settings_.names("fhir.queries"))
        rules_.queries.push_back({name, settings_.text("fhir.queries." + name + ".type"), settings_.text("fhir.queries." + name + ".criteria")});
    definitions_.emplace([this] {
        fhir::definition::Library library = *definitions_library_;
        library.add(std::make_shared<const interaction::Stored>(*context_, loaded_));
        return make_knowledge(std::move(library), *units_, interaction::stored_fetch(*context_, base_url_));
    }, &*searchable_);
    const base::Micros now = base::system_clock().now();
    TRY(auto key, repository_->records().get("cursor_key", now));
    if (!key) {
        key = base::random_bytes(32);
        TRY(repository_->records().put("cursor_key", *key, 0));
    }
    rules_.cursor_key = *key;
    conversion_.emplace(schema_.names());
    conversion_->know(*definitions_);
    context_.emplace(interaction::Context{schema_, *parameters_, *repository_, base::system_clock(), rules_, &*definitions_, &bugs_, &compartments_, &*units_,
                                          &*conversion_});
    return {};
}

// What packages bring becomes readable.
base::Result<void> Wiring::open_packages() {
    const base::Micros begin = base::system_clock().now();
    TRY(auto done, exchange::load_packages(*definitions_library_, repository_->records(), *context_));
    loaded_ = std::move(done.loaded);
    if (done.written > 0) TRY(searchable_->refresh());
    for (const base::Finding& finding : done.findings)
        log_.warning("package.finding", {{"where", finding.where}, {"text", finding.text}});
    log_.info("packages.ready", {{"readable", static_cast<std::int64_t>(loaded_.size())},
                                 {"written", static_cast<std::int64_t>(done.written)},
                                 {"milliseconds", (base::system_clock().now() - begin) / 1000}});
    return {};
}

// Files of the settings, and what `andiron package add` has put into the data folder.
base::Result<void> Wiring::open_package(const std::string& file, bool compiled) {
    auto facts = compiled ? definitions_library_->add_archive(file) : definitions_library_->add_package(file);
    if (!facts) return Fault{Fault::Kind::unavailable, "the package " + file + " cannot be used: " + facts.fault().text};
    for (const base::Finding& finding : facts->findings)
        log_.warning("package.finding", {{"package", facts->label()}, {"where", finding.where}, {"text", finding.text}});
    for (const std::string& one : facts->missing)
        log_.warning("package.dependency_missing", {{"package", facts->label()}, {"missing", one}});
    log_.info("package.active", {{"package", facts->label()}, {"definitions", static_cast<std::int64_t>(facts->definitions)}});
    return {};
}

// A profile that nobody knows would refuse nothing: it must not be promised.
base::Result<void> Wiring::require_profiles() {
    for (const std::string& pair : settings_.texts("fhir.required_profiles")) {
        const auto [type, profile] = base::cut(pair, '=');
        if (!schema_.is_resource(type))
            return Fault{Fault::Kind::invalid, fmt::format("fhir.required_profiles: there is no resource type {} in FHIR R4", type)};
        if (!definitions_->now()->library().find("StructureDefinition", profile))
            return Fault{Fault::Kind::invalid, fmt::format("fhir.required_profiles: the profile {} is not known; is its package among packages.files?", profile)};
        rules_.required_profiles[std::string(type)].emplace_back(profile);
    }
    return {};
}

// Listening comes before the sites: links need the port, and port 0 is a number only then. Nothing is accepted before start().
base::Result<void> Wiring::open_doors() {
    if (!settings_.text("fhir.certificate").empty()) {
        TRY(auto secret, fhir_tls(settings_));
        tls_ = std::make_shared<base::net::TlsDoor>(std::move(secret));
    }
    const auto port = [this](const char* name) { return static_cast<std::uint16_t>(settings_.integer(name)); };
    std::vector<base::net::Door> doors(2);
    doors[0] = {.name = "fhir", .address = settings_.text("fhir.address"), .port = port("fhir.port"),
                .protocol = [this](base::net::Connection& connection) { return server::http::serve(*fhir_service_, connection); },
                .tls = tls_, .limits = http_limits(settings_), .per_peer = static_cast<std::size_t>(settings_.integer("fhir.per_peer")),
                .per_peer_rate = static_cast<std::size_t>(settings_.integer("fhir.per_peer_rate"))};
    doors[1] = {.name = "management", .address = settings_.text("management.address"), .port = port("management.port"),
                .protocol = [this](base::net::Connection& connection) { return server::http::serve(*management_service_, connection); }};
    auto threads = static_cast<unsigned>(settings_.integer("threads.io"));
    if (threads == 0) threads = std::clamp(std::thread::hardware_concurrency(), 1U, 8U);
    TRY(loop_, base::net::Loop::open(threads, std::move(doors)));
    return {};
}

void Wiring::open_sites() {
    workers_.emplace(static_cast<unsigned>(settings_.integer("threads.work")),
                     static_cast<std::size_t>(settings_.integer("threads.waiting")));
    management_workers_.emplace(3U, std::size_t{100});  // a long replay, or links that finish, do not keep /metrics waiting

    server::http::FhirRules rules;
    rules.base_url = base_url_ = url_of(settings_, loop_->port(0));
    rules.most_body = static_cast<std::uint64_t>(settings_.integer("http.body"));
    rules.most_bundle = static_cast<std::uint64_t>(settings_.integer("http.bundle"));
    rules.cors_origins = settings_.texts("fhir.cors_origins");
    rules_.own_bases = {base_url_};
    if (auto proxies = server::http::Proxies::read(settings_.texts("http.trusted_proxies"))) rules.proxies = *std::move(proxies);  // checked at start
    rules.jobs.threads = static_cast<unsigned>(settings_.integer("async.threads"));
    rules.jobs.waiting = static_cast<std::size_t>(settings_.integer("async.waiting"));
    rules.jobs.waiting_each = static_cast<std::size_t>(settings_.integer("async.waiting_each"));
    rules.jobs.result = static_cast<std::size_t>(settings_.integer("async.result"));
    rules.jobs.all = static_cast<std::size_t>(settings_.integer("async.memory"));
    rules.jobs.keep = settings_.integer("async.keep") * 1000;
    fhir_site_.emplace(*context_, rules);
    server::http::Limits limits;
    limits.head = static_cast<std::size_t>(settings_.integer("http.head"));
    limits.target = static_cast<std::size_t>(settings_.integer("http.target"));
    limits.fields = static_cast<std::size_t>(settings_.integer("http.headers"));
    fhir_service_.emplace(*fhir_site_, *workers_, base::system_clock(), limits);

    desk_.emplace(settings_, log_, repository_->journal(), repository_->ledger(), *context_, [this](const std::string& channel) { return channels_->inbound(channel); });
    management_site_.emplace(
        std::vector<server::http::Check>{{"doors", [this] { return draining_ ? std::string("stopping") : std::string(); }},
                                         {"store",
                                          [this] {
                                              if (!repository_->writable()) return std::string("writing has stopped after a disk error");
                                              const auto read = repository_->records().get("cursor_key", base::system_clock().now());
                                              return read ? std::string() : read.fault().text;
                                          }},
                                         desk_->check()},
        [this] { return metrics(); }, routes());
    management_service_.emplace(*management_site_, *management_workers_, base::system_clock());

    hl7v2::TongueOptions options;
    options.dictionary = &*dictionary_;
    options.parse.wide = true;  // a request's body has a length: no byte of it ends it
    if (settings_.given("mllp.time_zone")) options.zone = settings_.text("mllp.time_zone");
    tongue_.emplace(*grammar_, *library_, options);
    conversion_->add("x-application/hl7-v2+er7", "hl7v2", *tongue_);

    fhir_service_->loop = management_service_->loop = loop_.get();
}

// Everything that comes in, and what was left of it when the process ended last.
base::Result<void> Wiring::open_channels() {
    const auto threads = static_cast<unsigned>(settings_.integer("threads.messages"));
    committer_.emplace(*context_);
    message_workers_.emplace(threads, std::size_t{100'000});  // shares bound what waits there
    channels_.emplace(Channels::Ground{
        *context_, repository_->journal(), *committer_, *grammar_, &*dictionary_, *library_,
        [this](const std::string& site) {
            const Places where = places();
            std::vector<std::string> maps{where.maps + "/hl7v2"};
            for (const std::string& folder : settings_.texts("mllp.maps")) maps.push_back(folder);
            maps.push_back(site);
            return mapping::load_library({.maps = std::move(maps), .vocabulary = {where.vocabulary, site}}, schema_);
        },
        *loop_, *message_workers_, threads, log_, settings_.integer("drain")});
    TRY(const auto wanted, read_channels(settings_));
    return channels_->apply(wanted);
}

base::Result<void> Wiring::reload() {
    if (!reread_) return Fault{Fault::Kind::unsupported, "the settings cannot be read again"};
    TRY(const base::Settings settings, reread_());
    TRY(const auto wanted, read_channels(settings));
    // The files of the start are read again: whoever renews a certificate writes it where the old one was.
    std::shared_ptr<const base::net::TlsContext> renewed;
    if (tls_) {
        TRY(renewed, fhir_tls(settings_));
    }
    TRY(channels_->apply(wanted));
    if (tls_) tls_->replace(std::move(renewed));
    return {};
}

std::vector<server::http::ManagementRoute> Wiring::routes() {
    using server::http::Call;
    using server::http::Method;
    using server::http::management_fault;
    using server::http::management_json;
    using Segments = std::vector<std::string>;
    const auto one = [this](const std::string& name) {
        const auto shown = channels_->show(name);
        return shown ? management_json(200, *shown) : management_fault(shown.fault());
    };
    const auto change = [one, this](base::Result<void> (Channels::*what)(const std::string&)) {
        return [one, what, this](const Call&, const Segments& names) {
            const auto done = ((*channels_).*what)(names[0]);
            return done ? one(names[0]) : management_fault(done.fault());
        };
    };
    std::vector<server::http::ManagementRoute> all{
        {Method::get, "/channels", [this](const Call&, const Segments&) { return management_json(200, channels_->list()); }},
        {Method::post, "/channels",
         [this](const Call&, const Segments&) {
             const auto done = reload();
             return done ? management_json(200, channels_->list()) : management_fault(done.fault());
         }},
        {Method::get, "/channels/*", [one](const Call&, const Segments& names) { return one(names[0]); }},
        {Method::post, "/channels/*/start", change(&Channels::start)},
        {Method::post, "/channels/*/stop", change(&Channels::stop)},
        {Method::post, "/channels/*/pause", change(&Channels::pause)},
    };
    for (server::http::ManagementRoute& route : desk_->routes()) all.push_back(std::move(route));
    for (server::http::ManagementRoute& route : server::http::destination_routes([this]() -> exchange::Outbound& { return *outbound_; })) all.push_back(std::move(route));
    return all;
}

// Behind the sites: criteria are read with the server's own address.
base::Result<void> Wiring::open_destinations() {
    TRY(composer_, open_composer(*library_, schema_, *dictionary_));
    outbound_.emplace(*context_, repository_->ledger(), repository_->outbox(), repository_->records(), *composer_, log_);
    TRY(add_destinations(*outbound_, settings_));
    return {};
}

void Wiring::start() {
    outbound_->start();
    // Messages without an answer: their senders had none when the process ended, and repeat them.
    if (const auto journal = repository_->journal().counts(); journal && (journal->all.received > 0 || journal->all.failed > 0))
        log_.warning("journal.unsettled", {{"received", journal->all.received}, {"failed", journal->all.failed}});
    desk_->start();
    filler_ = std::jthread([this](const std::stop_token& stop) { fill_index(stop); });
    spare_memory_.start();
    loop_->start();
}

// What is stored is indexed for search parameters that are new here; until then a search that uses one answers 503.
void Wiring::fill_index(const std::stop_token& stop) {
    while (!stop.stop_requested()) {
        const auto filling = repository_->filling();
        if (filling && !filling->empty()) log_.info("index.filling", {{"parts", static_cast<std::int64_t>(filling->size())}});
        const base::Micros begin = base::system_clock().now();
        base::Result<bool> more = true;
        bool any = false;
        while (more && *more && !stop.stop_requested()) {
            more = repository_->fill();
            any = any || (more && *more);
        }
        if (!more) log_.error("index.not_filled", {{"text", more.fault().text}});
        else if (any && !*more) log_.info("index.filled", {{"milliseconds", (base::system_clock().now() - begin) / 1000}});
        // What failed (a full disk) is tried again after a while; otherwise there is nothing to do until somebody says so.
        const bool retry = !more || searchable_->behind();
        repository_->await_filling(stop, retry ? std::chrono::milliseconds(1000) : std::chrono::milliseconds::max());
        if (searchable_->behind()) (void)searchable_->refresh();
    }
}

bool Wiring::stop() {
    draining_ = true;
    const bool clean = loop_->drain(settings_.integer("drain"));
    // Connections that were not finished in time still know the pools, and /metrics looks at them: they refuse from here on,
    // and go only after the loop's threads have ended.
    workers_->stop();
    message_workers_->stop();
    management_workers_->stop();
    fhir_site_->stop();
    loop_->stop();
    outbound_->stop();
    desk_->stop();
    spare_memory_.stop();
    filler_.request_stop();
    if (filler_.joinable()) filler_.join();
    return clean;
}

namespace {

void count(std::string& out, const char* name, const char* what, double value, const char* kind = "counter", const char* labels = "") {
    if (*what != '\0') out += fmt::format("# HELP {0} {1}\n# TYPE {0} {2}\n", name, what, kind);
    out += fmt::format("{}{} {}\n", name, labels, value);
}

double resident_bytes() {
    double pages = 0;
    if (std::FILE* file = std::fopen("/proc/self/statm", "r")) {
        unsigned long size = 0, resident = 0;
        if (std::fscanf(file, "%lu %lu", &size, &resident) == 2) pages = static_cast<double>(resident);
        std::fclose(file);
    }
    return pages * static_cast<double>(::sysconf(_SC_PAGESIZE));
}

}  // namespace

std::string Wiring::metrics() const {
    std::string out;
    const auto& traffic = fhir_service_->traffic;
    count(out, "andiron_http_requests_total", "Answers of the FHIR door.", static_cast<double>(traffic.requests));
    out += "# HELP andiron_http_answers_total Answers of the FHIR door by status class.\n# TYPE andiron_http_answers_total counter\n";
    for (std::size_t i = 1; i < 6; ++i)
        count(out, "andiron_http_answers_total", "", static_cast<double>(traffic.by_class[i]), "counter", fmt::format("{{class=\"{}xx\"}}", i).c_str());
    count(out, "andiron_http_turned_away_total", "Requests answered 503 because too many were waiting.", static_cast<double>(traffic.turned_away));
    const auto jobs = fhir_site_->jobs();
    count(out, "andiron_async_waiting", "Asynchronous requests that wait or run.", static_cast<double>(jobs.waiting), "gauge");
    count(out, "andiron_async_results", "Asynchronous results that are kept.", static_cast<double>(jobs.results), "gauge");
    count(out, "andiron_async_bytes", "Bytes of asynchronous results and waiting requests.", static_cast<double>(jobs.bytes), "gauge");
    out += channels_->metrics();
    out += desk_->metrics();
    if (const auto filling = repository_->filling()) {
        double parts = 0, anew = 0, left = 0;
        for (const store::Filling& one : *filling) {
            (one.answers ? anew : parts) += 1;
            left += static_cast<double>(one.total - one.done);
        }
        count(out, "andiron_index_filling", "Search parameters and types that answer 503 until what is stored is indexed for them.", parts, "gauge");
        count(out, "andiron_index_renewing", "Types that are indexed anew while searches go on.", anew, "gauge");
        count(out, "andiron_index_left", "Resources still to be indexed, once for each parameter.", left, "gauge");
    }
    count(out, "andiron_search_parameters_behind", "1: a stored SearchParameter could not be taken up yet (a full disk).", searchable_->behind() ? 1 : 0, "gauge");
    out += outbound_->metrics();
    const auto loop = loop_->counts();
    count(out, "andiron_connections_open", "Open connections of all doors.", static_cast<double>(loop.open), "gauge");
    count(out, "andiron_connections_total", "Connections accepted.", static_cast<double>(loop.accepted));
    count(out, "andiron_connections_timed_out_total", "Connections closed because time ran out.", static_cast<double>(loop.timed_out));
    count(out, "andiron_connections_refused_total", "Connections closed at once: from where they may not come, or too many from one address.", static_cast<double>(loop.refused));
    count(out, "andiron_connections_tls_failed_total", "Connections that broke TLS, or spoke something else at its door.", static_cast<double>(loop.tls_failed));
    count(out, "andiron_connections_paused_total", "Times that accepting paused for want of descriptors.", static_cast<double>(loop.paused));
    count(out, "andiron_work_waiting", "Requests waiting for a thread.", static_cast<double>(workers_->waiting()), "gauge");
    count(out, "andiron_bugs_total", "Exceptions caught at the doors.", static_cast<double>(loop.bugs + workers_->failed() + message_workers_->failed() + bugs_ + fhir_service_->traffic.bugs + management_service_->traffic.bugs));
    count(out, "process_resident_memory_bytes", "Resident memory.", resident_bytes(), "gauge");
    return out;
}

}  // namespace app
