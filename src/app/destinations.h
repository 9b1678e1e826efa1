// SPDX-License-Identifier: Apache-2.0
#pragma once

// The destinations of the settings ([destinations.NAME]) as the exchange runs them: what is said is HL7 v2, over MLLP.

#include "base/settings.h"
#include "exchange/outbound.h"
#include "hl7v2/dictionary.h"
#include "mapping/library.h"

namespace app {

// Their settings, for configuration.cpp.
base::Schema destination_settings();
// What no single setting can tell.
base::Result<void> check_destinations(const base::Settings& settings);

// The maps of the way out, proven.
base::Result<mapping::Composer> open_composer(const mapping::Library& library, const fhir::schema::Schema& schema, const hl7v2::Dictionary& dictionary);

// Adds all of them; nothing is sent before Outbound::start().
base::Result<void> add_destinations(exchange::Outbound& outbound, const base::Settings& settings);

}  // namespace app
