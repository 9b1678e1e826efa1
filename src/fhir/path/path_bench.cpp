// SPDX-License-Identifier: Apache-2.0
#include "fhir/codec/json.h"
#include "fhir/path/published_fixture.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <fmt/format.h>

// path_bench [FOLDER]: microseconds to compile and to evaluate: some expressions on a patient, and all invariants of R4 on all
// examples of R4 (or the JSON files of FOLDER), median of five rounds. Says which invariants the examples break.

namespace {

using namespace fhir;
using namespace fhir::path;

double micros(const std::function<void()>& work) {
    double times[5];
    for (double& time : times) {
        const auto start = std::chrono::steady_clock::now();
        work();
        time = std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now() - start).count();
    }
    std::sort(std::begin(times), std::end(times));
    return times[2];
}

constexpr const char* expressions[] = {
    "Patient.name.family", "name.given.first()", "name.where(use = 'official').given", "telecom.where(system = 'phone').exists()",
    "name.select(given.first() + ' ' + family)", "descendants().count()", "contact.all(name.exists() or telecom.exists())",
    "birthDate < today()", "name.given.join(', ')", "telecom.value.where(matches('^[0-9() ]+$')).count()", "(1|2|3|4|5).aggregate($this + $total, 0)",
    "identifier.where(system.exists()).distinct().count()"};

struct Loaded {
    Document document;
    Item resource;
};

}  // namespace

int main(int count, char** words) {
    auto schema = schema::Schema::open(ANDIRON_BINARY_DIR "/profiles/r4.pack");
    if (!schema) return std::puts(schema.fault().text.c_str()), 1;
    const auto published = path::testing::published_expressions(ANDIRON_PACKAGES "/hl7.fhir.r4.core", *schema);
    const double compiling = micros([&] {
        for (const auto& one : published) (void)Program::compile(one.text, *schema);
    });
    fmt::print("{} published expressions: {:.2f} us to compile one\n", published.size(), compiling / static_cast<double>(published.size()));

    const std::filesystem::path folder = count > 1 ? words[1] : ANDIRON_PACKAGES "/hl7.fhir.r4.examples";
    const auto patient = codec::read_json(path::testing::bytes_of(std::filesystem::path(ANDIRON_PACKAGES "/hl7.fhir.r4.examples/Patient-example.json")), schema->names());
    if (!patient) return std::puts("no patient"), 1;
    Environment environment;
    environment.now = 1'714'564'800'000'000;
    const Item context = resource_item(patient->root(), *schema);
    Arena arena;
    for (const char* text : expressions) {
        const auto program = Program::compile(text, *schema);
        if (!program) continue;
        constexpr int rounds = 2'000;
        std::size_t found = 0;
        const double time = micros([&] {
            for (int i = 0; i < rounds; ++i) {
                if (const auto items = program->evaluate(context, environment, arena)) found += items->size();
                arena.clear();
            }
        });
        fmt::print("{:8.3f} us  {} ({})\n", time / rounds, text, found / rounds / 5);
    }

    std::map<std::string, std::vector<std::pair<const path::testing::Published*, Program>>> by_path;
    for (const auto& one : published)
        if (!one.path.empty() && !path::testing::misprinted(one.text))
            if (auto program = Program::compile(one.text, *schema)) by_path[one.path].emplace_back(&one, *std::move(program));
    std::vector<Loaded> resources;
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
        if (entry.path().extension() != ".json") continue;
        auto document = codec::read_json(path::testing::bytes_of(entry.path()), schema->names());
        if (document && document->node_count() < 200'000) resources.push_back({*std::move(document), {}});
    }
    struct Task {
        Item item;
        Item holder;
        const Item* resource;
        const path::testing::Published* one;
        const Program* program;
    };
    std::vector<Task> tasks;
    for (Loaded& loaded : resources) {
        loaded.resource = resource_item(loaded.document.root(), *schema);
        path::testing::walk(loaded.resource, std::string(loaded.document.root().resource_type()), *schema,
                            [&](const Item& item, const std::string& path, const Item& holder) {
                                const auto found = by_path.find(path);
                                if (found == by_path.end()) return;
                                for (const auto& [one, program] : found->second)
                                    if (one->key != "ele-1") tasks.push_back({item, holder, &loaded.resource, one, &program});
                            },
                            loaded.resource);
    }
    std::map<std::string, std::size_t> broken;
    bool first = true;
    const double time = micros([&] {
        for (const Task& task : tasks) {
            environment.resource = task.holder;
            environment.root_resource = *task.resource;
            const auto holds = task.program->holds(task.item, environment, arena);
            if (first && (!holds || !*holds)) ++broken[task.one->key + (holds ? "" : ": " + holds.fault().text) + ": " + task.one->text];
            arena.clear();
        }
        first = false;
    });
    fmt::print("{} resources, {} invariants (without ele-1): {:.3f} us for one, {:.1f} ms for all\n", resources.size(), tasks.size(),
               time / static_cast<double>(tasks.size()), time / 1000);
    for (const auto& [text, times] : broken) fmt::print("  broken {} times: {}\n", times, text.substr(0, 200));
}
