// SPDX-License-Identifier: Apache-2.0
// Any text as andiron.toml: refused with a reason, or all that a start reads of it is read. And as a Job of `andiron validate`.
#include "app/channel_settings.h"
#include "app/configuration.h"
#include "app/destinations.h"
#include "app/inspection.h"
#include "fhir/testing.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    if (const auto job = app::read_job(text, fhir::testing::r4()); job && job->file.empty()) std::abort();
    const auto settings = base::Settings::read(app::configuration(), text, "andiron.toml", {});
    if (!settings) return 0;
    const auto sound = app::check(*settings);
    if (!sound && sound.fault().text.empty()) std::abort();
    (void)app::check_destinations(*settings);
    const auto channels = app::read_channels(*settings);
    if (!channels) {
        if (channels.fault().text.empty()) std::abort();
        return 0;
    }
    for (const app::ChannelSettings& channel : *channels)
        if (!app::is_loopback(channel.address) && channel.client_ca.empty()) std::abort();  // a door that knows nobody
    return 0;
}
