// SPDX-License-Identifier: Apache-2.0
#pragma once

// FHIR over HTTP: a Call becomes an interaction::Request, a Response or Fault becomes an Answer. Decides nothing about FHIR.

#include "interaction/dispatch.h"
#include "server/http/documents.h"
#include "server/http/format.h"
#include "server/http/forwarded.h"
#include "server/http/jobs.h"
#include "server/http/site.h"

#include <string>
#include <vector>

namespace server::http {

struct FhirRules {
    std::string base_url = "http://127.0.0.1:8080/fhir";  // begins every link; its path is the root of all routes
    std::uint64_t most_body = 16ULL << 20;                // of one resource
    std::uint64_t most_bundle = 64ULL << 20;              // of a batch or transaction
    std::vector<std::string> cors_origins;                // "*" = any; [base]/metadata is open to all
    Proxies proxies{};                                    // who may say how the client addressed us
    JobLimits jobs{};                                     // of requests with Prefer: respond-async
};

class FhirSite final : public Site {
public:
    FhirSite(const interaction::Context& context, FhirRules rules);

    std::uint64_t body_limit(const Head& head) const override;
    bool quick(const Call& call) const override;
    Answer answer(const Call& call) override;
    Answer refusal(int status, std::string_view reason) const override;

    // Asynchronous requests that wait are dropped, those that run end; from then on none begins.
    void stop() { jobs_.stop(); }
    Jobs::Counts jobs() const { return jobs_.counts(); }

private:
    // What who sent it may see and do; asked on the I/O thread too.
    const permission::Held& plan_of(const Call& call) const;
    // The whole answer but the fields that every answer has.
    Answer told(const Call& call);
    base::Result<std::string> form_of(const Call& call) const;
    // The bytes of its body, unpacked.
    base::Result<std::size_t> decode(const Call& call, std::string_view form, interaction::Request& request) const;
    Answer dispatched(const Call& call, interaction::Request request, const base::Result<Presentation>& presentation);
    Answer begun(interaction::Request request, std::size_t bytes, const Presentation& presentation);
    Answer job(const Call& call, const std::string& name, const interaction::Request& request, const Presentation& presentation);
    Answer metadata(interaction::Request request, const Presentation& presentation);
    Answer description(const Call& call, const std::string& base);
    Answer encode(interaction::Response response, const std::string& base, const Presentation& presentation) const;
    Answer encode(const base::Fault& fault, const Presentation& presentation) const;
    Answer preflight() const;
    void share(const Call& call, Answer& answer) const;
    void pack(const Call& call, Answer& answer) const;
    std::string presented(std::string json, const Presentation& presentation) const;
    Answer plain(int status, std::string body, const Presentation& presentation) const;

    const interaction::Context& context_;
    FhirRules rules_;
    std::string root_;  // "/fhir"
    Documents documents_;
    Jobs jobs_;  // last: its threads end before what they work with
};

}  // namespace server::http
