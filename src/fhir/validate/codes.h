// SPDX-License-Identifier: Apache-2.0
#pragma once

// What validation asks about codes: the port that terminology implements. "unknown" means that the content is not
// here (a value set or code system that nobody loaded, or only a fragment of it): then nothing may be refused.

#include <cstdint>
#include <string>
#include <string_view>

namespace fhir::validate {

enum class Answer : std::uint8_t { no, yes, unknown };

struct CodedValue {
    std::string_view system;  // "" when only the code is known: a `code` element, whose system the value set decides
    std::string_view version;
    std::string_view code;
    std::string_view display;  // "" = not sent
};

struct CodeVerdict {
    Answer in_set = Answer::unknown;
    Answer in_system = Answer::unknown;    // does the system have this code?
    Answer display_fits = Answer::unknown; // case and spaces do not count; designations count; yes when none was sent
    bool system_known = false;             // content of the system is here (also: built in, as UCUM or BCP 47)
    bool system_named = false;             // the system is one that is heard of here, with or without its content (SNOMED CT)
    bool set_known = false;
    bool inactive = false;
    bool abstract = false;
    std::string display;  // the right one, when known
    std::string text;     // for people: why not, or why unknown; may be empty
};

class Codes {
public:
    virtual ~Codes() = default;
    // `value_set`: canonical, may carry a version; "" asks for the system alone. `package`: of the definition that binds.
    virtual CodeVerdict check(const CodedValue& value, std::string_view value_set, std::string_view package) const = 0;
    virtual Answer subsumes(std::string_view system, std::string_view general, std::string_view specific) const = 0;
};

}  // namespace fhir::validate
