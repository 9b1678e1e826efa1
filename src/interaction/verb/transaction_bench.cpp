// SPDX-License-Identifier: Apache-2.0
// How long transaction bundles take, read to durable: transaction_bench FOLDER FILE...
// FOLDER receives a database (SQLite) and must be empty; the files run in the order given.

#include "fhir/codec/json.h"
#include "interaction/dispatch.h"
#include "store/relational/engine.h"

#include <chrono>
#include <cstdio>
#include <fstream>
#include <iterator>

int main(int count, char** arguments) {
    if (count < 3) return 64;
    auto schema = fhir::schema::Schema::open(ANDIRON_BINARY_DIR "/profiles/r4.pack");
    if (!schema) return 66;
    base::Findings findings;
    auto parameters = fhir::search::Parameters::compile(*schema, findings);
    if (!parameters) return 66;
    store::RelationalOptions options;
    options.path = std::string(arguments[1]) + "/bench.db";
    for (const auto& parameter : parameters->all()) options.parameters.push_back(parameter->url);
    auto engine = store::Relational::open(options, base::system_clock());
    if (!engine) {
        std::printf("%s\n", engine.fault().text.c_str());
        return 66;
    }
    interaction::Rules rules;
    rules.cursor_key = "bench";
    const interaction::Context context{*schema, *parameters, **engine, base::system_clock(), rules};
    const auto milliseconds = [](auto from, auto to) { return std::chrono::duration<double, std::milli>(to - from).count(); };
    for (int i = 2; i < count; ++i) {
        std::ifstream file(arguments[i], std::ios::binary);
        const std::string bytes((std::istreambuf_iterator<char>(file)), {});
        const auto begin = std::chrono::steady_clock::now();
        auto document = fhir::codec::read_json(bytes, schema->names());
        if (!document) return 65;
        const auto read = std::chrono::steady_clock::now();
        interaction::Request request;
        request.plan = permission::unlimited();
        request.verb = interaction::Verb::batch;
        request.base = "http://localhost/fhir";
        request.body.emplace(*std::move(document));
        const auto response = interaction::dispatch(request, context);
        const auto end = std::chrono::steady_clock::now();
        std::printf("%8zu kB  read %7.1f ms  run %8.1f ms  %s\n", bytes.size() / 1024, milliseconds(begin, read),
                    milliseconds(read, end), response ? "ok" : response.fault().text.c_str());
        // A batch answers every entry for itself: the first that failed is shown.
        const std::string text = response ? response->text() : std::string();
        if (const auto at = text.find("\"status\":\"4"); at != std::string::npos) std::printf("    %.300s\n", text.c_str() + at);
        if (!response)
            for (std::size_t k = 0; k < std::min<std::size_t>(response.fault().findings.size(), 5); ++k)
                std::printf("    %s: %s\n", response.fault().findings[k].where.c_str(), response.fault().findings[k].text.c_str());
    }
}
