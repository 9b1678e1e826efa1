// SPDX-License-Identifier: Apache-2.0
#include "fhir/patch/json_patch.h"

#include "base/text.h"

#include <algorithm>
#include <array>
#include <utility>

namespace fhir::patch {
namespace {

using base::Fault;
using base::IssueType;
using Kind = JsonOperation::Kind;

constexpr std::array<std::string_view, 6> words{"add", "remove", "replace", "move", "copy", "test"};
constexpr std::size_t most_steps = 50'000'000;  // values walked over or shifted by one patch

Fault about(std::size_t number, Fault::Kind kind, const std::string& text, IssueType type) {
    return {kind, "Operation " + std::to_string(number) + " of the patch: " + text, "", type};
}

// 0, or digits that do not begin with 0, below 2^31; nothing for anything else, "-" included.
std::optional<std::size_t> read_index(std::string_view token) {
    if (token.empty() || token.size() > 9 || (token.size() > 1 && token.front() == '0')) return std::nullopt;
    std::size_t index = 0;
    for (const char c : token) {
        if (c < '0' || c > '9') return std::nullopt;
        index = index * 10 + static_cast<std::size_t>(c - '0');
    }
    return index;
}

// `outer` is `inner` or stands around it.
bool around(const Pointer& outer, const Pointer& inner) {
    return outer.tokens.size() <= inner.tokens.size() &&
           std::equal(outer.tokens.begin(), outer.tokens.end(), inner.tokens.begin());
}

base::Result<Pointer> pointer(JsonValue& operation, const char* name, std::size_t number) {
    const JsonValue* member = operation.member(name);
    if (member == nullptr || member->kind != JsonValue::Kind::string)
        return about(number, Fault::Kind::malformed, std::string("'") + name + "' must be a string.", IssueType::required);
    auto read = Pointer::read(member->text);
    if (!read)
        return about(number, Fault::Kind::invalid,
                     std::string("'") + name + "' is no JSON Pointer: it begins with / and knows only ~0 and ~1 as escapes.", IssueType::value);
    return *std::move(read);
}

base::Result<JsonOperation> read_operation(JsonValue& item, std::size_t number) {
    const auto malformed = [&](const char* text, IssueType type) { return about(number, Fault::Kind::malformed, text, type); };
    if (item.kind != JsonValue::Kind::object) return malformed("it must be an object.", IssueType::structure);
    const JsonValue* op = item.member("op");
    if (op == nullptr || op->kind != JsonValue::Kind::string) return malformed("'op' is missing.", IssueType::required);
    const auto word = std::find(words.begin(), words.end(), op->text);
    if (word == words.end()) return malformed("'op' must be add, remove, replace, move, copy or test.", IssueType::value);
    JsonOperation operation;
    operation.kind = static_cast<Kind>(word - words.begin());
    TRY(operation.path, pointer(item, "path", number));
    if (operation.kind == Kind::move || operation.kind == Kind::copy) {
        TRY(operation.from, pointer(item, "from", number));
        if (operation.kind == Kind::move && around(operation.from, operation.path) &&
            operation.from.tokens.size() < operation.path.tokens.size())
            return malformed("a value cannot be moved into itself.", IssueType::value);
    } else if (operation.kind != Kind::remove) {
        JsonValue* value = item.member("value");
        if (value == nullptr) return malformed("'value' is missing.", IssueType::required);
        operation.value = std::move(*value);
    }
    return operation;
}

class Application {
public:
    explicit Application(JsonValue document) : document_(std::move(document)), values_(extent(document_).values) {}

    base::Result<void> run(JsonOperation& operation, std::size_t number) {
        number_ = number;
        switch (operation.kind) {
            case Kind::test: return test(operation);
            case Kind::add: return put(operation.path, std::move(operation.value));
            case Kind::remove: {
                TRY([[maybe_unused]] const JsonValue gone, take(operation.path));
                return {};
            }
            case Kind::replace: return replace(operation);
            case Kind::copy: {
                TRY(const JsonValue* source, find(operation.from));
                TRY(spend(extent(*source).values));
                return put(operation.path, *source);
            }
            case Kind::move: {
                if (operation.from.tokens == operation.path.tokens) {
                    TRY([[maybe_unused]] const JsonValue* same, find(operation.from));
                    return {};
                }
                TRY(JsonValue value, take(operation.from));
                return put(operation.path, std::move(value));
            }
        }
        return {};
    }

    JsonValue finish() && { return std::move(document_); }

private:
    Fault wrong(const char* text, IssueType type = IssueType::not_found) const {
        return about(number_, Fault::Kind::invalid, text, type);
    }
    Fault nothing() const { return wrong("what its pointer names is not there."); }
    base::Result<void> spend(std::size_t steps) {
        steps_ += steps;
        if (steps_ <= most_steps) return {};
        return about(number_, Fault::Kind::too_costly, "the patch is too much work for this resource.", IssueType::too_costly);
    }

    base::Result<JsonValue*> step(JsonValue& at, std::string_view token) {
        TRY(spend(at.children.size()));
        if (JsonValue* member = at.member(token)) return member;
        if (at.kind != JsonValue::Kind::array) return nothing();
        const auto index = read_index(token);
        if (!index || *index >= at.children.size()) return nothing();
        return &at.children[*index];
    }

    // What the first `count` tokens name.
    base::Result<JsonValue*> find(const Pointer& pointer, std::size_t count) {
        JsonValue* at = &document_;
        for (std::size_t i = 0; i < count; ++i) {
            TRY(at, step(*at, pointer.tokens[i]));
        }
        return at;
    }
    base::Result<JsonValue*> find(const Pointer& pointer) { return find(pointer, pointer.tokens.size()); }

    base::Result<void> test(const JsonOperation& operation) {
        TRY(const JsonValue* found, find(operation.path));
        TRY(spend(extent(*found).values));
        if (!equal(*found, operation.value)) return wrong("the test failed.", IssueType::conflict);
        return {};
    }

    base::Result<void> replace(JsonOperation& operation) {
        TRY(JsonValue* found, find(operation.path));
        TRY(fits(operation.path, operation.value));
        operation.value.key = std::move(found->key);
        *found = std::move(operation.value);
        return {};
    }

    // A document that grows by being copied into itself would soon be larger, or deeper, than anything can bear.
    base::Result<void> fits(const Pointer& path, const JsonValue& value) {
        const Extent added = extent(value);
        values_ += added.values;
        if (values_ > 2 * most_values || static_cast<int>(path.tokens.size()) + added.depth > most_depth + 1)
            return about(number_, Fault::Kind::too_large, "the patched resource becomes too large or too deep.", IssueType::too_long);
        return spend(added.values);
    }

    base::Result<void> put(const Pointer& path, JsonValue value) {
        TRY(fits(path, value));
        if (path.tokens.empty()) {
            value.key.clear();
            document_ = std::move(value);
            return {};
        }
        TRY(JsonValue* parent, find(path, path.tokens.size() - 1));
        const std::string& token = path.tokens.back();
        if (parent->kind == JsonValue::Kind::object) {
            TRY(spend(parent->children.size()));
            value.key = token;
            if (JsonValue* there = parent->member(token)) *there = std::move(value);
            else parent->children.push_back(std::move(value));
            return {};
        }
        if (parent->kind != JsonValue::Kind::array) return nothing();
        const auto index = token == "-" ? std::optional(parent->children.size()) : read_index(token);
        if (!index || *index > parent->children.size()) return nothing();
        TRY(spend(parent->children.size() - *index));
        value.key.clear();
        parent->children.insert(parent->children.begin() + static_cast<std::ptrdiff_t>(*index), std::move(value));
        return {};
    }

    base::Result<JsonValue> take(const Pointer& path) {
        if (path.tokens.empty()) return wrong("the whole resource cannot be taken away.", IssueType::value);
        TRY(JsonValue* parent, find(path, path.tokens.size() - 1));
        TRY(JsonValue* found, step(*parent, path.tokens.back()));
        JsonValue taken = std::move(*found);
        parent->children.erase(parent->children.begin() + (found - parent->children.data()));
        if (parent->children.empty()) parent->emptied = true;
        return taken;
    }

    JsonValue document_;
    std::size_t values_;
    std::size_t steps_ = 0;
    std::size_t number_ = 0;
};

}  // namespace

std::optional<Pointer> Pointer::read(std::string_view text) {
    Pointer out;
    out.text = text;
    if (text.empty()) return out;
    if (text.front() != '/') return std::nullopt;
    for (const std::string_view part : base::split(text.substr(1), '/')) {
        std::string& token = out.tokens.emplace_back();
        for (std::size_t i = 0; i < part.size(); ++i) {
            if (part[i] != '~') {
                token.push_back(part[i]);
                continue;
            }
            if (++i == part.size() || (part[i] != '0' && part[i] != '1')) return std::nullopt;
            token.push_back(part[i] == '0' ? '~' : '/');
        }
    }
    return out;
}

base::Result<std::vector<JsonOperation>> read_json_patch(std::string_view bytes) {
    TRY(JsonValue list, read_value(bytes));
    if (list.kind != JsonValue::Kind::array)
        return Fault{Fault::Kind::malformed, "A JSON Patch is a list of operations.", "", IssueType::structure};
    if (list.children.size() > most_operations)
        return Fault{Fault::Kind::too_large, "A patch has at most " + std::to_string(most_operations) + " operations; send it in parts."};
    std::vector<JsonOperation> operations;
    operations.reserve(list.children.size());
    for (JsonValue& item : list.children) {
        TRY(JsonOperation operation, read_operation(item, operations.size() + 1));
        operations.push_back(std::move(operation));
    }
    return operations;
}

base::Result<JsonValue> apply(JsonValue document, std::vector<JsonOperation> operations) {
    Application application(std::move(document));
    for (std::size_t i = 0; i < operations.size(); ++i) TRY(application.run(operations[i], i + 1));
    return std::move(application).finish();
}

}  // namespace fhir::patch
