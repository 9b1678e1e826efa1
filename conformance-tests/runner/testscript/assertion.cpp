// SPDX-License-Identifier: Apache-2.0
#include "runner/testscript/assertion.h"

#include "base/character.h"
#include "base/text.h"
#include "runner/testscript/element_path.h"
#include "runner/testscript/request.h"
#include "runner/testscript/subset.h"

#include <algorithm>

#include <fmt/format.h>

namespace runner::testscript {

namespace {

using base::Fault;
using Subject = Assert::Subject;
using Texts = std::vector<std::string>;

// FHIR R4 assert-response-code-types.
struct Answer {
    const char* word;
    const char* code;
};
constexpr Answer answers[] = {{"okay", "200"},     {"created", "201"},          {"noContent", "204"}, {"notModified", "304"}, {"bad", "400"},
                              {"forbidden", "403"}, {"notFound", "404"},        {"methodNotAllowed", "405"}, {"conflict", "409"}, {"gone", "410"},
                              {"preconditionFailed", "412"}, {"unprocessable", "422"}};

Judgement of(const Fault& fault) { return {verdict_of(fault), fault.text}; }
Judgement failed(std::string message) { return {Verdict::fail, std::move(message)}; }

bool by_itself(std::string_view relation) { return relation == "empty" || relation == "notEmpty"; }

// "json" stands for whatever of FHIR's media types means JSON (FHIR R4 3.1.0.6, and the older ones 3.1.0.6.1).
std::string short_type(std::string_view type) {
    const std::string plain = base::lower(base::trim(base::cut(type, ';').first));
    if (plain == "application/fhir+json" || plain == "application/json" || plain == "application/json+fhir" || plain == "text/json") return "json";
    if (plain == "application/fhir+xml" || plain == "application/xml" || plain == "application/xml+fhir" || plain == "text/xml") return "xml";
    if (plain == "application/fhir+turtle" || plain == "text/turtle" || plain == "application/x-turtle") return "ttl";
    return plain;
}

class Judging {
public:
    Judging(const Assert& one, Bar& bar) : one_(one), bar_(bar) {}

    Judgement run() {
        const auto asked = bar_.memory.fill(one_.asked);
        if (!asked) return of(asked.fault());
        asked_ = *asked;
        if (one_.subject == Subject::request_method || one_.subject == Subject::request_url) return of_exchange();
        source_ = !one_.source_id.empty() ? bar_.memory.find(one_.source_id) : one_.of_request ? bar_.memory.last_request() : bar_.memory.last_response();
        if (source_ == nullptr)
            return {Verdict::error, one_.source_id.empty() ? "there was no operation before" : fmt::format("nothing has the id {} here", one_.source_id)};
        switch (one_.subject) {
            case Subject::content_type: return content_type();
            case Subject::header: return header();
            case Subject::response:
            case Subject::code: return code();
            case Subject::resource: return resource();
            case Subject::links: return links();
            case Subject::minimum: return minimum();
            case Subject::profile: return profile();
            case Subject::expression:
            case Subject::path:
            case Subject::none: return values();
            default: return {};
        }
    }

private:
    std::string_view relation() const { return one_.relation.empty() ? std::string_view("equals") : std::string_view(one_.relation); }

    Judgement no_resource() const { return {source_->foreign ? Verdict::limit : Verdict::fail, source_->why_not}; }

    Judgement against(const Texts& found) {
        if (relation() == "eval") return {Verdict::error, "the operator eval is only for an expression"};
        return compare(found, relation(), {asked_});
    }

    Judgement of_exchange() {
        const Exchange* last = bar_.memory.last();
        if (last == nullptr) return {Verdict::error, "there was no operation before"};
        if (one_.subject == Subject::request_method) {
            asked_ = base::upper(asked_);
            return against({last->request.method});
        }
        // As it was sent, and what of it stands below the base, with and without the first slash.
        Texts found{last->request.url};
        if (found[0].starts_with(bar_.base)) {
            found.push_back(found[0].substr(bar_.base.size()));
            if (found[1].starts_with('/')) found.push_back(found[1].substr(1));
        }
        return against(found);
    }

    Judgement content_type() {
        const std::string* field = source_->field("Content-Type");
        if (!source_->of_wire) return {Verdict::error, "a fixture has no headers"};
        if (by_itself(relation())) return compare(field != nullptr ? Texts{*field} : Texts{}, relation(), {});
        if (asked_ == "none") return compare(field != nullptr ? Texts{*field} : Texts{}, relation() == "notEquals" ? "notEmpty" : "empty", {});
        if (field == nullptr) return relation().starts_with("not") ? Judgement{} : failed("there is no header Content-Type");
        if (relation() == "contains" || relation() == "notContains") return against({*field});
        // A code of the short kind is met by all its media types; a media type only by itself.
        std::string list;
        bool is_short = true;
        for (const std::string_view part : base::split(asked_, ',')) {
            is_short = is_short && part.find('/') == std::string_view::npos;
            list += (list.empty() ? "" : ",") + base::lower(base::trim(base::cut(part, ';').first));
        }
        asked_ = list;
        const Judgement judged = against({is_short ? short_type(*field) : base::lower(base::trim(base::cut(*field, ';').first))});
        return judged.verdict == Verdict::pass ? judged : Judgement{judged.verdict, judged.message + " (Content-Type: " + *field + ")"};
    }

    Judgement header() {
        if (!source_->of_wire) return {Verdict::error, "a fixture has no headers"};
        Texts found;
        for (const Field& field : source_->fields)
            if (base::equal_ignoring_case(field.name, asked_)) found.push_back(field.value);
        if (by_itself(relation())) return compare(found, relation(), {});
        const auto wanted = expected();
        if (!wanted) return of(wanted.fault());
        return compare(found, relation(), *wanted);
    }

    Judgement code() {
        if (!source_->of_wire || source_->status == 0) return {Verdict::error, "only a response has a code"};
        const Texts found{std::to_string(source_->status)};
        if (one_.subject == Subject::code) return with_complaint(against(found));
        std::string list;
        for (const std::string_view word : base::split(asked_, ',')) {
            const auto known = std::find_if(std::begin(answers), std::end(answers), [&](const Answer& answer) { return base::trim(word) == answer.word; });
            if (known == std::end(answers)) return {Verdict::error, fmt::format("there is no response code named {}", word)};
            list += (list.empty() ? "" : ",") + std::string(known->code);
        }
        Judgement judged = compare(found, relation(), {list});
        if (judged.verdict == Verdict::fail) judged.message = fmt::format("status {} where {}{} was expected", source_->status, relation() == "equals" || relation() == "in" ? "" : std::string(relation()) + ' ', asked_);
        return with_complaint(std::move(judged));
    }

    // What the server itself says of it.
    Judgement with_complaint(Judgement judged) const {
        const std::string said = judged.verdict == Verdict::fail && source_->resource ? complaint(source_->resource->root()) : std::string();
        if (said.empty()) return judged;
        const std::string_view shown = base::beginning(said, 200);
        judged.message += "; the server says " + std::string(shown) + (shown.size() < said.size() ? "..." : "");
        return judged;
    }

    Judgement resource() {
        if (!source_->resource) return no_resource();
        return against({std::string(source_->resource->root().resource_type())});
    }

    // "Asserts that the Bundle contains first, last, and next links": a result of one page has nowhere to lead, and the last page has nothing next.
    Judgement links() {
        if (asked_ != "true") return {};
        if (!source_->resource) return no_resource();
        const fhir::View root = source_->resource->root();
        if (!root.child("type")) return failed("this is no Bundle");
        std::map<std::string, std::string> links;
        std::int64_t matches = 0;
        for (const fhir::View child : root.children()) {
            if (child.name_text() == "link") links[std::string(child.child("relation").text())] = child.child("url").text();
            if (child.name_text() == "entry" && child.child("search").child("mode").text() != "include") ++matches;
        }
        const bool further = links.contains("next"), earlier = links.contains("previous") || links.contains("prev");
        const auto total = base::to_integer(root.child("total").text());
        const bool more = total && *total > matches;
        if (!further && !earlier && !more) return {};
        std::string missing;
        for (const char* name : {"first", "last"})
            if (!links.contains(name)) missing += fmt::format("{}{}", missing.empty() ? "" : ", ", name);
        if (!further && !earlier) missing += fmt::format("{}next", missing.empty() ? "" : ", ");
        return missing.empty() ? Judgement{} : failed("the Bundle lacks the links " + missing);
    }

    Judgement minimum() {
        if (!one_.relation.empty() && one_.relation != "equals") return {Verdict::limit, fmt::format("minimumId with the operator {} is not known here", one_.relation)};
        const Kept* least = bar_.memory.find(asked_);
        if (least == nullptr) return {Verdict::error, fmt::format("nothing has the id {} here", asked_)};
        const auto body = bar_.memory.fill_body(least->body);
        if (!body) return of(body.fault());
        const Kept filled = bar_.memory.kept(*body);
        if (!filled.resource) return {Verdict::error, fmt::format("{}: {}", asked_, filled.why_not)};
        if (!source_->resource) return no_resource();
        const fhir::View least_root = filled.resource->root();
        const std::string missing = bar_.memory.contained(asked_) ? lacking(without_id(least_root).root(), source_->resource->root()) : lacking(least_root, source_->resource->root());
        return missing.empty() ? Judgement{} : failed(fmt::format("{} of {} is not there", missing, asked_));
    }

    Judgement profile() {
        if (!one_.relation.empty() && one_.relation != "equals") return {Verdict::limit, fmt::format("validateProfileId with the operator {} is not known here", one_.relation)};
        if (!source_->resource) return no_resource();
        const auto wrong = bar_.profiles.errors(source_->resource->root(), asked_);
        if (!wrong) return of(wrong.fault());
        if (wrong->empty()) return {};
        return failed(wrong->size() == 1 ? wrong->front() : fmt::format("{} (and {} more)", wrong->front(), wrong->size() - 1));
    }

    base::Result<Texts> selected(fhir::View root, const std::string& expression, const std::string& path) {
        if (expression.empty()) return select(root, path);
        return bar_.judge.values(root, expression);
    }

    // value, or what the other source has.
    base::Result<Texts> expected() {
        if (one_.value) {
            TRY(std::string value, bar_.memory.fill(*one_.value));
            return Texts{std::move(value)};
        }
        if (one_.compare_id.empty()) return Fault{Fault::Kind::invalid, "there is neither a value nor another source to compare with"};
        TRY(const std::string expression, bar_.memory.fill(one_.compare_expression));
        TRY(const std::string path, bar_.memory.fill(one_.compare_path));
        const Kept* other = bar_.memory.find(one_.compare_id);
        if (other == nullptr) return Fault{Fault::Kind::invalid, fmt::format("nothing has the id {} here", one_.compare_id)};
        if (!other->resource) return Fault{Fault::Kind::invalid, fmt::format("{}: {}", one_.compare_id, other->why_not)};
        TRY(Texts found, selected(other->resource->root(), expression, path));
        if (found.empty()) return Fault{Fault::Kind::invalid, fmt::format("{} has nothing to compare with", one_.compare_id)};
        return found;
    }

    Judgement values() {
        // Where nothing came, nothing is there; of what came and cannot be read nobody knows.
        if (!source_->resource) return relation() == "empty" && source_->body.empty() ? Judgement{} : no_resource();
        const fhir::View root = source_->resource->root();
        const bool compared = one_.value || !one_.compare_id.empty();
        if (one_.subject == Subject::expression && (one_.relation == "eval" || (one_.relation.empty() && !compared))) {
            const auto holds = bar_.judge.holds(root, asked_);
            if (!holds) return of(holds.fault());
            if (*holds) return {};
            const auto shown = bar_.judge.values(root, asked_);
            return failed(fmt::format("{} gives {}", asked_, shown ? quoted(*shown) : "no truth"));
        }
        // A comparison alone asks both sources the same.
        std::string expression = one_.subject == Subject::expression ? asked_ : "", path = one_.subject == Subject::path ? asked_ : "";
        if (one_.subject == Subject::none) {
            const auto filled = bar_.memory.fill(one_.compare_expression.empty() ? one_.compare_path : one_.compare_expression);
            if (!filled) return of(filled.fault());
            (one_.compare_expression.empty() ? path : expression) = *filled;
        }
        const auto found = selected(root, expression, path);
        if (!found) return of(found.fault());
        if (by_itself(relation())) return compare(*found, relation(), {});
        if (one_.subject == Subject::path && one_.relation.empty() && !compared) {
            const bool holds = !found->empty() && found->front() != "false" && !found->front().empty();
            return holds ? Judgement{} : failed(fmt::format("{} gives {}", path, quoted(*found)));
        }
        if (relation() == "eval") return {Verdict::error, "the operator eval is only for an expression"};
        const auto wanted = expected();
        if (!wanted) return of(wanted.fault());
        return compare(*found, relation(), *wanted);
    }

    const Assert& one_;
    Bar& bar_;
    std::string asked_{};
    const Kept* source_ = nullptr;
};

const char* name_of(Subject subject) {
    switch (subject) {
        case Subject::none: return "the same";
        case Subject::content_type: return "content type";
        case Subject::expression: return "";
        case Subject::header: return "header ";
        case Subject::minimum: return "at least ";
        case Subject::links: return "navigation links";
        case Subject::path: return "";
        case Subject::request_method: return "request method";
        case Subject::request_url: return "request URL";
        case Subject::resource: return "resource";
        case Subject::response: return "response";
        case Subject::code: return "response code";
        case Subject::profile: return "valid for ";
    }
    return "";
}

}  // namespace

Judgement judge(const Assert& one, Bar& bar) {
    Judgement judged = Judging(one, bar).run();
    if (judged.verdict == Verdict::fail && one.warning_only) judged.verdict = Verdict::warning;
    return judged;
}

std::string label(const Assert& one) {
    if (!one.description.empty() || !one.label.empty()) return one.description.empty() ? one.label : one.description;
    const std::string relation = one.relation.empty() ? "is" : one.relation;
    switch (one.subject) {
        case Subject::links: return name_of(one.subject);
        case Subject::minimum:
        case Subject::profile: return name_of(one.subject) + one.asked;
        case Subject::none: return fmt::format("the same as in {}", one.compare_id);
        case Subject::header:
        case Subject::expression:
        case Subject::path: {
            const std::string other = one.value ? *one.value : one.compare_id.empty() ? "" : "what " + one.compare_id + " has";
            if (one.relation.empty() && other.empty()) return name_of(one.subject) + one.asked;
            return std::string(base::trim(fmt::format("{}{} {} {}", name_of(one.subject), one.asked, relation, other)));
        }
        default: return fmt::format("{} {} {}", name_of(one.subject), relation, one.asked);
    }
}

}  // namespace runner::testscript
