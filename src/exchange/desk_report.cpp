// SPDX-License-Identifier: Apache-2.0
#include "exchange/desk_report.h"

#include "exchange/account.h"
#include "fhir/codec/json.h"

#include <fmt/format.h>

#include <algorithm>

namespace exchange {

namespace {

using store::durable::Counts;
using store::durable::spelling;

// A JSON object, member by member; what is empty is left out.
class Object {
public:
    Object& text(const char* name, std::string_view value) {
        if (value.empty()) return *this;
        begin(name);
        fhir::codec::write_json_string(value, out_);
        return *this;
    }
    Object& number(const char* name, std::int64_t value) { return raw(name, std::to_string(value)); }
    Object& time(const char* name, base::Micros value) { return value == 0 ? *this : text(name, base::instant(value)); }
    Object& raw(const char* name, std::string_view json) {
        begin(name);
        out_ += json;
        return *this;
    }
    std::string done() { return std::move(out_) + '}'; }

private:
    void begin(const char* name) { out_ += fmt::format("{}\"{}\":", out_.size() == 1 ? "" : ",", name); }
    std::string out_ = "{";
};

std::string fault_json(const base::Fault& fault) {
    const auto reason = reason_of(fault);
    return Object().text("text", reason.text).text("kind", reason.kind).text("code", reason.type).text("where", reason.where).done();
}

Object basics(const Desk::Entry& entry) {
    Object object;
    object.number("number", entry.number).text("status", spelling(entry.state)).text("channel", entry.channel).text("controlId", entry.control_id);
    object.time("received", entry.received).time("settled", entry.settled);
    const auto& reason = entry.reason;
    if (!reason.text.empty())
        object.raw("reason", Object().text("text", reason.text).text("kind", reason.kind).text("code", reason.type).text("where", reason.where).done());
    const auto& account = entry.account;
    object.raw("atoms", Object().number("sent", account.atoms).number("kept", account.kept).number("dropped", account.dropped)
                            .number("residue", account.residue).done());
    if (entry.origin != 0) object.number("origin", entry.origin);
    object.text("by", entry.by);
    if (entry.reused_control_id) object.raw("reusedControlId", "true");
    if (!entry.kept) object.raw("bytesKept", "false");
    return object;
}

template <class Items, class Render>
std::string list_of(const Items& items, Render render) {
    std::string out = "[";
    for (const auto& item : items) {
        if (out.size() > 1) out += ',';
        out += render(item);
    }
    return out + ']';
}

std::string counts_of(const Counts& counts) {
    Object object;
    for (const auto state : store::durable::all_states) object.number(spelling(state), counts.of(state));
    return object.done();
}

}  // namespace

std::string entry_json(const Desk::Entry& entry) { return basics(entry).done(); }

std::string entry_json(const Desk::Entry& entry, const std::vector<Desk::Wrote>& wrote) {
    Object object = basics(entry);
    object.number("bytes", static_cast<std::int64_t>(entry.bytes.size()));
    if (!entry.account.remarks.empty()) object.raw("remarks", entry.account.remarks);
    object.raw("wrote", list_of(wrote, [](const Desk::Wrote& one) {
                   return fmt::format("\"{}/{}/_history/{}\"", one.type, one.id, one.version);
               }));
    const auto all = entry.wrote_until - entry.wrote_after;
    if (all > static_cast<std::int64_t>(wrote.size())) object.number("moreWrote", all - static_cast<std::int64_t>(wrote.size()));
    return object.done();
}

std::string ran_json(const Desk::Ran& ran) {
    Object object;
    object.number("number", ran.number).text("status", spelling(ran.state));
    if (ran.fault) object.raw("fault", fault_json(*ran.fault));
    return object.done();
}

std::string batch_json(const Desk::Batch& batch) {
    Object object;
    object.raw("messages", list_of(batch.ran, [](const Desk::Ran& one) { return ran_json(one); }));
    if (batch.next != 0) object.number("next", batch.next).number("until", batch.until);
    if (batch.stopped) object.raw("stopped", fault_json(*batch.stopped));
    return object.done();
}

std::string counts_json(const store::durable::Tally& tally, base::Micros now) {
    std::string channels = "{";
    for (const auto& [name, counts] : tally.channels) {
        if (channels.size() > 1) channels += ',';
        fhir::codec::write_json_string(name, channels);
        channels += ':' + counts_of(counts);
    }
    Object object;
    object.raw("all", counts_of(tally.all)).raw("channels", channels + '}');
    object.number("oldestUnansweredSeconds", tally.oldest == 0 ? 0 : std::max<base::Micros>(now - tally.oldest, 0) / 1'000'000);
    return object.done();
}

std::string trace_json(const mapping::Translation& translation) {
    Object object;
    std::vector<std::vector<const mapping::Trace*>> lines(translation.entries.size());
    for (const mapping::Trace& one : translation.trace)
        if (one.entry < lines.size()) lines[one.entry].push_back(&one);
    std::size_t entry = 0;
    object.raw("resources", list_of(lines, [&](const std::vector<const mapping::Trace*>& made) {
                   const mapping::Entry& of = translation.entries[entry++];
                   return Object().text("resource", of.type + "/" + of.id).raw("elements", list_of(made, [](const mapping::Trace* one) {
                                                                              return Object().text("element", one->element).text("file", one->file).number("line", one->line).done();
                                                                          })).done();
               }));
    const auto account = account_of(translation);
    object.raw("atoms", Object().number("sent", account.atoms).number("kept", account.kept).number("dropped", account.dropped)
                            .number("residue", account.residue).done());
    if (!account.remarks.empty()) object.raw("remarks", account.remarks);
    return object.done();
}

}  // namespace exchange
