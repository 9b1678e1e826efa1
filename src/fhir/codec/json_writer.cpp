// SPDX-License-Identifier: Apache-2.0
#include "fhir/codec/json.h"

#include <algorithm>
#include <array>

namespace fhir::codec {

namespace {

constexpr std::array<bool, 256> needs_escape = [] {
    std::array<bool, 256> table{};
    for (std::size_t c = 0; c < 0x20; ++c) table[c] = true;
    table['"'] = true;
    table['\\'] = true;
    return table;
}();

}  // namespace

void write_json_string(std::string_view text, std::string& out) {
    constexpr std::string_view digits = "0123456789abcdef";
    out.push_back('"');
    std::size_t clean = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto c = static_cast<unsigned char>(text[i]);
        if (!needs_escape[c]) continue;
        out.append(text, clean, i - clean);
        clean = i + 1;
        switch (c) {
            case '"': out += "\\\""; break;
            case '\\': out += "\\\\"; break;
            case '\n': out += "\\n"; break;
            case '\r': out += "\\r"; break;
            case '\t': out += "\\t"; break;
            default:
                out += "\\u00";
                out.push_back(digits[c >> 4]);
                out.push_back(digits[c & 15]);
        }
    }
    out.append(text, clean);
    out.push_back('"');
}

namespace {

class Writer {
public:
    // `pieces`: where long texts that are written as they are go in place of `out`; null: nowhere else.
    Writer(std::string& out, bool pretty, std::vector<Stampable::LongPiece>* pieces = nullptr) : out_(out), pretty_(pretty), pieces_(pieces) {}

    void object(View node) {
        open('{');
        if (!node.resource_type().empty()) {
            key("resourceType");
            write_json_string(node.resource_type(), out_);
        }
        properties(node.first_child());
        close('}');
    }

    // All properties from `child` on: each run of neighbours with one name is one property (and perhaps its twin).
    void properties(View child) {
        while (child) {
            const View first = child;
            while (child && child.name() == first.name()) child = child.next();
            run(first, child);
        }
    }

    // One run: the property, and its twin when primitives have an id or extensions.
    void run(View first, View end) {
        bool values = false;
        bool twins = false;
        for (View item = first; item != end; item = item.next()) {
            values = values || item.kind() != Kind::absent;
            twins = twins || (item.primitive() && item.first_child());
        }
        if (values) {
            key(first.name_text());
            items(first, end, false);
        }
        if (twins) {
            key(first.name_text(), true);
            items(first, end, true);
        }
    }

    void key(std::string_view name, bool twin = false) {
        next();
        out_.push_back('"');
        if (twin) out_.push_back('_');
        out_.append(name);
        out_ += pretty_ ? "\": " : "\":";
    }

    void go_on() { fresh_ = false; }  // something already stands in the open object

    void open(char bracket) {
        out_.push_back(bracket);
        ++depth_;
        fresh_ = true;
    }
    void close(char bracket) {
        --depth_;
        if (!fresh_) line();
        out_.push_back(bracket);
        fresh_ = false;
    }

private:
    void next() {
        if (!fresh_) out_.push_back(',');
        fresh_ = false;
        line();
    }
    void line() {
        if (!pretty_) return;
        out_.push_back('\n');
        out_.append(2 * depth_, ' ');
    }

    void items(View first, View end, bool twins) {
        if (!first.list()) return twins ? extensions(first) : value(first);
        open('[');
        for (View item = first; item != end; item = item.next()) {
            next();
            twins ? extensions(item) : value(item);
        }
        close(']');
    }
    void value(View node) {
        switch (node.kind()) {
            case Kind::complex: return object(node);
            case Kind::string: return string(node);
            case Kind::number:
            case Kind::boolean: out_.append(node.text()); return;
            case Kind::absent: out_ += "null"; return;
        }
    }
    void string(View node) {
        LongText shared = pieces_ == nullptr ? nullptr : node.shared();
        if (shared == nullptr || std::ranges::any_of(*shared, [](char c) { return needs_escape[static_cast<unsigned char>(c)]; }))
            return write_json_string(node.text(), out_);
        out_ += "\"\"";
        pieces_->push_back({out_.size() - 1, std::move(shared)});
    }
    void extensions(View node) {
        if (!node.first_child()) {
            out_ += "null";
            return;
        }
        open('{');
        properties(node.first_child());
        close('}');
    }

    std::string& out_;
    bool pretty_;
    std::vector<Stampable::LongPiece>* pieces_;
    bool fresh_ = true;
    std::size_t depth_ = 0;
};

}  // namespace

void write_json(View root, std::string& out) { Writer(out, false).object(root); }

std::string to_json(View root) {
    std::string out;
    write_json(root, out);
    return out;
}

std::string to_pretty_json(View root) {
    std::string out;
    Writer(out, true).object(root);
    out.push_back('\n');
    return out;
}

Stampable::Stampable(View resource, std::string_view id) {
    before_ = R"({"resourceType":)";
    write_json_string(resource.resource_type(), before_);
    before_ += R"(,"id":)";
    write_json_string(id, before_);
    before_ += R"(,"meta":{"versionId":")";

    after_ = R"(")";  // ends lastUpdated
    Writer after(after_, false, &pieces_);
    after.go_on();
    // All properties but two, whose places are taken.
    const auto others = [&](View parent, Name taken, Name taken_too) {
        for (View child = parent.first_child(); child;) {
            const View first = child;
            while (child && child.name() == first.name()) child = child.next();
            if (first.name() != taken && first.name() != taken_too) after.run(first, child);
        }
        after_.push_back('}');
    };
    others(resource.child("meta"_name), "versionId"_name, "lastUpdated"_name);
    others(resource, "id"_name, "meta"_name);
}

std::string Stampable::stamped(std::int64_t version, base::Micros last_updated) const {
    constexpr std::string_view middle = R"(","lastUpdated":")";
    const std::string number = std::to_string(version);
    const std::string time = base::instant(last_updated);
    std::size_t size = before_.size() + number.size() + middle.size() + time.size() + after_.size();
    for (const LongPiece& piece : pieces_) size += piece.text->size();
    std::string out;
    out.reserve(size);
    out += before_;
    out += number;
    out += middle;
    out += time;
    std::size_t done = 0;
    for (const LongPiece& piece : pieces_) {
        out.append(after_, done, piece.at - done);
        out += *piece.text;
        done = piece.at;
    }
    out.append(after_, done);
    return out;
}

}  // namespace fhir::codec
