// SPDX-License-Identifier: Apache-2.0
#include "app/channel_settings.h"

#include "base/text.h"
#include "hl7v2/charset.h"

#include <algorithm>
#include <cctype>

namespace app {

namespace {

using base::Fault;

Fault wrong(const std::string& where, const std::string& text) { return Fault{Fault::Kind::invalid, where + " " + text}; }

// "LAB|NORTH": application and facility.
base::Result<exchange::SenderNames> read_senders(const std::vector<std::string>& texts, const std::string& where) {
    exchange::SenderNames senders;
    for (const std::string& text : texts) {
        const auto [application, facility] = base::cut(text, '|');
        if (application.empty() || facility.empty() || facility.find('|') != std::string_view::npos)
            return wrong(where, "\"" + text + "\" must be APPLICATION|FACILITY; * is any");
        senders.push_back({std::string(application), std::string(facility)});
    }
    return senders;
}

base::Result<void> check(const ChannelSettings& channel, const std::string& prefix) {
    if (channel.certificate.empty() != channel.key.empty()) return wrong(prefix + ".certificate", "and key go together");
    if (!channel.client_ca.empty() && channel.certificate.empty()) return wrong(prefix + ".client_ca", "needs certificate and key");
    if (!channel.peers.empty() && channel.client_ca.empty()) return wrong(prefix + ".peers", "needs client_ca: only a certificate tells who a peer is");
    if (!is_loopback(channel.address) && channel.client_ca.empty())
        return wrong(prefix + ".address", "must be a loopback address (127.0.0.1 or ::1) unless certificate, key and client_ca are given: HL7 v2 has no "
                                          "other way to tell who is at the other end");
    if (const auto networks = base::net::Networks::read(channel.networks); !networks) return wrong(prefix + ".networks:", networks.fault().text);
    if (!channel.charset.empty() && !hl7v2::is_known_charset(channel.charset, '~')) return wrong(prefix + ".charset", "\"" + channel.charset + "\" is not known");
    for (const std::string& id : channel.processing)
        if (id.size() != 1 || std::isupper(static_cast<unsigned char>(id[0])) == 0) return wrong(prefix + ".processing", "\"" + id + "\" must be one of P, T, D");
    return {};
}

base::Result<ChannelSettings> read_channel(const base::Settings& settings, const std::string& name) {
    using Ordering = exchange::ChannelRules::Ordering;
    using Acknowledge = hl7v2::TongueOptions::Acknowledge;
    const std::string prefix = "channels." + name;
    const auto text = [&](const char* what) { return settings.text(prefix + "." + what); };
    const auto texts = [&](const char* what) { return settings.texts(prefix + "." + what); };
    const auto number = [&](const char* what) { return settings.integer(prefix + "." + what); };
    for (char c : name)
        if (std::isalnum(static_cast<unsigned char>(c)) == 0 && c != '-' && c != '_') return wrong(prefix, "may hold letters, digits, - and _ only");
    ChannelSettings channel;
    channel.name = name;
    channel.address = text("address");
    channel.port = static_cast<std::uint16_t>(number("port"));
    channel.certificate = text("certificate");
    channel.key = text("key");
    channel.client_ca = text("client_ca");
    channel.networks = texts("networks");
    const std::string ordering = text("ordering");
    channel.ordering = ordering == "strict" ? Ordering::strict : ordering == "none" ? Ordering::none : Ordering::patient;
    TRY(channel.senders, read_senders(texts("senders"), prefix + ".senders"));
    for (const std::string& peer : settings.names(prefix + ".peers")) {
        const std::string at = prefix + ".peers." + peer;
        exchange::KnownPeer known{peer, settings.text(at + ".subject")};
        if (known.subject.empty()) return wrong(at + ".subject", "is needed");
        TRY(known.senders, read_senders(settings.texts(at + ".senders"), at + ".senders"));
        channel.peers.push_back(std::move(known));
    }
    channel.refuse_reused_ids = text("reused_ids") == "refuse";
    channel.writes = texts("writes");
    channel.maps = text("maps");
    channel.settings = texts("settings");
    channel.charset = text("charset");
    channel.charset_instead_of_wrong = settings.given(prefix + ".charset") && !channel.charset.empty();
    channel.processing = texts("processing");
    channel.versions = texts("versions");
    channel.time_zone = text("time_zone");
    const std::string style = text("acknowledge");
    channel.acknowledge = style == "original"   ? Acknowledge::original
                          : style == "enhanced" ? Acknowledge::enhanced
                          : style == "none"     ? Acknowledge::none
                                                : Acknowledge::sender;
    channel.strict = settings.boolean(prefix + ".strict");
    channel.message = static_cast<std::size_t>(number("message"));
    channel.connections = static_cast<std::size_t>(number("connections"));
    channel.per_peer = static_cast<std::size_t>(number("per_peer"));
    channel.idle_time = number("idle_time");
    channel.frame_time = number("frame_time");
    channel.paused = settings.boolean(prefix + ".paused");
    return channel;
}

}  // namespace

bool is_loopback(const std::string& address) { return address.starts_with("127.") || address == "::1"; }

base::Schema channel_schema() {
    using Kind = base::Setting::Kind;
    return {
        {"channels.*.address", Kind::text, "127.0.0.1", "Where the channel NAME listens ([channels.NAME]). Only loopback without client_ca."},
        {"channels.*.port", Kind::integer, "2575", "Its port.", 0, 65535},
        {"channels.*.certificate", Kind::text, "", "PEM file; with key it turns TLS on."},
        {"channels.*.key", Kind::text, "", "PEM file of the certificate's private key."},
        {"channels.*.client_ca", Kind::text, "", "PEM file; when given, peers must show a certificate of it (mutual TLS)."},
        {"channels.*.networks", Kind::texts, "", "Addresses and networks (10.0.0.0/8) that may connect; empty: any."},
        {"channels.*.peers.*.subject", Kind::text, "", "Subject (RFC 2253) of the certificate of the peer [channels.NAME.peers.PEER]; when there is one, others are refused."},
        {"channels.*.peers.*.senders", Kind::texts, "", "Whom this peer may speak for, like senders; empty: those of the channel."},
        {"channels.*.senders", Kind::texts, "", "Who may send: MSH-3|MSH-4, * is any; empty: everybody. Others are answered AR and not kept."},
        {"channels.*.ordering", Kind::text, "patient", "What is worked on one after the other, as it arrived: messages about one patient, all, none.", {}, {}, {"patient", "strict", "none"}},
        {"channels.*.writes", Kind::texts, "", "Resource types that its messages may write; empty: all. Other messages are answered AE and wait in the journal."},
        {"channels.*.reused_ids", Kind::text, "accept", "A control id that was there with other bytes: another message, or refused.", {}, {}, {"accept", "refuse"}},
        {"channels.*.maps", Kind::text, "", "Folder of maps and vocabulary of the site for this channel; they change those of the server row by row."},
        {"channels.*.settings", Kind::texts, "", "Names for `if setting NAME` in maps."},
        {"channels.*.charset", Kind::text, "WINDOWS-1252", "Character set of messages that are not UTF-8 and have no MSH-18; when given here, also of those whose MSH-18 is wrong. Empty: they are refused."},
        {"channels.*.time_zone", Kind::text, "", "Offset of times without one, \"+01:00\"; empty: UTC is assumed for instants, dates stay local."},
        {"channels.*.processing", Kind::texts, "", "Processing ids (MSH-11) that are taken: P, T, D; empty: all."},
        {"channels.*.versions", Kind::texts, "", "Versions (MSH-12) that are taken; empty: 2.1 to 2.9."},
        {"channels.*.acknowledge", Kind::text, "sender", "As MSH-15 and MSH-16 ask; one application answer always; also when MSH-15 asks alone; never.", {}, {}, {"sender", "original", "enhanced", "none"}},
        {"channels.*.strict", Kind::boolean, "false", "Frames must be VT ... FS CR and nothing else, with one message each."},
        {"channels.*.message", Kind::size, "64MiB", "Most bytes of a frame.", 1024, 1 << 30},
        {"channels.*.connections", Kind::integer, "0", "Most connections; 0: no limit.", 0, 1000000},
        {"channels.*.per_peer", Kind::integer, "16", "Most connections from one address; 0: no limit.", 0, 100000},
        {"channels.*.idle_time", Kind::duration, "1h", "A link without message is closed after it.", 10, 86400000},
        {"channels.*.frame_time", Kind::duration, "30s", "A message on its way must bring 100 bytes a second; looked at so often.", 10, 600000},
        {"channels.*.paused", Kind::boolean, "false", "The channel begins paused: links are accepted, nothing is read."},
    };
}

base::Result<std::vector<ChannelSettings>> read_channels(const base::Settings& settings) {
    std::vector<ChannelSettings> channels;
    const auto names = settings.names("channels");
    if (names.empty()) {
        TRY(ChannelSettings only, read_channel(settings, settings.text("mllp.channel")));
        only.address = settings.text("mllp.address");
        only.port = static_cast<std::uint16_t>(settings.integer("mllp.port"));
        only.strict = settings.boolean("mllp.strict");
        only.message = static_cast<std::size_t>(settings.integer("mllp.message"));
        only.per_peer = static_cast<std::size_t>(settings.integer("mllp.per_peer"));
        only.idle_time = settings.integer("mllp.idle_time");
        only.frame_time = settings.integer("mllp.frame_time");
        only.time_zone = settings.text("mllp.time_zone");
        TRY(check(only, "mllp"));
        channels.push_back(std::move(only));
    }
    for (const std::string& name : names) {
        TRY(ChannelSettings channel, read_channel(settings, name));
        TRY(check(channel, "channels." + name));
        channels.push_back(std::move(channel));
    }
    return channels;
}

}  // namespace app
