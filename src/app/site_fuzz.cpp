// SPDX-License-Identifier: Apache-2.0
// The bytes of a connection, through the codec to a small server with three resources: each request is answered, none by our own mistake, and
// what is called FHIR JSON is JSON. What was written is forgotten before the next connection.
#include "fhir/codec/json.h"
#include "fhir/testing.h"
#include "server/http/fhir_site.h"
#include "store/memory.h"

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>

namespace {

using namespace server::http;

// A store that can be had anew under the same address.
class Renewed final : public store::Repository {
public:
    explicit Renewed(const base::Clock& clock) : clock_(clock) { renew(); }
    void renew() { memory_ = std::make_unique<store::Memory>(clock_); }
    std::unique_ptr<store::Snapshot> snapshot() override { return memory_->snapshot(); }
    base::Result<void> write(const store::Work& work) override {
        wrote = true;
        return memory_->write(work);
    }
    base::Result<void> adopt(std::shared_ptr<const store::Indexing> indexing) override { return memory_->adopt(std::move(indexing)); }
    base::Result<std::vector<store::Filling>> filling() override { return memory_->filling(); }
    base::Result<void> index_anew() override { return memory_->index_anew(); }
    bool wrote = true;

private:
    const base::Clock& clock_;
    std::unique_ptr<store::Memory> memory_;
};

struct House {
    House() {
        rules.cursor_key = "key";
        rules.most_entries = 20;
        rules.default_count = rules.most_count = 10;
    }
    void furnish() {
        if (!repository.wrote) return;
        repository.renew();
        for (const char* put : {R"({"resourceType":"Patient","id":"1","identifier":[{"system":"s","value":"v"}],"name":[{"family":"Ng"}]})",
                                R"({"resourceType":"Observation","id":"1","status":"final","code":{"text":"x"},"subject":{"reference":"Patient/1"}})",
                                R"({"resourceType":"Binary","id":"1","contentType":"text/plain","data":"QQ=="})"}) {
            auto body = fhir::codec::read_json(put, fhir::testing::r4().names());
            if (!body) std::abort();
            interaction::Request request;
            request.plan = permission::unlimited();
            request.verb = interaction::Verb::update;
            request.type = body->root().resource_type();
            request.id = "1";
            request.base = "http://h/fhir";
            request.body = *std::move(body);
            if (!interaction::dispatch(request, context)) std::abort();
        }
        repository.wrote = false;
    }
    base::FixedClock clock{1'714'564'800'000'000};
    Renewed repository{clock};
    interaction::Rules rules;
    std::atomic<std::uint64_t> bugs{0};
    fhir::search::Compartments compartments{fhir::testing::library()};
    interaction::Context context{fhir::testing::r4(), fhir::testing::r4_parameters(), repository, clock, rules, nullptr, &bugs, &compartments,
                                 &fhir::testing::units()};
    FhirSite site{context, {.base_url = "http://h/fhir", .most_body = 65536, .most_bundle = 65536}};
};

void check(const Answer& answer, bool head_only) {
    if (answer.status < 200 || answer.status > 599 || answer.status == 500) {
        std::fprintf(stderr, "status %d\n", answer.status);
        std::abort();
    }
    if (answer.fields.text().find("Content-Type: application/fhir+json") == std::string_view::npos || head_only) return;
    std::string body;
    for (const auto& piece : answer.body) {
        const auto* kept = std::get_if<store::Body>(&piece);
        body += kept != nullptr ? **kept : std::get<std::string>(piece);
    }
    if (!body.empty() && !fhir::codec::read_json(body, fhir::testing::r4().names(), {.depth = 256})) {
        std::fprintf(stderr, "no JSON: %s\n", body.c_str());
        std::abort();
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static House house;
    house.furnish();
    Codec codec(Limits{});
    codec.feed({reinterpret_cast<const char*>(data), size});
    for (int requests = 0; requests < 5;) {
        const Event event = codec.next();
        if (event == Event::head) codec.accept(house.site.body_limit(codec.head()));
        else if (event == Event::complete) {
            ++requests;
            Call call{codec.head().method, codec.head().path, codec.head().fields, codec.body(), "127.0.0.1"};
            // Those run on other threads, and would be met by the next input.
            if (call.joined("Prefer").find("respond-async") != std::string::npos) return 0;
            (void)house.site.quick(call);
            check(house.site.answer(call), codec.head().method == Method::head);
        } else {
            break;
        }
    }
    if (house.bugs != 0) std::abort();
    return 0;
}
