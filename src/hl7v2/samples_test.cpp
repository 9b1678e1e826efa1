// SPDX-License-Identifier: Apache-2.0
// Messages of many senders, where there are any beside the repository: whatever they say, what they become is well shaped,
// holds together and says nothing that an invariant of FHIR R4 forbids.

#include "hl7v2/adapter_test.h"
#include "hl7v2/batch.h"

#include <map>
#include <set>

using namespace hl7v2;
using namespace hl7v2::testing;

namespace {

fhir::Name name(std::string_view text) { return bench().schema.names().find(text); }

const files::path samples = files::path(ANDIRON_SOURCE_DIR).parent_path() / "shared/samples/hl7v2";

bool is_message(const files::path& path) {
    const std::string ending = path.extension().string();
    return ending == ".hl7" || ending == ".HL7" || ending == ".txt";
}

// Every reference is to an entry of the translation, or is an identifier or a name.
void check_references(fhir::View element, const std::set<std::string>& known, std::set<std::string>& wrong) {
    for (fhir::View child : element.children()) {
        if (child.name() == name("reference") && child.has_value() && !known.contains(std::string(child.text())))
            wrong.insert("reference to nothing: " + std::string(child.text()));
        check_references(child, known, wrong);
    }
}

bool empty_code(fhir::View concept_view) {
    return !concept_view || (!concept_view.child(name("coding")) && !concept_view.child(name("text")) && !concept_view.child(name("extension")));
}

// What invariants demand of what the maps make, in words.
void check_sense(fhir::View resource, std::set<std::string>& wrong) {
    const std::string type(resource.resource_type());
    const auto demand = [&](bool holds, const char* what) {
        if (!holds) wrong.insert(type + ": " + what);
    };
    if (type == "Observation") {
        demand(!resource.text(name("status")).empty(), "status");
        demand(!empty_code(resource.child(name("code"))), "code");
        bool valued = false;
        for (fhir::View child : resource.children()) valued = valued || child.name_text().starts_with("value");
        demand(!valued || !resource.child(name("dataAbsentReason")), "a value and a reason for none (obs-6)");
        for (fhir::View range : resource.children(name("referenceRange")))
            demand(range.child(name("low")) || range.child(name("high")) || range.child(name("text")), "an empty reference range (obs-3)");
    }
    if (type == "DiagnosticReport") {
        demand(!resource.text(name("status")).empty(), "status");
        demand(!empty_code(resource.child(name("code"))), "code");
    }
    if (type == "ServiceRequest") {
        demand(!resource.text(name("status")).empty() && !resource.text(name("intent")).empty(), "status, intent");
        demand(bool(resource.child(name("subject"))), "subject");
        demand(!resource.child(name("orderDetail")) || resource.child(name("code")), "detail without code (prr-1)");
    }
    if (type == "Encounter") demand(!resource.text(name("status")).empty() && resource.child(name("class")), "status, class");
    if (type == "RelatedPerson") demand(bool(resource.child(name("patient"))), "patient");
    if (type == "AllergyIntolerance")
        demand(resource.child(name("clinicalStatus")) && resource.child(name("patient")), "clinical status, patient (ait-1)");
    if (type == "Organization") demand(resource.child(name("name")) || resource.child(name("identifier")), "neither name nor identifier (org-1)");
    if (type == "Patient")
        for (fhir::View contact : resource.children(name("contact")))
            demand(contact.child(name("name")) || contact.child(name("telecom")) || contact.child(name("address")) || contact.child(name("organization")),
                   "a contact without name, telecom, address or organization (pat-1)");
    if (type == "Patient" || type == "Practitioner" || type == "RelatedPerson" || type == "Organization")
        for (fhir::View point : resource.children(name("telecom")))
            demand(!point.child(name("value")) || point.child(name("system")), "a telecom value without system (cpt-2)");
    if (type == "Provenance") demand(resource.child(name("target")) && resource.child(name("agent")), "target, agent");
    if (type == "Specimen" || type == "Coverage" || type == "Account") demand(bool(resource.first_child().next()), "nothing but an id");
}

// Quantities everywhere: a code needs a system (qty-3).
void check_parts(fhir::View element, std::set<std::string>& wrong) {
    const fhir::View code = element.child(name("code"));
    if (element.child(name("value")) && element.child(name("unit")) && code && code.has_value() && !element.child(name("system")))
        wrong.insert("a quantity's code without a system (qty-3)");
    for (fhir::View child : element.children()) check_parts(child, wrong);
}

}  // namespace

TEST_SUITE("hl7v2/samples") {

TEST_CASE("real messages give well shaped resources that hold together" * doctest::skip(!files::exists(samples))) {
    std::map<std::string, std::string> wrong;  // what, and one file where
    std::size_t translated_count = 0;
    for (const auto& file : files::recursive_directory_iterator(samples)) {
        if (!file.is_regular_file() || !is_message(file.path())) continue;
        const std::string bytes = read(file.path());
        std::vector<std::string> messages{bytes};
        if (is_batch(bytes))
            if (const auto batch = split_batch(bytes)) {
                messages.clear();
                for (const Batch& one : batch->batches)
                    for (const std::string_view message : one.messages) messages.emplace_back(message);
            }
        for (const std::string& text : messages) {
            const auto message = parse(text);
            if (!message) continue;
            const auto structure = bench().grammar.of(*message);
            if (!structure || bench().library.program.message((*structure)->name()) == nullptr) continue;
            const auto made = translate(*message, **structure, bench().library, {});
            REQUIRE(made);
            ++translated_count;
            std::set<std::string> known, found;
            for (const mapping::Entry& one : made->entries)
                if (!known.insert(one.type + '/' + one.id).second) found.insert("two entries of one id: " + one.type);
            for (const mapping::Entry& one : made->entries) {
                const fhir::View root = one.resource.root();
                for (const base::Finding& finding : fhir::validate::check_structure(root, bench().schema))
                    found.insert(finding.where + " " + finding.text);
                check_references(root, known, found);
                check_sense(root, found);
                check_parts(root, found);
            }
            for (const std::string& what : found) wrong.emplace(what, file.path().filename().string());
        }
    }
    CHECK(translated_count > 500);
    for (const auto& [what, where] : wrong) FAIL_CHECK(what << " in " << where);
}

}
