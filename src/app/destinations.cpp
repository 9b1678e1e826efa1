// SPDX-License-Identifier: Apache-2.0
#include "app/destinations.h"

#include "app/places.h"
#include "base/text.h"
#include "hl7v2/charset.h"
#include "hl7v2/mllp/client.h"
#include "hl7v2/parse.h"
#include "hl7v2/speaker.h"

#include <algorithm>

namespace app {

using base::Fault;

namespace {

class MllpWire final : public exchange::Wire {
public:
    explicit MllpWire(hl7v2::mllp::ClientOptions options) : client_(std::move(options)) {}
    base::Result<void> send(std::string_view message, const std::function<bool()>& cancelled) override { return client_.send(message, cancelled); }
    base::Result<std::string> receive(const std::function<bool()>& cancelled) override { return client_.receive(cancelled); }
    void close() override { client_.close(); }
    bool open() const override { return client_.is_open(); }

private:
    hl7v2::mllp::Client client_;
};

std::set<std::string, std::less<>> set_of(const std::vector<std::string>& texts) { return {texts.begin(), texts.end()}; }

base::Result<hl7v2::Delimiters> delimiters_of(const std::string& text) {
    if (text.empty()) return hl7v2::Delimiters{};
    return hl7v2::read_delimiters("MSH" + text + text[0]);
}

base::Result<hl7v2::mllp::ClientOptions> client_of(const base::Settings& settings, const std::string& prefix) {
    hl7v2::mllp::ClientOptions made;
    const auto address = hl7v2::mllp::Address::read(settings.text(prefix + "address"));
    if (!address) return Fault{Fault::Kind::invalid, prefix + "address must be HOST:PORT"};
    made.address = *address;
    made.connect = std::chrono::milliseconds(settings.integer(prefix + "connect_time"));
    made.answer = std::chrono::milliseconds(settings.integer(prefix + "answer_time"));
    if (!settings.boolean(prefix + "tls")) return made;
    base::net::TlsSettings tls;
    tls.ca_file = settings.text(prefix + "ca");
    tls.certificate_file = settings.text(prefix + "certificate");
    tls.key_file = settings.text(prefix + "key");
    tls.server_name = settings.text(prefix + "server_name");
    if (tls.server_name.empty()) tls.server_name = address->host;
    TRY(made.tls, base::net::TlsContext::client(tls));
    return made;
}

hl7v2::Heading heading_of(const base::Settings& settings, const std::string& prefix) {
    hl7v2::Heading heading;
    if (const auto delimiters = delimiters_of(settings.text(prefix + "delimiters"))) heading.delimiters = *delimiters;  // checked at start
    heading.version = settings.text(prefix + "version");
    heading.charset = settings.text(prefix + "charset");
    heading.sending_application = settings.text(prefix + "sending_application");
    heading.sending_facility = settings.text(prefix + "sending_facility");
    heading.receiving_application = settings.text(prefix + "receiving_application");
    heading.receiving_facility = settings.text(prefix + "receiving_facility");
    heading.processing = settings.text(prefix + "processing");
    const std::string& until = settings.text(prefix + "acknowledgement");
    if (until != "application") heading.accept = "AL";
    if (until != "application") heading.application_accept = until == "commit" ? "NE" : "AL";
    return heading;
}

exchange::DestinationRules rules_of(const base::Settings& settings, const std::string& name) {
    const std::string prefix = "destinations." + name + ".";
    exchange::DestinationRules rules;
    rules.name = name;
    rules.address = settings.text(prefix + "address");
    rules.messages = set_of(settings.texts(prefix + "messages"));
    rules.criteria = settings.texts(prefix + "criteria");
    rules.except_from = set_of(settings.texts(prefix + "except_from"));
    rules.lanes = settings.text(prefix + "order") == "patient";
    rules.from_beginning = settings.text(prefix + "begin") == "beginning";
    rules.paused = settings.boolean(prefix + "paused");
    const std::string& until = settings.text(prefix + "acknowledgement");
    using Until = exchange::DestinationRules::Until;
    rules.until = until == "commit" ? Until::commit : until == "both" ? Until::both : Until::application;
    rules.first_wait = settings.integer(prefix + "first_wait") * 1000;
    rules.longest_wait = settings.integer(prefix + "longest_wait") * 1000;
    rules.attempts = settings.integer(prefix + "attempts");
    rules.error_attempts = settings.integer(prefix + "error_attempts");
    rules.retry_error = settings.text(prefix + "on_error") == "retry";
    rules.retry_reject = settings.text(prefix + "on_reject") == "retry";
    rules.keep = settings.integer(prefix + "keep") * 1000;
    return rules;
}

}  // namespace

base::Schema destination_settings() {
    using Kind = base::Setting::Kind;
    const std::vector<std::string> ways{"retry", "dead"};
    return {
        {"destinations.*.address", Kind::text, "", "HOST:PORT of the receiver [destinations.NAME] of HL7 v2 messages over MLLP."},
        {"destinations.*.tls", Kind::boolean, "false", "TLS. Without it messages are readable on their way."},
        {"destinations.*.ca", Kind::text, "", "PEM file: who may sign the receiver's certificate."},
        {"destinations.*.certificate", Kind::text, "", "PEM file of our own certificate, where the receiver asks for one."},
        {"destinations.*.key", Kind::text, "", "PEM file of its private key."},
        {"destinations.*.server_name", Kind::text, "", "Name that the receiver's certificate must carry; empty: the host of address."},
        {"destinations.*.messages", Kind::texts, "", "Which messages go there: ADT, ORU^R01, ...; empty: all that there are maps for."},
        {"destinations.*.criteria", Kind::texts, "", "Of which resources: a type or a search, DiagnosticReport?status=final; any of them. Empty: all."},
        {"destinations.*.except_from", Kind::texts, "", "Inbound channels whose messages' changes do not go there, so that nothing goes in circles; * is every channel."},
        {"destinations.*.order", Kind::text, "strict", "Strict: one after the other. Patient: so for each patient, and one that is refused holds up nobody else.", {}, {}, {"strict", "patient"}},
        {"destinations.*.begin", Kind::text, "now", "What a new destination gets: changes from now on, or everything that ever happened.", {}, {}, {"now", "beginning"}},
        {"destinations.*.paused", Kind::boolean, "false", "Held back from the first start on, until an operator resumes it. Messages are queued meanwhile."},
        {"destinations.*.version", Kind::text, "2.5.1", "HL7 version of the messages.", {}, {}, {"2.2", "2.3", "2.3.1", "2.4", "2.5", "2.5.1", "2.6", "2.7", "2.7.1", "2.8", "2.8.1", "2.8.2", "2.9"}},
        {"destinations.*.delimiters", Kind::text, "", "MSH-1 and MSH-2; empty: those that the standard recommends."},
        {"destinations.*.charset", Kind::text, "UNICODE UTF-8", "MSH-18; what it cannot spell becomes a question mark."},
        {"destinations.*.sending_application", Kind::text, "ANDIRON", "MSH-3."},
        {"destinations.*.sending_facility", Kind::text, "", "MSH-4."},
        {"destinations.*.receiving_application", Kind::text, "", "MSH-5."},
        {"destinations.*.receiving_facility", Kind::text, "", "MSH-6."},
        {"destinations.*.processing", Kind::text, "P", "MSH-11: production, training or debugging.", {}, {}, {"P", "T", "D"}},
        {"destinations.*.acknowledgement", Kind::text, "application", "What ends a message: application (original mode), commit, or both (enhanced mode).", {}, {}, {"application", "commit", "both"}},
        {"destinations.*.connect_time", Kind::duration, "10s", "A connection must stand by then.", 10, 600000},
        {"destinations.*.answer_time", Kind::duration, "60s", "The acknowledgement must have come by then.", 10, 3600000},
        {"destinations.*.first_wait", Kind::duration, "1s", "After a try in vain; doubled with each.", 1, 3600000},
        {"destinations.*.longest_wait", Kind::duration, "5min", "It becomes no longer.", 1, 86400000},
        {"destinations.*.attempts", Kind::integer, "0", "Tries without an acknowledgement before a message is dead; 0: without end.", 0, 1000000},
        {"destinations.*.error_attempts", Kind::integer, "10", "Tries of a message that is refused, where it is tried again; 0: without end.", 0, 1000000},
        {"destinations.*.on_error", Kind::text, "retry", "After AE or CE: try again, or leave it to an operator.", {}, {}, ways},
        {"destinations.*.on_reject", Kind::text, "dead", "The same after AR or CR.", {}, {}, ways},
        {"destinations.*.keep", Kind::duration, "168h", "What was sent stays readable for so long.", 1000, 31536000000.0},
    };
}

base::Result<void> check_destinations(const base::Settings& settings) {
    for (const std::string& name : settings.names("destinations")) {
        const std::string prefix = "destinations." + name + ".";
        const auto wrong = [&](std::string text) { return Fault{Fault::Kind::invalid, prefix + std::move(text)}; };
        if (!std::all_of(name.begin(), name.end(), [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_'; }))
            return wrong(": a destination's name is letters, digits, - and _");
        if (!hl7v2::mllp::Address::read(settings.text(prefix + "address"))) return wrong("address must be HOST:PORT");
        if (settings.text(prefix + "certificate").empty() != settings.text(prefix + "key").empty()) return wrong("certificate and key go together");
        if (!settings.boolean(prefix + "tls") && !(settings.text(prefix + "certificate") + settings.text(prefix + "ca")).empty()) return wrong("certificate and ca need tls = true");
        if (const auto read = delimiters_of(settings.text(prefix + "delimiters")); !read) return wrong("delimiters: " + read.fault().text);
        if (!hl7v2::is_known_charset(settings.text(prefix + "charset"), '~')) return wrong("charset is none of HL7 table 0211 that we know");
    }
    return {};
}

base::Result<mapping::Composer> open_composer(const mapping::Library& library, const fhir::schema::Schema& schema, const hl7v2::Dictionary& dictionary) {
    return mapping::Composer::load({{places().maps + "/hl7v2-out"}, hl7v2::extents(dictionary)}, schema, *library.codes, library.naming);
}

base::Result<void> add_destinations(exchange::Outbound& outbound, const base::Settings& settings) {
    for (const std::string& name : settings.names("destinations")) {
        const std::string prefix = "destinations." + name + ".";
        TRY(auto client, client_of(settings, prefix));
        TRY(outbound.add(rules_of(settings, name), std::make_unique<const hl7v2::Speaker>(heading_of(settings, prefix)),
                         std::make_unique<MllpWire>(std::move(client))));
    }
    return {};
}

}  // namespace app
