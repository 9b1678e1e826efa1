// SPDX-License-Identifier: Apache-2.0
#include "interaction/knowledge/knowledge.h"

namespace interaction {

Knowledge::Knowledge(Parts parts)
    : parts_(std::move(parts)),
      validator_({parts_.library.schema(), parts_.library, parts_.codes.get(), parts_.units, parts_.fetch}) {}

}  // namespace interaction
