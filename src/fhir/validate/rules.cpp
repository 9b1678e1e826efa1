// SPDX-License-Identifier: Apache-2.0
#include "fhir/validate/rules.h"

#include "fhir/validate/rules/table.h"

namespace fhir::validate {

namespace {

struct Row {
    std::string_view type;  // and what derives from it
    Rules::Function function;
};

constexpr Row table[] = {
    {"Bundle", check_bundle},
    {"CapabilityStatement", check_capability_statement},
    {"CodeSystem", check_code_system},
    {"ConceptMap", check_concept_map},
    {"Measure", check_measure},
    {"MeasureReport", check_measure_report},
    {"OperationDefinition", check_operation_definition},
    {"Questionnaire", check_questionnaire},
    {"QuestionnaireResponse", check_questionnaire_response},
    {"SearchParameter", check_search_parameter},
    {"StructureDefinition", check_structure_definition},
    {"ValueSet", check_value_set},

    {"Attachment", check_attachment},
    {"Coding", check_coding},
    {"Identifier", check_identifier},
    {"Narrative", check_narrative_links},
    {"Quantity", check_quantity},
    {"Reference", check_reference},

    {"base64Binary", check_binary},
    {"canonical", check_address},
    {"canonical", check_canonical},
    {"date", check_date},
    {"dateTime", check_date},
    {"instant", check_date},
    {"markdown", check_text},
    {"oid", check_address},
    {"string", check_text},
    {"uri", check_address},
    {"url", check_address},
    {"uuid", check_address},
};

// "canonical" specializes "uri"; primitives have rows of their own.
bool applies(const schema::Schema& schema, schema::TypeId type, schema::TypeId row) {
    return schema.type(type).kind == schema::TypeKind::primitive ? type == row : schema.derives_from(type, row);
}

}  // namespace

Rules::Rules(const schema::Schema& schema) : rows_(schema.type_count()) {
    for (schema::TypeId type = 1; type < schema.type_count(); ++type) {
        const bool resource = schema.type(type).kind == schema::TypeKind::resource;
        if (resource) rows_[type].push_back(check_resource);
        for (const Row& row : table)
            if (const schema::TypeId known = schema.find_type(row.type);
                known != schema::no_type && applies(schema, type, known))
                rows_[type].push_back(row.function);
    }
}

void Rules::check(const Place& place, const Services& services, const Question& question,
                  base::Findings& findings) const {
    if (place.node.primitive() && !place.node.has_value()) return;  // extensions only
    for (const Function function : rows_[place.type]) function(place, services, question, findings);
}

}  // namespace fhir::validate
