// SPDX-License-Identifier: Apache-2.0
#include "store/relational/names.h"

namespace store::relational {

using fhir::search::IndexKind;
using fhir::search::ParameterType;

std::string table_seen(IndexKind kind, bool earlier) {
    const std::string name = table_of(kind);
    return earlier ? "temp.then" + name.substr(2) : name;
}

std::optional<IndexKind> kind_of(ParameterType type) {
    switch (type) {
        case ParameterType::number: return IndexKind::number;
        case ParameterType::date: return IndexKind::date;
        case ParameterType::string: return IndexKind::string;
        case ParameterType::token: return IndexKind::token;
        case ParameterType::reference: return IndexKind::reference;
        case ParameterType::quantity: return IndexKind::quantity;
        case ParameterType::uri: return IndexKind::uri;
        case ParameterType::composite:
        case ParameterType::special: return std::nullopt;
    }
    return std::nullopt;
}

}  // namespace store::relational
