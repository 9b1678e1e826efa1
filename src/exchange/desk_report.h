// SPDX-License-Identifier: Apache-2.0
#pragma once

// What the desk knows, as JSON. Only tree, bundle and bytes hold patient data; these here do not, but for control ids.

#include "exchange/desk.h"

#include <string>

namespace exchange {

std::string entry_json(const Desk::Entry& entry);  // as it stands in a list
std::string entry_json(const Desk::Entry& entry, const std::vector<Desk::Wrote>& wrote);  // with residue, findings and what it wrote
std::string ran_json(const Desk::Ran& ran);
std::string batch_json(const Desk::Batch& batch);
std::string counts_json(const store::durable::Tally& tally, base::Micros now);
std::string trace_json(const mapping::Translation& translation);

}  // namespace exchange
