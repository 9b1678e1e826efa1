// SPDX-License-Identifier: Apache-2.0
#include "base/settings.h"

#include "base/text.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <stdexcept>

// What the parser holds for impossible stands in some broken files (a "[" at the end of a line): those are refused like any other, and do not
// end the program.
[[noreturn]] static void no_toml_after_all() { throw std::logic_error("no TOML"); }
#define TOML_ASSERT(expression) ((expression) ? void() : no_toml_after_all())
#include <toml++/toml.h>

#include <algorithm>
#include <cmath>
#include <set>

namespace base {

namespace {

using Kind = Setting::Kind;

constexpr const char* kind_names[] = {"text", "true or false", "whole number", "number", "duration", "size", "list of texts"};
const char* name_of(Kind kind) { return kind_names[static_cast<int>(kind)]; }

bool matches(std::string_view pattern, std::string_view name) {
    const auto wanted = split(pattern, '.');
    const auto parts = split(name, '.');
    if (wanted.size() != parts.size()) return false;
    for (std::size_t i = 0; i < parts.size(); ++i)
        if (wanted[i] != "*" && wanted[i] != parts[i]) return false;
    return true;
}

const Setting* declared(const Schema& schema, std::string_view name) {
    for (const Setting& setting : schema)
        if (matches(setting.name, name)) return &setting;
    return nullptr;
}

// How many letters must change to make one of the other (Levenshtein).
std::size_t distance(std::string_view a, std::string_view b) {
    std::vector<std::size_t> row(b.size() + 1);
    for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
    for (std::size_t i = 1; i <= a.size(); ++i) {
        std::size_t diagonal = row[0];
        row[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const std::size_t above = row[j];
            row[j] = std::min({row[j] + 1, row[j - 1] + 1, diagonal + (a[i - 1] == b[j - 1] ? 0 : 1)});
            diagonal = above;
        }
    }
    return row[b.size()];
}

std::string nearest(const Schema& schema, std::string_view name) {
    const Setting* best = nullptr;
    std::size_t least = SIZE_MAX;
    for (const Setting& setting : schema) {
        const std::size_t away = distance(name.substr(0, 100), setting.name);
        if (away < least) {
            least = away;
            best = &setting;
        }
    }
    return best == nullptr ? "" : best->name;
}

// A number with one of the units; the number may have a fraction when there is a unit.
using Units = std::vector<std::pair<std::string_view, std::int64_t>>;
std::optional<std::int64_t> measured(std::string_view text, const Units& units, std::int64_t bare) {
    text = trim(text);
    std::int64_t factor = bare;
    for (const auto& [unit, size] : units) {
        if (text.size() <= unit.size() || text.substr(text.size() - unit.size()) != unit) continue;
        factor = size;
        text = trim(text.substr(0, text.size() - unit.size()));
        break;
    }
    const auto number = to_double(text);
    if (!number || *number < 0 || *number * static_cast<double>(factor) > 9e15) return std::nullopt;
    return static_cast<std::int64_t>(*number * static_cast<double>(factor));
}

std::optional<std::int64_t> milliseconds(std::string_view text) {
    return measured(text, {{"ms", 1}, {"min", 60'000}, {"s", 1000}, {"h", 3'600'000}, {"d", 86'400'000}}, 1000);
}
std::optional<std::int64_t> bytes(std::string_view text) {
    return measured(text, {{"KiB", 1 << 10}, {"MiB", 1 << 20}, {"GiB", 1 << 30}, {"kB", 1000}, {"MB", 1'000'000}, {"GB", 1'000'000'000}, {"B", 1}}, 1);
}

}  // namespace

// Walks the file and the pairs, and collects what is wrong.
class Settings::Reader {
public:
    explicit Reader(const Schema& schema) : schema_(schema) {}

    void table(const toml::table& table, const std::string& prefix) {
        for (const auto& [key, node] : table) {
            const std::string name = prefix.empty() ? std::string(key.str()) : prefix + "." + std::string(key.str());
            const auto line = static_cast<int>(node.source().begin.line);
            if (const auto* inner = node.as_table()) this->table(*inner, name);
            else if (key.str().find('.') != std::string_view::npos) wrong(name, "a name may not hold a dot", line);
            else leaf(node, name, line);
        }
    }

    void pair(const std::string& name, const std::string& text) {
        const Setting* setting = known(name, 0);
        if (setting == nullptr) return;
        if (auto value = read(*setting, text)) keep(*setting, name, std::move(*value), 0);
        else wrong(name, fmt::format("\"{}\" is not a {}", text, name_of(setting->kind)), 0);
    }

    // A value from its command-line spelling.
    static std::optional<Value> read(const Setting& setting, const std::string& text) {
        Value value{setting.kind};
        std::optional<std::int64_t> integer;
        switch (setting.kind) {
            case Kind::text: value.text = text; return value;
            case Kind::boolean:
                if (text != "true" && text != "false") return std::nullopt;
                value.boolean = text == "true";
                return value;
            case Kind::real:
                if (const auto real = to_double(text)) value.real = *real;
                else return std::nullopt;
                return value;
            case Kind::texts:
                if (!text.empty())
                    for (const auto part : split(text, ',')) value.texts.emplace_back(trim(part));
                return value;
            case Kind::integer: integer = to_integer(text); break;
            case Kind::duration: integer = milliseconds(text); break;
            case Kind::size: integer = bytes(text); break;
        }
        if (!integer) return std::nullopt;
        value.integer = *integer;
        return value;
    }

    std::map<std::string, Value> values;
    Findings findings;

private:
    void leaf(const toml::node& node, const std::string& name, int line) {
        const Setting* setting = known(name, line);
        if (setting == nullptr) return;
        Value value{setting->kind};
        bool good = false;
        switch (setting->kind) {
            case Kind::text:
                if (const auto text = node.value_exact<std::string>()) value.text = *text, good = true;
                break;
            case Kind::boolean:
                if (const auto flag = node.value_exact<bool>()) value.boolean = *flag, good = true;
                break;
            case Kind::integer:
                if (const auto number = node.value_exact<std::int64_t>()) value.integer = *number, good = true;
                break;
            case Kind::real:
                if (node.is_number()) value.real = node.value<double>().value_or(0), good = true;
                break;
            case Kind::duration:
            case Kind::size: {
                const auto number = node.value_exact<std::int64_t>();
                const auto text = number ? std::to_string(*number) : node.value_exact<std::string>().value_or("");
                if (auto read_value = read(*setting, text)) value = std::move(*read_value), good = true;
                break;
            }
            case Kind::texts:
                if (const auto* array = node.as_array()) {
                    good = true;
                    for (const auto& element : *array) {
                        if (const auto text = element.value_exact<std::string>()) value.texts.push_back(*text);
                        else good = false;
                    }
                }
                break;
        }
        if (good) keep(*setting, name, std::move(value), line);
        else wrong(name, fmt::format("a {} is needed here", name_of(setting->kind)), line);
    }

    const Setting* known(const std::string& name, int line) {
        const Setting* setting = declared(schema_, name);
        if (setting == nullptr) wrong(name, fmt::format("is not known; the nearest is {}", nearest(schema_, name)), line);
        return setting;
    }

    void keep(const Setting& setting, const std::string& name, Value value, int line) {
        const bool counted = setting.kind == Kind::integer || setting.kind == Kind::duration || setting.kind == Kind::size;
        const double number = counted ? static_cast<double>(value.integer) : value.real;
        if (counted || setting.kind == Kind::real) {
            if (!std::isfinite(number)) return wrong(name, "must be a number that one can count with", line);
            if (setting.least && number < *setting.least) return wrong(name, fmt::format("may not be below {}", *setting.least), line);
            if (setting.most && number > *setting.most) return wrong(name, fmt::format("may not be above {}", *setting.most), line);
        }
        if (!setting.choices.empty() && std::find(setting.choices.begin(), setting.choices.end(), value.text) == setting.choices.end())
            return wrong(name, fmt::format("must be one of {}", fmt::join(setting.choices, ", ")), line);
        values[name] = std::move(value);
    }

    void wrong(const std::string& name, const std::string& text, int line) {
        findings.push_back({Severity::error, IssueType::invariant, name, name + ": " + text, line, 0});
    }

    const Schema& schema_;
};

namespace {

bool is_bare(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-'; }

// Where the text is no TOML (1.0) by its characters alone: control characters, and what has no meaning outside of quotes and remarks; else its
// size. The parser does not know what to do with letters beyond ASCII there: its table of white space has a hole.
std::size_t no_toml(std::string_view text) {
    std::string quotes;  // that end what is open: " ' \"\"\" \'\'\'
    bool remark = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        const auto byte = static_cast<unsigned char>(c);
        if ((byte < ' ' && c != '\t' && c != '\n' && c != '\r') || byte == 0x7F) return i;
        if (c == '\n') {
            remark = false;
            if (quotes.size() == 1) quotes.clear();
            continue;
        }
        if (remark || c == ' ' || c == '\t' || c == '\r') continue;
        if (!quotes.empty()) {
            if (c == '\\' && quotes[0] == '"') ++i;
            else if (text.substr(i).starts_with(quotes)) i += quotes.size() - 1, quotes.clear();
            continue;
        }
        if (c == '#') remark = true;
        else if (c == '"' || c == '\'') {
            if (i > 0 && is_bare(text[i - 1])) return i;  // the parser takes it for a part of the number, and goes on behind it
            const std::string three(3, c);
            quotes = text.substr(i).starts_with(three) ? three : std::string(1, c);
            i += quotes.size() - 1;
        } else if (!is_bare(c) && std::string_view("+.:=,[]{}").find(c) == std::string_view::npos) {
            if (i != 0 || !text.starts_with("\xEF\xBB\xBF")) return i;
            i += 2;
        }
    }
    return text.size();
}

}  // namespace

Result<Settings> Settings::read(const Schema& schema, std::string_view text, const std::string& source, const Pairs& pairs) {
    Settings settings;
    settings.schema_ = schema;
    for (const Setting& setting : schema) {
        auto value = Reader::read(setting, setting.fallback);
        if (!value && !setting.fallback.empty()) throw std::logic_error("the default of " + setting.name + " is malformed");
        settings.fallbacks_[setting.name] = value ? std::move(*value) : Value{setting.kind};
    }
    Reader reader(schema);
    if (const auto place = no_toml(text); place < text.size()) {
        const auto line = static_cast<int>(1 + std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(place), '\n'));
        const std::string what = fmt::format("{} line {}: a character that may not stand here outside of quotes", source, line);
        return Fault{Fault::Kind::malformed, what, source, IssueType::structure, {{Severity::fatal, IssueType::structure, "", what, line, 0}}};
    }
    try {
        const toml::table table = toml::parse(text, source);
        reader.table(table, "");
    } catch (const toml::parse_error& error) {
        const auto line = static_cast<int>(error.source().begin.line);
        const std::string what = fmt::format("{} line {}: {}", source, line, std::string(error.description()));
        return Fault{Fault::Kind::malformed, what, source, IssueType::structure, {{Severity::fatal, IssueType::structure, "", what, line, 0}}};
    } catch (const std::logic_error&) {
        const std::string what = fmt::format("{}: this is no TOML; look for brackets and quotes that are not closed", source);
        return Fault{Fault::Kind::malformed, what, source, IssueType::structure, {{Severity::fatal, IssueType::structure, "", what, 0, 0}}};
    }
    for (const auto& [name, value] : pairs) reader.pair(name, value);
    if (!reader.findings.empty()) {
        std::string all;
        for (const Finding& finding : reader.findings)
            all += fmt::format("{}{}: {}", all.empty() ? "" : "\n",
                               finding.line > 0 ? fmt::format("{} line {}", source, finding.line) : "command line", finding.text);
        return Fault{Fault::Kind::invalid, all, source, IssueType::invariant, std::move(reader.findings)};
    }
    settings.given_ = std::move(reader.values);
    return settings;
}

const Settings::Value& Settings::value(const std::string& name, Kind kind) const {
    const Setting* setting = declared(schema_, name);
    if (setting == nullptr) throw std::logic_error("the setting " + name + " is not declared");
    const bool counted = setting->kind == Kind::duration || setting->kind == Kind::size;
    if (setting->kind != kind && !(kind == Kind::integer && counted)) throw std::logic_error("the setting " + name + " is of another kind");
    const auto found = given_.find(name);
    return found != given_.end() ? found->second : fallbacks_.at(setting->name);
}

const std::string& Settings::text(const std::string& name) const { return value(name, Kind::text).text; }
bool Settings::boolean(const std::string& name) const { return value(name, Kind::boolean).boolean; }
std::int64_t Settings::integer(const std::string& name) const { return value(name, Kind::integer).integer; }
double Settings::real(const std::string& name) const { return value(name, Kind::real).real; }
const std::vector<std::string>& Settings::texts(const std::string& name) const { return value(name, Kind::texts).texts; }

std::vector<std::string> Settings::names(const std::string& prefix) const {
    std::set<std::string> names;
    const std::string start = prefix + ".";
    for (const auto& [name, value] : given_)
        if (name.starts_with(start)) names.emplace(cut(std::string_view(name).substr(start.size()), '.').first);
    return {names.begin(), names.end()};
}

Result<std::pair<std::string, std::string>> setting_pair(std::string_view text) {
    const auto [name, value] = cut(text, '=');
    if (text.find('=') == std::string_view::npos || trim(name).empty())
        return Fault{Fault::Kind::malformed, fmt::format("\"{}\" is not of the form name=value", text)};
    return std::pair(std::string(trim(name)), std::string(trim(value)));
}

std::string describe(const Schema& schema) {
    std::string out = "| setting | kind | default | what |\n|---|---|---|---|\n";
    for (const Setting& setting : schema) {
        std::string kind = name_of(setting.kind);
        if (!setting.choices.empty()) kind = fmt::format("{}", fmt::join(setting.choices, ", "));
        if (setting.least && setting.most) kind += fmt::format(", {} to {}", *setting.least, *setting.most);
        else if (setting.least) kind += fmt::format(", at least {}", *setting.least);
        else if (setting.most) kind += fmt::format(", at most {}", *setting.most);
        const std::string fallback = setting.fallback.empty() ? "" : "`" + setting.fallback + "`";
        out += fmt::format("| `{}` | {} | {} | {} |\n", setting.name, kind, fallback, setting.what);
    }
    return out;
}

}  // namespace base
