// SPDX-License-Identifier: Apache-2.0
#include "server/http/management_site.h"

#include "base/text.h"
#include "fhir/codec/json.h"
#include "interaction/call/status.h"

#include <fmt/format.h>

namespace server::http {

namespace {

Answer text(int status, std::string body, const char* type = "text/plain; charset=utf-8") {
    Answer answer{.status = status};
    answer.fields.emplace_back("Content-Type", type);
    answer.fields.emplace_back("Cache-Control", "no-store");
    answer.fields.emplace_back("X-Content-Type-Options", "nosniff");
    answer.body.emplace_back(std::move(body));
    return answer;
}

Answer not_allowed(const char* methods) {
    Answer answer = text(405, fmt::format("only {}\n", methods));
    answer.fields.emplace_back("Allow", methods);
    return answer;
}

// Of "127.0.0.1:8081", "[::1]", "localhost": a name that the machine gives itself, whatever a name server says.
bool is_loopback(std::string_view host) {
    if (host.starts_with('[')) return host == "[::1]" || host.starts_with("[::1]:");
    host = host.substr(0, host.find(':'));
    if (base::equal_ignoring_case(host, "localhost")) return true;
    const auto parts = base::split(host, '.');
    if (parts.size() != 4 || parts[0] != "127") return false;
    for (const std::string_view part : parts) {
        const auto number = base::to_integer(part);
        if (!number || *number < 0 || *number > 255) return false;
    }
    return true;
}

// Nothing when the call may pass.
std::optional<Answer> refused(const Call& call) {
    if (!is_loopback(call.field("Host"))) return json_fault(403, "denied", "the Host must be this machine: 127.0.0.1, [::1] or localhost");
    if (!call.field("Origin").empty()) return json_fault(403, "denied", "this is not for pages in a browser");
    if (call.method == Method::get || call.method == Method::head) return std::nullopt;
    if (call.method != Method::post) return not_allowed("GET, HEAD, POST");
    std::string_view type = call.field("Content-Type");
    type = base::trim(type.substr(0, type.find(';')));
    if (!base::equal_ignoring_case(type, "application/json")) return json_fault(415, "unsupported", "a POST must be application/json");
    return std::nullopt;
}

}  // namespace

Answer json_answer(std::string body, const char* type) { return text(200, std::move(body), type); }

Answer json_fault(int status, std::string_view kind, std::string_view words) {
    std::string body = fmt::format(R"({{"error":{{"kind":"{}","text":)", kind);
    fhir::codec::write_json_string(words, body);
    return text(status, body + "}}", "application/json");
}

Answer json_fault(const base::Fault& fault) {
    std::string body = fmt::format(R"({{"error":{{"kind":"{}","text":)", base::spelling(fault.type));
    fhir::codec::write_json_string(fault.text, body);
    if (!fault.where.empty()) {
        body += R"(,"where":)";
        fhir::codec::write_json_string(fault.where, body);
    }
    return text(interaction::number(fault.kind), body + "}}", "application/json");
}

ManagementSite::ManagementSite(std::vector<Check> checks, std::function<std::string()> metrics, std::vector<Route> routes)
    : checks_(std::move(checks)), metrics_(std::move(metrics)), routes_(std::move(routes)) {}

const Route* ManagementSite::route_of(std::string_view path) const {
    for (const Route& route : routes_)
        if (path.starts_with(route.path) && (path.size() == route.path.size() || path[route.path.size()] == '/')) return &route;
    return nullptr;
}

std::uint64_t ManagementSite::body_limit(const Head& head) const {
    const Route* route = head.method == Method::post ? route_of(head.path.substr(0, head.path.find('?'))) : nullptr;
    return route != nullptr ? route->body : 0;
}

Answer ManagementSite::answer(const Call& call) {
    const std::string_view path = call.path();
    if (const Route* route = route_of(path)) {
        auto no = refused(call);
        return no ? *std::move(no) : route->answer(call);
    }
    if (call.method != Method::get && call.method != Method::head) return not_allowed("GET, HEAD");
    if (path == "/livez") return text(200, "ok\n");
    if (path == "/metrics") return text(200, metrics_(), "text/plain; version=0.0.4; charset=utf-8");
    if (path == "/readyz") return ready(call.field("Accept").find("application/json") != std::string_view::npos);
    std::string known = "here are /livez, /readyz, /metrics";
    for (const Route& route : routes_) known += ", " + route.path;
    return text(404, known + "\n");
}

Answer ManagementSite::ready(bool json) const {
    std::string lines, members;
    bool well = true;
    for (const Check& check : checks_) {
        const std::string wrong = check.wrong();
        well = well && wrong.empty();
        const std::string facts = check.facts ? check.facts() : std::string();
        lines += fmt::format("{}: {}\n", check.name, wrong.empty() ? "ok" : wrong);
        members += fmt::format(R"({}"{}":{{"ok":{},"text":)", members.empty() ? "" : ",", check.name, wrong.empty());
        fhir::codec::write_json_string(wrong.empty() ? "ok" : wrong, members);
        if (!facts.empty()) members += R"(,"facts":)" + facts;
        members += '}';
    }
    const int status = well ? 200 : 503;
    if (!json) return text(status, std::move(lines));
    return text(status, fmt::format(R"({{"ready":{},"checks":{{{}}}}})", well, members), "application/json");
}

Answer ManagementSite::refusal(int status, std::string_view reason) const { return text(status, std::string(reason) + "\n"); }

}  // namespace server::http
