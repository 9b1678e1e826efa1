// SPDX-License-Identifier: Apache-2.0
#include "fhir/patch/path_patch.h"

#include "base/text.h"
#include "fhir/patch/json_patch.h"
#include "fhir/patch/path_value.h"
#include "fhir/tree/edit.h"

#include <algorithm>
#include <array>

namespace fhir::patch {
namespace {

using base::Fault;
using base::IssueType;
using Kind = PathOperation::Kind;
using Index = Document::Index;

constexpr std::array<std::string_view, 5> words{"add", "insert", "delete", "replace", "move"};

Fault about(std::size_t number, Fault::Kind kind, const std::string& text, IssueType type) {
    return {kind, "Operation " + std::to_string(number) + " of the patch: " + text, "", type};
}

struct Parts {
    View type{}, path{}, name{}, value{}, index{}, source{}, destination{};

    View* find(std::string_view part) {
        if (part == "type") return &type;
        if (part == "path") return &path;
        if (part == "name") return &name;
        if (part == "value") return &value;
        if (part == "index") return &index;
        if (part == "source") return &source;
        if (part == "destination") return &destination;
        return nullptr;
    }
};

base::Result<PathOperation> read_operation(View parameter, std::size_t number, const schema::Schema& schema) {
    const auto malformed = [&](const std::string& text, IssueType type = IssueType::required) {
        return about(number, Fault::Kind::malformed, text, type);
    };
    if (parameter.text("name"_name) != "operation")
        return malformed("a patch has only parameters named 'operation'.", IssueType::value);
    Parts parts;
    for (const View part : parameter.children("part"_name)) {
        View* place = parts.find(part.text("name"_name));
        if (place == nullptr)
            return malformed("its parts are type, path, name, value, index, source and destination.", IssueType::value);
        if (*place) return malformed("a part stands twice.", IssueType::duplicate);
        *place = part;
    }
    const auto word = std::find(words.begin(), words.end(), part_value(parts.type).text());
    if (word == words.end()) return malformed("'type' must be add, insert, delete, replace or move.", IssueType::value);
    const Kind kind = static_cast<Kind>(word - words.begin());

    const std::string path(part_value(parts.path).text());
    if (path.empty()) return malformed("'path' is missing.");
    auto program = path::Program::compile(path, schema);
    if (!program) return malformed("its path is no FHIRPath: " + program.fault().text, IssueType::value);
    PathOperation operation{.kind = kind, .path_text = path, .path = *std::move(program)};

    const auto integer = [&](View part, const char* name, std::optional<std::int64_t>& out) -> base::Result<void> {
        out = base::to_integer(part_value(part).text());
        if (!out) return malformed(std::string("'") + name + "' must be an integer.");
        return {};
    };
    operation.name = part_value(parts.name).text();
    operation.value = parts.value;
    if (kind == Kind::add && operation.name.empty()) return malformed("'name' is missing.");
    if ((kind == Kind::add || kind == Kind::insert || kind == Kind::replace) && !parts.value) return malformed("'value' is missing.");
    if (kind == Kind::insert) TRY(integer(parts.index, "index", operation.index));
    if (kind == Kind::move) {
        TRY(integer(parts.source, "source", operation.source));
        TRY(integer(parts.destination, "destination", operation.destination));
    }
    return operation;
}

class Application {
public:
    Application(Document resource, const schema::Schema& schema, path::Environment environment)
        : edit_(std::move(resource)), schema_(schema), values_(edit_, schema), environment_(std::move(environment)) {}

    base::Result<void> run(const PathOperation& operation, std::size_t number) {
        number_ = number;
        switch (operation.kind) {
            case Kind::add: return add(operation);
            case Kind::insert: return insert(operation);
            case Kind::remove: return remove(operation);
            case Kind::replace: return replace(operation);
            case Kind::move: return move(operation);
        }
        return {};
    }

    // What has lost its last part is gone too (FHIR R4 2.6.2: no empty objects).
    Document finish() && {
        for (Index index : bereft_) {
            while (index != 0) {
                const View view = edit_.view(index);
                if (view.first_child() || view.has_value() || !view.resource_type().empty()) break;
                const Index above = edit_.parent(index);
                edit_.remove(index);
                index = above;
            }
        }
        return std::move(edit_).finish();
    }

private:
    Fault wrong(const std::string& text, IssueType type = IssueType::not_found) const {
        return about(number_, Fault::Kind::invalid, text, type);
    }
    Fault explained(Fault fault) const {
        return about(number_, fault.kind, fault.text, fault.type);
    }

    // The elements of the resource that a path names, without doubles.
    base::Result<std::vector<Index>> evaluate(const path::Program& path) const {
        auto items = path.evaluate(edit_.root(), environment_);
        if (!items) return explained(std::move(items).fault());
        std::vector<Index> found;
        for (const path::Item& item : *items) {
            if (!item.is_node() || !item.node || &item.node.document() != &edit_.document())
                return wrong("its path computes a value or leaves the resource; it must name an element of it.", IssueType::value);
            found.push_back(item.node.index());
        }
        return found;
    }

    base::Result<Index> one(const path::Program& path) const {
        TRY(const auto found, evaluate(path));
        if (found.empty()) return wrong("its path names nothing.");
        if (found.size() > 1) return wrong("its path names more than one element.", IssueType::multiple_matches);
        return found.front();
    }

    base::Result<void> add(const PathOperation& operation) {
        TRY(const Index parent, one(operation.path));
        return add_below(parent, operation.name, operation.value);
    }

    base::Result<void> add_below(Index parent, const std::string& name, View value, bool to_list = false) {
        auto made = values_.make(values_.type_of(parent), name, value);
        if (!made) return explained(std::move(made).fault());
        if (to_list && !made->row->repeats()) return wrong("its path names an element that does not repeat.", IssueType::value);
        if (!made->row->repeats()) {
            for (const View there : edit_.view(parent).children()) {
                const schema::Element* row = schema_.element(values_.type_of(parent), there.name());
                if (row != nullptr && row->base == made->row->base)
                    return wrong("the element exists already and does not repeat; replace it.", IssueType::duplicate);
            }
        }
        TRY(fits(parent, made->index));
        edit_.append(parent, made->index);
        return {};
    }

    // Values stand in values: a patch must not build what is deeper than anything that can be read.
    base::Result<void> fits(Index parent, Index made) const {
        int depth = below(edit_.view(made));
        for (; parent != 0; parent = edit_.parent(parent)) ++depth;
        if (depth < most_depth) return {};
        return about(number_, Fault::Kind::too_large, "the patched resource becomes too deep.", IssueType::too_long);
    }
    static int below(View view) {
        int deepest = 0;
        for (const View child : view.children()) deepest = std::max(deepest, below(child));
        return deepest + 1;
    }

    // The whole of one list.
    base::Result<std::vector<Index>> list(const path::Program& path) const {
        TRY(auto found, evaluate(path));
        if (found.empty()) return found;
        const View first = edit_.view(found.front());
        const Index parent = edit_.parent(found.front());
        if (!first.list()) return wrong("its path names an element that does not repeat.", IssueType::value);
        for (const Index index : found)
            if (edit_.parent(index) != parent || edit_.view(index).name() != first.name())
                return wrong("its path names elements of more than one list.", IssueType::multiple_matches);
        if (edit_.view(parent).count(first.name()) != found.size())
            return wrong("its path names a part of a list; it must name the list.", IssueType::value);
        return found;
    }

    base::Result<void> insert(const PathOperation& operation) {
        TRY(const auto found, list(operation.path));
        const std::int64_t index = *operation.index;
        if (index < 0 || index > static_cast<std::int64_t>(found.size())) return wrong("the index is outside of the list.", IssueType::value);
        if (found.empty()) return insert_first(operation);
        const Index parent = edit_.parent(found.front());
        auto made = values_.make(values_.type_of(parent), std::string(edit_.view(found.front()).name_text()), operation.value);
        if (!made) return explained(std::move(made).fault());
        TRY(fits(parent, made->index));
        if (const auto at = static_cast<std::size_t>(index); at == found.size()) edit_.insert_after(found.back(), made->index);
        else edit_.insert_before(found[at], made->index);
        return {};
    }

    // A list without items has no element that a path could name: the last name of the path says which list is meant.
    base::Result<void> insert_first(const PathOperation& operation) {
        const std::string& text = operation.path_text;
        std::size_t begin = text.size();
        while (begin > 0 && ((text[begin - 1] >= 'a' && text[begin - 1] <= 'z') || (text[begin - 1] >= 'A' && text[begin - 1] <= 'Z'))) --begin;
        if (begin == text.size() || (begin > 0 && text[begin - 1] != '.')) return wrong("its path names nothing.");
        Index parent = 0;
        if (begin > 0) {
            const auto around = path::Program::compile(text.substr(0, begin - 1), schema_);
            if (!around) return wrong("its path names nothing.");
            TRY(parent, one(*around));
        }
        return add_below(parent, text.substr(begin), operation.value, true);
    }

    base::Result<void> remove(const PathOperation& operation) {
        TRY(const auto found, evaluate(operation.path));
        if (found.empty()) return {};
        if (found.size() > 1) return wrong("its path names more than one element; only one can be deleted.", IssueType::multiple_matches);
        if (found.front() == 0) return wrong("the resource itself cannot be deleted by a patch.", IssueType::value);
        bereft_.push_back(edit_.parent(found.front()));
        edit_.remove(found.front());
        return {};
    }

    base::Result<void> replace(const PathOperation& operation) {
        TRY(const Index old, one(operation.path));
        if (old == 0) return wrong("the resource itself cannot be replaced by a patch.", IssueType::value);
        const schema::TypeId type = values_.type_of(edit_.parent(old));
        const schema::Element* row = schema_.element(type, edit_.view(old).name());
        // An element of a choice may become another form of it.
        std::string name(row != nullptr && row->is(schema::Element::choice) ? edit_.document().name_text(row->base)
                                                                             : edit_.view(old).name_text());
        auto made = values_.make(type, name, operation.value);
        if (!made) return explained(std::move(made).fault());
        TRY(fits(edit_.parent(old), made->index));
        edit_.replace(old, made->index);
        return {};
    }

    base::Result<void> move(const PathOperation& operation) {
        TRY(const auto found, list(operation.path));
        if (found.empty()) return wrong("its path names nothing.");
        const auto inside = [&](std::int64_t index) { return index >= 0 && index < static_cast<std::int64_t>(found.size()); };
        if (!inside(*operation.source) || !inside(*operation.destination))
            return wrong("source or destination is outside of the list.", IssueType::value);
        const auto from = static_cast<std::size_t>(*operation.source), to = static_cast<std::size_t>(*operation.destination);
        if (from == to) return {};
        edit_.remove(found[from]);
        if (to > from) edit_.insert_after(found[to], found[from]);
        else edit_.insert_before(found[to], found[from]);
        return {};
    }

    Edit edit_;
    const schema::Schema& schema_;
    PathValues values_;
    path::Environment environment_;
    std::vector<Index> bereft_;  // elements that lost a part
    std::size_t number_ = 0;
};

}  // namespace

base::Result<std::vector<PathOperation>> read_path_patch(View parameters, const schema::Schema& schema) {
    if (parameters.resource_type() != "Parameters")
        return Fault{Fault::Kind::malformed, "A FHIRPath Patch is a Parameters resource.", "", IssueType::structure};
    std::vector<PathOperation> operations;
    for (const View parameter : parameters.children("parameter"_name)) {
        if (operations.size() == most_operations)
            return Fault{Fault::Kind::too_large, "A patch has at most " + std::to_string(most_operations) + " operations; send it in parts."};
        TRY(auto operation, read_operation(parameter, operations.size() + 1, schema));
        operations.push_back(std::move(operation));
    }
    return operations;
}

base::Result<Document> apply(Document resource, const std::vector<PathOperation>& operations, const schema::Schema& schema,
                             base::Micros now) {
    // A path may walk over the whole resource, and so may a change.
    constexpr std::size_t most_walked = 50'000'000;
    if (operations.size() * resource.node_count() > most_walked)
        return Fault{Fault::Kind::too_costly, "So many operations are too much work for so large a resource; send the patch in parts."};
    // What all paths of one patch may cost together.
    constexpr std::size_t steps = 4'000'000, least = 20'000, most = 1'000'000;
    path::Environment environment;
    environment.now = now;
    environment.steps = std::clamp(steps / std::max<std::size_t>(operations.size(), 1), least, most);
    Application application(std::move(resource), schema, std::move(environment));
    for (std::size_t i = 0; i < operations.size(); ++i) TRY(application.run(operations[i], i + 1));
    return std::move(application).finish();
}

}  // namespace fhir::patch
