// SPDX-License-Identifier: Apache-2.0
#include "fhir/codec/json.h"
#include "fhir/patch/patch.h"
#include "fhir/testing.h"

#include <cstdlib>

// Any text as a patch of a small patient: the first byte says in which form. What comes out reads back as it was written.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace fhir;
    constexpr std::string_view patient =
        R"({"resourceType":"Patient","id":"p1","meta":{"versionId":"3"},"name":[{"family":"Ng","given":["Ada",null],"_given":[{"id":"x"},{"id":"y"}]}],)"
        R"("birthDate":"1980-02-03","_birthDate":{"id":"b"},"multipleBirthInteger":2,"contact":[{"name":{"text":"N"}},{"gender":"male"}]})";
    if (size == 0) return 0;
    const schema::Schema& schema = testing::r4();
    const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
    std::optional<Document> parameters;
    base::Result<patch::Patch> read = base::Fault{};
    if (data[0] % 3 == 0) {
        auto document = codec::read_json(text, schema.names());
        if (!document) return 0;
        parameters.emplace(*std::move(document));
        read = patch::read_patch(parameters->root(), schema);
    } else {
        read = patch::read_patch(data[0] % 3 == 1 ? patch::Format::json : patch::Format::merge, text);
    }
    if (!read) return 0;
    const auto made = patch::patched(patient, *read, schema, 1'714'564'800'000'000);
    if (!made) return 0;
    const std::string written = codec::to_json(made->root());
    const auto again = codec::read_json(written, schema.names());
    if (again && codec::to_json(again->root()) != written) std::abort();
    // What JSON made is JSON; a Parameters resource may carry what only validation refuses.
    if (!again && data[0] % 3 != 0) std::abort();
    return 0;
}
