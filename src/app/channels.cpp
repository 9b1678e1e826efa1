// SPDX-License-Identifier: Apache-2.0
#include "app/channels.h"

#include "base/id.h"
#include "hl7v2/ack.h"

#include <fmt/format.h>

#include <algorithm>

namespace app {

namespace {

using base::Fault;

// What tells of a message itself may be written wherever anything may.
constexpr const char* accompanying[] = {"MessageHeader", "Provenance"};

permission::Held plan_of(const ChannelSettings& settings) {
    using fhir::search::Reach;
    permission::Plan plan = *permission::unlimited();
    plan.who = "channel:" + settings.name;
    plan.administers = false;
    if (!settings.writes.empty()) {
        Reach reach;
        for (const std::string& type : settings.writes) reach.allow(type);
        for (const char* type : accompanying) reach.allow(type);
        plan.create = plan.update = plan.remove = reach;
    }
    return std::make_shared<const permission::Plan>(std::move(plan));
}

hl7v2::TongueOptions tongue_options(const ChannelSettings& settings, const hl7v2::Dictionary* dictionary) {
    hl7v2::TongueOptions options;
    options.dictionary = dictionary;
    options.parse.fallback_charset = settings.charset;
    options.parse.fallback_instead_of_wrong = settings.charset_instead_of_wrong;
    options.parse.limits.bytes = std::max(options.parse.limits.bytes, settings.message);
    options.accepted.processing = settings.processing;
    if (!settings.versions.empty()) options.accepted.versions = settings.versions;
    if (!settings.time_zone.empty()) options.zone = settings.time_zone;
    options.settings = settings.settings;
    options.acknowledge = settings.acknowledge;
    options.several = !settings.strict;
    return options;
}

// A tongue and the maps of its own.
struct OwnTongue {
    OwnTongue(mapping::Library own, const hl7v2::Grammar& grammar, hl7v2::TongueOptions options)
        : library(std::move(own)), tongue(grammar, library, std::move(options)) {}
    const mapping::Library library;
    const hl7v2::Tongue tongue;
};

std::string quoted(std::string_view text) {
    std::string out = "\"";
    for (char c : text) {
        if (c == '"' || c == '\\') out += '\\';
        if (static_cast<unsigned char>(c) < 0x20) out += fmt::format("\\u{:04x}", static_cast<int>(c));
        else out += c;
    }
    return out + '"';
}

}  // namespace

struct Channels::Running {
    ChannelSettings settings;
    std::shared_ptr<exchange::Share> share;
    std::shared_ptr<exchange::Channel> channel;
    std::shared_ptr<hl7v2::mllp::Line> line;
    std::shared_ptr<base::net::TlsDoor> tls;
    std::shared_ptr<const base::net::Networks> networks;
    std::optional<std::size_t> door;  // nothing: stopped
};

base::Result<Channels::Held> Channels::make(const ChannelSettings& settings) {
    auto running = std::make_shared<Running>();
    running->settings = settings;
    if (!settings.certificate.empty()) {
        base::net::TlsSettings tls;
        tls.certificate_file = settings.certificate;
        tls.key_file = settings.key;
        tls.ca_file = settings.client_ca;
        if (!tls.ca_file.empty()) tls.peer = base::net::TlsSettings::Peer::required;
        TRY(auto secret, base::net::TlsContext::server(tls));
        running->tls = std::make_shared<base::net::TlsDoor>(std::move(secret));
    }
    TRY(auto networks, base::net::Networks::read(settings.networks));
    running->networks = std::make_shared<const base::net::Networks>(std::move(networks));

    std::shared_ptr<const mapping::Tongue> tongue;
    if (settings.maps.empty()) {
        tongue = std::make_shared<const hl7v2::Tongue>(ground_.grammar, ground_.library, tongue_options(settings, ground_.dictionary));
    } else {
        TRY(auto library, ground_.site_library(settings.maps));
        auto own = std::make_shared<const OwnTongue>(std::move(library), ground_.grammar, tongue_options(settings, ground_.dictionary));
        tongue = std::shared_ptr<const mapping::Tongue>(own, &own->tongue);
    }
    running->share = std::make_shared<exchange::Share>(ground_.workers, 1);
    exchange::ChannelRules rules;
    rules.name = settings.name;
    rules.ordering = settings.ordering;
    rules.senders = settings.senders;
    rules.peers = settings.peers;
    rules.refuse_reused_ids = settings.refuse_reused_ids;
    rules.plan = plan_of(settings);
    running->channel = std::make_shared<exchange::Channel>(
        std::move(rules), tongue, ground_.journal, ground_.context, ground_.committer, running->share,
        [loop = &ground_.loop](base::Micros delay, std::function<void()> work) { loop->post_after(0, delay / 1000, std::move(work)); });

    hl7v2::mllp::Options framing;
    framing.strict = settings.strict;
    framing.message = settings.message;
    const std::shared_ptr<exchange::Channel> channel = running->channel;
    running->line = std::make_shared<hl7v2::mllp::Line>(
        [channel](std::string message, const mapping::Origin& origin, mapping::Reply reply) {
            channel->receive(std::move(message), origin, std::move(reply));
        },
        framing);
    running->line->loop = &ground_.loop;
    running->line->admits = [channel](const std::string& subject) { return channel->knows(subject); };
    running->line->too_long = [tongue, clock = &ground_.context.clock](std::string_view head) {
        const base::Micros now = clock->now();
        const Fault fault{Fault::Kind::too_large, "the message is longer than is accepted here", "", base::IssueType::too_costly};
        return head.find("MSH") == std::string_view::npos ? std::string() : tongue->answer(head, &fault, base::new_id(now), now);
    };
    if (settings.paused) running->line->pause();
    return running;
}

base::Result<void> Channels::listen(Running& channel) {
    if (channel.door) return {};
    const ChannelSettings& settings = channel.settings;
    base::net::Door door;
    door.name = "channel " + settings.name;
    door.address = settings.address;
    door.port = settings.port;
    door.tls = channel.tls;
    door.limits.idle = settings.idle_time;
    door.limits.body_rate = 100;
    door.limits.body_window = settings.frame_time;
    door.per_peer = settings.per_peer;
    door.most = settings.connections;
    if (!channel.networks->none())
        door.admits = [networks = channel.networks](const base::net::Peer& peer) { return networks->contains(peer.address); };
    door.protocol = [line = channel.line](base::net::Connection& connection) { return hl7v2::mllp::link(line, connection); };
    if (resumed_.insert(settings.name).second) {
        const auto count = channel.channel->resume();
        if (!count) return count.fault();
        if (*count > 0) ground_.log.info("channel.resumed", {{"channel", settings.name}, {"messages", static_cast<std::int64_t>(*count)}});
    }
    TRY(const std::size_t number, ground_.loop.add(std::move(door)));
    {
        const std::lock_guard lock(mutex_);
        channel.door = number;
    }
    ground_.log.info("channel.listens", {{"channel", settings.name}, {"port", ground_.loop.port(number)}});
    return {};
}

void Channels::close(Running& channel) {
    if (!channel.door) return;
    const std::size_t number = *channel.door;
    {
        const std::lock_guard lock(mutex_);
        channel.door.reset();
    }
    const bool clean = ground_.loop.remove(number, ground_.patience);
    ground_.log.info("channel.stopped", {{"channel", channel.settings.name}, {"clean", clean}});
}

// Two threads stay for whoever comes next.
void Channels::share() {
    const std::lock_guard lock(mutex_);
    if (channels_.empty()) return;
    const std::size_t each = std::max<std::size_t>(1, ground_.threads > 2 ? (ground_.threads - 2) / channels_.size() : 1);
    for (auto& [name, channel] : channels_) channel->share->most(each);
}

base::Result<void> Channels::apply(const std::vector<ChannelSettings>& wanted) {
    const std::lock_guard one(change_);
    std::optional<Fault> wrong;
    const auto note = [&](const Fault& fault, const std::string& name) {
        ground_.log.error("channel.not_changed", {{"channel", name}, {"text", fault.text}});
        if (!wrong) wrong = fault;
    };
    std::map<std::string, Held> before;
    {
        const std::lock_guard lock(mutex_);
        before = channels_;
    }
    for (const auto& [name, channel] : before) {
        if (std::any_of(wanted.begin(), wanted.end(), [&, key = name](const ChannelSettings& one_wanted) { return one_wanted.name == key; })) continue;
        close(*channel);
        const std::lock_guard lock(mutex_);
        channels_.erase(name);
    }
    for (const ChannelSettings& settings : wanted) {
        const auto found = before.find(settings.name);
        const bool known = found != before.end();
        if (known && found->second->settings == settings) {
            if (!found->second->tls) continue;
            // The files may hold a renewed certificate.
            const auto renewed = make(settings);
            if (renewed) found->second->tls->replace((*renewed)->tls->context());
            else note(renewed.fault(), settings.name);
            continue;
        }
        auto made = make(settings);
        if (!made) {
            note(made.fault(), settings.name);  // what ran goes on as it was
            continue;
        }
        if (known) close(*found->second);
        {
            const std::lock_guard lock(mutex_);
            channels_[settings.name] = *made;
        }
        share();
        if (const auto listening = listen(**made); !listening) note(listening.fault(), settings.name);
    }
    share();
    if (wrong) return *std::move(wrong);
    return {};
}

base::Result<Channels::Held> Channels::find(const std::string& name) const {
    const std::lock_guard lock(mutex_);
    const auto found = channels_.find(name);
    if (found == channels_.end()) return Fault{Fault::Kind::missing, "there is no channel " + name};
    return found->second;
}

base::Result<void> Channels::start(const std::string& name) {
    const std::lock_guard one(change_);
    TRY(const Held channel, find(name));
    TRY(listen(*channel));
    channel->line->resume();
    return {};
}

base::Result<void> Channels::stop(const std::string& name) {
    const std::lock_guard one(change_);
    TRY(const Held channel, find(name));
    close(*channel);
    return {};
}

base::Result<void> Channels::pause(const std::string& name) {
    const std::lock_guard one(change_);
    TRY(const Held channel, find(name));
    channel->line->pause();
    return {};
}

std::uint16_t Channels::first_port() const {
    const std::lock_guard lock(mutex_);
    if (channels_.empty() || !channels_.begin()->second->door) return 0;
    return ground_.loop.port(*channels_.begin()->second->door);
}

// Under the lock.
std::string Channels::describe(const Running& channel) const {
    const auto& counts = channel.channel->counts();
    const auto& links = channel.line->counts;
    const base::Micros last = counts.last;
    const char* state = !channel.door ? "stopped" : channel.line->paused() ? "paused" : "running";
    return fmt::format(R"({{"name":{},"state":"{}","address":{},"port":{},"tls":{},"links":{},"messages":{},"bytes":{},"accepted":{},"failed":{},)"
                       R"("repeated":{},"refused":{},"ignored":{},"not_kept":{},"discarded_frames":{},"waiting":{},"last":{}}})",
                       quoted(channel.settings.name), state, quoted(channel.settings.address),
                       channel.door ? ground_.loop.port(*channel.door) : channel.settings.port, channel.tls != nullptr,
                       channel.door ? ground_.loop.counts(*channel.door).open : 0, counts.messages.load(), counts.bytes.load(),
                       counts.accepted.load(), counts.failed.load(), counts.repeated.load(), counts.refused.load() + links.refused.load(),
                       counts.ignored.load(), counts.not_kept.load(), links.discarded.load(), channel.share->waiting(),
                       last == 0 ? "null" : quoted(base::instant(last)));
}

std::string Channels::list() const {
    const std::lock_guard lock(mutex_);
    std::string out = "{\"channels\":[";
    for (const auto& [name, channel] : channels_) {
        if (out.back() != '[') out += ',';
        out += describe(*channel);
    }
    return out + "]}\n";
}

base::Result<std::string> Channels::show(const std::string& name) const {
    TRY(const Held channel, find(name));
    const std::lock_guard lock(mutex_);
    return describe(*channel) + "\n";
}

std::shared_ptr<exchange::Inbound> Channels::inbound(const std::string& name) const {
    const std::lock_guard lock(mutex_);
    const auto found = channels_.find(name);
    if (found == channels_.end()) return nullptr;
    const auto& channel = found->second->channel;
    return {channel, &channel->inbound()};
}

std::string Channels::metrics() const {
    struct Row {
        const char* name;
        const char* what;
        const char* kind;
        double (*value)(const Running&, const Channels&);
    };
    static constexpr Row rows[] = {
        {"andiron_mllp_messages_total", "Frames taken.", "counter", [](const Running& c, const Channels&) { return static_cast<double>(c.line->counts.messages); }},
        {"andiron_mllp_skipped_bytes_total", "Bytes between frames.", "counter", [](const Running& c, const Channels&) { return static_cast<double>(c.line->counts.skipped_bytes); }},
        {"andiron_mllp_discarded_total", "Frames given up.", "counter", [](const Running& c, const Channels&) { return static_cast<double>(c.line->counts.discarded); }},
        {"andiron_mllp_closed_total", "Links closed for what the peer sent or did not send.", "counter", [](const Running& c, const Channels&) { return static_cast<double>(c.line->counts.closed); }},
        {"andiron_mllp_refused_total", "Links closed for who the peer is.", "counter",
         [](const Running& c, const Channels& all) { return static_cast<double>(c.line->counts.refused + (c.door ? all.ground_.loop.counts(*c.door).refused : 0)); }},
        {"andiron_mllp_links_open", "Open links.", "gauge", [](const Running& c, const Channels& all) { return c.door ? static_cast<double>(all.ground_.loop.counts(*c.door).open) : 0.0; }},
        {"andiron_inbound_messages_total", "Messages received.", "counter", [](const Running& c, const Channels&) { return static_cast<double>(c.channel->counts().messages); }},
        {"andiron_inbound_bytes_total", "Bytes of messages received.", "counter", [](const Running& c, const Channels&) { return static_cast<double>(c.channel->counts().bytes); }},
        {"andiron_inbound_accepted_total", "Messages translated and stored.", "counter", [](const Running& c, const Channels&) { return static_cast<double>(c.channel->counts().accepted); }},
        {"andiron_inbound_failed_total", "Messages refused; they wait in the journal.", "counter", [](const Running& c, const Channels&) { return static_cast<double>(c.channel->counts().failed); }},
        {"andiron_inbound_repeated_total", "Repeats answered from the journal.", "counter", [](const Running& c, const Channels&) { return static_cast<double>(c.channel->counts().repeated); }},
        {"andiron_inbound_not_kept_total", "Messages that the journal could not take.", "counter", [](const Running& c, const Channels&) { return static_cast<double>(c.channel->counts().not_kept); }},
        {"andiron_inbound_sender_refused_total", "Messages of senders that are not allowed; not kept.", "counter", [](const Running& c, const Channels&) { return static_cast<double>(c.channel->counts().refused); }},
        {"andiron_inbound_ignored_total", "Acknowledgements received; not kept, not answered.", "counter", [](const Running& c, const Channels&) { return static_cast<double>(c.channel->counts().ignored); }},
        {"andiron_inbound_replayed_total", "Messages run again by an operator.", "counter", [](const Running& c, const Channels&) { return static_cast<double>(c.channel->inbound().counts().replayed); }},
        {"andiron_inbound_residue_total", "Values of accepted messages that no map took.", "counter", [](const Running& c, const Channels&) { return static_cast<double>(c.channel->inbound().counts().residue); }},
        {"andiron_inbound_waiting", "Messages that wait for the channel's threads.", "gauge", [](const Running& c, const Channels&) { return static_cast<double>(c.share->waiting()); }},
        {"andiron_inbound_idle_seconds", "Since the last message; -1: none yet.", "gauge",
         [](const Running& c, const Channels& all) {
             const base::Micros last = c.channel->counts().last;
             return last == 0 ? -1.0 : static_cast<double>(all.ground_.context.clock.now() - last) / 1e6;
         }},
        {"andiron_channel_running", "1: listens and reads; 0: stopped or paused.", "gauge", [](const Running& c, const Channels&) { return c.door && !c.line->paused() ? 1.0 : 0.0; }},
    };
    const std::lock_guard lock(mutex_);
    std::string out;
    for (const Row& row : rows) {
        out += fmt::format("# HELP {0} {1}\n# TYPE {0} {2}\n", row.name, row.what, row.kind);
        for (const auto& [name, channel] : channels_) out += fmt::format("{}{{channel=\"{}\"}} {}\n", row.name, name, row.value(*channel, *this));
    }
    return out;
}

}  // namespace app
