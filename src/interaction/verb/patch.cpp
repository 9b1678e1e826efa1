// SPDX-License-Identifier: Apache-2.0
#include "interaction/verb/patch.h"

#include "base/text.h"
#include "interaction/verb/check.h"
#include "interaction/verb/question.h"
#include "interaction/verb/shown.h"
#include "interaction/verb/sight.h"

#include <algorithm>
#include <utility>

namespace interaction {
namespace {

using base::Fault;
using base::IssueType;
using namespace fhir::literals;
namespace forms = fhir::patch;

Fault malformed(std::string text, std::string where = {}) {
    return {Fault::Kind::malformed, std::move(text), std::move(where), IssueType::value};
}

// What was wrong with a resource that nobody sent is wrong with what the patch asks for (FHIR R4 3.1.0.6: 422).
Fault of_result(Fault fault) {
    if (fault.kind == Fault::Kind::malformed) fault.kind = Fault::Kind::invalid;
    return fault;
}

base::Result<forms::Patch> read_bytes(forms::Format format, std::string_view bytes) {
    TRY(auto patch, forms::read_patch(format, bytes));
    if (const auto* operations = std::get_if<std::vector<forms::JsonOperation>>(&patch)) {
        for (const forms::JsonOperation& operation : *operations) {
            if (operation.kind == forms::JsonOperation::Kind::test) continue;
            const bool moves = operation.kind == forms::JsonOperation::Kind::move;
            for (const char* own : {"/id", "/resourceType", "/meta/versionId", "/meta/lastUpdated"})
                if (operation.path.text == own || (moves && operation.from.text == own))
                    return malformed("A patch changes neither id nor type of a resource, nor meta.versionId and meta.lastUpdated.");
        }
    }
    return patch;
}

base::Result<forms::Patch> read_binary(fhir::View binary) {
    std::string_view type = binary.text("contentType"_name);
    type = base::trim(type.substr(0, type.find(';')));
    const bool json = type == forms::json_media_type;
    if (!json && type != forms::merge_media_type)
        return malformed("A Binary that patches has the contentType application/json-patch+json or application/merge-patch+json.",
                         "contentType");
    std::string packed(binary.text("data"_name));
    std::erase_if(packed, [](char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; });
    const auto bytes = base::base64_decode(packed);
    if (!bytes) return malformed("The data of the Binary is no base64.", "data");
    return read_bytes(json ? forms::Format::json : forms::Format::merge, *bytes);
}

base::Result<void> check_own(fhir::View before, fhir::View after) {
    if (after.resource_type() != before.resource_type()) return malformed("A patch cannot change the type of a resource.", "resourceType");
    const std::string type(before.resource_type());
    if (after.text("id"_name) != before.text("id"_name)) return malformed("A patch cannot change the id of a resource.", type + ".id");
    for (const fhir::Name name : {"versionId"_name, "lastUpdated"_name}) {
        const std::string_view said = after.child("meta"_name).text(name);
        if (!said.empty() && said != before.child("meta"_name).text(name))
            return malformed("A patch cannot change meta.versionId and meta.lastUpdated, which the server says.", type + ".meta");
    }
    return {};
}

base::Result<Write> update_of(const Write& patch, const store::Version& current, const Context& context) {
    auto made = forms::patched(*current.body, *patch.patch, context.schema, context.clock.now());
    if (!made) return std::move(made).fault();
    const fhir::Document before = body_of(current, context);
    TRY(check_own(before.root(), made->root()));
    // The same in another order is no change.
    const fhir::View body = fhir::equal(before.root(), made->root()) ? before.root() : made->root();

    Request as;
    as.verb = Verb::update;
    as.type = current.type;
    as.id = current.id;
    as.if_match = patch.if_match;
    as.if_none_match = patch.if_none_match;
    as.base = patch.own_base;
    as.plan = patch.plan;
    auto update = begin_write(as, body, context);
    if (!update) return of_result(std::move(update).fault());
    const Rewriting rewriting{.targets = patch.targets, .own_base = patch.own_base, .own_bases = &context.rules.own_bases};
    auto changed = rewritten(body, links_of(body, context.schema), rewriting);
    if (!changed) return of_result(std::move(changed).fault());
    update->changed = *std::move(changed);
    finish_body(*update, context);
    update->sent = {};
    update->judged_later = patch.judged_later;
    return *std::move(update);
}

base::Result<store::Version> target_of(const Write& patch, store::Snapshot& now, const Context& context) {
    std::string id = patch.id;
    if (patch.criteria) {
        TRY(auto match, only_match(now, *patch.criteria, *patch.plan, context));
        if (!match) return Fault{Fault::Kind::missing, "The criteria match no " + patch.type + "."};
        id = match->id;
    }
    TRY(auto current, now.read(patch.type, id));
    if (!current) return missing(patch.type, id);
    TRY(const bool there, seen(*patch.plan, *current, now, context));
    if (!there) return missing(patch.type, id);
    if (current->deleted()) return gone(patch.type, id);
    TRY(check_conditions(patch, &*current));
    return *std::move(current);
}

}  // namespace

base::Result<forms::Patch> read_patch(const Request& request, fhir::View body, const Context& context) {
    if (request.patch != forms::Format::path) return read_bytes(request.patch, request.source);
    if (body.resource_type() == "Binary") return read_binary(body);
    if (auto checked = check_body(body, "Parameters", context); !checked) {
        Fault fault = std::move(checked).fault();
        if (fault.kind == Fault::Kind::invalid) fault.kind = Fault::Kind::malformed;
        return fault;
    }
    return forms::read_patch(body, context.schema);
}

base::Result<Rehearsal> rehearse(const Write& patch, store::Snapshot& now, const Context& context) {
    TRY(const store::Version current, target_of(patch, now, context));
    TRY(Write update, update_of(patch, current, context));
    return Rehearsal{current.id, current.version, std::move(update)};
}

base::Result<Effect> apply_patch(const Write& patch, store::Transaction& transaction, const Context& context) {
    TRY(const store::Version current, target_of(patch, transaction.now(), context));
    if (patch.rehearsal != nullptr && patch.rehearsal->id == current.id && patch.rehearsal->version == current.version) {
        TRY(Effect effect, apply(patch.rehearsal->update, transaction, context));
        effect.findings = patch.rehearsal->update.findings;
        effect.pointed = patch.rehearsal->update.pointed;
        return effect;
    }
    TRY(const Write update, update_of(patch, current, context));
    TRY(Effect effect, apply(update, transaction, context));
    effect.findings = update.findings;
    effect.pointed = update.pointed;
    return effect;
}

base::Result<Response> patch(const Request& request, const Context& context) {
    const fhir::View body = request.body ? request.body->root() : fhir::View{};
    TRY(Write write, prepare(request, body, context));
    TRY(Rehearsal rehearsal, rehearse(write, *context.repository.snapshot(), context));
    write.rehearsal = std::make_shared<const Rehearsal>(std::move(rehearsal));
    return commit(write, request, context);
}

}  // namespace interaction
