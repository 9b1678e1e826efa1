// SPDX-License-Identifier: Apache-2.0
#pragma once

// What makes a resource the one that it is: the text from which its id is derived.
//
// The identity rows of a map are tried in order; the first of which all parts are there names the resource. An
// Identifier with a system is the same whoever sends it, one without is its sender's. Numbers of two senders, or of
// one sender whose name is not known, never meet. What has no identity is one within its message's bytes.

#include "mapping/draft.h"
#include "mapping/program.h"
#include "mapping/reader.h"
#include "mapping/translation.h"

#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace mapping {

struct IdentityOf {
    const Program::Shapes& shapes;
    const Draft& draft;
    Draft::Index root;                // the resource, its own rows already run
    Reader& reader;
    const RunOptions& options;
    std::function<std::string_view(std::string_view handle)> id_of;  // of a resource bound to a handle; else empty
};

struct Identity {
    std::string name;
    bool numbered = false;  // a second of the same name is another resource
    bool of_message = false;  // made of the message's bytes
    std::optional<Number> known_by{};  // when nothing but an Identifier with a system is what it is
};

Identity identify(const Map& map, const Node& node, const IdentityOf& of);

}  // namespace mapping
