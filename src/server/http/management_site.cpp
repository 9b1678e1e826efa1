// SPDX-License-Identifier: Apache-2.0
#include "server/http/management_site.h"

#include "base/text.h"
#include "fhir/codec/json.h"
#include "interaction/call/status.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

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

Answer not_allowed(const std::string& methods) {
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

// The segments that stand for *; nothing when the path is another.
std::optional<std::vector<std::string>> matched(std::string_view pattern, std::string_view path) {
    const auto wanted = base::split(pattern, '/'), given = base::split(path, '/');
    if (wanted.size() != given.size()) return std::nullopt;
    std::vector<std::string> segments;
    for (std::size_t i = 0; i < wanted.size(); ++i) {
        if (wanted[i] == "*") {
            auto decoded = base::percent_decode(given[i], false);
            if (!decoded || decoded->empty()) return std::nullopt;
            segments.push_back(*std::move(decoded));
        } else if (wanted[i] != given[i]) {
            return std::nullopt;
        }
    }
    return segments;
}

bool answers(const ManagementRoute& route, Method method) {
    return route.method == method || (route.method == Method::get && method == Method::head);
}

Answer refused(int status, std::string words) {
    Answer answer = management_fault({base::Fault::Kind::denied, std::move(words)});
    answer.status = status;
    return answer;
}

// Nothing when the call may pass.
std::optional<Answer> stopped(const Call& call, const ManagementRoute& route) {
    if (!is_loopback(call.field("Host"))) return refused(403, "the Host must be this machine: 127.0.0.1, [::1] or localhost");
    if (!call.field("Origin").empty()) return refused(403, "this is not for pages in a browser");
    if (route.method == Method::get || route.body == 0) return std::nullopt;
    std::string_view type = call.field("Content-Type");
    type = base::trim(type.substr(0, type.find(';')));
    if (!base::equal_ignoring_case(type, "application/json")) return refused(415, "the body must be application/json");
    return std::nullopt;
}

}  // namespace

Answer management_json(int status, std::string body, const char* type) { return text(status, std::move(body), type); }

Answer management_fault(const base::Fault& fault) {
    std::string body = R"({"error":)";
    fhir::codec::write_json_string(fault.text, body);
    body += fmt::format(R"(,"kind":"{}")", base::spelling(fault.type));
    if (!fault.where.empty()) {
        body += R"(,"where":)";
        fhir::codec::write_json_string(fault.where, body);
    }
    return management_json(interaction::number(fault.kind), body + "}\n");
}

ManagementSite::ManagementSite(std::vector<Check> checks, std::function<std::string()> metrics, std::vector<ManagementRoute> routes)
    : checks_(std::move(checks)), metrics_(std::move(metrics)), routes_(std::move(routes)) {}

std::uint64_t ManagementSite::body_limit(const Head& head) const {
    const std::string_view path = head.path.substr(0, head.path.find('?'));
    std::uint64_t most = 0;
    for (const ManagementRoute& route : routes_)
        if (answers(route, head.method) && matched(route.path, path)) most = std::max(most, route.body);
    return most;
}

Answer ManagementSite::answer(const Call& call) {
    const std::string_view path = call.path();
    std::string allowed;
    for (const ManagementRoute& route : routes_) {
        const auto segments = matched(route.path, path);
        if (!segments) continue;
        if (answers(route, call.method)) {
            auto no = stopped(call, route);
            return no ? *std::move(no) : route.answer(call, *segments);
        }
        allowed += std::string(allowed.empty() ? "" : ", ") + std::string(spelling(route.method));
    }
    if (!allowed.empty()) return not_allowed(allowed);
    if (call.method != Method::get && call.method != Method::head) return not_allowed("GET, HEAD");
    if (path == "/livez") return text(200, "ok\n");
    if (path == "/metrics") return text(200, metrics_(), "text/plain; version=0.0.4; charset=utf-8");
    if (path == "/readyz") return ready(call.field("Accept").find("application/json") != std::string_view::npos);
    return text(404, "here are /livez, /readyz, /metrics and what operators ask and do: see the documentation\n");
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
