// SPDX-License-Identifier: Apache-2.0
#pragma once

// Inside of a Program, for the evaluator and the functions.

#include "fhir/path/program.h"

namespace fhir::path {

struct Function;

// A type as an expression names it: FHIR's, or FHIRPath's own.
struct TypeName {
    schema::TypeId fhir = schema::no_type;
    std::optional<Item::Kind> system{};
    bool any = false;  // System.Any
};

struct Instruction {
    Form form = Form::empty;
    Operator op = Operator::none;
    bool has_focus = false;
    std::uint32_t position = 0;
    std::string text{};
    Name name = no_name;                       // member
    schema::TypeId root = schema::no_type;     // a leading member that is also a type's name: "Patient"
    TypeName type{};                           // is, as, ofType
    const Function* function = nullptr;
    Item literal{};
    std::vector<NodeIndex> parts{};
};

struct Program::Code {
    const schema::Schema* schema = nullptr;
    std::vector<Instruction> instructions;
    NodeIndex root = 0;
};

// "Patient", "FHIR.Patient", "System.String", "string"; nothing when no such type exists.
std::optional<TypeName> find_type_name(std::string_view text, const schema::Schema& schema);

}  // namespace fhir::path
