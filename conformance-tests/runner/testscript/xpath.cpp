// SPDX-License-Identifier: Apache-2.0
// XPath over FHIR's tree, seen as the XML it would be (FHIR R4 2.6.1): values are attributes named value, ids and the urls of extensions are
// attributes, a resource inside another stands in an element of its type.
#include "base/text.h"
#include "fhir/codec/json.h"
#include "runner/testscript/element_path.h"
#include "runner/testscript/xpath_parse.h"

#include <algorithm>
#include <cmath>
#include <optional>

namespace runner::testscript {

namespace {

using base::Fault;
using fhir::View;
using xpath::Expression;
using xpath::Step;

// A node of the XML that the tree would be.
struct Spot {
    enum class Kind { document, element, inside, attribute } kind = Kind::document;  // inside: the element named by a resource's type
    View view{};
    View parent{};  // attribute: the element it stands on is `view`; element: the one around it, for ".."
    std::string_view text{};  // attribute

    bool operator==(const Spot& other) const { return kind == other.kind && view == other.view && text.data() == other.text.data(); }
};
using Spots = std::vector<Spot>;

bool is_resource(View view) { return !view.resource_type().empty(); }

// An element's id and an extension's url are attributes; a resource's id is an element.
bool is_attribute(View holder, View child) {
    if (child.kind() == fhir::Kind::complex) return false;
    const auto name = child.name_text();
    return (name == "id" && !is_resource(holder)) || (name == "url" && (holder.name_text() == "extension" || holder.name_text() == "modifierExtension"));
}

struct Value {
    enum class Kind { spots, text, number, truth } kind = Kind::spots;
    Spots spots{};
    std::string text{};
    double number = 0;
    bool truth = false;
};

std::string text_of(const Spot& spot) {
    if (spot.kind == Spot::Kind::attribute) return std::string(spot.text);
    return std::string(spot.view.text());
}

class Evaluation {
public:
    explicit Evaluation(View root) : root_(root) {}

    base::Result<Value> run(const Expression& expression) {
        Value value = evaluate(expression, Spot{.view = root_}, 1, 1);
        if (fault_) return std::move(*fault_);
        return value;
    }

private:
    bool count_step() {
        if (++steps_ > most_steps && !fault_) fault_ = Fault{Fault::Kind::too_costly, "the XPath looks at more than 2,000,000 elements"};
        return !fault_;
    }

    Value evaluate(const Expression& one, const Spot& context, std::size_t position, std::size_t last) {
        using Kind = Expression::Kind;
        if (!count_step()) return {};
        switch (one.kind) {
            case Kind::path: return {.spots = walk(one, context)};
            case Kind::text: return {.kind = Value::Kind::text, .text = one.word};
            case Kind::number: return {.kind = Value::Kind::number, .number = one.number};
            case Kind::both: return truth(is_true(one.parts[0], context, position, last) && is_true(one.parts[1], context, position, last));
            case Kind::either: return truth(is_true(one.parts[0], context, position, last) || is_true(one.parts[1], context, position, last));
            case Kind::compare: return truth(compare(one, context, position, last));
            case Kind::join: {
                Value left = evaluate(one.parts[0], context, position, last);
                Value right = evaluate(one.parts[1], context, position, last);
                for (Spot& spot : right.spots) add(left.spots, spot);
                return left;
            }
            case Kind::call: return call(one, context, position, last);
        }
        return {};
    }

    Value call(const Expression& one, const Spot& context, std::size_t position, std::size_t last) {
        if (one.word == "last") return {.kind = Value::Kind::number, .number = static_cast<double>(last)};
        if (one.word == "position") return {.kind = Value::Kind::number, .number = static_cast<double>(position)};
        if (one.word == "not") return truth(!is_true(one.parts[0], context, position, last));
        const Value first = evaluate(one.parts[0], context, position, last);
        if (one.word == "count") return {.kind = Value::Kind::number, .number = static_cast<double>(first.spots.size())};
        const std::string text = as_text(first);
        if (one.word == "string") return {.kind = Value::Kind::text, .text = text};
        const std::string part = as_text(evaluate(one.parts[1], context, position, last));
        return truth(one.word == "contains" ? text.find(part) != std::string::npos : text.starts_with(part));
    }

    static Value truth(bool value) { return {.kind = Value::Kind::truth, .truth = value}; }

    static std::string as_text(const Value& value) {
        switch (value.kind) {
            case Value::Kind::spots: return value.spots.empty() ? std::string{} : text_of(value.spots.front());
            case Value::Kind::text: return value.text;
            case Value::Kind::number: return number_text(value.number);
            case Value::Kind::truth: return value.truth ? "true" : "false";
        }
        return {};
    }

public:
    static std::string number_text(double number) {
        if (std::floor(number) == number && std::fabs(number) < 1e15) return std::to_string(static_cast<long long>(number));
        std::string text = std::to_string(number);
        while (text.ends_with('0')) text.pop_back();
        return text;
    }

private:
    bool is_true(const Expression& one, const Spot& context, std::size_t position, std::size_t last) {
        const Value value = evaluate(one, context, position, last);
        switch (value.kind) {
            case Value::Kind::spots: return !value.spots.empty();
            case Value::Kind::text: return !value.text.empty();
            case Value::Kind::number: return value.number != 0;
            case Value::Kind::truth: return value.truth;
        }
        return false;
    }

    // XPath 1.0 3.4: a set of nodes compares as any of its nodes does.
    bool compare(const Expression& one, const Spot& context, std::size_t position, std::size_t last) {
        const Value left = evaluate(one.parts[0], context, position, last), right = evaluate(one.parts[1], context, position, last);
        const bool numbers = left.kind == Value::Kind::number || right.kind == Value::Kind::number || one.word[0] == '<' || one.word[0] == '>';
        for (const std::string& a : texts(left))
            for (const std::string& b : texts(right)) {
                if (!count_step()) return false;
                if (pair(a, b, one.word, numbers)) return true;
            }
        return false;
    }
    static std::vector<std::string> texts(const Value& value) {
        if (value.kind != Value::Kind::spots) return {as_text(value)};
        std::vector<std::string> all;
        for (const Spot& spot : value.spots) all.push_back(text_of(spot));
        return all;
    }
    static bool pair(const std::string& a, const std::string& b, const std::string& sign, bool numbers) {
        if (!numbers) return (a == b) == (sign == "=");
        const auto x = base::to_double(a), y = base::to_double(b);
        if (!x || !y) return sign == "!=";
        if (sign == "=") return *x == *y;
        if (sign == "!=") return *x != *y;
        if (sign == "<") return *x < *y;
        if (sign == "<=") return *x <= *y;
        return sign == ">" ? *x > *y : *x >= *y;
    }

    Spots walk(const Expression& path, const Spot& context) {
        Spots here{path.absolute ? Spot{.view = root_} : context};
        for (const Step& step : path.steps) {
            Spots next;
            for (const Spot& spot : here) {
                if (!count_step()) return {};
                if (step.axis == Step::Axis::descendant) below(spot, step, next);
                else one_step(spot, step, next);
            }
            here = std::move(next);
        }
        return here;
    }

    void below(const Spot& spot, const Step& step, Spots& out) {
        if (!count_step()) return;
        one_step(spot, step, out);
        for (const Spot& child : children(spot)) below(child, step, out);
    }

    void one_step(const Spot& spot, const Step& step, Spots& out) {
        using Axis = Step::Axis;
        Spots found;
        switch (step.axis) {
            case Axis::self: found = {spot}; break;
            case Axis::parent: found = parent(spot); break;
            case Axis::attribute: found = attributes(spot, step.name); break;
            case Axis::child:
            case Axis::descendant:
                for (const Spot& child : children(spot))
                    if (step.name == "*" || step.name == name(child)) found.push_back(child);
        }
        for (const Expression& predicate : step.predicates) found = keep(found, predicate);
        for (const Spot& one : found) add(out, one);
    }

    Spots keep(const Spots& spots, const Expression& predicate) {
        Spots kept;
        for (std::size_t i = 0; i < spots.size() && !fault_; ++i) {
            const Value value = evaluate(predicate, spots[i], i + 1, spots.size());
            const bool good = value.kind == Value::Kind::number  ? value.number == static_cast<double>(i + 1)
                              : value.kind == Value::Kind::spots ? !value.spots.empty()
                              : value.kind == Value::Kind::text  ? !value.text.empty()
                                                                 : value.truth;
            if (good) kept.push_back(spots[i]);
        }
        return kept;
    }

    // A set; those that can come twice (behind "//") come close together or are few.
    void add(Spots& set, const Spot& one) {
        for (std::size_t i = set.size(); i-- > 0 && count_step();)
            if (set[i] == one) return;
            else if (set.size() - i > 64) break;
        set.push_back(one);
    }

    static std::string_view name(const Spot& spot) { return spot.kind == Spot::Kind::inside ? spot.view.resource_type() : spot.view.name_text(); }

    Spots children(const Spot& spot) {
        if (spot.kind == Spot::Kind::attribute) return {};
        if (spot.kind == Spot::Kind::document) return {Spot{.kind = Spot::Kind::inside, .view = root_}};
        if (spot.kind == Spot::Kind::element && is_resource(spot.view)) return {Spot{.kind = Spot::Kind::inside, .view = spot.view, .parent = spot.parent}};
        Spots found;
        for (const View child : spot.view.children()) {
            if (!count_step()) return {};
            if (!is_attribute(spot.view, child)) found.push_back({.kind = Spot::Kind::element, .view = child, .parent = spot.view});
        }
        return found;
    }

    Spots attributes(const Spot& spot, const std::string& wanted) {
        Spots found;
        if (spot.kind != Spot::Kind::element) return found;
        if ((wanted == "value" || wanted == "*") && spot.view.has_value()) found.push_back({.kind = Spot::Kind::attribute, .view = spot.view, .parent = spot.parent, .text = spot.view.text()});
        for (const View child : spot.view.children())
            if (is_attribute(spot.view, child) && (wanted == "*" || child.name_text() == wanted))
                found.push_back({.kind = Spot::Kind::attribute, .view = spot.view, .parent = spot.parent, .text = child.text()});
        return found;
    }

    // Who holds a node is not written in the tree; it is searched from the root, as ".." is rare.
    Spots parent(const Spot& spot) {
        if (spot.kind == Spot::Kind::document) return {};
        if (spot.kind == Spot::Kind::attribute) return {Spot{.kind = Spot::Kind::element, .view = spot.view, .parent = spot.parent}};
        if (spot.kind == Spot::Kind::inside) {
            if (spot.view == root_) return {Spot{.view = root_}};
            return {Spot{.kind = Spot::Kind::element, .view = spot.view, .parent = spot.parent}};
        }
        if (is_resource(spot.parent)) {
            View above{};
            if (spot.parent != root_) above = holder_of(spot.parent, root_);
            return {Spot{.kind = Spot::Kind::inside, .view = spot.parent, .parent = above}};
        }
        return {Spot{.kind = Spot::Kind::element, .view = spot.parent, .parent = holder_of(spot.parent, root_)}};
    }
    View holder_of(View wanted, View from) {
        for (const View child : from.children()) {
            if (!count_step()) return {};
            if (child == wanted) return from;
            if (const View found = holder_of(wanted, child)) return found;
        }
        return {};
    }

    View root_;
    std::size_t steps_ = 0;
    std::optional<Fault> fault_{};
};

}  // namespace

base::Result<std::vector<std::string>> select_xpath(View resource, std::string_view path) {
    TRY(const Expression expression, xpath::parse(path));
    TRY(const Value value, Evaluation(resource).run(expression));
    std::vector<std::string> found;
    switch (value.kind) {
        case Value::Kind::text: found.push_back(value.text); break;
        case Value::Kind::number: found.push_back(Evaluation::number_text(value.number)); break;
        case Value::Kind::truth: found.emplace_back(value.truth ? "true" : "false"); break;
        case Value::Kind::spots:
            for (const Spot& spot : value.spots) {
                const bool complex = spot.kind != Spot::Kind::attribute && !spot.view.primitive();
                found.push_back(complex ? fhir::codec::to_json(spot.view) : text_of(spot));
            }
    }
    return found;
}

}  // namespace runner::testscript
