// SPDX-License-Identifier: Apache-2.0
// What a channel does with bytes besides translating them: cut a piece into messages, see who sent what about whom, ask, describe, answer; and
// what an answer means to who called.

#include "hl7v2/fuzz_bench.h"
#include "hl7v2/speaker.h"
#include "hl7v2/tongue.h"

#include <cstddef>
#include <cstdint>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto& bench = hl7v2::testing::fuzz_bench();
    static const hl7v2::Tongue tongue(bench.grammar, bench.library, {});
    static const hl7v2::Speaker speaker({});
    const std::string piece(reinterpret_cast<const char*>(data), size);
    const base::Fault fault{base::Fault::Kind::invalid, "wrong", "PID-3[1].1"};
    const mapping::Parcel parcel = tongue.open(piece);
    std::vector<std::string> answers;
    for (const std::string_view message : parcel.messages) {
        (void)tongue.envelope(message);
        (void)tongue.admit(message);
        (void)tongue.describe(message);
        if (const auto question = tongue.question(message))
            (void)tongue.answer_question(message, base::Result<mapping::Found>(fault), "1", 1);
        (void)tongue.commit_answer(message, nullptr, "1", 1);
        answers.push_back(tongue.answer(message, &fault, "1", 1));
        (void)speaker.understand(message, "1");
    }
    if (parcel.sealed) (void)tongue.seal(piece, answers, "1", 1);
    return 0;
}
