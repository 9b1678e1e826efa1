// SPDX-License-Identifier: Apache-2.0
// RapidJSON's SAX reader, in situ, into the tree. Numbers stay text (kParseNumbersAsStringsFlag): 1.00 is not 1.0.
#if defined(__SSE2__)
#define RAPIDJSON_SSE2
#endif

#include "base/text.h"
#include "fhir/codec/json.h"
#include "fhir/codec/place.h"

#include <fmt/format.h>
#include <rapidjson/error/en.h>
#include <rapidjson/reader.h>

#include <algorithm>
#include <cstring>
#include <utility>
#include <vector>

namespace fhir::codec {

namespace {

using Index = Document::Index;
using base::Fault;

constexpr std::size_t padding = 32;  // RapidJSON reads aligned blocks past the end
constexpr std::string_view constants = "truefalse";

// A resource can stand only here; elsewhere resourceType is an ordinary element (ExampleScenario.instance).
bool holds_resource(Name name) {
    return name == no_name || name == "contained"_name || name == "resource"_name || name == "outcome"_name;
}

// Receives the events of one document; returning false stops the reader, and `why` says what was wrong.
//
// The twin of a primitive ("_birthDate": its id and extensions) is read into a chain of its own and joined to the
// values when its object closes, because it may stand before or behind them.
class Handler {
public:
    Handler(Growth& growth, const Limits& limits, std::size_t constants_at, bool check_controls)
        : growth_(growth), limits_(limits), constants_at_(constants_at), check_controls_(check_controls) {}

    bool Null() {
        if (open_.empty() || !open_.back().array)
            return wrong("null stands only in lists of primitives, where the twin holds an extension");
        open_.back().has_absent = true;
        return add(Kind::absent, {0, 0});
    }
    bool Bool(bool value) {
        return primitive(Kind::boolean, value ? Text{constants_at_, 4} : Text{constants_at_ + 4, 5});
    }
    bool Int(int) { return false; }  // numbers arrive as text, never by these five
    bool Uint(unsigned) { return false; }
    bool Int64(std::int64_t) { return false; }
    bool Uint64(std::uint64_t) { return false; }
    bool Double(double) { return false; }
    bool RawNumber(const char* text, rapidjson::SizeType length, bool) {
        return primitive(Kind::number, {offset(text), length});
    }
    bool String(const char* text, rapidjson::SizeType length, bool) {
        if (length == 0) return limits_.any_json || wrong("an empty string is not a value; leave the element out", base::IssueType::value);
        if (check_controls_ && !clean({text, length}))
            return wrong("a string holds no control character but tab, line feed and carriage return",
                         base::IssueType::value);
        // RapidJSON writes the second half of a surrogate pair that stands alone as three bytes that are no UTF-8.
        if (check_controls_ && !base::valid_utf8({text, length}))
            return wrong("half of a surrogate pair stands alone", base::IssueType::value);
        if (!resource_type_next_) return primitive(Kind::string, {offset(text), length});
        resource_type_next_ = false;
        if (length > 0 && !is_name({text, length})) return wrong("this is no name of a resource type", base::IssueType::value);
        Document::Node& node = growth_.node(open_.back().node);
        node.text = static_cast<std::uint32_t>(offset(text));
        node.length = length;
        return true;
    }

    bool StartObject() {
        if (resource_type_next_) return wrong("resourceType is a string");
        if (!room()) return false;
        if (open_.empty()) {
            growth_.append({});
            return push({.node = 0});
        }
        if (!add(Kind::complex, {0, 0})) return false;
        const bool twin = open_.back().twin;
        return push({.node = last_added_, .of_twin = twin});
    }
    bool EndObject(rapidjson::SizeType members) {
        if (members == 0 && !limits_.any_json) return wrong("an empty object is not a value; leave the element out");
        const Open& object = open_.back();
        if (!keys_are_unique(object.first_key)) return wrong("a property stands twice");
        if (!join_twins(object)) return false;
        if (object.has_absent && !absent_are_explained(object.node)) return false;
        keys_.resize(object.first_key);
        twins_.resize(object.first_twin);
        open_.pop_back();
        return true;
    }
    bool StartArray() {
        if (open_.empty()) return wrong("a resource is an object, not a list");
        if (resource_type_next_) return wrong("resourceType is a string");
        if (open_.back().array) return wrong("a list does not stand in a list");
        if (!room()) return false;
        Open array = open_.back();  // the same object, seen from inside one of its lists
        array.array = true;
        array.items = 0;
        open_.push_back(array);
        if (array.twin) twins_.back().list = true;
        return true;
    }
    bool EndArray(rapidjson::SizeType items) {
        if (items == 0 && !limits_.any_json) return wrong("an empty list is not a value; leave the element out");
        const Open array = open_.back();
        open_.pop_back();
        open_.back().last = array.last;
        open_.back().has_absent = array.has_absent;
        return true;
    }
    bool Key(const char* text, rapidjson::SizeType length, bool) {
        Open& object = open_.back();
        const std::string_view key(text, length);
        if (key == "resourceType" && !object.of_twin && holds_resource(growth_.node(object.node).name)) {
            if (growth_.node(object.node).length != 0) return wrong("resourceType stands twice");
            resource_type_next_ = true;
            object.name = no_name;
            return true;
        }
        object.twin = key.size() > 1 && key.front() == '_' && !limits_.any_json;
        object.name = growth_.name(object.twin ? key.substr(1) : key);
        if (object.name == no_name) return wrong("a property needs a name");
        if (growth_.full()) return wrong("more than 32,000 names here are no element names of FHIR", base::IssueType::too_long);
        if (object.name >= local_base && !limits_.any_json && !is_name(object.twin ? key.substr(1) : key))
            return wrong("a property's name holds letters, digits, '_', '-' and '.', and begins with a letter");
        keys_.push_back(static_cast<std::uint32_t>(object.name) << 1 | (object.twin ? 1U : 0U));
        if (object.twin) twins_.push_back({object.name, false, 0, 0});
        return true;
    }

    std::string why;
    base::IssueType type = base::IssueType::structure;

    // Where reading stopped: "Patient.name[1].given".
    std::string where() const {
        if (open_.empty()) return {};
        const Document::Node& root = growth_.node(0);
        std::string path = growth_.bytes().substr(root.text, root.length);
        for (std::size_t i = 0; i < open_.size(); ++i) {
            const Open& frame = open_[i];
            if (frame.array || frame.name == no_name) continue;
            if (!path.empty()) path += '.';
            path += growth_.name_text(frame.name);
            // An item that is open has been counted; one that was refused has not.
            if (i + 1 < open_.size() && open_[i + 1].array)
                path += fmt::format("[{}]", open_[i + 1].items - (i + 2 < open_.size() ? 1 : 0));
        }
        return path;
    }

private:
    struct Text {
        std::size_t offset;
        std::size_t length;
    };
    struct Open {
        Index node = 0;           // the object's node; an array has that of the object around it
        Index last = 0;           // the object's last child so far
        Name name = no_name;      // of the property being read
        bool array = false;
        bool twin = false;        // the property is a "_name"
        bool of_twin = false;     // this object is the value of a "_name"
        bool has_absent = false;  // some child has no value yet
        std::uint32_t items = 0;  // of an array, so far
        std::size_t first_key = 0;
        std::size_t first_twin = 0;
    };
    struct Twin {
        Name name;
        bool list;
        Index first;  // a chain of nodes whose children belong to the values
        Index last;
    };

    bool wrong(const char* text, base::IssueType issue = base::IssueType::structure) {
        why = text;
        type = issue;
        return false;
    }
    std::size_t offset(const char* place) { return static_cast<std::size_t>(place - growth_.bytes().data()); }
    bool room() {
        if (static_cast<int>(open_.size()) < limits_.depth) return true;
        return wrong("nested too deep");
    }
    bool push(Open frame) {
        frame.first_key = keys_.size();
        frame.first_twin = twins_.size();
        open_.push_back(frame);
        return true;
    }
    // Names are written as they are, in JSON and as elements in XML: nothing may pass that would be markup there.
    static bool is_name(std::string_view text) {
        const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
        return !text.empty() && letter(text.front()) && std::all_of(text.begin(), text.end(), [&](char c) {
            return letter(c) || (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '.';
        });
    }
    static bool clean(std::string_view value) {
        return std::none_of(value.begin(), value.end(), [](char c) {
            return static_cast<unsigned char>(c) < 0x20 && c != '\t' && c != '\r' && c != '\n';
        });
    }

    bool primitive(Kind kind, Text value) {
        if (resource_type_next_) return wrong("resourceType is a string");
        if (open_.empty()) return wrong("a resource is an object");
        if (open_.back().twin) return wrong("a property beginning with _ is an object with an id or extensions");
        return add(kind, value);
    }

    // A new child of the open object, or a new link of the open twin's chain.
    bool add(Kind kind, Text value) {
        Open& frame = open_.back();
        if (growth_.nodes().size() >= limits_.nodes) return wrong("too many elements", base::IssueType::too_long);
        ++frame.items;
        last_added_ = growth_.append({frame.name, kind, frame.array, static_cast<std::uint32_t>(value.offset),
                                      static_cast<std::uint32_t>(value.length), 0, 0});
        Index& last = frame.twin ? twins_.back().last : frame.last;
        Index& first = frame.twin ? twins_.back().first : growth_.node(frame.node).first;
        (last == 0 ? first : growth_.node(last).next) = last_added_;
        last = last_added_;
        return true;
    }

    bool keys_are_unique(std::size_t first) {
        const auto begin = keys_.begin() + static_cast<std::ptrdiff_t>(first);
        if (keys_.end() - begin > 12) {
            std::sort(begin, keys_.end());  // many keys: sorted, so that a million of them stay cheap
            return std::adjacent_find(begin, keys_.end()) == keys_.end();
        }
        for (auto a = begin; a != keys_.end(); ++a)
            for (auto b = a + 1; b != keys_.end(); ++b)
                if (*a == *b) return false;
        return true;
    }

    bool join_twins(const Open& object) {
        if (twins_.size() == object.first_twin) return true;
        const bool many = twins_.size() - object.first_twin > 8;
        if (many) index_values(object.node);
        Index last = object.last;
        for (std::size_t i = object.first_twin; i < twins_.size(); ++i) {
            const Twin& twin = twins_[i];
            const Index value = many ? indexed_value(twin.name) : first_value(object.node, twin.name);
            if (!(value == 0 ? stand_alone(object, twin, last) : join(value, twin))) return false;
        }
        return true;
    }
    Index first_value(Index object, Name name) const {
        Index value = growth_.node(object).first;
        while (value != 0 && growth_.node(value).name != name) value = growth_.node(value).next;
        return value;
    }
    // Where each name's values begin, so that a thousand twins stay cheap. The values of one name are neighbours.
    void index_values(Index object) {
        values_.clear();
        for (Index value = growth_.node(object).first; value != 0; value = growth_.node(value).next) {
            const Name name = growth_.node(value).name;
            if (values_.empty() || values_.back().first != name) values_.emplace_back(name, value);
        }
        std::sort(values_.begin(), values_.end());
    }
    Index indexed_value(Name name) const {
        const auto found = std::lower_bound(values_.begin(), values_.end(), std::pair{name, Index{0}});
        return found == values_.end() || found->first != name ? 0 : found->second;
    }
    bool join(Index value, const Twin& twin) {
        Index given = twin.first;
        for (; value != 0 && growth_.node(value).name == twin.name; value = growth_.node(value).next) {
            Document::Node& node = growth_.node(value);
            if (node.kind == Kind::complex) return wrong("a property beginning with _ belongs to a primitive");
            if (node.list != twin.list) return wrong("a value and its twin beginning with _ are both lists or neither is");
            if (given == 0 && limits_.short_twins) break;
            if (given == 0) return wrong("a list and its twin beginning with _ have the same length");
            node.first = growth_.node(given).first;
            given = growth_.node(given).next;
        }
        return given == 0 || wrong("a list and its twin beginning with _ have the same length");
    }
    // Extensions without any value: the links become children themselves, behind the last one.
    bool stand_alone(const Open& object, const Twin& twin, Index& last) {
        for (Index link = twin.first; link != 0; link = growth_.node(link).next) {
            if (growth_.node(link).first == 0) return wrong("null needs a value or an extension in its place");
            growth_.node(link).kind = Kind::absent;
        }
        if (twin.first == 0) return true;
        (last == 0 ? growth_.node(object.node).first : growth_.node(last).next) = twin.first;
        last = twin.last;
        return true;
    }
    bool absent_are_explained(Index parent) {
        for (Index child = growth_.node(parent).first; child != 0; child = growth_.node(child).next)
            if (growth_.node(child).kind == Kind::absent && growth_.node(child).first == 0)
                return wrong("null needs a value or an extension in its place");
        return true;
    }

    Growth& growth_;
    const Limits& limits_;
    std::size_t constants_at_;
    bool check_controls_;
    std::vector<Open> open_;
    std::vector<std::uint32_t> keys_;  // name and twin mark of the properties of all open objects
    std::vector<Twin> twins_;
    std::vector<std::pair<Name, Index>> values_;  // of the object that closes, when it has many twins
    Index last_added_ = 0;
    bool resource_type_next_ = false;
};

// True when a byte from 0x18 to 0x1F is there. RapidJSON 1.1's vectors stop at 0x19 and let the last six pass inside strings.
bool high_controls(std::string_view bytes) {
    constexpr std::uint64_t each = 0x0101'0101'0101'0101;
    std::size_t i = 0;
    for (std::uint64_t eight = 0; i + sizeof eight <= bytes.size(); i += sizeof eight) {
        std::memcpy(&eight, bytes.data() + i, sizeof eight);
        const std::uint64_t zero_where_found = (eight & each * 0xF8) ^ each * 0x18;
        if (((zero_where_found - each) & ~zero_where_found & each * 0x80) != 0) return true;
    }
    return std::any_of(bytes.begin() + static_cast<std::ptrdiff_t>(i), bytes.end(), [](char c) { return (c & 0xF8) == 0x18; });
}

}  // namespace

base::Result<Document> read_json(std::string_view bytes, const Names& names, const Limits& limits) {
    if (bytes.starts_with("\xEF\xBB\xBF")) bytes.remove_prefix(3);
    if (!base::valid_utf8(bytes)) return fault_at(bytes, 0, "the text is not UTF-8", {}, base::IssueType::structure);
    if (bytes.size() > 0xF000'0000U) return Fault{Fault::Kind::too_large, "a document holds less than 4 GB"};
    // In situ, RapidJSON ends at the first NUL; one inside the input would hide what follows.
    if (const auto nul = bytes.find('\0'); nul != std::string_view::npos)
        return fault_at(bytes, nul, "a NUL character in the text", {}, base::IssueType::structure);

    Growth growth(names);
    std::string& text = growth.bytes();
    text.reserve(bytes.size() + 1 + constants.size() + padding);
    text.append(bytes);
    text.push_back('\0');
    text.append(constants);
    text.append(padding, '\0');
    growth.nodes().reserve(bytes.size() / 24 + 16);

    // Control characters come in as escapes, and some as they are; most texts have none, so most strings are not looked at twice.
    const bool escapes = bytes.find("\\u00") != std::string_view::npos || bytes.find("\\b") != std::string_view::npos ||
                         bytes.find("\\f") != std::string_view::npos || high_controls(bytes) ||
                         bytes.find("\\ud") != std::string_view::npos || bytes.find("\\uD") != std::string_view::npos;
    Handler handler(growth, limits, bytes.size() + 1, escapes);
    rapidjson::Reader reader;
    rapidjson::InsituStringStream stream(text.data());
    constexpr unsigned flags = rapidjson::kParseInsituFlag | rapidjson::kParseNumbersAsStringsFlag;
    if (const auto outcome = reader.Parse<flags>(stream, handler); outcome.IsError()) {
        if (outcome.Code() == rapidjson::kParseErrorNumberTooBig)
            return fault_at(bytes, outcome.Offset(), "a number is out of range", handler.where(), base::IssueType::value);
        std::string why = handler.why.empty() ? rapidjson::GetParseError_En(outcome.Code()) : handler.why;
        return fault_at(bytes, outcome.Offset(), std::move(why), handler.where(), handler.type);
    }
    return std::move(growth).finish();
}

}  // namespace fhir::codec
