// SPDX-License-Identifier: Apache-2.0
#include "interaction/operation/joining_record.h"

#include "base/id.h"
#include "base/text.h"
#include "fhir/resource/bundle_reference.h"
#include "fhir/tree/builder.h"
#include "interaction/verb/shown.h"

namespace interaction {
namespace {

using fhir::View;
using store::Name;
using namespace fhir::literals;

constexpr const char* life_cycle = "http://terminology.hl7.org/CodeSystem/iso-21089-lifecycle";
constexpr const char* operations_on_data = "http://terminology.hl7.org/CodeSystem/v3-DataOperation";
constexpr int most_records = 1000;  // of one record's life

struct Activity {
    const char* system;
    const char* code;
    const char* text;
};

Activity activity_of(Joining::Kind kind) {
    switch (kind) {
        case Joining::Kind::merge: return {life_cycle, "merge", "Merge Record Lifecycle Event"};
        case Joining::Kind::unmerge: return {life_cycle, "unmerge", "Unmerge Record Lifecycle Event"};
        case Joining::Kind::connect: return {life_cycle, "link", "Link Record Lifecycle Event"};
        case Joining::Kind::move: break;
    }
    return {operations_on_data, "UPDATE", "revise"};
}

std::string versioned(const Name& name, std::int64_t version) {
    return name.type + "/" + name.id + (version > 0 ? "/_history/" + std::to_string(version) : std::string());
}

Record::Moved read_versioned(std::string_view text) {
    const auto reference = fhir::resource::parse_reference(text);
    return {{std::string(reference.type), std::string(reference.id)}, base::to_integer(reference.version).value_or(0)};
}

bool is_merge(View provenance) {
    for (const View coding : provenance.child("activity"_name).children("coding"_name))
        if (coding.text("system"_name) == life_cycle && coding.text("code"_name) == "merge") return true;
    return false;
}

}  // namespace

Changed record_of(const Joined& joined, const std::vector<std::pair<Name, std::int64_t>>& before, const Context& context) {
    const base::Micros now = context.clock.now();
    std::string id = base::new_id(now);
    fhir::Builder build(context.schema.names());
    build.resource("Provenance");
    build.value("id"_name, id);
    for (const Changed& change : joined.changes) {
        build.open("target"_name, true);
        build.value("reference"_name, versioned(change.name, change.before + 1));
        build.close();
    }
    build.value("recorded"_name, base::instant(now));
    const Activity activity = activity_of(joined.asked.kind);
    build.open("activity"_name);
    build.open("coding"_name, true);
    build.value("system"_name, activity.system);
    build.value("code"_name, activity.code);
    build.value("display"_name, activity.text);
    build.close();
    build.close();
    build.open("agent"_name, true);
    build.open("who"_name);
    build.value("display"_name, "Andiron");
    build.close();
    build.close();
    for (const auto& [name, version] : before) {
        if (version == 0) continue;
        build.open(build.name("entity"), true);
        build.value("role"_name, name == joined.asked.gone ? "removal" : "source");
        build.open("what"_name);
        build.value("reference"_name, versioned(name, version));
        build.close();
        build.close();
    }
    return {{"Provenance", std::move(id)}, 0, std::move(build).finish()};
}

base::Result<std::optional<Record>> find_record(const Joining& asked, store::Snapshot& snapshot, const Context& context) {
    const store::Step step{.type = "Provenance", .parameters = {}, .target = asked.gone.type, .backward = true};
    TRY(const auto found, snapshot.follow({asked.gone}, step, fhir::search::Reach::everything(), most_records));
    std::optional<Record> latest;
    for (const store::Version& version : found) {
        if (latest && version.position < latest->position) continue;
        const fhir::Document body = body_of(version, context);
        if (!is_merge(body.root())) continue;
        Record record;
        record.position = version.position;
        bool of_these = false;
        for (const View entity : body.root().children(body.root().child("entity").name())) {
            const auto one = read_versioned(entity.child("what"_name).text("reference"_name));
            if (one.name == asked.gone && entity.text("role"_name) == "removal") record.gone_before = one.version;
            if (one.name == asked.kept) record.kept_before = one.version;
        }
        for (const View target : body.root().children("target"_name)) {
            auto one = read_versioned(target.text("reference"_name));
            of_these = of_these || one.name == asked.kept;
            if (one.version > 0 && one.name != asked.gone && one.name != asked.kept) record.moved.push_back(std::move(one));
        }
        if (record.gone_before > 0 && of_these) latest = std::move(record);
    }
    return latest;
}

}  // namespace interaction
