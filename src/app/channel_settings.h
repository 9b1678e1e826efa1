// SPDX-License-Identifier: Apache-2.0
#pragma once

// What [channels.NAME] says, as a value: two channels are the same when all of it is the same.

#include "base/net/network.h"
#include "base/settings.h"
#include "exchange/channel.h"
#include "hl7v2/tongue.h"

#include <string>
#include <vector>

namespace app {

// Where only programs of this machine reach what listens: doors that know nobody may be nowhere else.
bool is_loopback(const std::string& address);

struct ChannelSettings {
    std::string name;
    std::string address;
    std::uint16_t port = 0;
    std::string certificate, key, client_ca;
    std::vector<std::string> networks;
    exchange::ChannelRules::Ordering ordering = exchange::ChannelRules::Ordering::patient;
    std::vector<exchange::KnownPeer> peers;
    exchange::SenderNames senders;
    bool refuse_reused_ids = false;
    std::vector<std::string> writes;
    std::string maps;
    std::vector<std::string> settings;
    std::string charset;
    bool charset_instead_of_wrong = false;  // when the settings name one
    std::vector<std::string> processing, versions;
    std::string time_zone;
    hl7v2::TongueOptions::Acknowledge acknowledge = hl7v2::TongueOptions::Acknowledge::sender;
    bool strict = false;
    std::size_t message = 0;
    std::size_t connections = 0, per_peer = 0;
    std::int64_t idle_time = 0;
    std::int64_t frame_time = 30'000;
    bool paused = false;
    bool operator==(const ChannelSettings&) const = default;
};

// The rows of [channels.NAME] for the configuration's schema.
base::Schema channel_schema();

// By name. Without any [channels.NAME] there is one, made of mllp.*. Fault (invalid): what may not be combined, what is not safe.
base::Result<std::vector<ChannelSettings>> read_channels(const base::Settings& settings);

}  // namespace app
