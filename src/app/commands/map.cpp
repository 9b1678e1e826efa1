// SPDX-License-Identifier: Apache-2.0
// Maps: proves them, runs them over a message without storing anything, and tells over a folder of messages what they keep.
#include "app/commands.h"
#include "app/definitions.h"
#include "app/knowledge.h"
#include "app/places.h"
#include "base/flags.h"
#include "base/text.h"
#include "fhir/codec/json.h"
#include "hl7v2/batch.h"
#include "hl7v2/charset.h"
#include "hl7v2/tongue.h"
#include "mapping/beside.h"
#include "mapping/bundle.h"
#include "mapping/coverage.h"
#include "mapping/explain.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <optional>

namespace app::commands {

namespace {

using base::Fault;

constexpr std::string_view usage =
    "usage: andiron map check [--site DIR]\n"
    "       andiron map run FILE [--explain] [--values] [--site DIR]\n"
    "       andiron map coverage PATH... [--files] [--site DIR]\n\n"
    "check proves every map against the FHIR definitions. run translates an HL7 v2 message (- is standard input) and prints a\n"
    "FHIR transaction Bundle; what was imperfect goes to standard error. coverage translates every message of files and folders and\n"
    "tells how much of what was sent is kept, and what no line took. Nothing is stored.\n\n"
    "  --explain       print each element with the line of the map that made it, and what no line took\n"
    "  --values        with --explain, also what each element holds: patient data\n"
    "  --files         one line for each message\n"
    "  --site DIR      maps of a site: its rows change ours one by one\n"
    "  --profiles DIR  take maps, structures and vocabulary of that folder in place of the delivered ones\n";

struct Options {
    bool explain = false, values = false, files = false, help = false;
    std::string verb, site, profiles;
    std::vector<std::string> paths;
};

base::Result<Options> read(const Arguments& arguments) {
    Options options;
    base::Flags flags;
    flags.sign("--help", options.help).sign("--explain", options.explain).sign("--values", options.values).sign("--files", options.files);
    flags.text("--site", options.site).text("--profiles", options.profiles);
    flags.others(options.paths);
    TRY(flags.read(arguments));
    if (!options.paths.empty()) {
        options.verb = options.paths.front();
        options.paths.erase(options.paths.begin());
    }
    if (options.help) return options;
    if (options.verb != "check" && options.verb != "run" && options.verb != "coverage")
        return Fault{Fault::Kind::unsupported, options.verb.empty() ? "say what: check, run or coverage" : "no verb " + options.verb};
    if (options.verb != "check" && options.paths.empty()) return Fault{Fault::Kind::unsupported, "no file given"};
    if (options.verb == "run" && options.paths.size() > 1) return Fault{Fault::Kind::unsupported, "run takes one file"};
    return options;
}

struct Translator {
    explicit Translator(fhir::schema::Schema definitions) : schema(std::move(definitions)) {}
    fhir::schema::Schema schema;  // the library points into it
    std::optional<mapping::Library> library;
    std::optional<hl7v2::Grammar> grammar;
    std::optional<hl7v2::Dictionary> dictionary;
    std::optional<hl7v2::Tongue> tongue;
};

base::Result<std::unique_ptr<Translator>> open(const Options& options) {
    Places where = places();
    if (!options.profiles.empty()) {
        where.maps = options.profiles + "/maps";
        where.structure = options.profiles + "/structure";
        where.vocabulary = options.profiles + "/vocabulary";
    }
    mapping::Folders folders{.maps = {where.maps + "/hl7v2"}, .vocabulary = {where.vocabulary}};
    if (!options.site.empty()) {
        folders.maps.push_back(options.site);
        folders.vocabulary.push_back(options.site);
    }
    TRY(fhir::schema::Schema schema, open_definitions());
    auto made = std::make_unique<Translator>(std::move(schema));
    TRY(made->library, mapping::load_library(folders, made->schema));
    TRY(made->grammar, hl7v2::Grammar::load(where.structure + "/hl7v2"));
    TRY(made->dictionary, hl7v2::Dictionary::load(where.fields));
    made->tongue.emplace(*made->grammar, *made->library, hl7v2::TongueOptions{.parse = {.wide = true}, .dictionary = &*made->dictionary});
    return made;
}

int run_one(const Options& options, const Translator& with) {
    const auto bytes = read_file(options.paths.front());
    if (!bytes) return fail(bytes.fault());
    auto definitions = open_library(with.schema);
    if (!definitions) return fail(definitions.fault());
    const auto units = open_units();
    if (!units) return fail(units.fault());
    const auto known = make_knowledge(*std::move(definitions), *units, {});
    const auto translation = mapping::understand(*with.tongue, *bytes, base::system_clock().now(), &known->terminology(),
                                                 options.explain ? mapping::Traced::yes : mapping::Traced::no);
    if (!translation) return fail(translation.fault());
    for (const base::Finding& finding : translation->findings)
        fmt::print(stderr, "{}: {}: {}\n", base::spelling(finding.severity), finding.where, finding.text);
    if (options.explain) {
        fmt::print("{}", mapping::explain(*translation, options.values));
        return 0;
    }
    const auto bundle = mapping::transaction(*translation, with.schema.names(), {}, "http://127.0.0.1:8080/fhir");  // where a server listens by default
    if (!bundle) return fail(bundle.fault());
    fmt::print("{}", fhir::codec::to_pretty_json(bundle->root()));
    return 0;
}

base::Result<std::vector<std::string>> files_of(const std::vector<std::string>& paths) {
    std::vector<std::string> files;
    for (const std::string& path : paths) {
        std::error_code wrong;
        if (!std::filesystem::is_directory(path, wrong)) {
            files.push_back(path);
            continue;
        }
        for (const auto& entry : std::filesystem::recursive_directory_iterator(path, wrong))
            if (entry.is_regular_file()) files.push_back(entry.path().string());
        if (wrong) return Fault{Fault::Kind::missing, "cannot read " + path + ": " + wrong.message()};
    }
    std::sort(files.begin(), files.end());
    return files;
}

int cover(const Options& options, const Translator& with) {
    const auto files = files_of(options.paths);
    if (!files) return fail(files.fault());
    mapping::Coverage coverage;
    std::size_t others = 0;
    for (const std::string& file : *files) {
        auto bytes = read_file(file);
        if (!bytes) return fail(bytes.fault());
        if (auto narrow = hl7v2::from_wide(*bytes)) bytes = *std::move(narrow);
        const auto batch = hl7v2::split_batch(*bytes);
        if (!batch) {
            ++others;
            continue;
        }
        for (const hl7v2::Batch& part : batch->batches)
            for (const std::string_view message : part.messages) {
                // What codes mean changes nothing in what is kept.
                const auto translation = mapping::understand(*with.tongue, message, base::system_clock().now(), nullptr);
                coverage.add(file, translation);
                if (options.files) fmt::print("{}\n", mapping::Coverage::line(file, translation));
            }
    }
    fmt::print("{}", coverage.report([&](std::string_view place) { return with.dictionary->name({}, place); }));
    if (others > 0) fmt::print("{} files hold no HL7 v2 message\n", others);
    return coverage.messages() > 0 ? 0 : fail({Fault::Kind::missing, "no message found"});
}

}  // namespace

int map(const Arguments& arguments) {
    const auto options = read(arguments);
    if (!options) return wrong_usage(options.fault().text, "map");
    if (options->help) {
        fmt::print("{}", usage);
        return 0;
    }
    const auto with = open(*options);
    if (!with) return fail(with.fault());
    if (options->verb == "run") return run_one(*options, **with);
    if (options->verb == "coverage") return cover(*options, **with);
    fmt::print("the maps hold: every target, type and code agrees with FHIR {}\n", (*with)->schema.fhir_version());
    return 0;
}

}  // namespace app::commands
