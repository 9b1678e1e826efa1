// SPDX-License-Identifier: Apache-2.0
#include "server/http/management_site.h"

#include "base/text.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

namespace server::http {

namespace {

Answer text(int status, std::string body, const char* type = "text/plain; charset=utf-8") {
    Answer answer{.status = status};
    answer.fields.emplace_back("Content-Type", type);
    answer.fields.emplace_back("Cache-Control", "no-store");
    answer.body.emplace_back(std::move(body));
    return answer;
}

// The segments that stand for *; nothing when the path is another.
std::optional<std::vector<std::string>> matched(std::string_view pattern, std::string_view path) {
    const auto wanted = base::split(pattern, '/'), given = base::split(path, '/');
    if (wanted.size() != given.size()) return std::nullopt;
    std::vector<std::string> segments;
    for (std::size_t i = 0; i < wanted.size(); ++i) {
        if (wanted[i] == "*") {
            const auto decoded = base::percent_decode(given[i], false);
            if (!decoded || decoded->empty()) return std::nullopt;
            segments.push_back(*decoded);
        } else if (wanted[i] != given[i]) {
            return std::nullopt;
        }
    }
    return segments;
}

int status_of(base::Fault::Kind kind) {
    using Kind = base::Fault::Kind;
    switch (kind) {
        case Kind::missing: return 404;
        case Kind::conflict:
        case Kind::stale: return 409;
        case Kind::denied: return 403;
        case Kind::unavailable: return 503;
        case Kind::bug: return 500;
        default: return 422;
    }
}

}  // namespace

Answer management_json(int status, std::string body) { return text(status, std::move(body), "application/json"); }

Answer management_fault(const base::Fault& fault) {
    std::string out = "{\"error\":\"";
    for (char c : fault.text) {
        if (c == '"' || c == '\\') out += '\\';
        if (static_cast<unsigned char>(c) < 0x20) out += fmt::format("\\u{:04x}", static_cast<int>(c));
        else out += c;
    }
    return management_json(status_of(fault.kind), out + "\"}\n");
}

ManagementSite::ManagementSite(std::vector<Check> checks, std::function<std::string()> metrics, std::vector<ManagementRoute> routes)
    : checks_(std::move(checks)), metrics_(std::move(metrics)), routes_(std::move(routes)) {}

std::uint64_t ManagementSite::body_limit(const Head& head) const {
    const std::string_view path = head.path.substr(0, head.path.find('?'));
    std::uint64_t most = 0;
    for (const ManagementRoute& route : routes_)
        if (route.method == head.method && matched(route.path, path)) most = std::max(most, route.body);
    return most;
}

Answer ManagementSite::answer(const Call& call) {
    std::string allowed;
    for (const ManagementRoute& route : routes_) {
        const auto segments = matched(route.path, call.path());
        if (!segments) continue;
        if (route.method != call.method) {
            allowed += std::string(allowed.empty() ? "" : ", ") + std::string(spelling(route.method));
            continue;
        }
        if (route.method != Method::get && !call.field("Origin").empty()) return text(403, "not for web pages\n");
        return route.answer(call, *segments);
    }
    if (!allowed.empty()) {
        Answer answer = text(405, "only " + allowed + "\n");
        answer.fields.emplace_back("Allow", allowed);
        return answer;
    }
    if (call.method != Method::get && call.method != Method::head) {
        Answer answer = text(405, "only GET and HEAD\n");
        answer.fields.emplace_back("Allow", "GET, HEAD");
        return answer;
    }
    const std::string_view path = call.path();
    if (path == "/livez") return text(200, "ok\n");
    if (path == "/metrics") return text(200, metrics_(), "text/plain; version=0.0.4; charset=utf-8");
    if (path != "/readyz") return text(404, "here are /livez, /readyz, /metrics and /channels\n");
    std::string report;
    bool ready = true;
    for (const Check& check : checks_) {
        const std::string wrong = check.wrong();
        ready = ready && wrong.empty();
        report += fmt::format("{}: {}\n", check.name, wrong.empty() ? "ok" : wrong);
    }
    return text(ready ? 200 : 503, std::move(report));
}

Answer ManagementSite::refusal(int status, std::string_view reason) const { return text(status, std::string(reason) + "\n"); }

}  // namespace server::http
