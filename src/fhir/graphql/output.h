// SPDX-License-Identifier: Apache-2.0
#pragma once

// An answer while it is being made: @flatten and @slice bring values of many elements together under one name, so nothing can be
// written before everything is there.

#include "base/result.h"
#include "fhir/schema/schema.h"

#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace fhir::graphql {

class Output {
public:
    enum class Form : std::uint8_t { plain, list, singleton };

    struct Item {
        std::string json{};                // a scalar, ready
        std::unique_ptr<Output> object{};  // or an object
    };
    class Field {
    public:
        // Fault (invalid): a second value where one is promised.
        base::Result<void> add(Item item);

    private:
        friend class Output;
        std::string name_{};
        Form form_ = Form::plain;
        schema::TypeId type_ = schema::no_type;
        std::vector<Item> items_{};
    };

    // The field of that name, made when it is new; one that is there becomes a list. Fault (invalid) when values of two types would
    // stand in it, or a second time in a singleton (FHIR R4 graphql.html "Data Flattening Directives"). Valid until the next field().
    base::Result<Field*> field(std::string_view name, Form form, schema::TypeId type);

    void write(std::string& out) const;

private:
    std::vector<Field> fields_;
    std::unordered_map<std::string, std::size_t> places_;
};

}  // namespace fhir::graphql
