// SPDX-License-Identifier: Apache-2.0
#pragma once

// What goes into an operation and comes out of it (FHIR R4 3.2.0.2): a Parameters resource, or a resource alone with the
// simple ones in the query.

#include "fhir/tree/builder.h"
#include "interaction/call/request.h"

#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

namespace interaction {

// Borrows the Request.
class Parameters {
public:
    explicit Parameters(const Request& request);

    // Of the query and of the body: values of primitives, as text.
    std::vector<std::string> texts(std::string_view name) const;
    std::string text(std::string_view name) const;  // the first; empty: not there
    // Fault (malformed) when another one than these was asked; under lenient handling that is passed over.
    base::Result<void> check(std::initializer_list<std::string_view> known, bool lenient) const;
    // Fault (malformed) when there is a body and it is no Parameters.
    base::Result<void> check_envelope() const;
    // The parameter itself, of the body: false when it is not there.
    fhir::View find(std::string_view name) const;
    std::vector<fhir::View> all(std::string_view name) const;
    // The resource of that parameter; or the body itself, when it is no Parameters or has none so named.
    fhir::View resource(std::string_view name) const;
    // Where that resource stands in the body: "Parameters.parameter[1].resource"; its type when it is the body.
    std::string place(std::string_view name) const;

private:
    bool wraps(std::string_view name) const;

    const Request& request_;
    fhir::View body_{};
    bool envelope_ = false;
};

// value[x] of a parameter, part or extension; false when it has none.
fhir::View value_of(fhir::View parameter);

// Writes a Parameters: open a parameter or a part, give it its name, fill it, close it.
class ParametersText {
public:
    explicit ParametersText(const fhir::Names& names, std::string_view id = {});

    void open(std::string_view name);  // a parameter; inside another one a part
    void close();
    void text(std::string_view name, std::string_view value);  // a parameter or part with a valueString
    fhir::Builder& builder() { return build_; }
    std::string finish() &&;

private:
    fhir::Builder build_;
};

}  // namespace interaction
