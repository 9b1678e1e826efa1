// SPDX-License-Identifier: Apache-2.0
#pragma once

// HL7 v2 as the exchange sees it: parse, check the header, arrange, translate; and acknowledge in the sender's own words.

#include "hl7v2/dictionary.h"
#include "hl7v2/grammar.h"
#include "hl7v2/parse.h"
#include "mapping/library.h"
#include "mapping/tongue.h"

#include <string>
#include <vector>

namespace hl7v2 {

struct TongueOptions {
    ParseOptions parse{};
    Accepted accepted{};
    std::string zone = "Z";                // of times without one, when MSH-7 has none either
    std::vector<std::string> settings{};   // for `if setting NAME` in maps
    const Dictionary* dictionary = nullptr;  // for findings about fields; outlives the tongue; null: none
    bool keep_residue = true;              // what no row took goes with the MessageHeader
};

class Tongue final : public mapping::Tongue {
public:
    // Both must outlive it.
    Tongue(const Grammar& grammar, const mapping::Library& library, TongueOptions options)
        : grammar_(grammar), library_(library), options_(std::move(options)) {}

    std::string control_id(std::string_view bytes) const override;  // MSH-10
    base::Result<mapping::Translation> translate(std::string_view bytes, base::Micros received) const override;
    base::Result<mapping::Translation> traced(std::string_view bytes, base::Micros received) const override;
    std::string answer(std::string_view bytes, const base::Fault* fault, std::string_view id, base::Micros now) const override;

    std::optional<base::Result<mapping::Question>> question(std::string_view bytes) const override;
    std::string answer_question(std::string_view bytes, const base::Result<mapping::Found>& found, std::string_view id, base::Micros now) const override;

private:
    base::Result<mapping::Translation> read(std::string_view bytes, base::Micros received, bool trace) const;

    const Grammar& grammar_;
    const mapping::Library& library_;
    TongueOptions options_;
};

}  // namespace hl7v2
