// SPDX-License-Identifier: Apache-2.0
#include "hl7v2/query.h"

#include "base/text.h"
#include "fhir/search/read_value.h"
#include "hl7v2/demographics.h"
#include "hl7v2/parse.h"
#include "mapping/convert.h"

#include <algorithm>
#include <array>
#include <map>

namespace hl7v2 {

namespace {

using base::Fault;
using base::IssueType;
using fhir::View;
using mapping::Question;

constexpr int usual_count = 100;
constexpr int most_count = 500;

enum class Form { candidates, person, numbers, by_parameter, old };

struct Kind {
    std::string_view type, event;
    Form form;
    std::string_view answer, answer_event, structure;
};

constexpr std::array kinds{
    Kind{"QBP", "Q22", Form::candidates, "RSP", "K22", "RSP_K22"}, Kind{"QBP", "Q21", Form::person, "RSP", "K21", "RSP_K21"},
    Kind{"QBP", "Q23", Form::numbers, "RSP", "K23", "RSP_K23"},    Kind{"QBP", "Q11", Form::by_parameter, "RSP", "K11", "RSP_K11"},
    Kind{"QRY", "A19", Form::old, "ADR", "A19", "ADR_A19"},
};

const Kind* kind_of(const Message& message) {
    const auto found = std::find_if(kinds.begin(), kinds.end(), [&](const Kind& kind) { return kind.type == message.type() && kind.event == message.event(); });
    return found == kinds.end() ? nullptr : &*found;
}

Fault wrong(std::string text, std::string where, IssueType type = IssueType::value) { return {Fault::Kind::invalid, std::move(text), std::move(where), type}; }

const char* gender_of(std::string_view code) {
    if (code == "M") return "male";
    if (code == "F") return "female";
    if (code == "O" || code == "A") return "other";
    return "unknown";
}

// What of a patient is asked for, gathered from wherever a query says it.
class Asked {
public:
    explicit Asked(const mapping::Library& library) : library_(library) {}

    void identifier(const Field& cx) {
        number_ = cx.component(1).text();
        const Field authority = cx.component(4);
        name_ = authority.subcomponent(1).text();
        universal_ = authority.subcomponent(2).text();
        type_ = authority.subcomponent(3).text();
    }

    // "PID.5.1.1" and its value. False: there is no search for it.
    bool part(std::string_view place, std::string value) {
        if (place.starts_with("PID.")) place.remove_prefix(4);
        else return false;
        while (value.ends_with('*')) value.pop_back();  // what texts begin with is asked in any case
        if (value.empty()) return true;
        const auto parts = base::split(place, '.');
        const int field = number(parts, 0), component = number(parts, 1), sub = number(parts, 2);
        switch (field) {
            case 3:
                if (component <= 1) number_ = value;
                else if (component == 4) (sub <= 1 ? name_ : sub == 2 ? universal_ : type_) = value;
                else return component == 5;  // its type narrows nothing
                return true;
            case 5:
                if (component <= 1) add("family", value);
                else if (component == 2 || component == 3) add("given", value);
                else return component > 3;
                return true;
            case 7: return date(value);
            case 8: criteria_.emplace_back("gender", gender_of(base::upper(value))); return true;
            case 11: {
                constexpr std::array<const char*, 7> names{"address", "address", "address", "address-city", "address-state", "address-postalcode", "address-country"};
                if (component < 0 || component > 6) return component == 7;
                add(names[static_cast<std::size_t>(component)], value);
                return true;
            }
            case 13:
            case 14:
                if (component == 6) return true;  // the area stands in the number
                if (component > 1 && component != 7 && component != 12 && component != 4) return component <= 5;
                criteria_.emplace_back(component == 4 ? "email" : "phone", fhir::search::escape(value));
                return true;
            default: return false;
        }
    }

    bool date(const std::string& value) {
        const auto text = mapping::to_date(value);
        if (!text) return false;
        criteria_.emplace_back("birthdate", *text);
        return true;
    }

    void add(const char* parameter, std::string_view value) {
        if (!value.empty()) criteria_.emplace_back(parameter, fhir::search::escape(value));
    }

    std::vector<std::pair<std::string, std::string>> finish() && {
        if (!number_.empty()) {
            const std::string system = library_.naming.identifier_system(name_, universal_, type_);
            criteria_.insert(criteria_.begin(), {"identifier", (system.empty() ? "" : fhir::search::escape(system) + "|") + fhir::search::escape(number_)});
        }
        return std::move(criteria_);
    }

private:
    static int number(const std::vector<std::string_view>& parts, std::size_t at) {
        return at < parts.size() ? static_cast<int>(base::to_integer(parts[at]).value_or(-1)) : 0;
    }
    const mapping::Library& library_;
    std::string number_, name_, universal_, type_;
    std::vector<std::pair<std::string, std::string>> criteria_;
};

// QPD-3 of a query for candidates: "@PID.5.1^DOE" a repetition.
base::Result<void> read_parts(const Segment& qpd, Asked& asked) {
    int repetition = 0;
    for (const Field each : qpd.field(3).repetitions()) {
        ++repetition;
        std::string place = each.component(1).text();
        if (place.starts_with('@')) place.erase(0, 1);
        if (place.empty()) continue;
        if (!asked.part(place, each.component(2).text()))
            return wrong("This server cannot search for " + (place.size() > 20 ? std::string("this field") : place) + ", or not for such a value.",
                         "QPD-3[" + std::to_string(repetition) + "]", IssueType::not_supported);
    }
    return {};
}

base::Result<Question> read(const Message& message, const Kind& kind, const mapping::Library& library) {
    Question question;
    question.type = "Patient";
    question.count = usual_count;
    Asked asked(library);
    if (kind.form == Form::old) {
        const Segment qrd = message.first("QRD");
        if (!qrd) return wrong("A query needs its QRD.", "QRD", IssueType::required);
        const Field who = qrd.field(8);
        Asked& name = asked;
        if (!who.component(1).empty()) name.part("PID.3.1", who.component(1).text());
        name.add("family", who.component(2).subcomponent(1).text());
        name.add("given", who.component(3).text());
        if (const auto most = base::to_integer(qrd.field(7).component(1).text()); most && *most > 0) question.count = static_cast<int>(std::min<std::int64_t>(*most, most_count));
        question.criteria = std::move(asked).finish();
        if (question.criteria.empty()) return wrong("Say about whom.", "QRD-8", IssueType::required);
        return question;
    }
    const Segment qpd = message.first("QPD");
    if (!qpd) return wrong("A query needs its QPD.", "QPD", IssueType::required);
    const bool by_parts = qpd.field(3).component(1).raw().starts_with('@') || kind.form == Form::candidates;
    if (by_parts) {
        TRY(read_parts(qpd, asked));
    } else {
        asked.identifier(qpd.field(3));
        if (kind.form == Form::by_parameter) {
            asked.add("family", qpd.field(4).component(1).subcomponent(1).text());
            asked.add("given", qpd.field(4).component(2).text());
            if (!qpd.field(6).empty() && !asked.date(qpd.field(6).component(1).text())) return wrong("This is no date.", "QPD-6");
            if (!qpd.field(7).empty()) asked.part("PID.8", qpd.field(7).component(1).text());
        }
    }
    question.criteria = std::move(asked).finish();
    if (question.criteria.empty()) return wrong("Say about whom.", "QPD-3", IssueType::required);
    if (const Field limit = message.first("RCP").field(2).component(1); !limit.empty()) {
        const auto most = base::to_integer(limit.text());
        if (!most || *most < 1) return wrong("A limit is a number above 0.", "RCP-2");
        question.count = static_cast<int>(std::min<std::int64_t>(*most, most_count));
    }
    if (const Field pointer = message.first("DSC").field(1); !pointer.empty()) {
        const auto from = base::to_integer(pointer.text());
        if (!from || *from < 0 || *from > 1'000'000) return wrong("This is no continuation pointer of this server.", "DSC-1");
        question.from = static_cast<int>(*from);
    }
    return question;
}

// The acknowledgement's segments, with the type of this answer.
void copy_head(Draft& draft, const std::string& bytes, const std::string& type, const Delimiters& from) {
    const auto head = Message::split(bytes, {});
    if (!head) return;
    for (std::size_t i = 0; i < head->size(); ++i) {
        const Segment segment = head->segment(i);
        draft.begin(segment.name());
        for (int field = i == 0 ? 3 : 1; field <= segment.fields(); ++field)
            if (i == 0 && field == 9) draft.copy(9, type, from);
            else draft.copy(field, segment.field(field).raw(), head->delimiters());
    }
}

void copy_segment(Draft& draft, const Segment& segment) {
    if (!segment) return;
    draft.begin(segment.name());
    for (int field = 1; field <= segment.fields(); ++field) draft.copy(field, segment.field(field).raw(), segment.delimiters());
}

// The authorities of QPD-4 (Q23) and QPD-8 (Q22, Q21); none: all.
std::vector<std::string> wanted_systems(const Message& message, const Kind& kind, const mapping::Library& library) {
    std::vector<std::string> systems;
    const int field = kind.form == Form::numbers ? 4 : kind.form == Form::candidates ? 8 : kind.form == Form::person ? 4 : 0;
    if (field == 0) return systems;
    for (const Field each : message.first("QPD").field(field).repetitions()) {
        const Field authority = each.component(4);
        std::string system = library.naming.identifier_system(authority.subcomponent(1).text(), authority.subcomponent(2).text(), authority.subcomponent(3).text());
        if (!system.empty()) systems.push_back(std::move(system));
    }
    return systems;
}

}  // namespace

std::optional<base::Result<Question>> read_question(const Message& message, const mapping::Library& library) {
    if (message.type() != "QBP" && message.type() != "QRY") return std::nullopt;
    const Kind* kind = kind_of(message);
    if (kind == nullptr) return base::Result<Question>(Fault{Fault::Kind::unsupported, "This server does not answer this query.", "MSH-9.2", IssueType::not_supported});
    return read(message, *kind, library);
}

std::string answer_question(const Message& message, const base::Result<mapping::Found>& found, const mapping::Library& library,
                            std::string_view id, base::Micros now) {
    const Sender sender = sender_of(message);
    const Kind* kind = kind_of(message);
    Verdict verdict = found ? Verdict{} : refused(found.fault());
    // Whose numbers are asked for must be known (ITI-9).
    if (found && found->hits.empty() && kind != nullptr && kind->form == Form::numbers)
        verdict = {Answer::AE, {{204, base::Severity::error, "QPD-3", "Nobody has this identifier here."}}};
    const std::string head = acknowledge(sender, verdict, id, now);
    if (kind == nullptr) return head;
    const char separator = sender.delimiters.component;
    Draft draft(sender.delimiters);
    copy_head(draft, head, std::string(kind->answer) + separator + std::string(kind->answer_event) + separator + std::string(kind->structure), sender.delimiters);

    const Segment qpd = message.first("QPD");
    Draft body(sender.delimiters);
    int told = 0;
    if (found && verdict.answer == Answer::AA) {
        const std::vector<std::string> systems = wanted_systems(message, *kind, library);
        const auto tells = [&](View identifier) {
            if (!systems.empty()) return std::find(systems.begin(), systems.end(), identifier.child("system").text()) != systems.end();
            return true;
        };
        for (const fhir::Document& hit : found->hits) {
            if (kind->form != Form::numbers) {
                write_pid(body, ++told, hit.root(), tells);
                continue;
            }
            // Not the number that was asked with.
            const std::string own = qpd.field(3).component(1).text();
            Draft one(sender.delimiters);
            if (!write_numbers(one, hit.root(), [&](View identifier) { return tells(identifier) && identifier.child("value").text() != own; })) continue;
            ++told;
            write_numbers(body, hit.root(), [&](View identifier) { return tells(identifier) && identifier.child("value").text() != own; });
        }
    }
    const bool failed = verdict.answer != Answer::AA;
    draft.begin("QAK");
    if (qpd) draft.copy(1, qpd.field(2).raw(), sender.delimiters);
    else draft.copy(1, message.first("QRD").field(4).raw(), sender.delimiters);
    draft.put(2, failed ? spelling(verdict.answer) : told == 0 ? "NF" : "OK");
    if (qpd) draft.copy(3, qpd.field(1).raw(), sender.delimiters);
    if (!failed) {
        if (found->total >= 0) draft.put(4, std::to_string(found->total));
        draft.put(5, std::to_string(told));
        if (found->total >= 0) {
            const int from = static_cast<int>(base::to_integer(message.first("DSC").field(1).text()).value_or(0));
            draft.put(6, std::to_string(std::max(0, found->total - from - told)));
        }
    }
    copy_segment(draft, qpd);
    copy_segment(draft, message.first("QRD"));
    copy_segment(draft, message.first("QRF"));
    std::string bytes = draft.bytes() + body.bytes();
    if (!failed && found->more && kind->form != Form::old) {
        Draft continued(sender.delimiters);
        continued.begin("DSC");
        const int from = static_cast<int>(base::to_integer(message.first("DSC").field(1).text()).value_or(0));
        continued.put(1, std::to_string(from + static_cast<int>(found->hits.size())));
        continued.put(2, "I");
        bytes += continued.bytes();
    }
    return bytes;
}

}  // namespace hl7v2
