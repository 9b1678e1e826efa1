// SPDX-License-Identifier: Apache-2.0
#include "runner/us_core/server_case.h"

#include "runner/us_core/trial.h"

#include <fmt/format.h>

namespace runner::us_core {

namespace {

using fhir::View;

class Maker {
public:
    Maker(Bench& bench, const Shared& shared) : bench_(bench), shared_(shared) {
        made_ = {.suite = shared.suite, .id = "server", .title = "The server as a whole", .source = shared.guide.name + " CapabilityStatement"};
        made_.begun = bench.clock.now();
    }

    Case make() {
        statement();
        for (const Kind& kind : shared_.guide.kinds)
            if (kind.demand == Demand::shall && !kind.profiles.empty()) declares(kind);
        instantiates();
        refuses();
        made_.took = bench_.clock.now() - made_.begun;
        return std::move(made_);
    }

private:
    Test& test(std::string id, std::string title, std::string requirement) {
        made_.tests.push_back({.id = std::move(id), .title = std::move(title), .requirement = std::move(requirement)});
        return made_.tests.back();
    }
    std::string wanted(Demand demand, const std::string& what) const { return required(shared_.guide, demand, what); }

    void statement() {
        Trial trial(bench_, test("capability-statement", "It says what it can do", wanted(Demand::shall, "declare a CapabilityStatement; support FHIR R4 and JSON")));
        if (!trial.ask({.url = "metadata", .fields = {{"Accept", "application/fhir+json"}}}, {200})) return;
        const Resource came = trial.resource();
        if (!came) return;
        const View root = came->root();
        trial.claim(root.resource_type() == "CapabilityStatement", "it is a CapabilityStatement", "it is a " + std::string(root.resource_type()));
        const std::string_view version = root.child("fhirVersion").text();
        trial.claim(version == "4.0.1", "fhirVersion is 4.0.1", "it is " + std::string(version));
        bool json = false;
        for (const View child : root.children()) json = json || (child.name_text() == "format" && child.text().find("json") != std::string_view::npos);
        trial.claim(json, "format names JSON", "it does not");
        const std::string* type = trial.response().field("Content-Type");
        trial.claim(type && type->starts_with("application/fhir+json"), "Content-Type is application/fhir+json", type ? *type : "there is none");
    }

    void declares(const Kind& kind) {
        const Claims& claims = shared_.claims;
        {
            Trial trial(bench_, test("declares-" + slug(kind.type), "It declares " + kind.type, wanted(Demand::shall, "declare the interactions and search parameters it supports for " + kind.type)));
            if (trial.claim(claims.type(kind.type), kind.type + " is declared", "it is not")) {
                for (const Wish& one : kind.interactions)
                    if (one.demand == Demand::shall) trial.claim(claims.interaction(kind.type, one.name), one.name + " is declared", "it is not");
                for (const Parameter& one : kind.parameters)
                    if (one.demand == Demand::shall) trial.claim(claims.search(kind.type, one.code), "the search parameter " + one.code + " is declared", "it is not");
                for (const Combination& way : kind.combinations)
                    if (way.demand == Demand::shall)
                        for (const std::string& one : way.codes) trial.claim(claims.search(kind.type, one), "the search parameter " + one + ", of a combination, is declared", "it is not");
            }
        }
        // A server may conform without having been told of US Core: a warning.
        Trial trial(bench_, test("profiles-" + slug(kind.type), "It names the profiles of " + kind.type, wanted(Demand::shall, "declare the supported profiles of " + kind.type)), Verdict::warning);
        for (const std::string& one : kind.profiles) trial.claim(claims.profile(kind.type, one), one, "supportedProfile does not name it");
    }

    void instantiates() {
        Trial trial(bench_, test("instantiates", "It says that it is a US Core server", "US Core: CapabilityStatement.instantiates names the guide's own"), Verdict::warning);
        bool named = false;
        for (const View child : shared_.claims.statement().children())
            named = named || (child.name_text() == "instantiates" && child.text().find("/us/core/CapabilityStatement/us-core-server") != std::string_view::npos);
        trial.claim(named, "instantiates names us-core-server", "it does not");
    }

    void outcome(Trial& trial) {
        if (const Resource came = trial.resource())
            trial.claim(came->root().resource_type() == "OperationOutcome" && came->root().child("issue"), "an OperationOutcome says what is wrong", "the answer is a " + std::string(came->root().resource_type()));
    }

    void refuses() {
        const auto patients = shared_.data.of("Patient");
        if (patients.empty()) return;
        {
            Trial trial(bench_, test("refuses-a-date", "A search for a date that is none is refused", "US Core 6.1.0 and FHIR R4 3.1.0.1.5: 400 and an OperationOutcome for what cannot be understood"));
            if (trial.ask({.url = fmt::format("Observation?patient={}&date=next-tuesday", patients.front().child("id").text())}, {400, 422})) outcome(trial);
        }
        {
            Trial trial(bench_, test("refuses-an-id", "What is not there is not found", "FHIR R4 3.1.0.1.5: 404 and an OperationOutcome"));
            if (trial.ask({.url = "Patient/" + bench_.run + "-nobody"}, {404})) outcome(trial);
        }
        {
            Trial trial(bench_, test("refuses-a-body", "What is no resource is refused", "FHIR R4 3.1.0.8: 400 or 422 and an OperationOutcome"));
            if (trial.ask({.method = "POST", .url = "Patient", .fields = {{"Content-Type", "application/fhir+json"}}, .body = R"({"resourceType":"Patient","birthDate":)"}, {400, 422})) outcome(trial);
        }
        // An empty searchset is no error.
        Trial trial(bench_, test("finds-nothing", "A search that finds nothing says so", "FHIR R4 3.1.1.3: a searchset without matches"));
        const Found found = trial.search("Patient?identifier=http%3A%2F%2Fexample.org%2Fandiron%2Fnobody%7C" + bench_.run);
        if (found.good) trial.claim(found.matches.empty(), "no matches", fmt::format("{} matches", found.matches.size()));
    }

    Bench& bench_;
    const Shared& shared_;
    Case made_{};
};

}  // namespace

Case server_case(Bench& bench, const Shared& shared) { return Maker(bench, shared).make(); }

}  // namespace runner::us_core
