// SPDX-License-Identifier: Apache-2.0
#pragma once

// Inside of a Program, for the evaluator and the functions.

#include "fhir/path/pattern.h"
#include "fhir/path/program.h"

namespace fhir::path {

struct Function;

// A type as an expression names it: FHIR's, or FHIRPath's own.
struct TypeName {
    schema::TypeId fhir = schema::no_type;
    std::optional<Item::Kind> system{};
    bool any = false;      // System.Any
    bool is_long = false;  // System.Long, an integer with a mark
};

struct Instruction {
    Form form = Form::empty;
    Operator op = Operator::none;
    bool has_focus = false;
    bool descending = false;
    Place place{};
    std::string_view text{};
    Name name = no_name;                       // member
    schema::TypeId root = schema::no_type;     // a leading member that is also a type's name: "Patient"
    TypeName type{};                           // is, as, ofType
    const Function* function = nullptr;
    Item literal{};
    std::vector<NodeIndex> parts{};
    std::optional<Pattern> pattern{};          // matches() and its kin with a literal: compiled once
};

struct Program::Code {
    const schema::Schema* schema = nullptr;
    schema::TypeId quantity = schema::no_type;
    bool strict = false;
    std::string texts{};  // of all instructions; never grows after compiling, so views into it hold
    std::vector<Instruction> instructions{};
    NodeIndex root = 0;
};

// "Patient", "FHIR.Patient", "System.String", "string"; nothing when no such type exists. An unknown type of System is one
// that nothing has.
std::optional<TypeName> find_type_name(std::string_view text, const schema::Schema& schema);

// Is `type` what a type's name means when it stands before a member: "Patient.name" on a Patient?
bool names_root(const schema::Schema& schema, schema::TypeId type, schema::TypeId root);

}  // namespace fhir::path
