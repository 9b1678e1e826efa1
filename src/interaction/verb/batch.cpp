// SPDX-License-Identifier: Apache-2.0
#include "interaction/verb/batch.h"

#include "interaction/verb/entry.h"
#include "interaction/verb/patch.h"
#include "interaction/verb/transaction.h"

namespace interaction {
namespace {

using base::Fault;
using namespace fhir::literals;

// What one entry did wrong does not hurt the others; a disk that refuses hurts all.
bool hurts_all(const Fault& fault) { return fault.kind == Fault::Kind::unavailable || fault.kind == Fault::Kind::bug; }

// A patch as far as it can be made beforehand; what fails now may be right when the entries before it are stored.
Write practised(Write write, const Context& context) {
    if (write.kind != Write::Kind::patch) return write;
    auto rehearsal = rehearse(write, *context.repository.snapshot(), context);
    if (rehearsal) write.rehearsal = std::make_shared<const Rehearsal>(*std::move(rehearsal));
    return write;
}

base::Result<Response> independent(std::vector<Entry> entries, const Request& request, const Context& context) {
    const auto order = in_order(entries);
    bool any = false;
    for (Entry* entry : order) {
        if (entry->fault || !entry->writes()) continue;
        auto write = prepare(entry->request, entry->resource, context);
        if (write) entry->write = practised(*std::move(write), context);
        else entry->fault = named(std::move(write).fault(), *entry);
        any = any || entry->write;
    }
    if (any || request.with_commit) {
        std::vector<std::optional<Fault>> faults;
        const auto written = context.repository.write([&](store::Transaction& transaction) -> base::Result<void> {
            faults.assign(entries.size(), std::nullopt);
            for (Entry* entry : order) {
                if (!entry->write) continue;
                entry->effect.reset();
                auto effect = apply(*entry->write, transaction, context);
                if (effect) entry->effect = *std::move(effect);
                else if (hurts_all(effect.fault())) return std::move(effect).fault();
                else faults[entry->number] = named(std::move(effect).fault(), *entry);
            }
            if (request.with_commit) return request.with_commit(transaction);
            return {};
        });
        if (!written) return written.fault();
        std::set<std::string> types;
        for (const Entry& entry : entries)
            if (entry.effect) add_types(*entry.write, *entry.effect, types);
        tell_committed(types, context);
        for (Entry& entry : entries)
            if (faults[entry.number]) entry.fault = std::move(faults[entry.number]);
    }
    const auto snapshot = context.repository.snapshot();
    Allowance allowance(context);
    for (Entry* entry : order) {
        if (entry->fault || entry->writes()) continue;
        auto response = allowance.run_read(*entry, *snapshot);
        if (response) entry->response = *std::move(response);
        else entry->fault = named(std::move(response).fault(), *entry);
    }
    return answer_all("batch-response", entries, request, context);
}

}  // namespace

base::Result<Response> batch(const Request& request, const Context& context) {
    if (request.parts) {
        TRY(auto entries, entries_of_parts(request, context));
        return transaction(std::move(entries), request, context);
    }
    const fhir::View bundle = request.body ? request.body->root() : fhir::View{};
    const std::string_view type = bundle.text("type"_name);
    if (bundle.resource_type() != "Bundle" || (type != "batch" && type != "transaction"))
        return Fault{Fault::Kind::malformed, "Only a Bundle of type batch or transaction can be sent here.", "Bundle.type",
                     base::IssueType::value};
    for (const fhir::View entry : bundle.children("entry"_name))
        if (!entry.list() || entry.kind() != fhir::Kind::complex)
            return Fault{Fault::Kind::malformed, "The entries must be an array of objects.", "Bundle.entry", base::IssueType::structure};
    TRY(auto entries, read_entries(request, context));
    return type == "batch" ? independent(std::move(entries), request, context)
                           : transaction(std::move(entries), request, context);
}

}  // namespace interaction
