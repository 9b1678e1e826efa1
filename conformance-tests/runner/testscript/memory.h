// SPDX-License-Identifier: Apache-2.0
#pragma once

// What a run of a script knows at one moment: its fixtures, the requests and responses that were given ids, the last of both, where its
// fixtures came to lie on the servers, and by all that the values of its variables.

#include "runner/judge.h"
#include "runner/outcome.h"
#include "runner/testscript/script.h"

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace runner::testscript {

// A fixture, a request or a response.
struct Kept {
    std::string body{};
    std::vector<Field> fields{};
    int status = 0;         // responses
    bool of_wire = false;   // a request or a response; a fixture has no headers
    std::shared_ptr<const fhir::Document> resource{};  // null: the body is none
    std::string why_not{};  // then why
    bool foreign = false;   // it may be one, in a format that this program does not read

    const std::string* field(std::string_view name) const;
};

// Where a resource lies on a server.
struct Place {
    std::string type{}, id{}, version{};
};

// `text` with every `before` replaced.
std::string replaced_all(std::string text, std::string_view before, std::string_view after);

// "http://host/fhir/Patient/1/_history/2"; nothing of it when it is no such URL.
Place place_in(std::string_view url);

// The verdict that a Fault means for a step: unsupported is a limit of this program, unavailable a condition that is not met; all else an error.
Verdict verdict_of(const base::Fault& fault);

class Memory {
public:
    // `given`: values of variables that the user chose; they win over what the script says. All must outlive it.
    Memory(const Script& script, const Judge& judge, const std::map<std::string, std::string>& given) : script_(script), judge_(judge), given_(given) {}

    Kept kept(std::string body, std::vector<Field> fields = {}, int status = 0, bool of_wire = false) const;
    void keep(const std::string& id, Kept what) { named_[id] = std::move(what); }
    void keep_last(Exchange exchange);
    // The destination whose ids stand in the fixtures; where they lie elsewhere too, moved() puts in the ids that they have there.
    void reckon_from(int destination) { front_ = destination; }
    std::string moved(std::string body, int destination) const;
    void keep_place(const std::string& fixture, int destination, Place place) { places_[{fixture, destination}] = std::move(place); }

    // nullptr: nothing has that id (yet).
    const Kept* find(const std::string& id) const;
    // A fixture that the script contains: its id is its name there, and no part of what it says.
    bool contained(const std::string& id) const;
    const Kept* last_request() const { return exchange_ ? &request_ : nullptr; }
    const Kept* last_response() const { return exchange_ ? &response_ : nullptr; }
    const Exchange* last() const { return exchange_ ? &*exchange_ : nullptr; }

    // Where the thing of that id lies: where it was created, what a response's Location says, else its own type, id and version.
    base::Result<Place> place(const std::string& id, int destination) const;
    // Only where it was created in this run.
    const Place* created(const std::string& id, int destination) const;

    // `text` with ${name} replaced. Faults: invalid, no such variable or no single value; unavailable, a value that the user must give.
    base::Result<std::string> fill(std::string_view text) const;
    // The same in a body, where only the script's own variables are replaced, escaped as JSON or XML wants it.
    base::Result<std::string> fill_body(std::string_view body) const;
    base::Result<std::string> value(const Variable& variable) const;

private:
    const Script& script_;
    const Judge& judge_;
    const std::map<std::string, std::string>& given_;
    std::map<std::string, Kept> named_{};
    std::map<std::pair<std::string, int>, Place> places_{};
    int front_ = 0;
    std::optional<Exchange> exchange_{};
    Kept request_{}, response_{};
};

}  // namespace runner::testscript
