// SPDX-License-Identifier: Apache-2.0
// Bytes to FHIR: whatever parses is arranged and translated, whatever its structure is said to be, and every atom is accounted for.

#include "hl7v2/adapter.h"
#include "hl7v2/fuzz_bench.h"
#include "hl7v2/parse.h"

#include <cstddef>
#include <cstdint>

using hl7v2::testing::fuzz_bench;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    auto message = hl7v2::parse(std::string(reinterpret_cast<const char*>(data), size));
    if (!message) return 0;
    for (const char* name : {"ADT_A01", "ORU_R01", "OML_O21", "RDE_O11", "VXU_V04", "MDM_T02", "SIU_S12", "ADT_A39"}) {
        hl7v2::TranslateOptions options;
        options.trace = options.keep_residue = true;
        const auto made = hl7v2::translate(*message, *fuzz_bench().grammar.find(name), fuzz_bench().library, options);
        if (!made || made->atoms != made->kept + made->dropped + made->residue.size()) std::abort();
    }
    return 0;
}
