// SPDX-License-Identifier: Apache-2.0
#include "fhir/search/read_value.h"

#include "base/id.h"
#include "base/text.h"
#include "fhir/path/temporal.h"
#include "fhir/resource/reference.h"
#include "fhir/search/base_units.h"
#include "fhir/search/position.h"
#include "fhir/search/string_key.h"
#include "fhir/search/token.h"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>

namespace fhir::search {

namespace {

base::Fault wrong(const Parameter& parameter, std::string_view why) {
    return {base::Fault::Kind::invalid, fmt::format("The search parameter {} {}", parameter.code, why), parameter.code,
            base::IssueType::value, {}};
}

struct PrefixName {
    std::string_view text;
    Prefix prefix;
};
constexpr PrefixName prefixes[] = {{"eq", Prefix::eq}, {"ne", Prefix::ne}, {"gt", Prefix::gt}, {"lt", Prefix::lt}, {"ge", Prefix::ge},
                                   {"le", Prefix::le}, {"sa", Prefix::sa}, {"eb", Prefix::eb}, {"ap", Prefix::ap}};

Prefix take_prefix(std::string_view& text) {
    for (const PrefixName& one : prefixes) {
        if (!text.starts_with(one.text)) continue;
        text.remove_prefix(2);
        return one.prefix;
    }
    return Prefix::eq;
}

// The number and the range that its digits stand for: 100 is [99.5, 100.5), 1e2 is [95, 105), 5.40 is [5.395, 5.405)
// (R4 3.1.1.4.6).
bool read_number(std::string_view text, Value& value) {
    std::string_view digits = text;
    if (!digits.empty() && (digits.front() == '-' || digits.front() == '+')) digits.remove_prefix(1);
    const std::size_t exponent_at = digits.find_first_of("eE");
    const std::string_view mantissa = digits.substr(0, exponent_at);
    int exponent = 0;
    if (exponent_at != std::string_view::npos) {
        std::string_view written = digits.substr(exponent_at + 1);
        if (written.starts_with('+')) written.remove_prefix(1);
        const auto number = base::to_integer(written);
        if (!number || std::abs(*number) > 308) return false;
        exponent = static_cast<int>(*number);
    }
    const std::size_t point = mantissa.find('.');
    const std::string_view whole = mantissa.substr(0, point);
    const std::string_view part = point == std::string_view::npos ? std::string_view{} : mantissa.substr(point + 1);
    const auto all_digits = [](std::string_view s) {
        return std::all_of(s.begin(), s.end(), [](char c) { return c >= '0' && c <= '9'; });
    };
    if (mantissa.empty() || mantissa.size() > 64 || whole.empty() || !all_digits(whole) || !all_digits(part)) return false;
    if (point != std::string_view::npos && part.empty()) return false;
    if (text.starts_with('+')) text.remove_prefix(1);
    const auto number = base::to_double(text);
    if (!number || !std::isfinite(*number)) return false;
    value.exact = *number;
    // Half a unit of the last digit. R4 reads 1e2 as [95, 105), as if it were written 1.0e2.
    const bool bare_exponent = exponent_at != std::string_view::npos && part.empty();
    const int last = exponent - (bare_exponent ? 1 : static_cast<int>(part.size()));
    const double half = 0.5 * std::pow(10.0, last);
    value.low = *number - half;
    value.high = *number + half;
    if (last >= -15 && last <= 15) {  // rounded to the decimal that was meant
        const double scale = std::pow(10.0, 1 - last);
        if (std::fabs(*number) * scale < 9e15) {
            value.low = std::round(value.low * scale) / scale;
            value.high = std::round(value.high * scale) / scale;
        }
    }
    if (value.prefix == Prefix::ap) {  // within a tenth of the value, R4's own suggestion
        const double tenth = std::fabs(value.exact) * 0.1;
        value.low = std::min(value.low, value.exact - tenth);
        value.high = std::max(value.high, value.exact + tenth);
    }
    return std::isfinite(value.low) && std::isfinite(value.high);
}

// The number and its range in base units. The range is converted, not the precision: 37 Cel is [36.5, 37.5) Cel in Kelvin.
std::optional<Measure> measure_of(const Value& value, const ucum::Units& units) {
    const auto convert = [&](double number) { return in_base_units_of(units, fmt::format("{}", number), value.code); };
    const auto exact = convert(value.exact);
    if (!exact) return {};
    const auto low = convert(value.low);
    const auto high = convert(value.high);
    if (!low || !high) return {};
    return Measure{exact->unit, exact->number, low->number, high->number};
}

base::Result<void> read_date(const Parameter& parameter, std::string_view text, base::Micros now, Value& value) {
    // A '+' that nobody encoded arrives as a space: "2024-05-01T10:00:00 02:00".
    std::string plain(text);
    if (plain.size() > 6 && plain[plain.size() - 6] == ' ') plain[plain.size() - 6] = '+';
    const auto time = path::Temporal::date_time(plain);
    // Hours need minutes (R4 3.1.1.4.7), and a bare "T" belongs to FHIRPath only.
    if (!time || text.ends_with('T') || time->precision == path::Temporal::Precision::hour)
        return wrong(parameter, "needs a date like 2024, 2024-05, 2024-05-01 or 2024-05-01T12:30:00Z");
    value.from = time->first();
    value.to = time->end();
    if (value.prefix == Prefix::ap) {  // "about": a tenth of the distance from now, R4's own suggestion (3.1.1.4.5)
        const base::Micros middle = value.from + (value.to - value.from) / 2;
        const base::Micros tenth = std::abs(now - middle) / 10;
        value.from -= tenth;
        value.to += tenth;
    }
    return {};
}

base::Result<void> read_token(const Parameter& parameter, std::string_view text, Value& value) {
    const auto parts = split_escaped(text, '|');
    if (parts.size() > 2) return wrong(parameter, "has more than one '|'; within a code it is written \\|");
    if (parts.size() == 1) {
        value.code = unescape(parts[0]);
        return {};
    }
    value.has_system = true;
    value.system = unescape(parts[0]);
    value.code = unescape(parts[1]);
    value.any_code = value.code.empty();
    if (value.any_code && value.system.empty()) return wrong(parameter, "needs a system, a code or both");
    return {};
}

base::Result<void> read_quantity(const Parameter& parameter, std::string_view text, const ParseOptions& options, Value& value) {
    const auto parts = split_escaped(text, '|');
    if (parts.size() > 3 || parts.size() == 2 || !read_number(parts[0], value))
        return wrong(parameter, "needs a quantity like 5.4, 5.4||mg or 5.4|http://unitsofmeasure.org|mg");
    if (parts.size() == 1) return {};
    value.system = unescape(parts[1]);
    value.code = unescape(parts[2]);
    value.has_system = !value.system.empty();
    if (options.units && value.system == ucum_system && !value.code.empty()) value.measure = measure_of(value, *options.units);
    return {};
}

// "MR|446053": the type of an identifier and its value (R4 3.1.1.4.4, :of-type), its type's system before.
base::Result<void> read_of_type(const Parameter& parameter, std::string_view text, Value& value) {
    const auto parts = split_escaped(text, '|');
    if (parts.size() != 3 || parts[1].empty() || parts[2].empty()) return wrong(parameter, "with :of-type needs system|code|value");
    value.system = unescape(parts[0]);
    value.has_system = !value.system.empty();
    value.code = of_type_key(unescape(parts[1]), unescape(parts[2]));
    return {};
}

// latitude|longitude|distance|unit (R4 Location, near); kilometers where no unit is said.
base::Result<void> read_position(const Parameter& parameter, std::string_view text, const ParseOptions& options, Value& value) {
    const auto parts = split_escaped(text, '|');
    const auto number = [&](std::size_t part) -> std::optional<double> {
        Value read;
        if (!read_number(parts[part], read)) return {};
        return read.exact;
    };
    if (parts.size() < 2 || parts.size() > 4) return wrong(parameter, "needs latitude|longitude|distance|unit");
    const auto latitude = number(0);
    const auto longitude = number(1);
    if (!latitude || !longitude || std::fabs(*latitude) > 90 || std::fabs(*longitude) > 180)
        return wrong(parameter, "needs a latitude from -90 to 90 and a longitude from -180 to 180");
    value.low = *latitude;
    value.high = *longitude;
    value.exact = default_distance_km;
    const std::string unit = parts.size() == 4 ? unescape(parts[3]) : std::string();
    if (parts.size() < 3 || parts[2].empty()) return unit.empty() ? base::Result<void>{} : wrong(parameter, "has a unit and no distance");
    const auto distance = number(2);
    if (!distance || *distance < 0) return wrong(parameter, "needs a distance of 0 or more");
    const double factor = unit.empty() || unit == "km" ? 1 : unit == "m" ? 0.001 : 0;
    value.exact = *distance * factor;
    if (factor != 0) return {};
    const auto in_km = options.units ? options.units->convert(fmt::format("{}", *distance), unit == "mi" ? "[mi_i]" : unit, "km")
                                     : base::Result<std::string>(wrong(parameter, "needs a unit of length"));
    const auto km = in_km ? base::to_double(*in_km) : std::nullopt;
    if (!km || !std::isfinite(*km)) return wrong(parameter, "needs a unit of length: km, m or another of UCUM, like [mi_i]");
    value.exact = *km;
    return {};
}

base::Result<void> read_reference(const Parameter& parameter, const Clause& clause, std::string_view text,
                                  const schema::Schema& schema, const ParseOptions& options, Value& value) {
    using Kind = resource::ReferenceText::Kind;
    const std::string plain = unescape(text);
    if (clause.modifier == Modifier::below || clause.modifier == Modifier::above) {
        if (plain.find(':') == std::string::npos) return wrong(parameter, "needs a canonical address behind :below and :above");
        value.code = plain;
        return {};
    }
    const auto reference = resource::read_reference(plain);
    const bool ours = reference.kind == Kind::relative ||
                      (reference.kind == Kind::absolute && std::find(options.own_bases.begin(), options.own_bases.end(), reference.base) != options.own_bases.end());
    if (clause.modifier == Modifier::type) {
        if (!base::valid_id(plain)) return wrong(parameter, "needs a logical id behind its type modifier");
        value.system = clause.type;
        value.code = plain;
        return {};
    }
    if (ours || reference.kind == Kind::absolute) {
        if (ours && !schema.is_resource(reference.type)) return wrong(parameter, "names a resource type that does not exist");
        if (!ours) (value.code += reference.base) += '/';
        if (ours && reference.version.empty()) {
            value.system = reference.type;
            value.code = reference.id;
            return {};
        }
        ((value.code += reference.type) += '/') += reference.id;
        if (!reference.version.empty()) (value.code += "/_history/") += reference.version;
        return {};
    }
    // "23" is a logical id of any allowed type; anything with a colon is an address.
    if (plain.find(':') == std::string::npos && !base::valid_id(plain)) return wrong(parameter, "needs a reference like 23, Patient/23 or an absolute address");
    value.code = plain;
    return {};
}

void read_string(std::string_view text, Value& value) {
    value.text = unescape(text);
    value.code = string_key(value.text);
}

}  // namespace

bool takes_prefix(ParameterType type) {
    return type == ParameterType::number || type == ParameterType::date || type == ParameterType::quantity;
}

std::vector<std::string_view> split_escaped(std::string_view text, char separator) {
    std::vector<std::string_view> parts;
    std::size_t begin = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '\\') {
            ++i;
        } else if (text[i] == separator) {
            parts.push_back(text.substr(begin, i - begin));
            begin = i + 1;
        }
    }
    parts.push_back(text.substr(begin));
    return parts;
}

std::string escape(std::string_view text) {
    std::string out;
    for (const char c : text) {
        if (c == '\\' || c == ',' || c == '$' || c == '|') out += '\\';
        out += c;
    }
    return out;
}

std::string unescape(std::string_view text) {
    std::string result;
    result.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '\\' && i + 1 < text.size() && std::string_view(",|$\\").find(text[i + 1]) != std::string_view::npos) ++i;
        result += text[i];
    }
    return result;
}

base::Result<Value> read_value(const Parameter& parameter, const Clause& clause, std::string_view text,
                               const schema::Schema& schema, const ParseOptions& options) {
    Value value;
    if (text.find('\0') != std::string_view::npos || !base::valid_utf8(text)) return wrong(parameter, "holds bytes that are no text");
    if (clause.modifier == Modifier::missing) {
        if (text != "true" && text != "false") return wrong(parameter, "with :missing takes true or false");
        value.missing = text == "true";
        return value;
    }
    if (text.empty()) return wrong(parameter, "has an empty value");
    if (takes_prefix(parameter.type)) value.prefix = take_prefix(text);
    if (is_words(parameter)) {
        value.text = unescape(text);
        auto words = read_words(value.text);
        if (!words) return wrong(parameter, fmt::format("cannot be read: {}", words.fault().text));
        value.words = *std::move(words);
        return value;
    }
    switch (parameter.type) {
        case ParameterType::string:
            read_string(text, value);
            // Only white space or accents: it would match everything.
            if (value.code.empty() && clause.modifier != Modifier::exact) return wrong(parameter, "has an empty value");
            return value;
        case ParameterType::token:
            switch (clause.modifier) {
                case Modifier::text:
                    read_string(text, value);
                    if (value.code.empty()) return wrong(parameter, "has an empty value");
                    return value;
                case Modifier::of_type: TRY(read_of_type(parameter, text, value)); return value;
                case Modifier::in: case Modifier::not_in: value.text = unescape(text); return value;
                case Modifier::above: case Modifier::below: value.text = unescape(text); break;
                default: break;
            }
            TRY(read_token(parameter, text, value));
            return value;
        case ParameterType::uri:
            value.code = unescape(text);
            return value;
        case ParameterType::number:
            if (!read_number(text, value)) return wrong(parameter, "needs a number");
            return value;
        case ParameterType::date: TRY(read_date(parameter, text, options.now, value)); return value;
        case ParameterType::quantity: TRY(read_quantity(parameter, text, options, value)); return value;
        case ParameterType::reference:
            if (clause.modifier == Modifier::identifier) {
                TRY(read_token(parameter, text, value));
                return value;
            }
            TRY(read_reference(parameter, clause, text, schema, options, value));
            return value;
        case ParameterType::composite: {
            const auto parts = split_escaped(text, '$');
            if (parts.size() != parameter.components.size())
                return wrong(parameter, fmt::format("needs {} values joined by '$'", parameter.components.size()));
            const Clause plain{clause.parameter, Modifier::none, {}, {}};
            for (std::size_t i = 0; i < parts.size(); ++i) {
                TRY(Value part, read_value(*parameter.components[i].parameter, plain, parts[i], schema, options));
                value.parts.push_back(std::move(part));
            }
            return value;
        }
        case ParameterType::special:
            if (!is_position(parameter)) break;
            TRY(read_position(parameter, text, options, value));
            return value;
    }
    return wrong(parameter, "cannot be searched");
}

}  // namespace fhir::search
