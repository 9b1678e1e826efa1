// SPDX-License-Identifier: Apache-2.0
#include "exchange/inbound.h"

#include "base/id.h"
#include "exchange/questions.h"
#include "mapping/beside.h"
#include "store/repository.h"

namespace exchange {

namespace {

using base::Fault;

// What is only for a moment, or our own mistake, is not the message's fate: a repeat shall be tried again.
bool passing(const Fault& fault) {
    return fault.kind == Fault::Kind::unavailable || fault.kind == Fault::Kind::stale || fault.kind == Fault::Kind::bug;
}

}  // namespace

Inbound::Inbound(std::string channel, const mapping::Tongue& tongue, store::durable::Journal& journal,
                 const interaction::Context& context)
    : channel_(std::move(channel)), tongue_(tongue), journal_(journal), context_(context), committer_(context) {}

std::string Inbound::receive(std::string_view bytes) {
    const base::Micros now = context_.clock.now();
    const std::string id = base::new_id(now);
    try {
        return settled(bytes, id, now);
    } catch (const std::exception&) {
        // Our own mistake: the sender is told so like of anything else, and its link goes on.
        if (context_.bugs != nullptr) ++*context_.bugs;
        ++counts_.failed;
        const Fault fault{Fault::Kind::bug, "Something went wrong inside the server."};
        return tongue_.answer(bytes, &fault, id, now);
    }
}

std::string Inbound::settled(std::string_view bytes, const std::string& id, base::Micros now) {
    auto entry = journal_.record(channel_, tongue_.control_id(bytes), bytes, now);
    if (!entry) {
        ++counts_.not_kept;
        return tongue_.answer(bytes, &entry.fault(), id, now);
    }
    if (entry->repeated && !entry->status.empty() && entry->status != "received") {
        ++counts_.repeated;
        return entry->answer;
    }

    if (const auto question = tongue_.question(bytes)) {
        const auto found = *question ? find(**question, permission::unlimited(), context_) : base::Result<mapping::Found>(question->fault());
        std::string answer = tongue_.answer_question(bytes, found, id, now);
        ++(found ? counts_.accepted : counts_.failed);
        // A question that cannot be answered holds nothing that an operator could save: it is done with.
        if (found || !passing(found.fault()))
            if (const auto noted = journal_.answer(entry->number, "answered", answer); !noted) return tongue_.answer(bytes, &noted.fault(), id, now);
        return answer;
    }

    auto translation = tongue_.translate(bytes, now);
    if (translation) {
        if (context_.definitions != nullptr) mapping::put_beside(*translation, context_.definitions->now()->terminology());
        std::string answer = tongue_.answer(bytes, nullptr, id, now);
        const auto committed = committer_.commit(*translation, [number = entry->number, &answer](store::Transaction& transaction) {
            return transaction.settle(number, "answered", answer);
        });
        if (committed) {
            ++counts_.accepted;
            return answer;
        }
        translation = committed.fault();
    }
    ++counts_.failed;
    std::string answer = tongue_.answer(bytes, &translation.fault(), id, now);
    if (!passing(translation.fault())) {
        if (const auto noted = journal_.answer(entry->number, "failed", answer); !noted)
            return tongue_.answer(bytes, &noted.fault(), id, now);
    }
    return answer;
}

}  // namespace exchange
