// SPDX-License-Identifier: Apache-2.0
// What checking resources costs, without HTTP and without starting a process: reads a file with a resource on each line (NDJSON) and
// checks them one after the other. Prints one line of JSON: rates, medians, memory. benchmarks/validate_compare drives it.
//
// Times are of reading the JSON and checking it. The first round is told apart: in it, profiles are compiled that are kept afterwards.

#include "app/definitions.h"
#include "app/knowledge.h"
#include "app/places.h"
#include "base/text.h"
#include "fhir/codec/json.h"
#include "fhir/path/program.h"
#include "fhir/validate/structure.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <functional>
#include <iterator>
#include <map>
#include <string>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;

constexpr const char* usage =
    "usage: validate_rate FILE [--structure | --expressions FILE] [--package PACKAGE]... [--rounds N]\n\n"
    "FILE: NDJSON. Checks everything, with the profiles that resources claim; --structure: shape and formats alone;\n"
    "--expressions: evaluates FHIRPath instead, FILE has a type and an expression on each line, with a tab between.\n";

struct Options {
    std::string file, expressions;
    std::vector<std::string> packages;
    bool structure = false;
    int rounds = 3;
};

std::optional<Options> read_options(int argc, char** argv) {
    Options options;
    for (int i = 1; i < argc; ++i) {
        const std::string_view word = argv[i];
        if (word == "--structure") options.structure = true;
        else if (word == "--package" && i + 1 < argc) options.packages.emplace_back(argv[++i]);
        else if (word == "--expressions" && i + 1 < argc) options.expressions = argv[++i];
        else if (word == "--rounds" && i + 1 < argc) options.rounds = static_cast<int>(base::to_integer(argv[++i]).value_or(0));
        else if (options.file.empty() && !word.starts_with("--")) options.file = word;
        else return std::nullopt;
    }
    if (options.file.empty() || options.rounds < 1) return std::nullopt;
    return options;
}

std::string read(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

double peak_memory() {
    std::ifstream status("/proc/self/status");
    for (std::string line; std::getline(status, line);)
        if (line.starts_with("VmHWM:")) return static_cast<double>(std::stol(line.substr(6))) / 1024;
    return 0;
}

double percentile(std::vector<double> times, double part) {
    if (times.empty()) return 0;
    const auto at = static_cast<std::ptrdiff_t>(part * static_cast<double>(times.size() - 1));
    std::nth_element(times.begin(), times.begin() + at, times.end());
    return times[static_cast<std::size_t>(at)];
}

// Microseconds of each resource, by type and of all.
struct Times {
    std::map<std::string, std::vector<double>, std::less<>> by_type;
    std::vector<double> all;
    double seconds = 0;

    std::string json() const {
        std::string result = fmt::format(R"({{"seconds":{:.4f},"rate":{:.1f},"p50_us":{:.2f},"p99_us":{:.2f},"max_us":{:.0f},"types":{{)", seconds,
                                         static_cast<double>(all.size()) / seconds, percentile(all, 0.5), percentile(all, 0.99), percentile(all, 1));
        bool first = true;
        for (const auto& [type, times] : by_type) {
            result += fmt::format(R"({}"{}":{{"count":{},"p50_us":{:.2f},"p99_us":{:.2f}}})", first ? "" : ",", type, times.size(), percentile(times, 0.5),
                                  percentile(times, 0.99));
            first = false;
        }
        return result + "}}";
    }
};

// Looks at one resource and says how much it found: errors, or items of expressions.
using Work = std::function<std::size_t(const fhir::Document&)>;

Times run(const std::vector<std::string_view>& lines, const fhir::Names& names, const Work& work, std::size_t& found, std::size_t& unread) {
    Times times;
    const auto begin = Clock::now();
    for (const std::string_view line : lines) {
        const auto start = Clock::now();
        const auto document = fhir::codec::read_json(line, names);
        if (!document) {
            ++unread;
            continue;
        }
        found += work(*document);
        const double took = std::chrono::duration<double, std::micro>(Clock::now() - start).count();
        times.all.push_back(took);
        const auto type = document->root().resource_type();
        const auto at = times.by_type.find(type);
        (at == times.by_type.end() ? times.by_type[std::string(type)] : at->second).push_back(took);
    }
    times.seconds = std::chrono::duration<double>(Clock::now() - begin).count();
    return times;
}

std::size_t errors(const base::Findings& findings) {
    return static_cast<std::size_t>(std::count_if(findings.begin(), findings.end(), [](const auto& finding) { return finding.severity <= base::Severity::error; }));
}

// Compiled expressions by resource type.
class Expressions {
public:
    Expressions(const std::string& file, const fhir::schema::Schema& schema, const fhir::ucum::Units& units) : schema_(schema), units_(units) {
        const std::string text = read(file);
        for (const std::string_view line : base::split(text, '\n')) {
            const auto [type, expression] = base::cut(line, '\t');
            if (expression.empty()) continue;
            auto program = fhir::path::Program::compile(expression, schema);
            if (program) programs_[std::string(type)].push_back(*std::move(program));
            else fmt::print(stderr, "not compiled: {}: {}\n", expression, program.fault().text);
        }
    }

    std::size_t run(const fhir::Document& document) {
        const auto programs = programs_.find(document.root().resource_type());
        if (programs == programs_.end()) return 0;
        fhir::path::Environment environment;
        environment.now = 1'800'000'000'000'000;
        environment.units = &units_;
        const auto context = fhir::path::resource_item(document.root(), schema_);
        std::size_t found = 0;
        for (const auto& program : programs->second) {
            if (const auto items = program.evaluate(context, environment, arena_)) found += items->size();
            arena_.clear();
        }
        return found;
    }

private:
    const fhir::schema::Schema& schema_;
    const fhir::ucum::Units& units_;
    std::map<std::string, std::vector<fhir::path::Program>, std::less<>> programs_;
    fhir::path::Arena arena_;
};

base::Result<void> measure(const Options& options) {
    const auto begin = Clock::now();
    TRY(const auto schema, app::open_definitions());
    TRY(const auto units, app::open_units());
    std::shared_ptr<const interaction::Knowledge> knowledge;
    std::optional<Expressions> expressions;
    Work work = [&](const fhir::Document& document) { return errors(fhir::validate::check_structure(document.root(), schema)); };
    if (!options.expressions.empty()) {
        expressions.emplace(options.expressions, schema, units);
        work = [&](const fhir::Document& document) { return expressions->run(document); };
    } else if (!options.structure) {
        TRY(auto library, app::open_library(schema));
        for (const std::string& package : options.packages) TRY(library.add_package(package));
        knowledge = app::make_knowledge(std::move(library), units, {});
        work = [&](const fhir::Document& document) {
            fhir::validate::Question question;
            question.now = 1'800'000'000'000'000;
            return errors(knowledge->validator().check(document.root(), question));
        };
    }
    const double opened = std::chrono::duration<double>(Clock::now() - begin).count();
    const std::string text = read(options.file);
    std::vector<std::string_view> lines;
    for (const std::string_view line : base::split(text, '\n'))
        if (!line.empty()) lines.push_back(line);
    if (lines.empty()) return base::Fault{base::Fault::Kind::missing, "nothing in " + options.file};

    std::size_t found = 0, unread = 0, again = 0;
    const Times cold = run(lines, schema.names(), work, found, unread);
    Times best = cold;
    for (int round = 1; round < options.rounds; ++round) {
        std::size_t ignored = 0;
        again = 0;
        Times next = run(lines, schema.names(), work, again, ignored);
        if (next.seconds < best.seconds) best = std::move(next);
    }
    fmt::print("{{\"resources\":{},\"unread\":{},\"found\":{},\"bytes\":{},\"open_seconds\":{:.3f},\"peak_mb\":{:.1f},\"text_mb\":{:.1f},\"first\":{},\"best\":{}}}\n",
               lines.size(), unread, found, text.size(), opened, peak_memory(), static_cast<double>(text.size()) / 1048576, cold.json(), best.json());
    return {};
}

}  // namespace

int main(int argc, char** argv) {
    const auto options = read_options(argc, argv);
    if (!options) {
        fmt::print(stderr, "{}", usage);
        return 2;
    }
    if (const auto measured = measure(*options); !measured) {
        fmt::print(stderr, "validate_rate: {}\n", measured.fault().text);
        return 1;
    }
    return 0;
}
