// SPDX-License-Identifier: Apache-2.0
#pragma once

// What is known to change nothing: this very content, laid over this very version of a record, leaves it as it is.
//
// A ward, a surgeon and a hospital stand in every message and hardly one changes them. To find that out costs reading the stored
// body, merging and comparing, some 8 microseconds each; to ask here costs a digest of what came, one or two. What is remembered holds for
// ever, for a version never changes; the memory is bounded, and a new thing takes an old one's place. Thread-safe.

#include "base/clock.h"
#include "base/crypto.h"
#include "fhir/tree/document.h"
#include "store/repository.h"

#include <array>
#include <mutex>
#include <optional>
#include <vector>

namespace exchange {

class Unchanged {
public:
    // What besides is to be known of the stored version: when its sender said it, if that stands there.
    struct Known {
        std::optional<base::Micros> said;
    };
    using Key = base::Digest;
    // `replaces`: the content is all of the resource, not a part. `assumed`: what of it is not told (mapping/translation.h).
    static Key key(const fhir::Document& content, const store::Version& stored, bool replaces, const std::vector<std::string>& assumed = {});

    Unchanged();
    std::optional<Known> find(const Key& key) const;
    void learn(const Key& key, const Known& known);

private:
    static constexpr std::size_t places = 256;  // of a part
    struct Place {
        Key key{};
        Known known{};
    };
    struct Part {
        mutable std::mutex mutex;
        std::vector<Place> places;
    };
    static constexpr std::size_t parts = 16;

    std::array<Part, parts> parts_;
};

}  // namespace exchange
