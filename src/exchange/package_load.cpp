// SPDX-License-Identifier: Apache-2.0
#include "exchange/package_load.h"

#include "base/crypto.h"
#include "base/text.h"
#include "fhir/codec/xml.h"
#include "fhir/definition/package.h"
#include "fhir/tree/builder.h"
#include "interaction/dispatch.h"
#include "interaction/verb/question.h"

#include <fmt/format.h>

#include <fstream>
#include <set>

namespace exchange {

namespace {

using base::Fault;
using namespace fhir::literals;

constexpr std::size_t entries_at_once = 100;
constexpr std::size_t longest_id = 64;

struct Published {
    std::string type, id, url, version;
    fhir::Document document;
};

base::Result<std::string> digest_of(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    const std::string bytes(std::istreambuf_iterator<char>(file), {});
    if (!file && bytes.empty()) return std::string("folder");  // not an archive: looked through at each start
    return base::hex(base::view(base::sha256(bytes)));
}

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
        rules_.most_entries = entries_at_once;
    }

    base::Result<void> file(std::string_view name, std::string_view bytes, base::Findings& findings) {
        const bool xml = name.ends_with(".xml");
        if (!xml && !name.ends_with(".json")) return {};
        auto document = xml ? fhir::codec::read_xml(bytes, context_.schema) : fhir::codec::read_json(bytes, context_.schema.names());
        if (!document) {
            findings.push_back({base::Severity::warning, base::IssueType::structure, std::string(name), document.fault().text, 0, 0});
            return {};
        }
        const fhir::View root = document->root();
        Published one{std::string(root.resource_type()), std::string(root.text("id"_name)), std::string(root.text("url"_name)),
                      std::string(root.text("version"_name)), *std::move(document)};
        if (one.url.empty() || one.id.empty() || !context_.schema.is_resource(one.type)) return {};
        waiting_.push_back(std::move(one));
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

base::Result<PackageLoad> load_package(const std::string& path, const std::string& name, store::durable::Records& records,
                                       const interaction::Context& context) {
    const std::string key = "package:" + name;
    TRY(const std::string digest, digest_of(path));
    TRY(const auto record, records.get(key, context.clock.now()));
    PackageLoad done;
    if (record && read_down(*record, digest, done.loaded)) return done;

    Load load(context);
    TRY(fhir::definition::read_package(path, [&](std::string_view file, std::string_view bytes) {
        return load.file(file, bytes, done.findings);
    }));
    TRY(load.flush());
    done.written = load.written();
    done.loaded = std::move(load).loaded();
    TRY(records.put(key, written_down(digest, done.loaded), 0));
    return done;
}

}  // namespace exchange
