// SPDX-License-Identifier: Apache-2.0
#include "app/configuration.h"

#include "app/channel_settings.h"
#include "app/destinations.h"
#include "base/text.h"
#include "fhir/search/named_query.h"
#include "server/http/forwarded.h"

#include <algorithm>

namespace app {

const base::Schema& configuration() {
    using Kind = base::Setting::Kind;
    static const base::Schema schema = [] {
    base::Schema all{
        {"data", Kind::text, "./data", "Folder of the database; made when it is not there."},
        {"log.level", Kind::text, "info", "Least level that is logged.", {}, {}, {"debug", "info", "warning", "error"}},

        {"fhir.address", Kind::text, "127.0.0.1", "Where FHIR listens. Without authentication only loopback is allowed."},
        {"fhir.port", Kind::integer, "8080", "Port of FHIR.", 0, 65535},
        {"fhir.base_url", Kind::text, "", "Begins every link, as clients see it; empty: http://ADDRESS:PORT/fhir."},
        {"fhir.validation", Kind::text, "structure", "What a write must pass: nothing, structure, or everything that $validate checks.", {}, {}, {"off", "structure", "full"}},
        {"fhir.required_profiles", Kind::texts, "", "Profiles that whatever is written of a type must conform to: Patient=http://...; a type may stand more than once."},
        {"fhir.cors_origins", Kind::texts, "", "Origins of browser apps that may call FHIR; * is any."},
        {"fhir.page", Kind::integer, "50", "Entries of a page when _count does not say.", 1, 1000},
        {"fhir.most_page", Kind::integer, "1000", "Most entries of a page, whatever _count says.", 1, 10000},
        {"fhir.most_entries", Kind::integer, "10000", "Most entries of a batch or transaction.", 1, 100000},
        {"fhir.references", Kind::text, "off", "Whether references to resources of this server must lead somewhere, in what is written and after every delete.", {}, {}, {"off", "on"}},
        {"fhir.conditional_delete", Kind::text, "single", "How many resources a delete by criteria may take.", {}, {}, {"single", "multiple"}},
        {"fhir.conditional_delete_most", Kind::integer, "100", "Most resources of one delete by criteria, where that may take several.", 1, 10000},
        {"fhir.most_cascade", Kind::integer, "1000", "Most resources of one delete with _cascade=delete; 0: there is none.", 0, 10000},
        {"fhir.most_moved", Kind::integer, "10000", "Most resources that one merge of two patients may move; above it the merge is refused.", 1, 1000000},
        {"fhir.merge_identifiers", Kind::boolean, "true", "Whether the patient that is kept gets the identifiers of the one that was merged, with use old."},
        {"fhir.queries.*.type", Kind::text, "", "Resource type on which the named query [fhir.queries.NAME] is asked with _query=NAME."},
        {"fhir.queries.*.criteria", Kind::text, "", "Its criteria as in a URL; {word} stands for the value of the parameter word beside _query."},
        {"fhir.certificate", Kind::text, "", "PEM file; with fhir.key it turns TLS on."},
        {"fhir.key", Kind::text, "", "PEM file of the certificate's private key."},
        {"fhir.client_ca", Kind::text, "", "PEM file; when given, clients must show a certificate of it (mutual TLS)."},
        {"fhir.per_peer", Kind::integer, "0", "Most connections from one address; 0: no limit, as behind a proxy.", 0, 1'000'000},
        {"fhir.per_peer_rate", Kind::integer, "0", "Most new connections a second from one address, before TLS; 0: no limit.", 0, 1'000'000},

        {"http.head", Kind::size, "16KiB", "Most bytes of a request's line and headers.", 1024, 1 << 20},
        {"http.target", Kind::size, "8KiB", "Most bytes of a URL.", 256, 1 << 20},
        {"http.headers", Kind::integer, "100", "Most headers of a request.", 10, 10000},
        {"http.body", Kind::size, "16MiB", "Most bytes of one resource.", 1024, 4000000000.0},
        {"http.bundle", Kind::size, "64MiB", "Most bytes of a batch or transaction.", 1024, 4000000000.0},
        {"http.head_time", Kind::duration, "5s", "A request's head must have arrived by then.", 10, 600000},
        {"http.idle_time", Kind::duration, "60s", "A connection without request is closed after it.", 10, 86400000},
        {"http.write_time", Kind::duration, "30s", "A client that takes nothing of its answer for so long is closed.", 10, 600000},
        {"http.body_rate", Kind::size, "1000", "Least bytes a second of a body on its way.", 1, 1 << 30},

        {"http.trusted_proxies", Kind::texts, "", "Addresses and networks (10.0.0.0/8) of proxies whose Forwarded and X-Forwarded fields say how links begin."},

        {"async.threads", Kind::integer, "2", "Threads that work for requests with Prefer: respond-async.", 1, 64},
        {"async.waiting", Kind::integer, "200", "Asynchronous requests that may wait or run; more are answered 503.", 1, 100000},
        {"async.waiting_each", Kind::integer, "20", "Of one client; more are answered 429.", 1, 100000},
        {"async.result", Kind::size, "64MiB", "Most bytes of one asynchronous result.", 1024, 4000000000.0},
        {"async.memory", Kind::size, "256MiB", "Most bytes of all asynchronous results and waiting requests.", 1024, 16000000000.0},
        {"async.keep", Kind::duration, "1h", "A result is kept for so long.", 1000, 86400000},

        {"packages.files", Kind::texts, "", "FHIR packages (.tgz) that are active and readable, besides those in the folder packages of the data."},

        {"mllp.address", Kind::text, "127.0.0.1", "Where HL7 v2 over MLLP listens when there is no [channels.NAME]. Only loopback."},
        {"mllp.port", Kind::integer, "2575", "Port of MLLP.", 0, 65535},
        {"mllp.channel", Kind::text, "mllp", "Name of the channel: part of the key by which repeats are known."},
        {"mllp.strict", Kind::boolean, "false", "Frames must end with FS CR and nothing else."},
        {"mllp.message", Kind::size, "64MiB", "Most bytes of a message.", 1024, 1 << 30},
        {"mllp.per_peer", Kind::integer, "16", "Most connections from one address; 0: no limit.", 0, 100000},
        {"mllp.idle_time", Kind::duration, "1h", "A link without message is closed after it.", 10, 86400000},
        {"mllp.frame_time", Kind::duration, "30s", "A message on its way must bring 100 bytes a second; looked at so often.", 10, 600000},
        {"mllp.maps", Kind::texts, "", "Folders with a site's own maps (.map), for all channels: each adds to those before it, replaces rows (override) and drops them."},
        {"mllp.time_zone", Kind::text, "", "Offset of times without one, \"+01:00\"; empty: UTC is assumed for instants, dates stay local."},

        {"journal.keep", Kind::duration, "0", "Bytes of messages that were answered, discarded or replayed for so long are taken away, as in 90d; 0: never.", 0, 3153600000000.0},

        {"desk.not_ready_above", Kind::integer, "0", "Failed messages above which /readyz answers 503; 0: never.", 0, 1000000000},

        {"management.address", Kind::text, "127.0.0.1", "Where /livez, /readyz, /metrics and /desk listen."},
        {"management.port", Kind::integer, "8081", "Port of management.", 0, 65535},

        {"threads.io", Kind::integer, "0", "Threads that read and write sockets; 0: one for each core, at most 8.", 0, 256},
        {"threads.work", Kind::integer, "32", "Threads that search and write; writes that wait together share one fsync.", 1, 1024},
        {"threads.messages", Kind::integer, "32", "Threads that work on HL7 v2 messages; channels share them evenly.", 1, 1024},
        {"threads.waiting", Kind::integer, "2000", "Requests that may wait for a thread; more are answered 503.", 1, 1000000},
        {"drain", Kind::duration, "10s", "Time for requests under way when the server is stopped.", 0, 600000},
    };
    const base::Schema channels = channel_schema();
    const auto behind = std::find_if(all.begin(), all.end(), [](const base::Setting& one) { return one.name == "management.address"; });
    all.insert(behind, channels.begin(), channels.end());
    const base::Schema& destinations = destination_settings();
    all.insert(all.end(), destinations.begin(), destinations.end());
    return all;
    }();
    return schema;
}

base::Result<void> check(const base::Settings& settings) {
    using base::Fault;
    for (const char* door : {"fhir", "management"}) {
        const std::string name = std::string(door) + ".address";
        if (!is_loopback(settings.text(name)))
            return Fault{Fault::Kind::invalid,
                         name + " must be a loopback address (127.0.0.1 or ::1): Andiron does not authenticate clients yet; put a "
                                "proxy that does in front of it"};
    }
    if (auto channels = read_channels(settings); !channels) return std::move(channels).fault();
    for (const std::string& pair : settings.texts("fhir.required_profiles")) {
        const auto [type, profile] = base::cut(pair, '=');
        if (type.empty() || profile.empty())
            return Fault{Fault::Kind::invalid, "fhir.required_profiles: \"" + pair + "\" must be TYPE=CANONICAL, as in Patient=http://example.org/profile"};
    }
    for (const std::string& name : settings.names("fhir.queries")) {
        const std::string prefix = "fhir.queries." + name;
        const auto usable = fhir::search::check_named_query({name, settings.text(prefix + ".type"), settings.text(prefix + ".criteria")});
        if (!usable) return Fault{Fault::Kind::invalid, prefix + ": " + usable.fault().text};
    }
    if (const auto proxies = server::http::Proxies::read(settings.texts("http.trusted_proxies")); !proxies)
        return Fault{Fault::Kind::invalid, "http.trusted_proxies: " + proxies.fault().text};
    TRY(check_destinations(settings));
    if (settings.text("fhir.certificate").empty() != settings.text("fhir.key").empty())
        return Fault{Fault::Kind::invalid, "fhir.certificate and fhir.key go together"};
    if (!settings.text("fhir.client_ca").empty() && settings.text("fhir.certificate").empty())
        return Fault{Fault::Kind::invalid, "fhir.client_ca needs fhir.certificate"};
    return {};
}

}  // namespace app
