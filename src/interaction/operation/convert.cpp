// SPDX-License-Identifier: Apache-2.0
#include "interaction/operation/convert.h"

#include "base/crypto.h"
#include "base/text.h"
#include "fhir/codec/json.h"
#include "fhir/codec/xml.h"
#include "fhir/resource/outcome.h"
#include "interaction/call/converter.h"
#include "interaction/operation/parameters.h"

#include <optional>

namespace interaction {
namespace {

using base::Fault;
using namespace fhir::literals;

struct Question {
    std::string format{};
    std::string bytes{};
    bool explain = false;
    std::optional<fhir::Document> resource{};  // instead of all these: it is FHIR already
};

std::string known_formats(const Converter& converter) {
    std::string all;
    for (const std::string& format : converter.formats()) all += (all.empty() ? "" : ", ") + format;
    return all;
}

bool is_json(std::string_view type) { return type == "application/fhir+json" || type == "application/json"; }
bool is_xml(std::string_view type) { return type == "application/fhir+xml" || type == "application/xml"; }

// The document inside the Parameters that is the request's body.
base::Result<Question> enclosed(const Request& request, const Converter& converter) {
    const Parameters parameters(request);
    TRY(parameters.check_envelope());
    TRY(parameters.check({"input", "format", "explain"}, request.lenient));
    Question question;
    question.format = parameters.text("format");
    question.explain = parameters.text("explain") == "true";
    if (question.format.empty())
        return Fault{Fault::Kind::malformed, "Say in the parameter format what the input is: " + known_formats(converter) + ".", "Parameters.parameter",
                     base::IssueType::required};
    if (!converter.knows(question.format))
        return Fault{Fault::Kind::malformed, "There is no translation from this format; there is one from " + known_formats(converter) + ".",
                     "Parameters.parameter.where(name = 'format').value", base::IssueType::not_supported};
    const fhir::View value = value_of(parameters.find("input"));
    if (value.text().empty())
        return Fault{Fault::Kind::malformed, "The parameter input with the document is missing.", "Parameters.parameter", base::IssueType::required};
    question.bytes = value.text();
    if (value.name() == "valueBase64Binary"_name) {
        const auto decoded = base::base64_decode(value.text());
        if (!decoded)
            return Fault{Fault::Kind::malformed, "The input is not base64.", "Parameters.parameter.where(name = 'input').value", base::IssueType::value};
        question.bytes = *decoded;
    }
    return question;
}

base::Result<Question> read_question(const Request& request, const Converter& converter, const Context& context) {
    if (request.body) return enclosed(request, converter);  // in a bundle
    if (is_json(request.source_type) || is_xml(request.source_type)) {
        Request read;
        read.parameters = request.parameters;
        read.lenient = request.lenient;
        if (is_xml(request.source_type)) {
            TRY(read.body, fhir::codec::read_xml(request.source, context.schema));
        } else {
            TRY(read.body, fhir::codec::read_json(request.source, context.schema.names()));
        }
        read.operation = request.operation;
        // R4's own Resource-convert: a resource in one form comes back in the form that is asked for.
        if (!Parameters(read).check_envelope()) return Question{.resource = std::move(read.body)};
        return enclosed(read, converter);
    }
    const Parameters parameters(request);
    TRY(parameters.check({"explain", "format"}, request.lenient));
    if (request.source.empty())
        return Fault{Fault::Kind::malformed, "The operation $convert needs a body: the document.", "", base::IssueType::required};
    Question question{parameters.text("format").empty() ? request.source_type : parameters.text("format"), request.source,
                      parameters.text("explain") == "true"};
    if (!converter.knows(question.format))
        return Fault{.kind = Fault::Kind::unsupported, .text = "$convert takes " + known_formats(converter) + ", or a Parameters with input and format.",
                     .where = "415"};
    return question;
}

void count(ParametersText& out, const char* name, std::size_t value) {
    out.open(name);
    out.builder().value("valueInteger"_name, std::to_string(value), fhir::Kind::number);
    out.close();
}

std::string explained(const Converted& converted, const Context& context) {
    ParametersText out(context.schema.names());
    out.open("bundle");
    out.builder().copy(converted.bundle.root(), "resource"_name, false);
    out.close();
    count(out, "atoms", converted.atoms);
    count(out, "kept", converted.kept);
    count(out, "dropped", converted.dropped);
    for (const Converted::Line& line : converted.trace) {
        out.open("trace");
        out.text("resource", line.resource);
        out.text("element", line.element);
        out.text("source", line.source);
        out.close();
    }
    for (const std::string& place : converted.residue) out.text("residue", place);
    if (!converted.findings.empty()) {
        const fhir::Document outcome = fhir::resource::outcome(converted.findings, context.schema.names());
        out.open("outcome");
        out.builder().copy(outcome.root(), "resource"_name, false);
        out.close();
    }
    return std::move(out).finish();
}

}  // namespace

base::Result<Response> convert(const Request& request, store::Snapshot&, const Context& context) {
    if (context.converter == nullptr) return Fault{Fault::Kind::unsupported, "Nothing is translated here."};
    TRY(const Question question, read_question(request, *context.converter, context));
    Response response;
    if (question.resource) {
        response.type = question.resource->root().resource_type();
        response.content.emplace_back(fhir::codec::to_json(question.resource->root()));
        return response;
    }
    auto converted = context.converter->convert(question.format, question.bytes, context.clock.now(), question.explain, request.base);
    if (!converted) {
        Fault fault = std::move(converted).fault();
        // The operation is there; it is the document that is not understood.
        if (fault.kind == Fault::Kind::unsupported) fault.kind = Fault::Kind::invalid;
        return fault;
    }
    response.type = question.explain ? "Parameters" : "Bundle";
    response.content.emplace_back(question.explain ? explained(*converted, context) : fhir::codec::to_json(converted->bundle.root()));
    return response;
}

}  // namespace interaction
