// SPDX-License-Identifier: Apache-2.0
#include "server/http/management_site.h"

#include <fmt/format.h>

namespace server::http {

namespace {

Answer text(int status, std::string body, const char* type = "text/plain; charset=utf-8") {
    Answer answer{.status = status};
    answer.fields.emplace_back("Content-Type", type);
    answer.fields.emplace_back("Cache-Control", "no-store");
    answer.body.emplace_back(std::move(body));
    return answer;
}

}  // namespace

ManagementSite::ManagementSite(std::vector<Check> checks, std::function<std::string()> metrics)
    : checks_(std::move(checks)), metrics_(std::move(metrics)) {}

Answer ManagementSite::answer(const Call& call) {
    for (const Page& page : pages_)
        if (auto answer = page(call)) return *std::move(answer);
    if (call.method != Method::get && call.method != Method::head) {
        Answer answer = text(405, "only GET and HEAD\n");
        answer.fields.emplace_back("Allow", "GET, HEAD");
        return answer;
    }
    const std::string_view path = call.path();
    if (path == "/livez") return text(200, "ok\n");
    if (path == "/metrics") return text(200, metrics_(), "text/plain; version=0.0.4; charset=utf-8");
    if (path != "/readyz") return text(404, "here are /livez, /readyz and /metrics\n");
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
