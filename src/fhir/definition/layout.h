// SPDX-License-Identifier: Apache-2.0
#pragma once

// Turns what the Compiler collected into rows (fhir/schema/pack.h): numbers for types and names, flattened
// choices, look-up tables. Used once, by Compiler::finish().

#include "fhir/definition/compile.h"
#include "fhir/schema/pack.h"

#include <unordered_map>

namespace fhir::definition {

struct ElementModel;

class Layout {
public:
    explicit Layout(const Compiler& source) : source_(source) {}
    base::Result<std::string> pack();

private:
    // A type to be: a StructureDefinition, or an element of one that has elements of its own.
    struct Plan {
        std::string name;
        const TypeModel* owner = nullptr;
        std::string base;
        schema::TypeKind kind = schema::TypeKind::complex;
        bool abstract = false;
    };

    void plan_types();
    base::Result<void> lay_types();
    base::Result<void> lay_elements(const Plan& plan, schema::Type& type);
    base::Result<schema::TypeId> type_of(const Plan& plan, const ElementModel& element, std::string_view type) const;
    void lay_slots(const schema::Type& type);
    void lay_order(const schema::Type& type);
    void lay_type_lookup();
    void lay_parameters();
    std::uint32_t value_set(const std::string& url);

    schema::TypeId find(std::string_view name) const;
    schema::pack::TextRef text(std::string_view content);
    Name name(std::string_view content);

    const Compiler& source_;
    std::vector<Plan> plans_;  // sorted by name; the type's number is its place here + 1
    Names names_;

    std::string text_;
    std::unordered_map<std::string, schema::pack::TextRef> texts_;
    std::vector<schema::Type> types_;
    std::vector<schema::pack::TypeSlot> type_slots_;
    std::vector<schema::TypeId> type_lookup_;
    std::vector<schema::Element> elements_;
    std::vector<schema::pack::Slot> slots_;
    std::vector<std::uint16_t> order_;
    std::vector<schema::TypeId> targets_;
    std::vector<schema::pack::ValueSetRow> value_sets_;
    std::vector<schema::pack::CodeRow> codes_;
    std::vector<schema::pack::ParameterRow> parameters_;
    std::unordered_map<std::string, std::uint32_t> value_set_numbers_;
};

}  // namespace fhir::definition
