// SPDX-License-Identifier: Apache-2.0
#pragma once

// One evaluation of one Program. A run that has failed produces nothing more; its fault is looked at once, at the end.

#include "fhir/path/code.h"

namespace fhir::path {

// What $this, $index and $total mean at a place.
struct Scope {
    const Collection* focus = nullptr;  // what a leading name applies to
    std::int64_t index = -1;
    const Collection* total = nullptr;
};

class Run {
public:
    Run(const Program::Code& code, const Environment& environment, const Item& root)
        : code_(code), environment_(environment), root_(root), steps_(environment.steps) {}

    // Results are appended to `out`.
    void evaluate(NodeIndex node, const Scope& scope, Collection& out);
    Collection evaluate(NodeIndex node, const Scope& scope);

    // The elements `name` below `item`, all forms of a choice included.
    void members(const Item& item, Name name, std::string_view text, Collection& out);
    void children(const Item& item, Collection& out);
    Item child_item(const Item& parent, View child) const;
    bool is(const Item& item, const TypeName& type) const;
    // For `as` and ofType(): a primitive must have the very type: a canonical is a uri, but it is not taken as one.
    bool taken_as(const Item& item, const TypeName& type) const;

    // For `where` and its kin: the argument with one item as $this.
    Collection on(NodeIndex node, const Item& item, std::int64_t index, const Collection* total = nullptr);

    // The singleton evaluation of collections (FHIRPath 4.5). More than one item fails.
    std::optional<bool> truth(const Collection& items);
    std::optional<Item> single(const Collection& items);          // its system value
    std::optional<std::string> string(const Collection& items);
    std::optional<std::int64_t> integer(const Collection& items);

    bool step(std::size_t cost = 1) {
        if (steps_ < cost) fail(base::Fault::Kind::too_costly, "this FHIRPath expression costs too much on this data");
        else steps_ -= cost;
        return !failed_;
    }
    void fail(base::Fault::Kind kind, std::string text);
    void fail(std::string text) { fail(base::Fault::Kind::invalid, std::move(text)); }
    bool failed() const { return failed_; }
    base::Fault fault() && { return std::move(fault_); }

    const schema::Schema& schema() const { return *code_.schema; }
    const Instruction& instruction(NodeIndex node) const { return code_.instructions[node]; }
    const Environment& environment() const { return environment_; }
    const Item& resource() const { return environment_.resource.node ? environment_.resource : root_; }
    const Item& root() const { return root_; }

private:
    void member(const Instruction& code, const Scope& scope, Collection& out);
    void call(const Instruction& code, const Scope& scope, Collection& out);
    void constant(const Instruction& code, Collection& out);

    const Program::Code& code_;
    const Environment& environment_;
    const Item& root_;
    std::size_t steps_;
    bool failed_ = false;
    base::Fault fault_{};
};

}  // namespace fhir::path
