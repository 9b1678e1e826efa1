// SPDX-License-Identifier: Apache-2.0
#include "server/http/openapi.h"

#include "fhir/resource/bundle.h"
#include "interaction/operations.h"
#include "interaction/table.h"

#include <algorithm>
#include <initializer_list>
#include <set>
#include <vector>

namespace server::http {

namespace {

using fhir::search::Parameter;

// JSON from the top down; commas come by themselves.
class Writer {
public:
    Writer& key(std::string_view name) {
        comma();
        fhir::resource::append_json_string(out_, name);
        out_ += ':';
        fresh_ = true;
        return *this;
    }
    void open(char bracket) {
        comma();
        out_ += bracket;
        fresh_ = true;
    }
    void close(char bracket) {
        out_ += bracket;
        fresh_ = false;
    }
    void text(std::string_view value) {
        comma();
        fhir::resource::append_json_string(out_, value);
    }
    void flag(bool value) {
        comma();
        out_ += value ? "true" : "false";
    }
    void member(std::string_view name, std::string_view value) {
        key(name);
        text(value);
    }
    // {"$ref": ...}
    void reference(std::string_view kind, std::string_view name) {
        open('{');
        member("$ref", "#/components/" + std::string(kind) + "/" + std::string(name));
        close('}');
    }
    std::string take() { return std::move(out_); }

private:
    void comma() {
        if (!fresh_) out_ += ',';
        fresh_ = false;
    }
    std::string out_;
    bool fresh_ = true;
};

struct Fixed {
    const char* name;
    const char* in;
    const char* type;
    const char* what;
};

// Parameters that every server of FHIR has, and that are not search parameters.
constexpr Fixed fixed[] = {
    {"id", "path", "string", "Logical id of the resource."},
    {"vid", "path", "string", "Version of the resource."},
    {"job", "path", "string", "Name of an asynchronous request, from its Content-Location."},
    {"_format", "query", "string", "json or xml; goes before Accept."},
    {"_pretty", "query", "boolean", "With line ends and indentation."},
    {"_summary", "query", "string", "true, text, data, count or false."},
    {"_elements", "query", "string", "Only these elements, with commas between."},
    {"_count", "query", "integer", "Entries of a page."},
    {"_sort", "query", "string", "Search parameters to sort by, with commas between; - before a name sorts down."},
    {"_total", "query", "string", "none, estimate or accurate."},
    {"_include", "query", "string", "Source:parameter: bring along what is referred to."},
    {"_revinclude", "query", "string", "Source:parameter: bring along what refers to a match."},
    {"_since", "query", "string", "Versions made at or after this instant."},
    {"_at", "query", "string", "Versions that were current at this time."},
    {"mode", "query", "string", "full, normative or terminology."},
    {"If-Match", "header", "string", "Only when this is the current version."},
    {"If-None-Match", "header", "string", "Only when this is not the current version."},
    {"If-Modified-Since", "header", "string", "Only when it was changed since."},
    {"If-None-Exist", "header", "string", "Search criteria: create only when nothing matches."},
    {"Prefer", "header", "string", "return=minimal, representation or OperationOutcome; handling=strict or lenient; respond-async."},
};

// In a component's name only letters, digits, '.', '-' and '_' may stand; codes have no others.
std::string component(const Parameter& parameter, std::string_view type) {
    const bool of_all = std::any_of(parameter.bases.begin(), parameter.bases.end(), [](const std::string& base) { return base == "Resource" || base == "DomainResource"; });
    return (of_all ? std::string("Resource") : std::string(type)) + "." + parameter.code;
}

class Description {
public:
    Description(const std::string& base, const interaction::Context& context) : base_(base), context_(context) {
        for (const interaction::Row& row : interaction::table()) {
            on_type_.insert(row.on_type.begin(), row.on_type.end());
            on_system_.insert(row.on_system.begin(), row.on_system.end());
        }
        const fhir::schema::Schema& schema = context.schema;
        for (std::size_t id = 1; id < schema.type_count(); ++id)
            if (const auto name = schema.type_name(static_cast<fhir::schema::TypeId>(id)); schema.is_resource(name)) types_.push_back(name);
        std::sort(types_.begin(), types_.end());
    }

    std::string write() && {
        json_.open('{');
        json_.member("openapi", "3.0.3");
        json_.key("info").open('{');
        json_.member("title", "Andiron FHIR R4 server");
        json_.member("description", "The RESTful interface of FHIR R4 (4.0.1) as this server offers it; see also [base]/metadata.");
        json_.member("version", context_.rules.version.empty() ? "unversioned" : context_.rules.version);
        json_.close('}');
        json_.key("servers").open('[');
        json_.open('{');
        json_.member("url", base_);
        json_.close('}');
        json_.close(']');
        json_.key("paths").open('{');
        system();
        for (const std::string_view type : types_) resource(type);
        json_.close('}');
        components();
        json_.close('}');
        return json_.take();
    }

private:
    using Names = std::initializer_list<const char*>;

    // One operation of OpenAPI. `also`: further components, of search parameters for example.
    void method(const char* method, std::string_view id, std::string_view tag, std::string_view summary, Names parameters, const char* body,
                const char* answer, const std::vector<std::string>& also = {}) {
        json_.key(method).open('{');
        json_.member("operationId", id);
        json_.key("tags").open('[');
        json_.text(tag);
        json_.close(']');
        json_.member("summary", summary);
        json_.key("parameters").open('[');
        for (const char* name : parameters) json_.reference("parameters", name);
        for (const std::string& name : also) json_.reference("parameters", name);
        json_.reference("parameters", "_format");
        json_.reference("parameters", "_pretty");
        json_.close(']');
        if (body != nullptr) {
            json_.key("requestBody");
            json_.reference("requestBodies", body);
        }
        json_.key("responses").open('{');
        json_.key(answer == std::string_view("created") ? "201" : answer == std::string_view("nothing") ? "204" : "200");
        json_.reference("responses", answer);
        json_.key("default");
        json_.reference("responses", "outcome");
        json_.close('}');
        json_.close('}');
    }

    void operations(const std::string& path, const std::string& type, bool (*wanted)(const interaction::Operation&), bool of_instance) {
        for (const interaction::Operation& row : interaction::operations()) {
            if (!wanted(row) || (type != "system" && !row.is_for(type))) continue;
            json_.key(path + "/$" + std::string(row.name)).open('{');
            const std::string id = std::string(row.name) + (of_instance ? "-instance" : "") + "-" + type;
            const std::string what = "Operation " + std::string(row.definition);
            const std::vector<std::string> instance = of_instance ? std::vector<std::string>{"id"} : std::vector<std::string>{};
            if (row.by_get) method("get", "get-" + id, type, what, {"Prefer"}, nullptr, "resource", instance);
            method("post", "post-" + id, type, what, {"Prefer"}, "resource", "resource", instance);
            json_.close('}');
        }
    }

    void system() {
        json_.key("/metadata").open('{');
        method("get", "capabilities", "system", "What this server can do", {"mode", "_summary", "_elements", "If-None-Match"}, nullptr, "resource");
        json_.close('}');
        json_.key("/").open('{');
        if (on_system_.contains("search-system"))
            method("get", "search-system", "system", "Search over all types", {"_count", "_sort", "_total", "_summary", "_elements", "Prefer"}, nullptr, "resource",
                   searched(""));
        if (on_system_.contains("transaction"))
            method("post", "transaction", "system", "A batch or transaction", {"Prefer"}, "resource", "resource");
        json_.close('}');
        if (on_system_.contains("history-system")) {
            json_.key("/_history").open('{');
            method("get", "history-system", "system", "History of everything", {"_since", "_at", "_count", "_summary", "_elements", "If-None-Match", "Prefer"}, nullptr,
                   "resource");
            json_.close('}');
        }
        json_.key("/_async/{job}").open('{');
        method("get", "async-status", "system", "How an asynchronous request is doing, then its answer", {"job"}, nullptr, "resource");
        method("delete", "async-cancel", "system", "Give an asynchronous request up", {"job"}, nullptr, "resource");
        json_.close('}');
        operations("", "system", [](const interaction::Operation& row) { return row.on_system; }, false);
    }

    void resource(std::string_view type_name) {
        const std::string type(type_name), at = "/" + type;
        const auto there = [this](const char* code) { return on_type_.contains(code); };
        json_.key(at).open('{');
        if (there("search-type"))
            method("get", "search-" + type, type, "Search " + type,
                   {"_count", "_sort", "_total", "_summary", "_elements", "_include", "_revinclude", "Prefer"}, nullptr, "resource", searched(type));
        if (there("create")) method("post", "create-" + type, type, "Create a " + type, {"If-None-Exist", "Prefer"}, "resource", "created");
        if (there("update"))
            method("put", "conditional-update-" + type, type, "Update the " + type + " that the criteria name", {"If-Match", "If-None-Match", "Prefer"}, "resource", "resource",
                   searched(type));
        if (there("patch"))
            method("patch", "conditional-patch-" + type, type, "Patch the " + type + " that the criteria name", {"If-Match", "Prefer"}, "patch", "resource", searched(type));
        if (there("delete"))
            method("delete", "conditional-delete-" + type, type, "Delete the " + type + " that the criteria name", {"If-Match", "Prefer"}, nullptr, "nothing", searched(type));
        json_.close('}');
        if (there("search-type")) {
            json_.key(at + "/_search").open('{');
            method("post", "search-by-post-" + type, type, "Search " + type + ", with the parameters in a form", {"Prefer"}, "form", "resource");
            json_.close('}');
        }
        if (there("history-type")) {
            json_.key(at + "/_history").open('{');
            method("get", "history-type-" + type, type, "History of every " + type, {"_since", "_at", "_count", "_summary", "_elements", "If-None-Match", "Prefer"}, nullptr,
                   "resource");
            json_.close('}');
        }
        operations(at, type, [](const interaction::Operation& row) { return row.on_type; }, false);
        json_.key(at + "/{id}").open('{');
        if (there("read"))
            method("get", "read-" + type, type, "Read a " + type, {"id", "_summary", "_elements", "If-None-Match", "If-Modified-Since"}, nullptr, "resource");
        if (there("update")) method("put", "update-" + type, type, "Update or create a " + type, {"id", "If-Match", "If-None-Match", "Prefer"}, "resource", "resource");
        if (there("patch")) method("patch", "patch-" + type, type, "Patch a " + type, {"id", "If-Match", "Prefer"}, "patch", "resource");
        if (there("delete")) method("delete", "delete-" + type, type, "Delete a " + type, {"id", "If-Match", "Prefer"}, nullptr, "nothing");
        json_.close('}');
        if (there("history-instance")) {
            json_.key(at + "/{id}/_history").open('{');
            method("get", "history-" + type, type, "History of a " + type, {"id", "_since", "_at", "_count", "_summary", "_elements", "If-None-Match", "Prefer"}, nullptr,
                   "resource");
            json_.close('}');
        }
        if (there("vread")) {
            json_.key(at + "/{id}/_history/{vid}").open('{');
            method("get", "vread-" + type, type, "Read a version of a " + type, {"id", "vid", "_summary", "_elements", "If-None-Match"}, nullptr, "resource");
            json_.close('}');
        }
        operations(at + "/{id}", type, [](const interaction::Operation& row) { return row.on_instance; }, true);
    }

    std::vector<std::string> searched(std::string_view type) const {
        std::vector<std::string> names;
        for (const Parameter* parameter : context_.parameters.of(type))
            if (fhir::search::is_supported(*parameter)) names.push_back(component(*parameter, type.empty() ? "Resource" : type));
        return names;
    }

    void parameter(std::string_view component, std::string_view name, std::string_view in, std::string_view type, std::string_view what) {
        json_.key(component).open('{');
        json_.member("name", name);
        json_.member("in", in);
        if (in == "path") json_.key("required").flag(true);
        json_.member("description", what);
        json_.key("schema").open('{');
        json_.member("type", type);
        json_.close('}');
        json_.close('}');
    }

    void search_parameters(std::string_view type, std::set<std::string>& written) {
        for (const Parameter* one : context_.parameters.of(type)) {
            if (!fhir::search::is_supported(*one)) continue;
            const std::string name = component(*one, type.empty() ? "Resource" : type);
            if (!written.insert(name).second) continue;
            parameter(name, one->code, "query", "string", std::string(fhir::search::spelling(one->type)) + "; " + one->url);
        }
    }

    void content(Names media, const char* schema_type) {
        json_.key("content").open('{');
        for (const char* type : media) {
            json_.key(type).open('{');
            json_.key("schema").open('{');
            json_.member("type", schema_type);
            json_.close('}');
            json_.close('}');
        }
        json_.close('}');
    }

    void components() {
        json_.key("components").open('{');
        json_.key("parameters").open('{');
        for (const Fixed& one : fixed) parameter(one.name, one.name, one.in, one.type, one.what);
        std::set<std::string> written;
        search_parameters("", written);
        for (const std::string_view type : types_) search_parameters(type, written);
        json_.close('}');

        json_.key("requestBodies").open('{');
        const auto body = [this](const char* name, Names media) {
            json_.key(name).open('{');
            content(media, "object");
            json_.close('}');
        };
        body("resource", {"application/fhir+json", "application/fhir+xml"});
        body("patch", {"application/fhir+json", "application/fhir+xml", "application/json-patch+json", "application/merge-patch+json"});
        body("form", {"application/x-www-form-urlencoded"});
        json_.close('}');

        json_.key("responses").open('{');
        const auto response = [this](const char* name, const char* what, bool empty) {
            json_.key(name).open('{');
            json_.member("description", what);
            if (!empty) content({"application/fhir+json", "application/fhir+xml"}, "object");
            json_.close('}');
        };
        response("resource", "A resource, or a Bundle of some", false);
        response("created", "The resource that was created; Location names it", false);
        response("nothing", "Done", true);
        response("outcome", "An OperationOutcome says what is wrong", false);
        json_.close('}');
        json_.close('}');
    }

    const std::string& base_;
    const interaction::Context& context_;
    std::set<std::string_view> on_type_;
    std::set<std::string_view> on_system_;
    std::vector<std::string_view> types_;
    Writer json_;
};

}  // namespace

std::string openapi(const std::string& base, const interaction::Context& context) { return Description(base, context).write(); }

}  // namespace server::http
