// SPDX-License-Identifier: Apache-2.0
#include "interaction/operation/graphql.h"

#include "base/text.h"
#include "fhir/codec/json.h"
#include "fhir/graphql/check.h"
#include "fhir/graphql/parse.h"
#include "fhir/graphql/select.h"
#include "fhir/patch/json_value.h"
#include "fhir/resource/outcome.h"
#include "interaction/operation/graphql_source.h"
#include "interaction/operation/parameters.h"
#include "interaction/verb/read.h"

#include <algorithm>

namespace interaction {
namespace {

using base::Fault;
using base::Result;
namespace language = fhir::graphql;

struct Question {
    std::string query;
    std::string variables;  // JSON
    std::string operation;  // its name
};

// What the body's JSON says, in the words of GraphQL over HTTP.
Result<void> read_json_question(std::string_view body, Question& question) {
    TRY(auto json, fhir::patch::read_value(body));
    using Kind = fhir::patch::JsonValue::Kind;
    const Fault shape{Fault::Kind::malformed, "The body must be a JSON object with 'query', a text; 'operationName' is a text, 'variables' an object."};
    if (json.kind != Kind::object) return shape;
    if (const auto* query = json.member("query"); query != nullptr) {
        if (query->kind != Kind::string) return shape;
        question.query = query->text;
    }
    if (const auto* name = json.member("operationName"); name != nullptr && name->kind != Kind::null) {
        if (name->kind != Kind::string) return shape;
        question.operation = name->text;
    }
    if (const auto* variables = json.member("variables"); variables != nullptr && variables->kind != Kind::null) {
        if (variables->kind != Kind::object) return shape;
        question.variables = fhir::patch::write_value(*variables);
    }
    return {};
}

void read_parameters(const Request& request, Question& question) {
    const Parameters parameters(request);
    question.query = parameters.text("query");
    question.variables = parameters.text("variables");
    question.operation = parameters.text("operationName");
}

Result<Question> read_question_of(const Request& request, const Context& context) {
    Question question;
    read_parameters(request, question);
    if (request.source_type == "application/graphql") {
        question.query = request.source;
    } else if (request.source_type == "application/json") {
        TRY(read_json_question(request.source, question));
    } else if (request.source_type == "application/fhir+json" && !request.body) {
        Request wrapped;
        TRY(wrapped.body, fhir::codec::read_json(request.source, context.schema.names()));
        read_parameters(wrapped, question);
    } else if (!request.source_type.empty() && !request.body) {
        return Fault{.kind = Fault::Kind::unsupported, .text = "$graphql takes application/graphql, application/json and application/fhir+json.",
                     .where = "415"};
    }
    if (question.query.empty())
        return Fault{Fault::Kind::malformed, "Say what is asked: ?query={...}, or a body with the query.", "query", base::IssueType::required};
    return question;
}

Result<const language::Operation*> chosen(const language::Document& document, const std::string& name) {
    if (document.operations.empty()) return Fault{Fault::Kind::malformed, "There is no query in the document."};
    const auto found = std::find_if(document.operations.begin(), document.operations.end(),
                                    [&](const language::Operation& one) { return name.empty() || one.name == name; });
    if (name.empty() && document.operations.size() > 1)
        return Fault{Fault::Kind::malformed, "There are several operations in the document; operationName says which."};
    if (found == document.operations.end()) return Fault{Fault::Kind::malformed, "There is no operation of that name in the document."};
    if (found->kind != language::Operation::Kind::query) {
        Fault fault = language::fault_at(found->place, Fault::Kind::malformed, "Only queries are answered; changes go by FHIR's own interactions.");
        fault.type = base::IssueType::not_supported;
        return fault;
    }
    return &*found;
}

Result<std::string> data(const Question& question, fhir::View root, GraphqlSource& source, const Context& context) {
    TRY(const language::Document document, language::parse(question.query));
    TRY(const language::Operation* operation, chosen(document, question.operation));
    language::Shape shape{language::Shape::Kind::query, fhir::schema::no_type};
    if (root) shape = {language::Shape::Kind::element, context.schema.find_type(root.resource_type())};
    TRY(language::check(*operation, document, shape, context.schema));
    TRY(const language::Variables variables, language::bind_variables(*operation, question.variables));
    return language::select({document, *operation, variables, context.schema, context.clock.now()}, root, source);
}

std::string error_json(Fault fault, const fhir::Names& names) {
    int line = 0, column = 0;
    if (!fault.findings.empty()) {
        line = fault.findings.front().line;
        column = fault.findings.front().column;
    }
    std::string json = R"({"data":null,"errors":[{"message":)";
    fhir::codec::write_json_string(fault.text, json);
    if (line != 0) json += R"(,"locations":[{"line":)" + std::to_string(line) + R"(,"column":)" + std::to_string(column) + "}]";
    fault.findings.clear();
    json += R"(,"extensions":{"resource":)" + fhir::resource::outcome_json(fault, names) + "}}]}";
    return json;
}

}  // namespace

Result<Response> graphql(const Request& request, store::Snapshot& snapshot, const Context& context) {
    TRY(const Question question, read_question_of(request, context));
    std::optional<fhir::Document> resource;
    if (!request.id.empty()) {
        Request wanted;
        wanted.plan = request.plan;
        wanted.type = request.type;
        wanted.id = request.id;
        wanted.base = request.base;
        TRY(const Response found, read(wanted, snapshot, context));
        TRY(resource, fhir::codec::read_json(found.text(), context.schema.names()));
    }
    GraphqlSource source(request, snapshot, context);
    auto made = data(question, resource ? resource->root() : fhir::View{}, source, context);
    Response response;
    response.media_type = "application/json";
    if (made) {
        response.content.emplace_back(R"({"data":)" + *std::move(made) + "}");
        return response;
    }
    Fault fault = std::move(made).fault();
    if (fault.kind == Fault::Kind::bug || fault.kind == Fault::Kind::unavailable) return fault;
    response.failed = fault.kind;
    response.content.emplace_back(error_json(std::move(fault), context.schema.names()));
    return response;
}

}  // namespace interaction
