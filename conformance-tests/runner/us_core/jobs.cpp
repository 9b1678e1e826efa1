// SPDX-License-Identifier: Apache-2.0
#include "runner/us_core/jobs.h"

#include "base/text.h"
#include "runner/us_core/resource_case.h"
#include "runner/us_core/server_case.h"
#include "runner/us_core/trial.h"

#include <algorithm>

namespace runner::us_core {

namespace {

Case before(Bench& bench, Shared& shared) {
    Case made{.suite = shared.suite, .id = "reference-data", .title = "The data that are searched for", .source = "fixtures/us-core", .begun = bench.clock.now()};
    auto data = ReferenceData::read(shared.fixtures, bench.judge.knowledge(), bench.run);
    if (!data) made.setup.steps.push_back({.label = "read the reference data", .verdict = Verdict::error, .message = data.fault().text});
    else {
        shared.data = std::move(*data);
        shared.data.load(bench, made.setup);
        auto came = bench.judge.knowledge().read(bench.client.ask({.url = "metadata"}).response.body);
        if (came) shared.claims = Claims(std::make_shared<const fhir::Document>(std::move(*came)));
    }
    made.setup.took = made.took = bench.clock.now() - made.begun;
    return made;
}

Case after(Bench& bench, const Shared& shared) {
    Case made{.suite = shared.suite, .id = "reference-data-removed", .title = "The data taken away again", .source = "fixtures/us-core", .begun = bench.clock.now()};
    shared.data.remove(bench, made.teardown);
    made.teardown.took = made.took = bench.clock.now() - made.begun;
    return made;
}

Job no_package(const std::string& suite, const std::string& why) {
    return {suite, "package", [suite, why](Bench& bench) {
                Case made{.suite = suite, .id = "package", .title = "The package of US Core", .begun = bench.clock.now()};
                made.tests.push_back({.id = "package", .title = "The package is there", .steps = {{.label = "the package", .verdict = Verdict::skip, .message = why}}});
                return made;
            }};
}

}  // namespace

std::string slug(std::string_view text) {
    std::string made;
    for (std::size_t place = 0; place < text.size(); ++place) {
        const char byte = text[place];
        const bool capital = byte >= 'A' && byte <= 'Z';
        const bool after_small = place > 0 && text[place - 1] >= 'a' && text[place - 1] <= 'z';
        if (capital && after_small) made += '-';
        made += capital ? static_cast<char>(byte - 'A' + 'a') : (byte >= 'a' && byte <= 'z') || (byte >= '0' && byte <= '9') ? byte : '-';
    }
    return made;
}

base::Result<Prepared> jobs(const Knowledge& knowledge, const std::string& suite, const std::string& fixtures) {
    Prepared prepared;
    auto guide = read_guide(knowledge.library());
    if (!guide) {
        prepared.jobs.push_back(no_package(suite, guide.fault().text));
        return prepared;
    }
    auto shared = std::make_shared<Shared>();
    shared->guide = std::move(*guide);
    shared->suite = suite;
    shared->fixtures = fixtures;
    TRY(const ReferenceData known, ReferenceData::read(fixtures, knowledge, {}));
    prepared.before = Job{suite, "reference-data", [shared](Bench& bench) { return before(bench, *shared); }};
    prepared.after = Job{suite, "reference-data-removed", [shared](Bench& bench) { return after(bench, *shared); }};
    prepared.jobs.push_back({suite, "server", [shared](Bench& bench) { return server_case(bench, *shared); }});
    for (const Kind& kind : shared->guide.kinds)
        if (!known.of(kind.type).empty()) prepared.jobs.push_back({suite, slug(kind.type), [shared, &kind](Bench& bench) { return resource_case(bench, *shared, kind); }});
    return prepared;
}

}  // namespace runner::us_core
