// SPDX-License-Identifier: Apache-2.0
#include "fhir/path/functions.h"

// Types: is, as, ofType, type (FHIRPath 6.3, 10.2).

namespace fhir::path {

namespace {

void of_type(const Call& call) {
    for (const Item& item : call.input)
        if (call.run.taken_as(item, call.code.type)) call.out.push_back(item);
}

// Published search parameters call as() on collections; only strict evaluation keeps to the letter.
void as(const Call& call) {
    if (call.input.size() > 1 && call.run.strict()) return call.run.fail("as() needs a single item");
    of_type(call);
}

void is(const Call& call) {
    if (call.input.size() > 1) return call.run.fail("is() needs a single item");
    if (!call.input.empty()) call.give(call.run.is(call.input.front(), call.code.type));
}

void type(const Call& call) {
    for (const Item& item : call.input)
        call.out.push_back(Item::of_type(item.is_node() ? "FHIR" : "System", type_of(item, call.run.schema())));
}

constexpr Function table[] = {
    {"ofType", 1, 1, of_type, "", 'T', Function::Takes::type},
    {"as", 1, 1, as, "", 'T', Function::Takes::type},
    {"is", 1, 1, is, "", 'b', Function::Takes::type},
    {"type", 0, 0, type, "", '*'},
};

}  // namespace

std::span<const Function> functions_of_types() { return table; }

}  // namespace fhir::path
