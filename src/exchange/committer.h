// SPDX-License-Identifier: Apache-2.0
#pragma once

// A translation becomes stored resources: merged with what is there and committed as one transaction through
// interaction/dispatch, like any other request.
//
// Thread-safe: commits of many links run at the same time and share the disk's syncs. A merge is made beside the writer and once
// more in its transaction when the resource has changed in between, so that nothing is lost and nobody waits for another's disk.

#include "interaction/call/context.h"
#include "mapping/translation.h"
#include "store/repository.h"

namespace exchange {

class Committer {
public:
    explicit Committer(const interaction::Context& context) : context_(context) {}

    // `with_commit` runs in the very transaction that stores the resources. Blocks until all of it is on disk.
    base::Result<void> commit(const mapping::Translation& translation, const store::Work& with_commit);

private:
    const interaction::Context& context_;
};

}  // namespace exchange
