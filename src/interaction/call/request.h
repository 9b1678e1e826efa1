// SPDX-License-Identifier: Apache-2.0
#pragma once

// What is asked of Andiron, by whichever door it came: a value without sockets, headers or formats.

#include "access/plan.h"
#include "fhir/patch/patch.h"
#include "fhir/tree/view.h"
#include "store/repository.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace interaction {

// FHIR R4 3.1.0.
enum class Verb : std::uint8_t {
    read, vread, create, update, patch, remove, history, search, batch /* and transaction */, capabilities, operation,
    forget /* delete the history */
};

const char* spelling(Verb verb);  // the code of restful-interaction, e.g. "read", "delete", "search-type"

// What is to be put, by who has it as a Document already: one PUT of a transaction, without a Bundle around it.
struct Part {
    std::string type;
    std::string id;
    fhir::View resource;  // with this type and id; its document must outlive the dispatch
    // Fault (stale) when something else is there: looked at before anything is put, so that it costs the others of its group nothing.
    std::int64_t before = any_version;

    static constexpr std::int64_t any_version = -1;  // whatever is there
    static constexpr std::int64_t none = 0;          // nothing may be there; else: the version that it replaces, and no other
};

struct Request {
    permission::Held plan;      // what the asker may see and do; null = nobody said, and then nothing is done
    Verb verb = Verb::read;
    std::string type;       // "" = system level
    std::string id;         // "" = type level
    std::string version;    // vread; forget: "" = all but the current; an operation on one version
    // A search in a compartment (FHIR R4 3.1.1.2): Patient and 1 of Patient/1/Observation; `type` is "" for Patient/1/*.
    std::optional<store::Name> compartment;
    std::string operation;  // "$validate" -> "validate"
    bool safe = false;      // an operation that was asked by GET or HEAD: nothing may change

    // Query parameters, decoded, in order, repeated ones kept.
    std::vector<std::pair<std::string, std::string>> parameters;
    // _format and _pretty are the door's; links repeat them, so that the next page looks like this one.
    std::vector<std::pair<std::string, std::string>> presentation;
    std::optional<fhir::Document> body;
    std::optional<std::vector<Part>> parts;  // of a batch, instead of a body: a transaction of these, answered without content
    store::Work holds;  // of parts: what must be true before anything is put; its fault refuses all, and costs the others of its group nothing
    std::optional<base::Fault> unreadable;  // instead of a body, for operations that answer what is wrong with it
    std::string source_type;  // media type of `source`, in lower case, where an operation takes other bodies than resources
    std::string source;  // the body's text, where that is wanted: by operations that look up places in it, and a JSON Patch or merge patch as it came
    fhir::patch::Format patch = fhir::patch::Format::path;  // in which form a patch came; a FHIRPath Patch stands in `body`

    std::string if_match;       // raw header text; "" = absent (FHIR R4 3.1.0.5)
    std::string if_none_match;
    std::string if_none_exist;  // query text of a conditional create
    base::Micros if_modified_since = 0;

    // Prefer: return=. Without it a single write answers with the resource, a transaction without.
    enum class Return : std::uint8_t { unsaid, representation, minimal, outcome };
    Return wanted = Return::unsaid;
    bool lenient = false;                    // Prefer: handling=lenient

    std::string base;  // "http://127.0.0.1:8080/fhir": begins the links of the answer

    // What else must become true in the same commit (an interface's acknowledgement): runs after the puts of a create,
    // update, patch, remove, batch or transaction, also when those changed nothing. Reads do not run it. With `parts` it may run again
    // (store::Repository::write_repeatable).
    store::Work with_commit;
};

}  // namespace interaction
