// SPDX-License-Identifier: Apache-2.0
#include "fhir/profile/cache.h"

#include <limits>
#include <mutex>

namespace fhir::profile {

namespace {

std::string question(std::string_view canonical, std::string_view package) {
    std::string key;
    key.reserve(package.size() + canonical.size() + 1);
    key += package;
    key += ' ';
    key += canonical;
    return key;
}

}  // namespace

Cache::Cache(const definition::Library& library, const schema::Schema& schema)
    : library_(library), schema_(schema), types_(schema.type_count()), programs_(schema, std::numeric_limits<std::size_t>::max()) {}

const Profile* Cache::find(std::string_view canonical, std::string_view package, std::string* why) {
    const std::string key = question(canonical, package);
    {
        const std::shared_lock lock(mutex_);
        if (const auto found = by_question_.find(key); found != by_question_.end()) {
            if (why) *why = found->second.why;
            return found->second.profile;
        }
    }
    Kept made = load(canonical, package);
    if (why) *why = made.why;
    const std::unique_lock lock(mutex_);
    // Resources may name whatever they like: beyond some number of names all are asked for again. Profiles stay.
    if (by_question_.size() >= most_questions) by_question_.clear();
    return by_question_.try_emplace(key, std::move(made)).first->second.profile;
}

// Compiled outside of the lock: compiling asks for nothing here but programs. Two threads may do the same work once.
Cache::Kept Cache::load(std::string_view canonical, std::string_view package) {
    Kept made;
    const auto definition = library_.find("StructureDefinition", canonical, package);
    if (!definition) return made;
    const std::string identity = question(definition->url + "|" + definition->version, definition->package);
    {
        const std::shared_lock lock(mutex_);
        if (const auto found = by_identity_.find(identity); found != by_identity_.end()) made.profile = found->second.get();
    }
    if (made.profile) return made;
    auto compiled = Profile::compile(*definition, schema_, programs_);
    if (!compiled) {
        made.why = std::move(compiled).fault().text;
        return made;
    }
    const std::unique_lock lock(mutex_);
    made.profile = by_identity_.try_emplace(identity, *std::move(compiled)).first->second.get();
    return made;
}

const Profile* Cache::of_type(schema::TypeId type) {
    if (type >= types_.size()) return nullptr;
    TypeSlot& slot = types_[type];
    if (slot.known.load(std::memory_order_acquire)) return slot.profile.load(std::memory_order_relaxed);
    const Profile* found = nullptr;
    if (schema_.type(type).kind != schema::TypeKind::backbone)
        found = find(std::string("http://hl7.org/fhir/StructureDefinition/") + std::string(schema_.type_name(type)));
    slot.profile.store(found, std::memory_order_relaxed);
    slot.known.store(true, std::memory_order_release);
    return found;
}

std::size_t Cache::size() const {
    const std::shared_lock lock(mutex_);
    return by_identity_.size();
}

}  // namespace fhir::profile
