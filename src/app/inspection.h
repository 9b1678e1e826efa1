// SPDX-License-Identifier: Apache-2.0
#pragma once

// What `andiron validate` does with one file: a Job in, findings with their places out. Definitions are opened once and
// packages once each, so that many jobs in one process cost what their resources cost.

#include "base/clock.h"
#include "fhir/ucum/units.h"
#include "interaction/knowledge/knowledge.h"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace app {

struct Job {
    std::string id;                       // for whoever reads the answer
    std::string file;                     // "-": standard input
    std::vector<std::string> profiles{};  // canonicals, or files with the profile
    std::vector<std::string> with{};      // files or folders with definitions and other resources
    std::vector<std::string> packages{};  // .tgz files or folders
    std::string references{};             // a folder where Type/id is found as type-id.json or .xml; empty: none
    bool full = true;                     // false: structure alone
    fhir::validate::Question question{};  // without profiles
};

// A Job as a line of JSON: {"id", "file", "profile": [...], "with": [...], "package": [...], "references", "structure", "best_practice",
// "security_checks", "references_must_exist", "assume_valid_references", "ignore_references", "refuse_examples", "known_extensions_only", "ignore_contained", "for_publication"}. Fault (malformed) for anything else.
base::Result<Job> read_job(std::string_view line, const fhir::schema::Schema& schema);

class Inspection {
public:
    // Opens the definitions; about 0.1 s.
    static base::Result<Inspection> open();

    struct Outcome {
        std::string type;  // of the resource; empty when it could not be read
        base::Findings findings;
    };
    // Fault when a file that the Job names is not there, or a profile is no FHIR; what is wrong in `file` itself is a finding.
    base::Result<Outcome> run(const Job& job);

    const fhir::schema::Schema& schema() const { return *schema_; }

private:
    Inspection() = default;
    base::Result<std::shared_ptr<const interaction::Knowledge>> prepare(const Job& job, std::vector<std::string>& profiles,
                                                                        base::Findings& unread);
    base::Result<fhir::definition::Library> library_with(const std::vector<std::string>& packages);

    std::unique_ptr<const fhir::schema::Schema> schema_;
    std::optional<fhir::ucum::Units> units_;
    std::optional<fhir::definition::Library> library_;
    std::map<std::vector<std::string>, fhir::definition::Library> with_packages_;
    std::shared_ptr<const interaction::Knowledge> plain_;  // of jobs that bring nothing of their own
};

}  // namespace app
