// SPDX-License-Identifier: Apache-2.0
#pragma once

// The functions that the table in rules.cpp names; each is described where it is defined.

#include "fhir/validate/rules.h"

namespace fhir::validate {

// Every resource (resource.cpp).
void check_resource(const Place&, const Services&, const Question&, base::Findings&);

// Resources.
void check_bundle(const Place&, const Services&, const Question&, base::Findings&);
void check_capability_statement(const Place&, const Services&, const Question&, base::Findings&);
void check_code_system(const Place&, const Services&, const Question&, base::Findings&);
void check_concept_map(const Place&, const Services&, const Question&, base::Findings&);
void check_measure(const Place&, const Services&, const Question&, base::Findings&);
void check_measure_report(const Place&, const Services&, const Question&, base::Findings&);
void check_operation_definition(const Place&, const Services&, const Question&, base::Findings&);
void check_questionnaire(const Place&, const Services&, const Question&, base::Findings&);
void check_questionnaire_response(const Place&, const Services&, const Question&, base::Findings&);
void check_search_parameter(const Place&, const Services&, const Question&, base::Findings&);
void check_structure_definition(const Place&, const Services&, const Question&, base::Findings&);
void check_value_set(const Place&, const Services&, const Question&, base::Findings&);

// Datatypes.
void check_attachment(const Place&, const Services&, const Question&, base::Findings&);
void check_coding(const Place&, const Services&, const Question&, base::Findings&);
void check_identifier(const Place&, const Services&, const Question&, base::Findings&);
void check_narrative_links(const Place&, const Services&, const Question&, base::Findings&);
void check_quantity(const Place&, const Services&, const Question&, base::Findings&);
void check_reference(const Place&, const Services&, const Question&, base::Findings&);

// Primitives.
void check_address(const Place&, const Services&, const Question&, base::Findings&);  // uri, url, oid, uuid
void check_canonical(const Place&, const Services&, const Question&, base::Findings&);
void check_date(const Place&, const Services&, const Question&, base::Findings&);  // date, dateTime, instant
void check_text(const Place&, const Services&, const Question&, base::Findings&);  // string, markdown
void check_binary(const Place&, const Services&, const Question&, base::Findings&);

}  // namespace fhir::validate
