// SPDX-License-Identifier: Apache-2.0
#pragma once

// Speaks HTTP to the target and keeps the connection. One thread at a time.

#include "base/clock.h"
#include "base/net/fetch.h"
#include "runner/exchange.h"
#include "runner/target.h"

namespace runner {

class Client {
public:
    // Both must outlive it.
    Client(const Target& target, const base::Clock& clock) : target_(target), clock_(clock) {}

    // Never fails: when nobody answers, status is 0 and `fault` says why. Adds Accept (of the target's format), Content-Type when there is
    // a body, and Authorization, each only when the request does not have it. An absolute URL goes where it says, and gets the authorization
    // only when it begins with the target's base.
    // Who has not answered three times in a row is waited for 5 seconds and no longer, until an answer comes: a run must come to its end.
    Exchange ask(const Request& request);

    int unanswered() const { return unanswered_; }  // requests in a row, up to now
    const Target& target() const { return target_; }

private:
    const Target& target_;
    const base::Clock& clock_;
    base::net::Fetcher fetcher_;
    int unanswered_ = 0;
};

// "application/fhir+json"
const char* media_type(Format format);

}  // namespace runner
