// SPDX-License-Identifier: Apache-2.0
#pragma once

// What the journal keeps of a translation and of a fault: numbers, places and reasons, never values. Bounded, however large the
// message and however much is wrong with it.

#include "base/result.h"
#include "mapping/translation.h"
#include "store/durable/journal.h"

namespace exchange {

inline constexpr std::size_t most_remarks = 100;        // places of the residue, and as many findings
inline constexpr std::size_t longest_remark = 500;      // bytes of one text

// `also`: what was found behind the translation, by the store or in a fault; it comes first.
store::durable::Account account_of(const mapping::Translation& translation, const base::Findings& also = {});
// Of what could not be translated.
store::durable::Account account_of(const base::Fault& fault);
store::durable::Reason reason_of(const base::Fault& fault);

}  // namespace exchange
