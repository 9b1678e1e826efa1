// SPDX-License-Identifier: Apache-2.0
#include "exchange/package_load.h"

#include "base/crypto.h"
#include "base/id.h"
#include "base/text.h"
#include "fhir/codec/json.h"
#include "fhir/tree/builder.h"
#include "interaction/dispatch.h"

#include <fmt/format.h>

#include <map>
#include <set>

namespace exchange {

namespace {

using base::Fault;
using namespace fhir::literals;

constexpr std::size_t entries_at_once = 100;
constexpr std::size_t longest_id = 64;

struct Published {
    std::string type, id, version;
    fhir::Document document;
};

// "digest\nType/id version\n..."
std::string written_down(const std::string& digest, const interaction::Loaded& loaded) {
    std::string text = digest + '\n';
    for (const auto& [name, version] : loaded) text += fmt::format("{} {}\n", name, version);
    return text;
}

bool read_down(std::string_view text, std::string_view digest, interaction::Loaded& loaded) {
    const auto lines = base::split(text, '\n');
    if (lines.front() != digest) return false;
    for (const std::string_view line : lines) {
        const auto [name, version] = base::cut(line, ' ');
        if (const auto number = base::to_integer(version)) loaded.emplace(name, *number);
    }
    return true;
}

class Load {
public:
    explicit Load(const interaction::Context& context)
        : rules_(context.rules),
          context_{context.schema, context.parameters, context.repository, context.clock, rules_, nullptr, context.bugs} {
        rules_.validation = interaction::Rules::Validation::off;
        rules_.required_profiles.clear();
        rules_.referential_integrity = false;  // packages refer to examples and to other packages
        rules_.most_entries = entries_at_once;
    }

    base::Result<void> add(const fhir::definition::Listed& item, std::string_view json, base::Findings& findings) {
        auto document = fhir::codec::read_json(json, context_.schema.names());
        if (!document) {
            findings.push_back({base::Severity::warning, base::IssueType::structure, std::string(item.url), document.fault().text, 0, 0});
            return {};
        }
        if (item.url.empty() || !base::valid_id(item.id) || !context_.schema.is_resource(item.type)) return {};
        waiting_.push_back({std::string(item.type), std::string(item.id), std::string(item.version), *std::move(document)});
        return waiting_.size() == entries_at_once ? flush() : base::Result<void>{};
    }

    base::Result<void> flush() {
        if (waiting_.empty()) return {};
        fhir::Builder bundle(context_.schema.names());
        bundle.resource("Bundle");
        bundle.value("type"_name, "transaction");
        std::vector<std::pair<std::string, std::string>> put;
        const auto snapshot = context_.repository.snapshot();
        for (const Published& one : waiting_) {
            TRY(const auto same, equal_stored(one, *snapshot));
            if (same) {
                loaded_.emplace(same->type + "/" + same->id, same->version);
                continue;
            }
            TRY(std::string id, free_id(one, *snapshot));
            add_entry(one, id, bundle);
            put.emplace_back(one.type, std::move(id));
        }
        waiting_.clear();
        if (put.empty()) return {};
        interaction::Request request;
        request.plan = permission::unlimited();
        request.verb = interaction::Verb::batch;
        request.wanted = interaction::Request::Return::minimal;
        request.body = std::move(bundle).finish();
        TRY(interaction::dispatch(request, context_));
        for (const auto& [type, id] : put) {
            TRY(const auto stored, context_.repository.read(type, id));
            if (stored) loaded_.emplace(type + "/" + id, stored->version);
        }
        written_ += put.size();
        return {};
    }

    interaction::Loaded loaded() && { return std::move(loaded_); }
    std::size_t written() const { return written_; }

private:
    // What would be stored, without what the server itself writes.
    static std::string content(fhir::View resource) { return fhir::codec::Stampable(resource, "x").stamped(1, 0); }

    base::Result<std::optional<store::Version>> equal_stored(const Published& one, store::Snapshot& snapshot) const {
        TRY(const auto kept, snapshot.read(one.type, one.id));
        if (!kept || kept->deleted()) return std::optional<store::Version>{};
        const std::string wanted = content(one.document.root());
        std::string id = one.id;
        for (int number = 0; number < 100; ++number) {  // under its own id, or where an earlier load has put it
            TRY(const auto found, snapshot.read(one.type, id));
            if (!found) break;
            if (!found->deleted()) {
                const auto document = fhir::codec::read_json(*found->body, context_.schema.names());
                if (document && content(document->root()) == wanted) return std::optional<store::Version>(*found);
            }
            id = other_id(one, number);
        }
        return std::optional<store::Version>{};
    }

    // Id with the version behind it: at most 64 characters, of those that an id may have.
    static std::string other_id(const Published& one, int number) {
        std::string tail = "-";
        for (const char c : one.version) {
            const bool fine = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '.' || c == '-';
            tail += fine ? c : '-';
        }
        if (tail.size() == 1) tail = "-other";
        if (tail.size() > longest_id / 2) tail.resize(longest_id / 2);
        if (number > 0) tail += "-" + std::to_string(number + 1);
        return one.id.substr(0, longest_id - tail.size()) + tail;
    }

    base::Result<std::string> free_id(const Published& one, store::Snapshot& snapshot) {
        std::string id = one.id;
        for (int number = 0;; ++number) {
            TRY(const auto found, snapshot.read(one.type, id));
            if ((!found || found->deleted()) && taken_.insert(one.type + "/" + id).second) return id;
            id = other_id(one, number);
        }
    }

    static void add_entry(const Published& one, const std::string& id, fhir::Builder& bundle) {
        bundle.open("entry"_name, true);
        bundle.resource("resource"_name, one.type);
        bundle.value("id"_name, id);
        for (const fhir::View child : one.document.root().children())
            if (child.name() != "id"_name) bundle.copy(child);
        bundle.close();
        bundle.open("request"_name);
        bundle.value("method"_name, "PUT");
        bundle.value("url"_name, one.type + "/" + id);
        bundle.close();
        bundle.close();
    }

    interaction::Rules rules_;
    interaction::Context context_;
    std::vector<Published> waiting_;
    std::set<std::string> taken_;
    interaction::Loaded loaded_;
    std::size_t written_ = 0;
};

}  // namespace

namespace {

using Packages = std::map<std::string_view, std::vector<fhir::definition::Listed>>;

Packages packages_of(const fhir::definition::Library& library) {
    Packages packages;
    for (const fhir::definition::Listed& item : library.published()) packages[item.package].push_back(item);
    return packages;
}

std::string digest_of(const std::vector<fhir::definition::Listed>& items) {
    std::string listing;
    for (const auto& item : items) listing += fmt::format("{} {} {}|{}\n", item.type, item.id, item.url, item.version);
    return base::hex(base::view(base::sha256(listing)));
}

}  // namespace

base::Result<interaction::Loaded> loaded_packages(const fhir::definition::Library& library, store::durable::Records& records, base::Micros now) {
    interaction::Loaded loaded;
    for (const auto& [package, items] : packages_of(library)) {
        TRY(const auto record, records.get(fmt::format("package:{}", package), now));
        if (record) read_down(*record, digest_of(items), loaded);
    }
    return loaded;
}

base::Result<PackageLoad> load_packages(const fhir::definition::Library& library, store::durable::Records& records,
                                        const interaction::Context& context) {
    PackageLoad done;
    for (const auto& [package, items] : packages_of(library)) {
        const std::string digest = digest_of(items);
        const std::string key = fmt::format("package:{}", package);
        TRY(const auto record, records.get(key, context.clock.now()));
        if (record && read_down(*record, digest, done.loaded)) continue;

        Load load(context);
        for (const auto& item : items) {
            const auto json = library.published(item.type, item.id, package);
            if (json) TRY(load.add(item, *json, done.findings));
        }
        TRY(load.flush());
        done.written += load.written();
        interaction::Loaded loaded = std::move(load).loaded();
        TRY(records.put(key, written_down(digest, loaded), 0));
        done.loaded.merge(loaded);
    }
    return done;
}

}  // namespace exchange
