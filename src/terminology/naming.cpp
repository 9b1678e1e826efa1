// SPDX-License-Identifier: Apache-2.0
#include "terminology/naming.h"

#include "base/text.h"

#include <algorithm>
#include <cctype>
#include <fstream>
#include <iterator>

namespace terminology {

namespace {

bool digits(std::string_view text) {
    return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

// Arcs of digits with dots between them, the first 0 to 2 (FHIR R4 2.24.0.1 oid).
bool dotted(std::string_view text) {
    if (text.size() < 3 || text[0] < '0' || text[0] > '2' || text[1] != '.') return false;
    for (std::string_view arc : base::split(text, '.'))
        if (!digits(arc) || (arc.size() > 1 && arc[0] == '0')) return false;
    return true;
}

// Nobody owns one as short as 2.3: that is a number which looks like one.
bool oid(std::string_view text) { return dotted(text) && (text.rfind('.') >= 4 || text.starts_with("1.3")); }

bool uuid(std::string_view text) {
    if (text.size() != 36) return false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
        if (dash ? text[i] != '-' : std::isxdigit(static_cast<unsigned char>(text[i])) == 0) return false;
    }
    return true;
}

// A name, in capitals, that means something only beside its sender's.
bool only_local(std::string_view name) { return name == "L" || name == "LOCAL" || name.starts_with("99"); }

bool uri(std::string_view text) {
    return text.find("://") != std::string_view::npos || text.substr(0, 4) == "urn:";
}

std::string universal_uri(std::string_view text) {
    if (uri(text)) return std::string(text);
    if (oid(text)) return "urn:oid:" + std::string(text);
    if (uuid(text)) return "urn:uuid:" + base::lower(text);
    return {};
}

}  // namespace

base::Result<void> Naming::read(std::string_view file, std::string_view text) {
    int number = 0;
    for (std::string_view line : base::split(text, '\n')) {
        ++number;
        if (base::trim(line).empty() || line.front() == '#') continue;
        const auto columns = base::split(line, '\t');
        const std::string_view kind = columns.size() == 3 ? base::trim(columns[2]) : std::string_view{};
        if (kind != "id" && kind != "code")
            return base::Fault{base::Fault::Kind::invalid, std::string(file) + ":" + std::to_string(number) +
                                                               ": a row is name, URI and id or code, with tabs between"};
        (kind == "id" ? ids_ : codes_)[base::upper(base::trim(columns[0]))] = base::trim(columns[1]);
        (kind == "id" ? id_names_ : code_names_).emplace(base::trim(columns[1]), base::trim(columns[0]));
    }
    return {};
}

base::Result<void> Naming::load(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    if (!in) return base::Fault{base::Fault::Kind::missing, "cannot read " + path};
    const std::string text{std::istreambuf_iterator<char>(in), {}};
    return read(path, text);
}

std::string Naming::local(std::string_view name) const { return local_base_ + base::percent_encode(name); }

std::string Naming::identifier_system(std::string_view name, std::string_view universal, std::string_view type) const {
    for (std::string_view key : {universal, name}) {
        if (key.empty()) continue;
        if (const auto found = ids_.find(base::upper(key)); found != ids_.end()) return found->second;
    }
    if (!universal.empty()) {
        if (base::equal_ignoring_case(type, "URI")) return std::string(universal);
        if (std::string found = universal_uri(universal); !found.empty()) return found;
        if (name.empty() || dotted(universal)) return local(universal);
    }
    if (name.empty()) return {};
    if (std::string found = universal_uri(name); !found.empty()) return found;
    return local(name);
}

std::string Naming::code_system(std::string_view name, std::string_view sender) const {
    if (name.empty()) return {};
    const std::string key = base::upper(name);
    if (const auto found = codes_.find(key); found != codes_.end()) return found->second;
    if (std::string found = universal_uri(name); !found.empty()) return found;
    if (key.starts_with("HL7")) {
        std::string_view table = std::string_view(key).substr(3);
        if (!table.empty() && (table[0] == '-' || table[0] == ' ')) table.remove_prefix(1);
        if (table.size() == 4 && digits(table)) return "http://terminology.hl7.org/CodeSystem/v2-" + std::string(table);
    }
    return only_local(key) && !sender.empty() ? local(sender) + ":" + base::percent_encode(name) : local(name);
}

// The URI without what local() put before it; nothing when it was not made so: no OID, UUID or URI is put there.
std::string Naming::local_name(std::string_view made) const {
    if (!made.starts_with(local_base_)) return {};
    const std::string name = base::percent_decode(made.substr(local_base_.size()), false).value_or("");
    return local(name) == made && universal_uri(name).empty() ? name : std::string();
}

Naming::Authority Naming::authority(std::string_view system) const {
    if (const auto found = id_names_.find(std::string(system)); found != id_names_.end()) {
        // A name that is an OID stands where OIDs stand.
        if (oid(found->second)) return {"", found->second, "ISO"};
        return {found->second, "", ""};
    }
    if (system.starts_with("urn:oid:") && oid(system.substr(8))) return {"", std::string(system.substr(8)), "ISO"};
    if (system.starts_with("urn:uuid:") && uuid(system.substr(9))) return {"", std::string(system.substr(9)), "UUID"};
    if (std::string name = local_name(system); !name.empty()) return {std::move(name), "", ""};
    return {"", std::string(system), "URI"};
}

std::string Naming::code_system_name(std::string_view system) const {
    if (const auto found = code_names_.find(std::string(system)); found != code_names_.end()) return found->second;
    constexpr std::string_view table = "http://terminology.hl7.org/CodeSystem/v2-";
    if (system.starts_with(table) && system.size() == table.size() + 4 && digits(system.substr(table.size())))
        return "HL7" + std::string(system.substr(table.size()));
    if (system.starts_with("urn:oid:") && oid(system.substr(8))) return std::string(system.substr(8));
    if (std::string name = local_name(system); !name.empty()) return name;
    // "<base>SENDER:L" was a name that says no more than local.
    if (const auto colon = system.rfind(':'); system.starts_with(local_base_) && colon != std::string_view::npos && colon + 1 > local_base_.size())
        if (std::string name = local_name(local_base_ + std::string(system.substr(colon + 1))), sender = local_name(system.substr(0, colon));
            !name.empty() && !sender.empty() && only_local(base::upper(name)))
            return name;
    return std::string(system);
}

}  // namespace terminology
