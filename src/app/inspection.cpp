// SPDX-License-Identifier: Apache-2.0
#include "app/inspection.h"

#include "app/commands.h"
#include "app/definitions.h"
#include "app/folder.h"
#include "app/knowledge.h"
#include "base/text.h"
#include "fhir/codec/json.h"
#include "fhir/codec/locate.h"
#include "fhir/validate/structure.h"

#include <algorithm>
#include <filesystem>

namespace app {

namespace {

using base::Fault;
using Shared = std::shared_ptr<const fhir::Document>;

Fault wrong_job(std::string text) { return {Fault::Kind::malformed, "A job is a JSON object: " + std::move(text)}; }

base::Result<bool> flag(fhir::View value) {
    if (value.kind() != fhir::Kind::boolean) return wrong_job(std::string(value.name_text()) + " must be true or false");
    return value.text() == "true";
}

base::Result<Shared> read_shared(const std::string& file, const fhir::schema::Schema& schema) {
    TRY(const std::string bytes, read_file(file));
    auto document = read_resource(bytes, schema, fhir::codec::Order::any);  // beside what is checked: its order is not in question
    if (!document) {
        Fault fault = std::move(document).fault();
        fault.text = file + ": " + fault.text;
        return fault;
    }
    return std::make_shared<const fhir::Document>(*std::move(document));
}

// The files that an argument means: itself, or what is in the folder.
std::vector<std::string> files_of(const std::string& place) {
    std::error_code ignored;
    if (!std::filesystem::is_directory(place, ignored)) return {place};
    std::vector<std::string> files;
    for (const auto& item : std::filesystem::directory_iterator(place, ignored)) {
        const auto ending = item.path().extension();
        if (item.is_regular_file() && (ending == ".json" || ending == ".xml")) files.push_back(item.path().string());
    }
    std::sort(files.begin(), files.end());
    return files;
}

}  // namespace

base::Result<Job> read_job(std::string_view line, const fhir::schema::Schema& schema) {
    TRY(const fhir::Document document, fhir::codec::read_json(line, schema.names()));
    Job job;
    for (const fhir::View item : document.root().children()) {
        const std::string_view name = item.name_text();
        const std::string text(item.text());
        if (name == "id") job.id = text;
        else if (name == "file") job.file = text;
        else if (name == "references") job.references = text;
        else if (name == "profile") job.profiles.push_back(text);
        else if (name == "with") job.with.push_back(text);
        else if (name == "package") job.packages.push_back(text);
        else {
            TRY(const bool on, flag(item));
            if (name == "structure") job.full = !on;
            else if (name == "best_practice") job.question.best_practice = on;
            else if (name == "security_checks") job.question.security_checks = on;
            else if (name == "references_must_exist") job.question.references_must_exist = on;
            else if (name == "assume_valid_references") job.question.assume_valid_references = on;
            else if (name == "ignore_references") job.question.reference_types = !on;
            else if (name == "refuse_examples") job.question.allow_examples = !on;
            else if (name == "known_extensions_only") job.question.known_extensions_only = on;
            else if (name == "ignore_contained") job.question.check_contained = !on;
            else if (name == "for_publication") job.question.for_publication = on;
            else return wrong_job("there is no " + std::string(name));
        }
    }
    if (job.file.empty()) return wrong_job("file is missing");
    return job;
}

base::Result<Inspection> Inspection::open() {
    Inspection inspection;
    TRY(auto schema, open_definitions());
    inspection.schema_ = std::make_unique<const fhir::schema::Schema>(std::move(schema));
    TRY(inspection.units_, open_units());
    TRY(inspection.library_, open_library(*inspection.schema_));
    return inspection;
}

base::Result<fhir::definition::Library> Inspection::library_with(const std::vector<std::string>& packages) {
    if (packages.empty()) return *library_;
    if (const auto known = with_packages_.find(packages); known != with_packages_.end()) return known->second;
    fhir::definition::Library library = *library_;
    for (const std::string& package : packages) TRY(library.add_package(package));
    with_packages_.emplace(packages, library);
    return library;
}

base::Result<std::shared_ptr<const interaction::Knowledge>> Inspection::prepare(const Job& job, std::vector<std::string>& profiles,
                                                                              base::Findings& unread) {
    const bool plain = job.with.empty() && job.packages.empty() && job.references.empty() &&
                       std::none_of(job.profiles.begin(), job.profiles.end(), [](const std::string& profile) {
                           return std::filesystem::exists(profile);
                       });
    if (plain) {
        profiles = job.profiles;
        if (!plain_) plain_ = make_knowledge(*library_, *units_, {});
        return plain_;
    }
    TRY(auto library, library_with(job.packages));
    Folder folder(*schema_, job.references);
    for (const std::string& place : job.with) {
        for (const std::string& file : files_of(place)) {
            auto document = read_shared(file, *schema_);
            if (!document && document.fault().kind == Fault::Kind::missing) return std::move(document).fault();
            if (!document) {  // what it defines is then not known, and that is no mistake of the file that is checked
                unread.push_back({base::Severity::warning, base::IssueType::not_found, "", document.fault().text, 0, 0});
                continue;
            }
            library.add(**document);
            folder.add(*std::move(document));
        }
    }
    for (const std::string& profile : job.profiles) {
        if (!std::filesystem::exists(profile)) {
            profiles.push_back(profile);
            continue;
        }
        TRY(const auto document, read_shared(profile, *schema_));
        library.add(*document);
        profiles.emplace_back(document->root().text(fhir::known_name("url")));
    }
    return make_knowledge(std::move(library), *units_, [found = std::move(folder)](std::string_view reference) { return found.find(reference); });
}

base::Result<Inspection::Outcome> Inspection::run(const Job& job) {
    TRY(const std::string bytes, read_file(job.file));
    Outcome outcome;
    const auto document = read_resource(bytes, *schema_);
    if (!document) {
        outcome.findings = document.fault().findings;
        return outcome;
    }
    outcome.type = document->root().resource_type();
    if (job.full) {
        fhir::validate::Question question = job.question;
        base::Findings unread;
        TRY(const auto knowledge, prepare(job, question.profiles, unread));
        outcome.findings = knowledge->validator().check(document->root(), question);
        outcome.findings.insert(outcome.findings.end(), unread.begin(), unread.end());
    } else {
        outcome.findings = fhir::validate::check_structure(document->root(), *schema_);
    }
    fhir::codec::locate(bytes, outcome.findings);
    return outcome;
}

}  // namespace app
