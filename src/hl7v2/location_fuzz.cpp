// SPDX-License-Identifier: Apache-2.0
// Any text as a place in a message, as the address of a peer, and as the structure of a message: what is read is written and read again.
#include "hl7v2/grammar.h"
#include "hl7v2/location.h"
#include "hl7v2/mllp/client.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>

namespace {

void require(bool truth) {
    if (!truth) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace hl7v2;
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    if (const auto place = Location::read(text)) require(Location::read(place->text()) == place);
    if (const auto address = mllp::Address::read(text)) {
        require(!address->host.empty() && !address->port.empty());
        const bool numeric = address->host.find(':') != std::string::npos;
        const auto again = mllp::Address::read((numeric ? '[' + address->host + ']' : address->host) + ':' + address->port);
        require(again && again->host == address->host && again->port == address->port);
    }
    const auto structure = Structure::read(text);
    if (!structure) {
        require(!structure.fault().text.empty());
        return 0;
    }
    (void)structure->path(0);
    std::uint16_t at = 0;
    for (int i = 0; i < 20; ++i)
        for (const char* segment : {"MSH", "PID", "OBX", "ZZZ"}) {
            const Structure::Step step = structure->step(at, segment);
            if (step.leaf == Structure::none) continue;
            require(!structure->element(step.leaf).group);
            (void)structure->path(step.leaf);
            if (step.moves) at = step.leaf;
        }
    return 0;
}
