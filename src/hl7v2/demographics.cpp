// SPDX-License-Identifier: Apache-2.0
#include "hl7v2/demographics.h"

#include "base/text.h"

namespace hl7v2 {

namespace {

using fhir::View;

std::string digits(std::string_view date) {
    std::string out;
    for (const char c : date.substr(0, date.find('T')))
        if (c >= '0' && c <= '9') out += c;
    return out;
}

// HD from a system: what the naming of identifiers made of it, the way back.
void put_authority(Draft& draft, int field, int repetition, std::string_view system) {
    const auto put = [&](int part, std::string_view text) { draft.put(field, repetition, 4, part, text); };
    if (system.starts_with("urn:oid:")) {
        put(2, system.substr(8));
        put(3, "ISO");
    } else if (system.starts_with("urn:uuid:")) {
        put(2, system.substr(9));
        put(3, "UUID");
    } else if (system.starts_with("urn:id:")) {
        put(1, base::percent_decode(system.substr(7), false).value_or(std::string(system.substr(7))));
    } else if (!system.empty()) {
        put(2, system);
        put(3, "URI");
    }
}

int put_numbers(Draft& draft, View patient, const std::function<bool(View)>& tells) {
    int repetition = 0;
    for (const View identifier : patient.children(patient.child("identifier").name())) {
        if (!identifier.child("value") || identifier.child("use").text() == "old" || (tells && !tells(identifier))) continue;
        ++repetition;
        draft.put(3, repetition, 1, 1, identifier.child("value").text());
        put_authority(draft, 3, repetition, identifier.child("system").text());
        draft.put(3, repetition, 5, 1, identifier.child("type").child("coding").child("code").text());
    }
    return repetition;
}

const char* name_type(std::string_view use) {
    if (use == "official" || use.empty()) return "L";
    if (use == "usual") return "D";
    if (use == "nickname") return "N";
    if (use == "maiden") return "M";
    if (use == "temp") return "TEMP";
    return use == "anonymous" ? "S" : "B";
}

void put_names(Draft& draft, View patient) {
    int repetition = 0;
    for (View name = patient.child("name"); name; name = name.next_same()) {
        if (name.child("use").text() == "old") continue;
        ++repetition;
        draft.put(5, repetition, 1, 1, name.child("family").text());
        int given = 0;
        std::string others;
        for (View one = name.child("given"); one; one = one.next_same()) {
            if (++given == 1) draft.put(5, repetition, 2, 1, one.text());
            else others += (others.empty() ? "" : " ") + std::string(one.text());
        }
        draft.put(5, repetition, 3, 1, others);
        draft.put(5, repetition, 4, 1, name.child("suffix").text());
        draft.put(5, repetition, 5, 1, name.child("prefix").text());
        draft.put(5, repetition, 7, 1, name_type(name.child("use").text()));
    }
}

void put_addresses(Draft& draft, View patient) {
    int repetition = 0;
    for (View address = patient.child("address"); address; address = address.next_same()) {
        if (address.child("use").text() == "old") continue;
        ++repetition;
        const View line = address.child("line");
        draft.put(11, repetition, 1, 1, line.text());
        draft.put(11, repetition, 2, 1, line.next_same().text());
        draft.put(11, repetition, 3, 1, address.child("city").text());
        draft.put(11, repetition, 4, 1, address.child("state").text());
        draft.put(11, repetition, 5, 1, address.child("postalCode").text());
        draft.put(11, repetition, 6, 1, address.child("country").text());
        const std::string_view use = address.child("use").text();
        draft.put(11, repetition, 7, 1, use == "home" ? "H" : use == "work" ? "B" : use == "temp" ? "C" : "");
        draft.put(11, repetition, 9, 1, address.child("district").text());
    }
}

void put_telecom(Draft& draft, View patient) {
    int home = 0, work = 0;
    for (View point = patient.child("telecom"); point; point = point.next_same()) {
        const std::string_view system = point.child("system").text(), use = point.child("use").text();
        if (use == "old" || !point.child("value")) continue;
        const bool at_work = use == "work";
        const int field = at_work ? 14 : 13, repetition = at_work ? ++work : ++home;
        const bool mail = system == "email";
        if (!mail) draft.put(field, repetition, 1, 1, point.child("value").text());
        draft.put(field, repetition, 2, 1, mail ? "NET" : at_work ? "WPN" : "PRN");
        draft.put(field, repetition, 3, 1, mail ? "Internet" : system == "fax" ? "FX" : use == "mobile" ? "CP" : system == "pager" ? "BP" : "PH");
        if (mail) draft.put(field, repetition, 4, 1, point.child("value").text());
    }
}

}  // namespace

void write_pid(Draft& draft, int number, View patient, const std::function<bool(View identifier)>& tells) {
    draft.begin("PID");
    draft.put(1, std::to_string(number));
    put_numbers(draft, patient, tells);
    put_names(draft, patient);
    draft.put(7, digits(patient.child("birthDate").text()));
    const std::string_view gender = patient.child("gender").text();
    draft.put(8, gender == "male" ? "M" : gender == "female" ? "F" : gender == "other" ? "O" : gender.empty() ? "" : "U");
    put_addresses(draft, patient);
    put_telecom(draft, patient);
    draft.put(16, patient.child("maritalStatus").child("coding").child("code").text());
    if (const View died = patient.child("deceasedDateTime")) draft.put(29, digits(died.text()));
    const std::string_view dead = patient.child("deceasedBoolean").text();
    draft.put(30, patient.child("deceasedDateTime") || dead == "true" ? "Y" : dead == "false" ? "N" : "");
}

bool write_numbers(Draft& draft, View patient, const std::function<bool(View identifier)>& tells) {
    draft.begin("PID");
    if (put_numbers(draft, patient, tells) == 0) return false;
    draft.put(5, " ");
    return true;
}

}  // namespace hl7v2
