// SPDX-License-Identifier: Apache-2.0
#include "interaction/call/address.h"

#include "base/id.h"
#include "fhir/resource/reference.h"

#include <array>
#include <utility>
#include <vector>

namespace interaction {
namespace {

using base::Fault;
using fhir::resource::looks_like_type;

struct Row {
    Place place;
    std::vector<std::pair<std::string_view, Verb>> methods;
    const char* listed;
};

const Row& row_of(Place place) {
    static const std::array<Row, 10> rows{{
        {Place::system, {{"GET", Verb::search}, {"POST", Verb::batch}}, "GET, POST"},
        {Place::capabilities, {{"GET", Verb::capabilities}}, "GET"},
        {Place::type,
         {{"GET", Verb::search}, {"POST", Verb::create}, {"PUT", Verb::update}, {"PATCH", Verb::patch}, {"DELETE", Verb::remove}},
         "GET, POST, PUT, PATCH, DELETE"},
        {Place::instance,
         {{"GET", Verb::read}, {"PUT", Verb::update}, {"PATCH", Verb::patch}, {"DELETE", Verb::remove}},
         "GET, PUT, PATCH, DELETE"},
        {Place::version, {{"GET", Verb::vread}, {"DELETE", Verb::forget}}, "GET, DELETE"},
        {Place::history, {{"GET", Verb::history}}, "GET"},
        {Place::instance_history, {{"GET", Verb::history}, {"DELETE", Verb::forget}}, "GET, DELETE"},
        {Place::compartment, {{"GET", Verb::search}}, "GET"},
        {Place::search, {{"POST", Verb::search}}, "POST"},
        {Place::operation, {{"GET", Verb::operation}, {"POST", Verb::operation}}, "GET, POST"},
    }};
    return rows[static_cast<std::size_t>(place)];
}

bool names_operation(std::string_view segment) { return segment.size() > 1 && segment.front() == '$'; }

Fault no_such_path() { return {Fault::Kind::missing, "there is nothing at this path; see [base]/metadata for what there is"}; }

}  // namespace

base::Result<Place> read_path(std::span<const std::string> segments, Request& request) {
    std::size_t next = 0;
    const auto left = [&] { return segments.size() - next; };
    if (left() == 0) return Place::system;
    if (left() == 1 && segments[0] == "metadata") return Place::capabilities;

    Place place = Place::system;
    if (looks_like_type(segments[0])) {
        request.type = segments[next++];
        place = Place::type;
        const bool more = left() > 0 && segments[next].front() != '_' && segments[next].front() != '$';
        if (more) {
            if (!base::valid_id(segments[next]))
                return Fault{.kind = Fault::Kind::malformed, .text = "an id has 1 to 64 letters, digits, - and .",
                             .type = base::IssueType::value};
            request.id = segments[next++];
            place = Place::instance;
        }
    }
    if (left() == 0) return place;

    if (segments[next] == "_history") {
        ++next;
        if (left() == 0) return place == Place::instance ? Place::instance_history : Place::history;
        if (place != Place::instance || left() > 2) return no_such_path();
        request.version = segments[next++];
        if (left() == 0) return Place::version;
    } else if (place == Place::instance && (segments[next] == "*" || looks_like_type(segments[next]))) {
        request.compartment = store::Name{std::move(request.type), std::move(request.id)};
        request.type = segments[next] == "*" ? std::string() : segments[next];
        request.id.clear();
        ++next;
        if (left() == 0) return Place::compartment;
        return left() == 1 && segments[next] == "_search" ? base::Result<Place>(Place::search) : no_such_path();
    }
    if (left() != 1) return no_such_path();
    if (segments[next] == "_search" && request.id.empty()) return Place::search;
    if (!names_operation(segments[next])) return no_such_path();
    request.operation = segments[next].substr(1);
    return Place::operation;
}

std::optional<Verb> verb_at(Place place, std::string_view method) {
    if (method == "HEAD") method = "GET";
    for (const auto& [name, verb] : row_of(place).methods)
        if (name == method) return verb;
    return std::nullopt;
}

const char* methods_at(Place place) { return row_of(place).listed; }

}  // namespace interaction
