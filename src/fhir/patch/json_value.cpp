// SPDX-License-Identifier: Apache-2.0
#include "fhir/patch/json_value.h"

#include "base/text.h"
#include "fhir/codec/json.h"
#include "fhir/codec/place.h"

#include <algorithm>

namespace fhir::patch {
namespace {

using base::Fault;
using Kind = JsonValue::Kind;

bool digit(char c) { return c >= '0' && c <= '9'; }

class Reader {
public:
    explicit Reader(std::string_view bytes) : bytes_(bytes) {}

    base::Result<JsonValue> whole() {
        JsonValue root;
        space();
        TRY(value(root, most_depth));
        space();
        if (at_ != bytes_.size()) return wrong("something follows behind the value");
        return root;
    }

private:
    Fault wrong(std::string text) const {
        return codec::fault_at(bytes_, at_, std::move(text), {}, base::IssueType::structure);
    }
    char peek() const { return at_ < bytes_.size() ? bytes_[at_] : '\0'; }
    bool take(char c) {
        if (peek() != c || at_ >= bytes_.size()) return false;
        ++at_;
        return true;
    }
    void space() {
        while (at_ < bytes_.size() && (bytes_[at_] == ' ' || bytes_[at_] == '\n' || bytes_[at_] == '\r' || bytes_[at_] == '\t')) ++at_;
    }

    base::Result<void> value(JsonValue& out, int depth) {
        if (++count_ > most_values) return Fault{Fault::Kind::too_large, "The JSON has too many values."};
        switch (peek()) {
            case '{':
            case '[':
                if (depth == 0) return Fault{Fault::Kind::too_large, "The JSON is nested too deep."};
                return peek() == '{' ? object(out, depth) : array(out, depth);
            case '"': out.kind = Kind::string; return string(out.text);
            case 't': return word(out, "true", Kind::boolean);
            case 'f': return word(out, "false", Kind::boolean);
            case 'n': return word(out, "null", Kind::null);
            default: return number(out);
        }
    }

    base::Result<void> word(JsonValue& out, std::string_view expected, Kind kind) {
        if (bytes_.substr(at_, expected.size()) != expected) return wrong("this is no JSON value");
        at_ += expected.size();
        out.kind = kind;
        if (kind == Kind::boolean) out.text = expected;
        return {};
    }

    base::Result<void> number(JsonValue& out) {
        const std::size_t begin = at_;
        const auto digits = [&] {
            const std::size_t first = at_;
            while (digit(peek())) ++at_;
            return at_ > first;
        };
        take('-');
        if (!take('0') && !digits()) return wrong("this is no JSON value");
        if (take('.') && !digits()) return wrong("a number has digits behind its point");
        if (take('e') || take('E')) {
            if (!take('+')) take('-');
            if (!digits()) return wrong("a number has digits in its exponent");
        }
        out.kind = Kind::number;
        out.text = bytes_.substr(begin, at_ - begin);
        return {};
    }

    base::Result<void> array(JsonValue& out, int depth) {
        out.kind = Kind::array;
        ++at_;
        space();
        if (take(']')) return {};
        while (true) {
            space();
            TRY(value(out.children.emplace_back(), depth - 1));
            space();
            if (take(']')) return {};
            if (!take(',')) return wrong("a comma or ] is missing");
        }
    }

    base::Result<void> object(JsonValue& out, int depth) {
        out.kind = Kind::object;
        ++at_;
        space();
        if (take('}')) return {};
        while (true) {
            space();
            if (peek() != '"') return wrong("a property's name is missing");
            JsonValue& member = out.children.emplace_back();
            TRY(string(member.key));
            space();
            if (!take(':')) return wrong("a colon is missing");
            space();
            TRY(value(member, depth - 1));
            space();
            if (take('}')) break;
            if (!take(',')) return wrong("a comma or } is missing");
        }
        std::vector<std::string_view> keys;
        keys.reserve(out.children.size());
        for (const JsonValue& member : out.children) keys.push_back(member.key);
        std::sort(keys.begin(), keys.end());
        if (std::adjacent_find(keys.begin(), keys.end()) != keys.end()) return wrong("a property stands twice");
        return {};
    }

    base::Result<void> string(std::string& out) {
        ++at_;
        while (true) {
            const std::size_t clean = at_;
            while (at_ < bytes_.size() && bytes_[at_] != '"' && bytes_[at_] != '\\' && static_cast<unsigned char>(bytes_[at_]) >= 0x20) ++at_;
            out.append(bytes_, clean, at_ - clean);
            if (at_ == bytes_.size()) return wrong("a string does not end");
            if (take('"')) return {};
            if (!take('\\')) return wrong("a control character in a string must be escaped");
            TRY(escape(out));
        }
    }

    base::Result<void> escape(std::string& out) {
        constexpr std::string_view from = "\"\\/bfnrt", to = "\"\\/\b\f\n\r\t";
        const char c = peek();
        ++at_;
        if (const auto known = from.find(c); c != '\0' && known != std::string_view::npos) {
            out.push_back(to[known]);
            return {};
        }
        if (c != 'u') return wrong("this escape does not exist");
        char32_t code = 0;
        if (!hex(code)) return wrong("four hexadecimal digits follow \\u");
        if (code >= 0xD800 && code < 0xDC00) {
            char32_t low = 0;
            if (!take('\\') || !take('u') || !hex(low) || low < 0xDC00 || low > 0xDFFF) return wrong("half of a surrogate pair stands alone");
            code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
        } else if (code == 0 || (code >= 0xDC00 && code <= 0xDFFF)) {
            return wrong("this character cannot stand in a string");
        }
        base::append_utf8(out, code);
        return {};
    }

    bool hex(char32_t& out) {
        for (int i = 0; i < 4; ++i, ++at_) {
            const char c = peek();
            if (digit(c)) out = out * 16 + static_cast<char32_t>(c - '0');
            else if (c >= 'a' && c <= 'f') out = out * 16 + static_cast<char32_t>(c - 'a' + 10);
            else if (c >= 'A' && c <= 'F') out = out * 16 + static_cast<char32_t>(c - 'A' + 10);
            else return false;
        }
        return true;
    }

    std::string_view bytes_;
    std::size_t at_ = 0;
    std::size_t count_ = 0;
};

void write(const JsonValue& value, std::string& out) {
    const auto children = [&](char open, char close) {
        out.push_back(open);
        for (const JsonValue& child : value.children) {
            if (&child != &value.children.front()) out.push_back(',');
            if (value.kind == Kind::object) {
                codec::write_json_string(child.key, out);
                out.push_back(':');
            }
            write(child, out);
        }
        out.push_back(close);
    };
    switch (value.kind) {
        case Kind::null: out += "null"; break;
        case Kind::boolean:
        case Kind::number: out += value.text; break;
        case Kind::string: codec::write_json_string(value.text, out); break;
        case Kind::array: children('[', ']'); break;
        case Kind::object: children('{', '}'); break;
    }
}

// A number as 0.digits times ten to the power of its exponent, without zeros at either end: equal numbers look alike.
struct Decimal {
    bool negative = false;
    std::string digits{};
    std::int64_t exponent = 0;
    bool operator==(const Decimal&) const = default;
};

// Nothing when the exponent has more digits than anybody writes.
std::optional<Decimal> read_decimal(std::string_view text) {
    Decimal out;
    if (text.starts_with('-')) {
        out.negative = true;
        text.remove_prefix(1);
    }
    const auto mark = text.find_first_of("eE");
    if (mark != std::string_view::npos) {
        std::string_view power = text.substr(mark + 1);
        if (power.starts_with('+')) power.remove_prefix(1);
        const auto number = power.size() > 17 ? std::nullopt : base::to_integer(power);
        if (!number) return std::nullopt;
        out.exponent = *number;
    }
    const auto [whole, part] = base::cut(text.substr(0, mark), '.');
    out.exponent += static_cast<std::int64_t>(whole.size());
    out.digits.append(whole).append(part);
    const auto first = out.digits.find_first_not_of('0');
    if (first == std::string::npos) return Decimal{};
    out.exponent -= static_cast<std::int64_t>(first);
    out.digits.erase(0, first);
    out.digits.erase(out.digits.find_last_not_of('0') + 1);
    return out;
}

bool same_number(std::string_view a, std::string_view b) {
    if (a == b) return true;
    const auto one = read_decimal(a), other = read_decimal(b);
    return one && other && *one == *other;
}

bool same_members(const JsonValue& a, const JsonValue& b) {
    const auto sorted = [](const JsonValue& object) {
        std::vector<const JsonValue*> members;
        members.reserve(object.children.size());
        for (const JsonValue& member : object.children) members.push_back(&member);
        std::sort(members.begin(), members.end(), [](const JsonValue* x, const JsonValue* y) { return x->key < y->key; });
        return members;
    };
    const auto mine = sorted(a), other = sorted(b);
    return std::equal(mine.begin(), mine.end(), other.begin(), other.end(),
                      [](const JsonValue* x, const JsonValue* y) { return x->key == y->key && equal(*x, *y); });
}

// True when nothing is left of it.
bool prune_below(JsonValue& value) {
    // In a list of twins ("_given") a place means a value in the other list: it is kept with null in it.
    const bool twins = value.kind == Kind::array && value.key.starts_with('_');
    std::size_t kept = 0;
    bool something = false;
    for (std::size_t i = 0; i < value.children.size(); ++i) {
        if (prune_below(value.children[i])) {
            value.emptied = true;
            if (!twins) continue;
            value.children[i] = {};
        }
        something = something || !twins || value.children[i].kind != Kind::null;
        if (kept != i) value.children[kept] = std::move(value.children[i]);
        ++kept;
    }
    value.children.resize(something ? kept : value.emptied ? 0 : kept);
    return value.emptied && value.children.empty() && (value.kind == Kind::array || value.kind == Kind::object);
}

}  // namespace

JsonValue* JsonValue::member(std::string_view name) {
    if (kind != Kind::object) return nullptr;
    const auto found = std::find_if(children.begin(), children.end(), [&](const JsonValue& child) { return child.key == name; });
    return found == children.end() ? nullptr : &*found;
}

base::Result<JsonValue> read_value(std::string_view bytes) {
    if (bytes.starts_with("\xEF\xBB\xBF")) bytes.remove_prefix(3);
    if (!base::valid_utf8(bytes)) return codec::fault_at(bytes, 0, "the text is not UTF-8", {}, base::IssueType::structure);
    return Reader(bytes).whole();
}

std::string write_value(const JsonValue& value) {
    std::string out;
    write(value, out);
    return out;
}

bool equal(const JsonValue& a, const JsonValue& b) {
    if (a.kind != b.kind) return false;
    switch (a.kind) {
        case Kind::number: return same_number(a.text, b.text);
        case Kind::object: return a.children.size() == b.children.size() && same_members(a, b);
        case Kind::array: return std::equal(a.children.begin(), a.children.end(), b.children.begin(), b.children.end(), equal);
        default: return a.text == b.text;
    }
}

Extent extent(const JsonValue& value) {
    Extent all{1, 1};
    for (const JsonValue& child : value.children) {
        const Extent one = extent(child);
        all.values += one.values;
        all.depth = std::max(all.depth, one.depth + 1);
    }
    return all;
}

void prune(JsonValue& root) { prune_below(root); }

}  // namespace fhir::patch
