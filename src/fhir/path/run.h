// SPDX-License-Identifier: Apache-2.0
#pragma once

// One evaluation of one Program. A run that has failed produces nothing more; its fault is looked at once, at the end.

#include "fhir/path/code.h"
#include "fhir/path/items.h"

#include <algorithm>

namespace fhir::path {

// What $this, $index and $total mean at a place.
struct Scope {
    std::span<const Item> focus{};  // what a leading name applies to
    std::int64_t index = -1;
    std::span<const Item> total{};
};

class Run {
public:
    Run(const Program::Code& code, const Environment& environment, const Item& root, Arena& arena)
        : code_(code), environment_(environment), root_(root), arena_(arena),
          allowed_(environment.common_steps ? std::min(environment.steps, *environment.common_steps) : environment.steps),
          steps_(allowed_), most_bytes_(arena.used() + environment.bytes) {}
    Run(const Run&) = delete;
    ~Run() {
        if (environment_.common_steps) *environment_.common_steps -= std::min(*environment_.common_steps, allowed_ - steps_);
    }

    // Results are appended to `out`. Variables that are defined on the way stay visible: what follows in a chain sees them.
    void evaluate(NodeIndex node, const Scope& scope, Items& out);
    // A place of its own: variables defined in it end with it.
    Items evaluate(NodeIndex node, const Scope& scope);
    void evaluate_apart(NodeIndex node, const Scope& scope, Items& out);
    // The same when only its truth counts: its memory is given back.
    std::optional<bool> truth(NodeIndex node, const Scope& scope);

    // The elements `name` below `item`, all forms of a choice included.
    void members(const Item& item, Name name, std::string_view text, Items& out);
    void children(const Item& item, Items& out);
    Item child_item(const Item& parent, View child) const;
    bool is(const Item& item, const TypeName& type) const;
    // For `as` and ofType(): a primitive must have the very type: a canonical is a uri, but it is not taken as one.
    bool taken_as(const Item& item, const TypeName& type) const;

    Items items() { return Items(arena_); }
    std::string_view keep(std::string_view text) { return arena_.keep(text); }
    Item string_item(std::string_view text) { return Item::of_text(Item::Kind::string, keep(text)); }
    std::optional<Item> value(const Item& item) const;  // its system value
    std::optional<std::string_view> text(const Item& item);  // what toString() says; nothing for complex elements

    // The singleton evaluation of collections (FHIRPath 4.5). More than one item fails.
    std::optional<bool> truth(std::span<const Item> items);
    std::optional<Item> single(std::span<const Item> items);  // its system value
    std::optional<std::string_view> string(std::span<const Item> items);
    std::optional<std::int64_t> integer(std::span<const Item> items);

    // False, and the run has failed, when the name is taken.
    bool define(std::string_view name, std::span<const Item> value);

    bool step(std::size_t cost = 1) {
        if (steps_ < cost || arena_.used() > most_bytes_) too_costly();
        else steps_ -= cost;
        return !failed_;
    }
    // Before something of that size is made; large texts cost steps.
    bool room(std::size_t bytes) {
        if (arena_.used() + bytes > most_bytes_) too_costly();
        return step(1 + bytes / 64);
    }
    void fail(base::Fault::Kind kind, std::string text);
    void fail(std::string text) { fail(base::Fault::Kind::invalid, std::move(text)); }
    void fail(base::Fault fault);
    bool failed() const { return failed_; }
    base::Fault fault() && { return std::move(fault_); }

    const schema::Schema& schema() const { return *code_.schema; }
    bool strict() const { return code_.strict; }
    const Instruction& instruction(NodeIndex node) const { return code_.instructions[node]; }
    const Environment& environment() const { return environment_; }
    const Item& resource() const { return environment_.resource.node ? environment_.resource : root_; }
    const Item& root_resource() const { return environment_.root_resource.node ? environment_.root_resource : resource(); }
    const Item& root() const { return root_; }
    Arena& arena() { return arena_; }

private:
    void dispatch(const Instruction& code, const Scope& scope, Items& out);
    void member(const Instruction& code, const Scope& scope, Items& out);
    void binary(const Instruction& code, const Scope& scope, Items& out);
    void call(const Instruction& code, const Scope& scope, Items& out);
    void constant(const Instruction& code, Items& out);
    void too_costly();

    struct Variable {
        std::string_view name;
        std::span<const Item> value;
    };

    const Program::Code& code_;
    const Environment& environment_;
    const Item& root_;
    Arena& arena_;
    std::size_t allowed_;
    std::size_t steps_;
    std::size_t most_bytes_;
    std::vector<Variable> variables_{};
    bool failed_ = false;
    base::Fault fault_{};
};

}  // namespace fhir::path
