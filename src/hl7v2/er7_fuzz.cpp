// SPDX-License-Identifier: Apache-2.0
// Any bytes: parse, walk everything, write again, read again, arrange, acknowledge.
#include "hl7v2/ack.h"
#include "hl7v2/batch.h"
#include "hl7v2/parse.h"
#include "hl7v2/structure.h"
#include "hl7v2/write.h"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>

using namespace hl7v2;

namespace {

void require(bool truth) {
    if (!truth) std::abort();
}

void walk(const Message& message) {
    for (std::size_t i = 0; i < message.size(); ++i) {
        const Segment segment = message.segment(i);
        std::size_t length = segment.name().size();
        for (int number = 1; number <= segment.fields(); ++number) {
            const Field field = segment.field(number);
            length += field.raw().size() + 1;
            int count = 0;
            for (const Field& repetition : field.repetitions()) {
                if (++count < 20) require(field.repetition(count).raw() == repetition.raw());
                for (const Field& component : repetition.components())
                    for (const Field& subcomponent : component.subcomponents()) (void)subcomponent.text();
            }
            (void)field.text();
            (void)field.truncated();
        }
        const std::size_t counted_twice = i == 0 ? 2 : 0;
        const bool broken = segment.raw().find_first_of("\r\n") != std::string_view::npos;
        require(segment.fields() == 0 || broken || length == segment.raw().size() + counted_twice);
    }
}

void same(const Message& a, const Message& b) {
    require(a.size() == b.size());
    for (std::size_t i = 0; i < a.size(); ++i) {
        require(a.segment(i).name() == b.segment(i).name());
        require(a.segment(i).fields() == b.segment(i).fields());
        // Without an escape character a control character cannot be written; it becomes a space.
        if (a.delimiters().escape == '\0') continue;
        const int first = i == 0 ? 3 : 1;
        for (int number = first; number <= a.segment(i).fields(); ++number)
            require(a.segment(i).field(number).component(1).subcomponent(1).text() ==
                    b.segment(i).field(number).component(1).subcomponent(1).text());
    }
}

bool is_ascii(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

const Grammar& grammar() {
    static const Grammar read = *Grammar::load(ANDIRON_SOURCE_DIR "/profiles/structure/hl7v2");
    return read;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string bytes(reinterpret_cast<const char*>(data), size);
    (void)split_batch(bytes);
    auto ack = acknowledge(sender_of_bytes(bytes), {Answer::AR, {{100, base::Severity::error, "MSH", "x"}}}, "1", 0);
    require(bool(parse(std::move(ack))));
    auto message = parse(bytes);
    if (!message) return 0;
    walk(*message);
    const auto again = parse(reencode(*message, message->delimiters()));
    // The bytes are UTF-8 now, but MSH-18 still names the sender's set: read by it, other letters than ASCII may become
    // others or be refused. Nothing else may.
    const bool misnamed = !message->header().field(18).empty() && !is_ascii(message->bytes());
    if (!again) require(again.fault().where == "MSH-18");
    else if (!misnamed) same(*message, *again);
    const auto structure = grammar().of(*message);
    const Tree tree = arrange(*message, structure ? *structure : nullptr);
    std::size_t leaves = 0;
    for (std::uint32_t i = 0; i < tree.size(); ++i) leaves += !tree.node(i).is_group();
    require(leaves == message->size());
    ack = acknowledge(sender_of(*message), accepted(tree.findings()), "1", 0);
    require(bool(parse(std::move(ack))));
    return 0;
}
