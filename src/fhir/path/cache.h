// SPDX-License-Identifier: Apache-2.0
#pragma once

// Compiled Programs by their text, for expressions that arrive at run time: those of profiles.
//
// Bounded: the programs that were not asked for longest make room. Any number of threads; a look-up takes a lock for some
// 50 ns, compiling happens outside of it. A text that cannot be compiled is not kept.

#include "fhir/path/program.h"

#include <list>
#include <mutex>
#include <unordered_map>

namespace fhir::path {

class Cache {
public:
    // The schema must outlive the cache; a program borrows it too.
    explicit Cache(const schema::Schema& schema, std::size_t most = 4'096) : schema_(schema), most_(most) {}

    base::Result<std::shared_ptr<const Program>> get(std::string_view text);
    std::size_t size() const;

private:
    struct Entry {
        std::string text;
        std::shared_ptr<const Program> program;
    };

    const schema::Schema& schema_;
    std::size_t most_;
    mutable std::mutex mutex_{};
    std::list<Entry> entries_{};  // the last asked for in front
    std::unordered_map<std::string_view, std::list<Entry>::iterator> by_text_{};
};

}  // namespace fhir::path
