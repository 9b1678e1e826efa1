// SPDX-License-Identifier: Apache-2.0
#include "fhir/graphql/select.h"

#include "base/text.h"
#include "fhir/codec/json.h"
#include "fhir/graphql/check.h"
#include "fhir/graphql/output.h"
#include "fhir/path/program.h"

#include <algorithm>
#include <map>
#include <unordered_set>

namespace fhir::graphql {

namespace {

using base::Fault;
using base::Result;
using namespace literals;
using Form = Output::Form;
using Selections = std::vector<Selection>;

// One object that fields are selected from.
struct Subject {
    Shape shape{};
    View view{};                           // element
    View holder{};                         // the resource that it stands in, whose contained ones "#x" names
    const Connection* connection = nullptr;
    const Connection::Edge* edge = nullptr;
};

// One field of an answer with all the places that ask for it.
struct Asked {
    std::vector<const Selection*> from;
    std::vector<const void*> braces;  // where each of them is written
    const Selection& first() const { return *from.front(); }
};

// How names are made below a flattened field.
struct Setting {
    bool collated = false;  // below a list that was flattened: every field is one
    std::string suffix{};
    int depth = 1;
};

class Runner {
public:
    Runner(const Question& question, Source& source)
        : question_(question), schema_(question.schema), source_(source), fields_(question.budget.fields), bytes_(question.budget.bytes),
          steps_(question.budget.steps) {}

    Result<void> object(const std::vector<const Selections*>& selections, const Subject& subject, Output& out, const Setting& setting) {
        if (setting.depth > most_depth) return Fault{Fault::Kind::too_costly, "The selections are nested too deep."};
        Collected collected;
        for (const Selections* one : selections) TRY(collect(*one, subject.shape, collected, 0));
        for (Asked& asked : collected.fields) {
            for (Asked& part : apart(asked, subject.shape)) {
                auto done = field(part, subject, out, setting);
                if (!done) return at(std::move(done).fault(), part.first());
            }
        }
        return {};
    }

private:
    struct Collected {
        std::vector<Asked> fields;
        std::unordered_map<std::string_view, std::size_t> places;
        std::unordered_set<const Fragment*> spread;
    };

    // The innermost field that failed says where.
    static Fault at(Fault fault, const Selection& selection) {
        if (!fault.findings.empty() && fault.findings.front().line != 0) return fault;
        return fault_at(selection.place, fault.kind, std::move(fault.text));
    }
    static Fault wrong(Place place, std::string text) { return fault_at(place, Fault::Kind::malformed, std::move(text)); }
    static Fault too_costly(const char* what) { return {Fault::Kind::too_costly, std::string("The answer takes too much: ") + what + "."}; }

    Result<bool> wanted(const std::vector<Directive>& directives) const {
        for (const Directive& one : directives) {
            const bool skip = one.name == "skip";
            if (!skip && one.name != "include") continue;
            const Argument* condition = one.argument("if");
            const Value& value = condition == nullptr ? nothing_ : resolved(condition->value, question_.variables);
            if (value.kind != Value::Kind::boolean) return wrong(one.place, "'if' of @" + one.name + " must be true or false");
            if ((value.text == "true") == skip) return false;
        }
        return true;
    }

    // Looked up once for each type that a fragment meets. The conditions lie in the document.
    bool fitting(const Shape& shape, const std::string& condition) {
        if (condition.empty()) return true;
        const auto [place, fresh] = fitting_.try_emplace({shape, condition}, false);
        if (fresh) place->second = fits(shape, condition, schema_).value_or(false);
        return place->second;
    }

    Result<void> collect(const Selections& selections, const Shape& shape, Collected& out, int depth) {
        if (depth > most_depth) return too_costly("its fragments are nested too deep");
        for (const Selection& one : selections) {
            if (fields_ == 0) return too_costly("too many fields");
            --fields_;
            TRY(const bool yes, wanted(one.directives));
            if (!yes) continue;
            if (one.kind == Selection::Kind::field) {
                const auto [place, fresh] = out.places.try_emplace(one.key(), out.fields.size());
                if (fresh) out.fields.emplace_back();
                Asked& asked = out.fields[place->second];
                asked.from.push_back(&one);
                asked.braces.push_back(&selections);
                continue;
            }
            const Fragment* fragment = one.kind == Selection::Kind::spread ? question_.document.fragment(one.name) : nullptr;
            if (one.kind == Selection::Kind::spread && (fragment == nullptr || !out.spread.insert(fragment).second)) continue;
            if (!fitting(shape, fragment == nullptr ? one.name : fragment->type)) continue;
            if (fragment != nullptr) {
                TRY(const bool all, wanted(fragment->directives));
                if (!all) continue;
            }
            TRY(collect(fragment == nullptr ? one.selections : fragment->selections, shape, out, depth + 1));
        }
        return {};
    }

    // One part as a rule. Several when the same braces ask twice for an object that is no list.
    std::vector<Asked> apart(Asked& asked, const Shape& shape) {
        const Selection& first = asked.first();
        bool twice = false;
        for (std::size_t i = 1; i < asked.from.size() && !twice; ++i)
            twice = std::find(asked.braces.begin(), asked.braces.begin() + static_cast<std::ptrdiff_t>(i), asked.braces[i]) !=
                    asked.braces.begin() + static_cast<std::ptrdiff_t>(i);
        const auto member = twice ? find_member(shape, first.name, schema_) : std::nullopt;
        std::vector<Asked> parts;
        if (!twice || !member || member->leaf || member->list) {
            parts.push_back(std::move(asked));
            return parts;
        }
        for (std::size_t i = 0; i < asked.from.size(); ++i) parts.push_back({{asked.from[i]}, {asked.braces[i]}});
        return parts;
    }

    Result<void> field(const Asked& asked, const Subject& subject, Output& out, const Setting& setting) {
        const Selection& selection = asked.first();
        for (const Selection* other : asked.from)
            if (other->name != selection.name || other->selections.empty() != selection.selections.empty())
                return wrong(other->place, "two different fields would be called " + selection.key());
        const auto member = find_member(subject.shape, selection.name, schema_);
        if (!member) return wrong(selection.place, type_name(subject.shape, schema_) + " has no field " + selection.name);
        if (member->leaf != selection.selections.empty())
            return wrong(selection.place, member->leaf ? selection.name + " has no fields" : "say which fields of " + selection.name + " are wanted");
        if (member->leaf && !selection.arguments.empty()) return wrong(selection.place, selection.name + " has no arguments");
        switch (member->kind) {
            case Member::Kind::type_name: return scalar(asked, type_name(subject.shape, schema_), out, setting);
            case Member::Kind::resource_type: return scalar(asked, std::string(subject.view.resource_type()), out, setting);
            case Member::Kind::scalar: return subject.edge != nullptr ? edge_scalar(asked, *subject.edge, out, setting)
                                                                      : connection_scalar(asked, *subject.connection, out, setting);
            case Member::Kind::element:
            case Member::Kind::twin: return element(asked, *member, subject, out, setting);
            case Member::Kind::resource: return reference(asked, subject, out, setting);
            case Member::Kind::one: return one(asked, *member, out, setting);
            case Member::Kind::list: return list(asked, *member, subject, out, setting);
            case Member::Kind::connection: return connection(asked, *member, subject, out, setting);
            case Member::Kind::edges: return edges(asked, *member, subject, out, setting);
            case Member::Kind::match: return subjects(asked, {typed(resource(subject.edge->resource))}, false, subject.shape.type, out, setting);
        }
        return {};
    }

    // --- what stands in an answer

    static Form form_of(const Selection& selection, bool list) {
        return selection.directive("singleton") != nullptr ? Form::singleton : list ? Form::list : Form::plain;
    }

    Result<Output::Field*> open(Output& out, const std::string& name, Form form, schema::TypeId type) {
        if (bytes_ < name.size() + 8) return too_costly("too many bytes");
        bytes_ -= name.size() + 8;
        return out.field(name, form, type);
    }

    Result<void> put(Output::Field& field, std::string json) {
        if (bytes_ < json.size() + 8) return too_costly("too many bytes");
        bytes_ -= json.size() + 8;
        return field.add({std::move(json), nullptr});
    }

    Result<void> scalar_json(const Asked& asked, std::string json, Output& out, const Setting& setting) {
        const Selection& selection = asked.first();
        TRY(Output::Field * field, open(out, selection.key() + setting.suffix, form_of(selection, setting.collated), schema::no_type));
        return put(*field, std::move(json));
    }
    Result<void> scalar(const Asked& asked, const std::string& text, Output& out, const Setting& setting) {
        std::string json;
        codec::write_json_string(text, json);
        return scalar_json(asked, std::move(json), out, setting);
    }

    Result<void> edge_scalar(const Asked& asked, const Connection::Edge& edge, Output& out, const Setting& setting) {
        if (asked.first().name == "mode") return scalar(asked, edge.mode, out, setting);
        return edge.score.empty() ? Result<void>{} : scalar_json(asked, edge.score, out, setting);
    }

    Result<void> connection_scalar(const Asked& asked, const Connection& connection, Output& out, const Setting& setting) {
        const std::string& name = asked.first().name;
        const auto number = [&](std::optional<std::int64_t> value) {
            return value ? scalar_json(asked, std::to_string(*value), out, setting) : Result<void>{};
        };
        const auto cursor = [&](const std::string& text) { return text.empty() ? Result<void>{} : scalar(asked, text, out, setting); };
        if (name == "count") return number(connection.count);
        if (name == "offset") return number(connection.offset);
        if (name == "pagesize") return number(connection.pagesize);
        if (name == "first") return cursor(connection.first);
        if (name == "previous") return cursor(connection.previous);
        return cursor(name == "next" ? connection.next : connection.last);
    }

    // The text that @slice gives the k-th of several.
    Result<std::string> slice_of(const Selection& selection, const Subject& subject, std::size_t k) {
        const Directive* slice = selection.directive("slice");
        if (slice == nullptr) return std::string();
        TRY(const std::string expression, text_of(slice->arguments.front()));
        if (expression == "$index") return "." + std::to_string(k);
        TRY(const path::Program* program, compiled(expression, slice->place));
        TRY(const auto found, program->evaluate(item_of(subject), environment(subject)));
        std::string text = ".";
        if (!found.empty()) text += path::text_of(found.front(), schema_).value_or("");
        return text;
    }

    // Objects under the name of the field; with @flatten their fields in its place.
    Result<void> subjects(const Asked& asked, const std::vector<Subject>& all, bool list, schema::TypeId type, Output& out, const Setting& setting) {
        const Selection& selection = asked.first();
        const bool flatten = selection.directive("flatten") != nullptr;
        const bool first = selection.directive("first") != nullptr;
        const bool slice = selection.directive("slice") != nullptr;
        std::vector<const Selections*> inside;
        inside.reserve(asked.from.size());
        for (const Selection* one : asked.from) inside.push_back(&one->selections);

        Output::Field* field = nullptr;
        for (std::size_t k = 0; k < all.size(); ++k) {
            TRY(const std::string own, slice_of(selection, all[k], k));
            const bool hole = all[k].shape.kind == Shape::Kind::element && !all[k].view;
            if (flatten && hole) continue;
            if (flatten) {
                Setting within{setting.collated || (list && !first), setting.suffix + own, setting.depth + 1};
                TRY(object(inside, all[k], out, within));
            } else {
                if (field == nullptr || slice) {
                    const bool many = setting.collated || (list && !first);
                    TRY(field, open(out, selection.key() + setting.suffix + own, form_of(selection, many), type));
                }
                if (hole) {  // keeps its place beside the values (FHIR R4 2.6.2.3)
                    TRY(put(*field, "null"));
                    continue;
                }
                auto made = std::make_unique<Output>();
                TRY(object(inside, all[k], *made, {.depth = setting.depth + 1}));
                if (bytes_ < 8) return too_costly("too many bytes");
                bytes_ -= 8;
                TRY(field->add({{}, std::move(made)}));
            }
            if (first) break;
        }
        return {};
    }

    // --- elements

    static Subject resource(View view) { return resource(view, view); }
    static Subject resource(View view, View holder) { return {{}, view, holder}; }

    Subject typed(Subject subject) const {
        if (subject.view && !subject.view.resource_type().empty())
            subject.shape = {Shape::Kind::element, schema_.find_type(subject.view.resource_type())};
        return subject;
    }

    static bool has_more(View primitive) { return static_cast<bool>(primitive.first_child()); }

    Result<void> element(const Asked& asked, const Member& member, const Subject& subject, Output& out, const Setting& setting) {
        const Selection& selection = asked.first();
        if (!subject.view) return {};
        if (member.leaf) return primitive(asked, member, subject, out, setting);
        std::vector<Subject> all;
        const bool twin = member.kind == Member::Kind::twin;
        bool any = false;
        for (const View child : subject.view.children(member.element->name)) {
            Subject one{member.inside, child, subject.holder};
            // What stands in a Bundle has its own contained resources.
            if (member.inside.kind == Shape::Kind::any && member.element->name != "contained"_name) one.holder = child;
            any = any || !twin || has_more(child);
            if (twin && !has_more(child) && !member.list) continue;
            if (twin && child.list() && !has_more(child)) one.view = {};
            all.push_back(typed(one));
        }
        if (!any) return {};
        TRY(all, filtered(selection, *member.element, std::move(all)));
        return subjects(asked, all, member.list, twin ? member.inside.type : member.element->type, out, setting);
    }

    Result<void> primitive(const Asked& asked, const Member& member, const Subject& subject, Output& out, const Setting& setting) {
        const Selection& selection = asked.first();
        const bool first = selection.directive("first") != nullptr;
        const bool slice = selection.directive("slice") != nullptr;
        const bool many = setting.collated || (member.list && !first);
        // A list keeps its places: null stands where only extensions are (FHIR R4 2.6.2.3). Collated ones have no places to keep.
        const bool holes = member.list && !first && !setting.collated && !slice && form_of(selection, many) == Form::list;
        bool any = false;
        for (const View child : subject.view.children(member.element->name)) any = any || child.has_value();
        if (!any) return {};
        Output::Field* field = nullptr;
        std::size_t k = 0;
        for (const View child : subject.view.children(member.element->name)) {
            const std::size_t place = k++;
            if (!child.has_value() && !holes) continue;
            if (field == nullptr || slice) {
                TRY(const std::string own, slice_of(selection, {member.inside, child, subject.holder}, place));
                TRY(field, open(out, selection.key() + setting.suffix + own, form_of(selection, many), member.element->type));
            }
            std::string json;
            if (!child.has_value()) json = "null";
            else if (child.kind() == Kind::string) codec::write_json_string(child.text(), json);
            else json = child.text();
            TRY(put(*field, std::move(json)));
            if (first) break;
        }
        return {};
    }

    // --- arguments

    Result<std::string> text_of(const Argument& argument) const {
        const Value& value = resolved(argument.value, question_.variables);
        if (value.kind == Value::Kind::list || value.kind == Value::Kind::object || value.kind == Value::Kind::null)
            return wrong(argument.place, argument.name + " needs a single value");
        return value.text;
    }
    bool is_null(const Argument& argument) const { return resolved(argument.value, question_.variables).kind == Value::Kind::null; }

    Result<std::size_t> number_of(const Argument& argument) const {
        TRY(const std::string text, text_of(argument));
        const auto number = base::to_integer(text);
        if (!number || *number < 0) return wrong(argument.place, argument.name + " must be a number from 0 up");
        return static_cast<std::size_t>(*number);
    }

    Result<const path::Program*> compiled(const std::string& expression, Place place) {
        if (const auto found = programs_.find(expression); found != programs_.end()) return &found->second;
        auto program = path::Program::compile(expression, schema_);
        if (!program) return wrong(place, "the FHIRPath is wrong: " + program.fault().text);
        return &programs_.emplace(expression, *std::move(program)).first->second;
    }

    static path::Item item_of(const Subject& subject) { return path::Item::of(subject.view, subject.shape.type); }
    path::Environment environment(const Subject& subject) {
        path::Environment made;
        made.resource = path::resource_item(subject.holder, schema_);
        made.now = question_.now;
        made.common_steps = &steps_;
        return made;
    }

    Result<bool> holds(const Argument& fhirpath, const Subject& subject) {
        TRY(const std::string expression, text_of(fhirpath));
        TRY(const path::Program* program, compiled(expression, fhirpath.place));
        auto truth = program->holds(item_of(subject), environment(subject), arena_);
        arena_.clear();
        return truth;
    }

    // List navigation: every filter must hold; _offset and _count apply to what is left.
    Result<std::vector<Subject>> filtered(const Selection& selection, const schema::Element& element, std::vector<Subject> all) {
        std::size_t offset = 0, count = all.size();
        for (const Argument& argument : selection.arguments) {
            if (is_null(argument)) continue;
            if (argument.name == "_offset" || argument.name == "_count") {
                TRY(const std::size_t number, number_of(argument));
                (argument.name == "_offset" ? offset : count) = number;
                continue;
            }
            const bool fhirpath = argument.name == "fhirpath";
            const Name name = fhirpath ? no_name : schema_.names().find(argument.name);
            std::string text;
            if (!fhirpath) {
                const schema::Element* part = name == no_name ? nullptr : schema_.element(element.type, name);
                const bool any = element.is(schema::Element::resource_inside);
                if (!any && (part == nullptr || schema_.type(part->type).kind != schema::TypeKind::primitive))
                    return wrong(argument.place, selection.name + " has no simple field " + argument.name + " to be chosen by");
                TRY(text, text_of(argument));
            }
            std::vector<Subject> kept;
            for (Subject& one : all) {
                bool yes = false;
                if (!one.view) continue;
                if (fhirpath) {
                    TRY(yes, holds(argument, one));
                } else {
                    for (const View child : one.view.children(name)) yes = yes || (child.has_value() && child.text() == text);
                }
                if (yes) kept.push_back(std::move(one));
            }
            all = std::move(kept);
        }
        all.erase(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(std::min(offset, all.size())));
        if (all.size() > count) all.resize(count);
        return all;
    }

    // --- other resources

    // "#x" is a contained resource of what holds the reference, "#" the holder itself (FHIR R4 2.3.0.1, 2.30.3).
    static View contained(View holder, std::string_view id) {
        if (id.empty()) return holder;
        for (const View one : holder.children("contained"_name))
            if (one.text("id"_name) == id) return one;
        return {};
    }

    Result<void> reference(const Asked& asked, const Subject& subject, Output& out, const Setting& setting) {
        const Selection& selection = asked.first();
        bool optional = false;
        std::string type;
        for (const Argument& argument : selection.arguments) {
            if (argument.name != "optional" && argument.name != "type") return wrong(argument.place, "resource has no argument " + argument.name);
            if (is_null(argument)) continue;
            TRY(std::string text, text_of(argument));
            if (argument.name == "type") type = std::move(text);
            else optional = text == "true";
        }
        const std::string_view text = subject.view ? subject.view.text("reference"_name) : std::string_view{};
        Subject found;
        if (text.starts_with('#')) {
            found = resource(contained(subject.holder, text.substr(1)), subject.holder);
        } else if (!text.empty()) {
            TRY(const View view, source_.resolve(text));
            found = resource(view);
        }
        if (!found.view) {
            if (optional || !subject.view) return {};
            Fault fault = fault_at(selection.place, Fault::Kind::invalid,
                                   text.empty() ? "A reference has no address to follow." : "What a reference names is not here.");
            fault.type = base::IssueType::not_found;
            return fault;
        }
        if (!type.empty() && found.view.resource_type() != type) return {};
        found = typed(found);
        const schema::TypeId any = schema_.find_type("Resource");
        return subjects(asked, {found}, false, any, out, setting);
    }

    Result<void> one(const Asked& asked, const Member& member, Output& out, const Setting& setting) {
        const Selection& selection = asked.first();
        std::string id;
        for (const Argument& argument : selection.arguments) {
            if (argument.name != "id" && argument.name != "_id") return wrong(argument.place, selection.name + " is asked by its id only; see " + selection.name + "List");
            TRY(id, text_of(argument));
        }
        if (id.empty()) return wrong(selection.place, selection.name + " needs an id");
        TRY(const View view, source_.read(schema_.type_name(member.inside.type), id));
        if (view) return subjects(asked, {typed(resource(view))}, false, member.inside.type, out, setting);
        if (selection.directive("flatten") != nullptr) return {};
        TRY(Output::Field * field, open(out, selection.key() + setting.suffix, form_of(selection, setting.collated), member.inside.type));
        return put(*field, "null");
    }

    struct Sought {
        Search search;
        std::vector<const Argument*> fhirpath{};
    };

    Result<Sought> asked_of(const Selection& selection, const Member& member, const Subject& subject) const {
        Sought made;
        made.search.type = schema_.type_name(member.inside.type);
        const bool inside = subject.shape.kind != Shape::Kind::query;
        for (const Argument& argument : selection.arguments) {
            if (is_null(argument)) continue;
            if (argument.name == "fhirpath") {
                made.fhirpath.push_back(&argument);
                continue;
            }
            if (argument.name == "_cursor" || argument.name == "cursor") {
                if (inside || member.kind != Member::Kind::connection)
                    return wrong(argument.place, "a cursor stands in a connection at the root of a question");
                TRY(made.search.cursor, text_of(argument));
                continue;
            }
            if (argument.name == "_reference") {
                if (!inside) return wrong(argument.place, "_reference is asked inside a resource");
                TRY(made.search.reference, text_of(argument));
                continue;
            }
            std::vector<std::string> values;
            const Value& value = resolved(argument.value, question_.variables);
            if (value.kind == Value::Kind::object) return wrong(argument.place, argument.name + " needs simple values");
            const auto add = [&](const Value& part) {
                const Value& plain = resolved(part, question_.variables);
                if (plain.kind == Value::Kind::list || plain.kind == Value::Kind::object || plain.kind == Value::Kind::null) return false;
                values.push_back(plain.text);
                return true;
            };
            if (value.kind != Value::Kind::list) (void)add(value);
            for (const Value& part : value.parts)
                if (!add(part)) return wrong(argument.place, argument.name + " needs simple values");
            made.search.parameters.emplace_back(argument.name, std::move(values));
        }
        if (!inside) return made;
        if (made.search.reference.empty())
            return wrong(selection.place, selection.name + " inside a resource needs _reference, the search parameter that names it");
        // A contained resource is nothing that others could refer to.
        if (subject.view != subject.holder) return wrong(selection.place, "nothing refers to a contained resource");
        made.search.of = subject.view;
        return made;
    }

    Result<bool> passes(const Sought& asked, View view) {
        for (const Argument* fhirpath : asked.fhirpath) {
            TRY(const bool yes, holds(*fhirpath, typed(resource(view))));
            if (!yes) return false;
        }
        return true;
    }

    Result<void> list(const Asked& asked, const Member& member, const Subject& subject, Output& out, const Setting& setting) {
        TRY(const Sought question, asked_of(asked.first(), member, subject));
        TRY(const auto found, source_.list(question.search));
        std::vector<Subject> all;
        for (const View view : found) {
            TRY(const bool yes, passes(question, view));
            if (yes) all.push_back(typed(resource(view)));
        }
        if (asked.first().directive("flatten") == nullptr && all.empty()) {
            const bool many = setting.collated || asked.first().directive("first") == nullptr;
            TRY(open(out, asked.first().key() + setting.suffix, form_of(asked.first(), many), member.inside.type));
        }
        return subjects(asked, all, true, member.inside.type, out, setting);
    }

    static bool wants(const Asked& asked, std::string_view name) {
        for (const Selection* one : asked.from)
            for (const Selection& inner : one->selections)
                if (inner.kind != Selection::Kind::field || inner.name == name) return true;  // fragments may
        return false;
    }

    Result<void> connection(const Asked& asked, const Member& member, const Subject& subject, Output& out, const Setting& setting) {
        TRY(const Sought question, asked_of(asked.first(), member, subject));
        TRY(Connection found, source_.connect(question.search, wants(asked, "count") || wants(asked, "last")));
        if (!question.fhirpath.empty()) {  // behind the paging: pages may be shorter
            std::vector<Connection::Edge> kept;
            for (Connection::Edge& edge : found.edges) {
                TRY(const bool yes, passes(question, edge.resource));
                if (yes) kept.push_back(std::move(edge));
            }
            found.edges = std::move(kept);
        }
        Subject page;
        page.shape = member.inside;
        page.connection = &found;
        return subjects(asked, {page}, false, schema::no_type, out, setting);
    }

    Result<void> edges(const Asked& asked, const Member& member, const Subject& subject, Output& out, const Setting& setting) {
        std::vector<Subject> all;
        for (const Connection::Edge& edge : subject.connection->edges) {
            Subject one;
            one.shape = member.inside;
            one.connection = subject.connection;
            one.edge = &edge;
            all.push_back(one);
        }
        if (asked.first().directive("flatten") == nullptr && all.empty()) {
            TRY(open(out, asked.first().key() + setting.suffix, form_of(asked.first(), asked.first().directive("first") == nullptr), schema::no_type));
        }
        return subjects(asked, all, true, schema::no_type, out, setting);
    }

    inline static const Value nothing_{};

    const Question& question_;
    const schema::Schema& schema_;
    Source& source_;
    std::size_t fields_;
    std::size_t bytes_;
    std::size_t steps_;
    std::unordered_map<std::string, path::Program> programs_;
    std::map<std::pair<Shape, std::string_view>, bool> fitting_;
    path::Arena arena_;
};

}  // namespace

Result<std::string> select(const Question& question, View root, Source& source) {
    Subject subject;
    subject.shape.kind = Shape::Kind::query;
    if (root) subject = {{Shape::Kind::element, question.schema.find_type(root.resource_type())}, root, root};
    Output out;
    Runner runner(question, source);
    TRY(runner.object({&question.operation.selections}, subject, out, {}));
    std::string json;
    out.write(json);
    return json;
}

}  // namespace fhir::graphql
