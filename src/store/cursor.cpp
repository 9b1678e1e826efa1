// SPDX-License-Identifier: Apache-2.0
#include "store/cursor.h"

#include "base/text.h"

#include <bit>
#include <fmt/format.h>

namespace store {

// "rank" and for each key "-" (missing) or "+text,number bits,time", text in base64; parts end in ';'.
std::string encode(const Cursor& cursor) {
    std::string text = std::to_string(cursor.rank);
    for (const auto& value : cursor.values) {
        if (value.present)
            text += fmt::format(";+{},{},{}", base::base64_encode(value.text), std::bit_cast<std::int64_t>(value.number),
                                value.time);
        else
            text += ";-";
    }
    return text;
}

base::Result<Cursor> decode_cursor(const std::string& text, std::size_t keys) {
    const base::Fault fault{base::Fault::Kind::malformed, "the page link is not one of ours"};
    const auto parts = base::split(text, ';');
    const auto rank = base::to_integer(parts[0]);
    if (!rank || parts.size() != keys + 1) return fault;
    Cursor cursor{{}, *rank};
    for (std::size_t i = 1; i < parts.size(); ++i) {
        fhir::search::SortValue value;
        if (parts[i] != "-") {
            if (parts[i].empty() || parts[i][0] != '+') return fault;
            const auto fields = base::split(parts[i].substr(1), ',');
            if (fields.size() != 3) return fault;
            auto decoded = base::base64_decode(fields[0]);
            const auto number = base::to_integer(fields[1]);
            const auto time = base::to_integer(fields[2]);
            if (!decoded || !number || !time) return fault;
            value = {true, std::move(*decoded), std::bit_cast<double>(*number), *time};
        }
        cursor.values.push_back(std::move(value));
    }
    return cursor;
}

}  // namespace store
