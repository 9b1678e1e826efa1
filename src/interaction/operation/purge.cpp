// SPDX-License-Identifier: Apache-2.0
#include "interaction/operation/purge.h"

#include "fhir/resource/outcome.h"
#include "fhir/search/match.h"
#include "interaction/operation/members.h"
#include "interaction/operation/parameters.h"
#include "interaction/verb/forget.h"
#include "interaction/verb/shown.h"
#include "interaction/verb/sight.h"
#include "interaction/verb/write.h"

#include <map>
#include <set>

namespace interaction {
namespace {

using base::Fault;
using fhir::search::Clause;
using store::Name;

constexpr int piece = 500;  // versions in memory at a time

class Purge {
public:
    Purge(const Request& request, const Context& context) : type_(request.type), id_(request.id), context_(context) {}

    using Former = std::map<Name, std::vector<std::int64_t>>;

    base::Result<void> look_back(store::Snapshot& snapshot) {
        looked_to_ = snapshot.position();
        return walk(snapshot, 0, former_);
    }

    base::Result<void> take_away(store::Transaction& transaction) {
        resources_ = versions_ = 0;
        kept_.clear();
        types_.clear();
        // What was committed since is looked at now.
        Former former = former_;
        TRY(walk(transaction.now(), looked_to_, former));
        // Looked up here, where nobody comes between.
        std::vector<Name> members;
        Circle circle{type_, id_, {}, 0};
        for (const auto& question : circle.questions(context_)) {
            store::Window window;
            window.count = piece;
            do {
                TRY(const store::Page page, transaction.now().search(question, fhir::search::Reach::everything(), window));
                for (const store::Version& version : page.entries) {
                    Name name{version.type, version.id};
                    (membership(version) == Membership::own ? members : kept_).push_back(std::move(name));
                }
                window.after = page.next;
            } while (!window.after.empty());
        }
        for (const Name& name : members) {
            TRY(const auto removed, transaction.remove(name.type, name.id));
            TRY(const auto gone, transaction.forget(name.type, name.id, versions_before(removed.version.version)));
            ++resources_;
            versions_ += gone;
            types_.insert(name.type);
        }
        for (const auto& [name, versions] : former) {
            TRY(const auto current, transaction.now().read(name.type, name.id));
            if (!current) continue;
            // Of what is deleted everything goes; of what is somebody else's now only what was this patient's.
            std::vector<std::int64_t> all = current->deleted() ? versions_before(current->version) : versions;
            std::erase(all, current->version);
            TRY(const auto gone, transaction.forget(name.type, name.id, all));
            versions_ += gone;
            types_.insert(name.type);
        }
        return {};
    }

    const std::set<std::string>& types() const { return types_; }  // of what went

    Response answer() const {
        base::Findings findings;
        findings.push_back({base::Severity::information, base::IssueType::informational, "",
                            std::to_string(resources_) + " resources and " + std::to_string(versions_) + " versions were taken away.", 0, 0});
        for (const Name& name : kept_)
            findings.push_back({base::Severity::warning, base::IssueType::informational, "",
                                name.type + "/" + name.id + " stays: it is in the compartment of another patient too.", 0, 0});
        Response response;
        response.content.emplace_back(fhir::resource::outcome_json(findings, context_.schema.names()));
        return response;
    }

private:
    enum class Membership : std::uint8_t { none, own, shared };

    // Of one version, by what it holds itself.
    Membership membership(const store::Version& version) const {
        const auto member = context_.compartments->clause(type_, id_, version.type, context_.parameters);
        if (!member) return Membership::none;
        const bool itself = version.type == type_ && version.id == id_;
        if (itself) return Membership::own;
        const auto index = index_of(version, context_);
        if ( !fhir::search::holds(*member, index, version.id, version.last_updated)) return Membership::none;
        if (version.type == type_) return Membership::shared;  // another patient, linked to this one
        for (const Clause& part : member->parts)
            for (const auto& value : index)
                if (value.parameter == part.parameter->index && value.kind == fhir::search::IndexKind::reference &&
                    value.component == 0 && value.text.empty() && value.system == type_ && value.code != id_)
                    return Membership::shared;
        return Membership::own;
    }

    const std::string& type_;
    const std::string& id_;
    const Context& context_;
    // Former members: versions that are not current and were in the compartment. Those behind `from`.
    base::Result<void> walk(store::Snapshot& snapshot, store::Position from, Former& former) const {
        store::Window window;
        window.count = piece;
        do {
            TRY(const store::Page page, snapshot.history({}, window));
            for (const store::Version& version : page.entries) {
                if (version.position <= from) return {};  // newest first
                if (version.deleted() || !(mentions(*version.body) || Name{version.type, version.id} == Name{type_, id_})) continue;
                if (membership(version) == Membership::own) former[{version.type, version.id}].push_back(version.version);
            }
            window.after = page.next;
            window.as_of = page.as_of;
        } while (!window.after.empty());
        return {};
    }

    // "Patient/1", or a version of it. A cheap look first: most resources are somebody else's.
    bool mentions(std::string_view body) const {
        const std::string name = type_ + "/" + id_;
        for (auto at = body.find(name); at != std::string_view::npos; at = body.find(name, at + 1)) {
            const std::string_view behind = body.substr(at + name.size(), 1);
            if (behind == "\"" || behind == "/") return true;
        }
        return false;
    }

    Former former_;
    store::Position looked_to_ = 0;
    std::vector<Name> kept_;
    std::set<std::string> types_;
    std::int64_t resources_ = 0;
    std::int64_t versions_ = 0;
};

}  // namespace

base::Result<Response> purge(const Request& request, const Context& context) {
    TRY(check_administers(request));
    TRY(Parameters(request).check({}, request.lenient));
    if (context.compartments == nullptr) return Fault{Fault::Kind::unsupported, "The compartments of FHIR R4 are not there."};
    Purge purge(request, context);
    {
        const auto snapshot = context.repository.snapshot();
        TRY(const auto found, snapshot->read(request.type, request.id));
        if (!found) return missing(request.type, request.id);
        TRY(purge.look_back(*snapshot));
    }
    TRY(context.repository.write([&](store::Transaction& transaction) { return purge.take_away(transaction); }));
    tell_committed(purge.types(), context);
    return purge.answer();
}

}  // namespace interaction
