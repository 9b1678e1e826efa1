// SPDX-License-Identifier: Apache-2.0
#pragma once

// How the values of a data type are found by: data types grouped by the way that search reads them (FHIR R4 3.1.1.4).

#include "fhir/schema/schema.h"

#include <cstdint>
#include <vector>

namespace fhir::search {

enum class Shape : std::uint8_t {
    none,  // nothing can be searched in it
    boolean, code, text, uri, canonical, integer, decimal, date,  // primitives; date: date, dateTime, instant
    coding, concept_, identifier, contact_point, human_name, address, period, timing, quantity, money, range, reference,
    sampled_data, extension, resource
};

// Whether upper and lower case count in a token of that shape (token.h): 'y', 'n', or '-' where there are no letters.
char case_counts(Shape shape);

// One look into a vector for each question.
class Shapes {
public:
    Shapes() = default;
    explicit Shapes(const schema::Schema& schema);
    Shape of(schema::TypeId type) const { return type < shapes_.size() ? shapes_[type] : Shape::none; }

private:
    std::vector<Shape> shapes_;
};

}  // namespace fhir::search
