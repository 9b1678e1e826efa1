// SPDX-License-Identifier: Apache-2.0
#pragma once

// A TestScript as it was written (FHIR R4 TestScript), checked for sense, nothing of it looked up or run yet.
//
// What a script asks that this program cannot do stands as a `limit` beside what asks it: it is reported, and never counted as passed.

#include "base/result.h"
#include "runner/exchange.h"
#include "runner/knowledge.h"

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace runner::testscript {

struct Fixture {
    std::string id;
    std::string reference{};  // "../fixtures/x.json", "Patient/example", "#inside", a URL; empty: the script gives no content
    bool autocreate = false;
    bool autodelete = false;
};

struct Profile {
    std::string id;
    std::string reference{};  // a canonical, a file, "#inside"
};

struct Variable {
    std::string name;
    std::optional<std::string> preset{};  // defaultValue
    std::string expression{};             // at most one of the three
    std::string header{};
    std::string path{};
    std::string source{};  // a fixture, a request or a response; empty: the last response
    std::string hint{};

    bool computed() const { return !expression.empty() || !header.empty() || !path.empty(); }
};

struct Capability {
    bool required = false;
    bool validated = false;
    std::string description{};
    std::optional<int> destination{};
    std::string statement{};  // canonical or reference of the CapabilityStatement that the target must at least meet
};

struct Operation {
    std::string type{};  // "read", "validate"…; empty when only a method is given
    std::string resource{}, label{}, description{}, accept{}, content_type{}, method{};
    std::optional<int> destination{}, origin{};
    std::optional<std::string> params{}, url{};
    std::vector<Field> fields{};
    std::string request_id{}, response_id{}, source_id{}, target_id{};
    bool encode = true;
};

struct Assert {
    // What is looked at; one an assert.
    enum class Subject {
        none,  // only a comparison with another source
        content_type, expression, header, minimum, links, path, request_method, request_url, resource, response, code, profile
    };
    Subject subject = Subject::none;
    std::string asked{};  // of the subject: an expression, a header's name, a fixture's id, a code…
    std::string label{}, description{};
    bool of_request = false;
    std::string compare_id{}, compare_expression{}, compare_path{};
    std::string relation{};  // operator; empty: none was given
    std::string source_id{};
    std::optional<std::string> value{};
    bool warning_only = false;
    bool stop = true;  // a failure ends the test; R5's stopTestOnFail may say no
};

struct Action {
    std::variant<Operation, Assert> what{};
    std::string where{};  // "test[1].action[3]"
    std::string limit{};  // why it cannot be done, when it cannot
};

struct Block {
    std::string id{}, name{}, description{};
    std::vector<Action> actions{};
};

struct Script {
    std::string id{}, url{}, version{}, name{}, title{}, description{};
    std::string file{};    // as it was given; may be empty
    std::string folder{};  // where relative references begin
    std::vector<int> origins{}, destinations{};
    std::vector<Capability> capabilities{};
    std::vector<Fixture> fixtures{};
    std::vector<Profile> profiles{};
    std::vector<Variable> variables{};
    Block setup{}, teardown{};
    std::vector<Block> tests{};
    std::shared_ptr<const fhir::Document> document{};  // contained resources are read from it

    const Variable* variable(std::string_view name) const;
    const Fixture* fixture(std::string_view id) const;
    const Profile* profile(std::string_view id) const;
};

// True when the bytes look like a TestScript, in JSON or XML; does not say that it is a good one.
bool is_script(std::string_view bytes);

// Faults: malformed or invalid, with the place in the script; unsupported for a script of another version of FHIR than R4, saying how
// that was seen.
base::Result<Script> read(std::string_view bytes, const std::string& folder, const Knowledge& knowledge);

}  // namespace runner::testscript
