// SPDX-License-Identifier: Apache-2.0
// snapshot_bench [--all] PACKAGE...: makes the snapshot of every profile anew and says how many agree with the published
// ones, where the others differ, and how long it took.
#include "fhir/definition/snapshot_fixture.h"

#include <fmt/format.h>

#include <chrono>

using namespace fhir;

int main(int argc, char** argv) {
    const auto schema = schema::Schema::open(ANDIRON_BINARY_DIR "/profiles/r4.pack");
    if (!schema) return 1;
    auto library = definition::Library::open(ANDIRON_BINARY_DIR "/profiles/r4.archive", *schema);
    if (!library) return 1;
    const bool everything = argc > 1 && std::string_view(argv[1]) == "--all";
    for (int i = everything ? 2 : 1; i < argc; ++i)
        if (std::string_view(argv[i]).ends_with(".tgz"))
            if (const auto added = library->add_package(argv[i]); !added) fmt::print("{}\n", added.fault().text);
    for (int i = everything ? 2 : 1; i < argc; ++i) {
        std::size_t all = 0, agree = 0, remarked = 0;
        double seconds = 0;
        std::map<std::string, std::size_t> kinds;
        const auto done = definition::agreement::each_profile(argv[i], *schema, [&](View profile, const std::string& label) {
            base::Findings findings;
            const auto start = std::chrono::steady_clock::now();
            const auto made = definition::make_snapshot(profile, *library, label, findings);
            seconds += std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
            ++all;
            const std::string id(profile.text("id"_name));
            if (!made) {
                fmt::print("{}: {}\n", id, made.fault().text);
                return;
            }
            remarked += base::any_error(findings) ? 1 : 0;
            if (everything)
                for (const auto& finding : findings) fmt::print("{}: {}: {}\n", id, finding.where, finding.text);
            const auto differences = definition::agreement::compare(profile, made->root());
            agree += differences.empty() ? 1 : 0;
            std::set<std::string> seen;
            for (const auto& each : differences) {
                if (seen.insert(each.what).second) ++kinds[each.what];
                if (everything) fmt::print("{} {}: {}: published {}| made {}\n", id, each.id, each.what, each.published, each.made);
            }
        });
        if (!done) fmt::print("{}\n", done.fault().text);
        fmt::print("{}: {} of {} agree, {} with errors, {:.2f} ms each;", argv[i], agree, all, remarked, 1000 * seconds / static_cast<double>(std::max<std::size_t>(all, 1)));
        for (const auto& [kind, count] : kinds) fmt::print(" {} {}", count, kind);
        fmt::print("\n");
    }
    return 0;
}
