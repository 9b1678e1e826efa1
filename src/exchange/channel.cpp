// SPDX-License-Identifier: Apache-2.0
#include "exchange/channel.h"

#include "base/id.h"
#include "exchange/account.h"

#include <algorithm>
#include <mutex>

namespace exchange {

namespace {

using base::Fault;
using mapping::Said;

constexpr base::Micros first_retry = 1'000'000;
constexpr base::Micros last_retry = 60'000'000;
constexpr int resumed_at_once = 500;

using store::durable::State;

Fault reused() { return {Fault::Kind::conflict, "another message with this control id was here before", "MSH-10", base::IssueType::duplicate}; }

bool is_open(const store::durable::Entry& entry) { return entry.state == State::received; }

bool fits(const SenderNames& senders, const mapping::Envelope& envelope) {
    if (senders.empty()) return true;
    const auto is = [](const std::string& wanted, const std::string& said) { return wanted == "*" || wanted == said; };
    return std::any_of(senders.begin(), senders.end(), [&](const SenderName& sender) {
        return is(sender.application, envelope.application) && is(sender.facility, envelope.facility);
    });
}

}  // namespace

// One message on its way.
struct Channel::Message {
    std::shared_ptr<const std::string> piece;  // where its bytes lie until they are in the journal
    std::string_view bytes;
    mapping::Origin origin;
    mapping::Reply reply;
    std::shared_ptr<Several> several;          // that it came with; may be null
    mapping::Envelope envelope;
    Order::Held place;
    store::durable::Entry entry;               // in the journal; without bytes: they are read there when its turn comes
    bool told = false;                         // deferred, and its sender has been told that it is kept
    std::optional<Fault> refused{};            // told, and its refusal could not be written down yet
    std::string id;                            // of the answer that follows
    base::Micros pause = first_retry;
};

// The answers of several messages that came as one piece, in the order of the messages. One answer to all of them bears the time when the
// last of them came first and a name made of what it says: a piece that comes again is answered byte for byte as before.
struct Channel::Several {
    std::shared_ptr<const Channel> channel;
    std::shared_ptr<const std::string> piece;
    bool sealed = false;
    mapping::Reply reply;
    std::mutex mutex;
    std::vector<std::string> answers;
    std::size_t left = 0;
    bool broken = false;
    base::Micros newest = 0;  // of those that the journal has: when the last one came

    void kept(const store::durable::Entry& entry) {
        const std::lock_guard lock(mutex);
        newest = std::max(newest, entry.received);
    }
    void take(std::size_t index, Said said) {
        {
            const std::lock_guard lock(mutex);
            // Of two answers, the one about the message's fate is told.
            if (!said.answer.empty()) answers[index] = std::move(said.answer);
            broken = broken || said.broken;
            if (!said.last || --left > 0) return;
        }
        finish();
    }
    void finish() {
        if (broken) return reply({{}, true, true});
        if (sealed || answers.empty()) {
            const base::Micros time = newest != 0 ? newest : channel->context_.clock.now();
            std::string said = channel->rules_.name + ' ' + std::to_string(time);
            for (const std::string& answer : answers) said += '\n' + answer;
            return reply({channel->tongue_->seal(*piece, answers, base::derived_id("batch", said), time)});
        }
        for (std::size_t i = 0; i < answers.size(); ++i) reply({std::move(answers[i]), i + 1 == answers.size()});
    }
};

Channel::Channel(ChannelRules rules, std::shared_ptr<const mapping::Tongue> tongue, store::durable::Journal& journal,
                 const interaction::Context& context, Committer& committer, std::shared_ptr<Share> share, Later later)
    : rules_(std::move(rules)), tongue_(std::move(tongue)), journal_(journal), context_(context), share_(std::move(share)),
      later_(std::move(later)), inbound_(rules_.name, *tongue_, journal, context, committer, rules_.plan),
      order_([this](std::function<void()> work) { run(std::move(work)); }) {}

void Channel::run(std::function<void()> work) { share_->run(std::move(work)); }

void Channel::receive(std::string bytes, const mapping::Origin& origin, mapping::Reply reply) {
    counts_.bytes += bytes.size();
    counts_.last = context_.clock.now();
    const auto piece = std::make_shared<const std::string>(std::move(bytes));
    const mapping::Parcel parcel = tongue_->open(*piece);
    counts_.messages += parcel.messages.size();
    std::shared_ptr<Several> several;
    if (parcel.messages.size() != 1 || parcel.sealed) {
        several = std::make_shared<Several>();
        several->channel = shared_from_this();
        several->piece = piece;
        several->sealed = parcel.sealed;
        several->reply = reply;
        several->left = parcel.messages.size();
        several->answers.resize(several->left);
        if (parcel.messages.empty()) several->finish();
    }
    for (std::size_t i = 0; i < parcel.messages.size(); ++i) {
        const auto message = std::make_shared<Message>();
        message->piece = piece;
        message->bytes = parcel.messages[i];
        message->origin = origin;
        message->envelope = tongue_->envelope(message->bytes);
        message->reply = reply;
        message->several = several;
        if (several) message->reply = [several, i](Said said) { several->take(i, std::move(said)); };
        arrive(message);
        run([self = shared_from_this(), message] { self->keep(message); });
    }
}

void Channel::arrive(const Held& message) {
    using Ordering = ChannelRules::Ordering;
    std::vector<std::string> keys;
    if (rules_.ordering == Ordering::strict) keys.emplace_back();
    else if (rules_.ordering == Ordering::patient) keys = std::move(message->envelope.keys);
    message->place = order_.arrive(std::move(keys));
}

bool Channel::knows(const std::string& subject) const {
    return rules_.peers.empty() || std::any_of(rules_.peers.begin(), rules_.peers.end(),
                                               [&](const KnownPeer& peer) { return peer.subject == subject; });
}

bool Channel::allowed(const Message& message) const {
    for (const KnownPeer& peer : rules_.peers)
        if (peer.subject == message.origin.subject && !peer.senders.empty()) return fits(peer.senders, message.envelope);
    return fits(rules_.senders, message.envelope);
}

// The same for every repeat: its name and its time are those of the entry.
std::string Channel::commit_answer(const store::durable::Entry& entry) const {
    const std::string id = base::derived_id("commit", entry.channel + ' ' + std::to_string(entry.number) + ' ' + std::to_string(entry.received));
    return tongue_->commit_answer(entry.bytes, nullptr, id, entry.received);
}

// From its arrival until it is in the journal, or its turn comes.
void Channel::keep(const Held& message) {
    try {
        const base::Micros now = context_.clock.now();
        message->id = base::new_id(now);
        const mapping::Envelope& envelope = message->envelope;
        if (envelope.acknowledgement) {
            ++counts_.ignored;
            return end(message, {});
        }
        if (!allowed(*message)) {
            ++counts_.refused;
            const Fault fault{Fault::Kind::denied, "this sender is not allowed here", "MSH-3", base::IssueType::forbidden};
            return end(message, tongue_->answer(message->bytes, &fault, message->id, now));
        }
        message->entry.received = now;
        // Where nothing is told before its fate is known, one commit keeps it and stores what it says, when its turn has come.
        if (!envelope.deferred && !rules_.refuse_reused_ids && is_new(*message)) {
            store::durable::Entry& entry = message->entry;
            entry.channel = rules_.name;
            entry.control_id = envelope.control_id;
            entry.bytes = message->bytes;
            message->bytes = entry.bytes;
            message->piece.reset();  // they shall not be held twice
            if (!order_.go(message->place, [self = shared_from_this(), message] { self->enter(message); })) return;
            if (message->several) message->several->kept(entry);
            return turn(message);
        }
        if (!record(message)) return;
        const store::durable::Entry& entry = message->entry;
        const auto admitted = envelope.deferred ? tongue_->admit(entry.bytes) : base::Result<void>{};
        const bool over = entry.repeated && !is_open(entry);
        if (envelope.deferred && admitted) {
            message->told = true;
            message->reply({commit_answer(entry), false});
        }
        if (over) {
            ++counts_.repeated;
            return end(message, entry.answer);
        }
        if (!admitted) return refuse(message, admitted.fault());
        if (rules_.refuse_reused_ids && entry.reused_control_id) return refuse(message, reused());
        message->piece.reset();  // the entry has the bytes: they shall not be held twice
        if (order_.go(message->place, [self = shared_from_this(), message] { self->turn(message); })) turn(message);
    } catch (const std::exception&) {
        fail(message);
    }
}

// Into the journal, alone. False: it could not be, and its sender has been told.
bool Channel::record(const Held& message) {
    auto recorded = journal_.record(rules_.name, message->envelope.control_id, message->bytes, message->entry.received);
    if (recorded) {
        message->entry = *std::move(recorded);
        message->bytes = message->entry.bytes;
        if (message->several) message->several->kept(message->entry);
        return true;
    }
    ++counts_.not_kept;
    refuse(message, recorded.fault());
    return false;
}

// Was it never here? When that cannot be told, recording it will tell.
bool Channel::is_new(const Message& message) {
    const auto known = journal_.find(rules_.name, message.envelope.control_id, message.bytes);
    return known && !*known;
}

// Its turn has come, and it was not in the journal when it came. Its twin may have been before it.
void Channel::enter(const Held& message) {
    try {
        if (is_new(*message)) {
            if (message->several) message->several->kept(message->entry);
        } else if (!record(message)) {
            return;
        }
        turn(message);
    } catch (const std::exception&) {
        fail(message);
    }
}

// Its turn has come.
void Channel::turn(const Held& message) {
    try {
        message->refused ? refuse(message, Fault(*message->refused)) : work(message);
    } catch (const std::exception&) {
        // Our own mistake: the sender is told so like of anything else, and its link goes on. One that has been told that we
        // keep it will not repeat it: it waits for an operator.
        if (context_.bugs != nullptr) ++*context_.bugs;
        try {
            const Fault fault{Fault::Kind::bug, "Something went wrong inside the server."};
            store::durable::Entry& entry = message->entry;
            if (entry.number == 0) (void)journal_.record(entry.channel, entry.control_id, entry.bytes, entry.received);
            if (message->told) return refuse(message, fault);
            ++counts_.failed;
            end(message, tongue_->answer(message->entry.bytes, &fault, message->id, context_.clock.now()));
        } catch (const std::exception&) {
            fail(message);
        }
    }
}

void Channel::work(const Held& message) {
    store::durable::Entry& entry = message->entry;
    if (entry.number > 0 && (entry.repeated || entry.bytes.empty())) {
        // Its first arrival may have been under way until now.
        const auto stored = journal_.read(entry.number);
        if (stored && *stored) {
            const bool repeated = entry.repeated;
            entry = **stored;
            entry.repeated = repeated;
        } else if (entry.bytes.empty()) {
            return stored ? end(message, {}) : again(message);
        }
        if (!is_open(entry)) {
            ++counts_.repeated;
            return end(message, entry.answer);
        }
    }
    Fate fate = inbound_.work(entry, {}, message->id, context_.clock.now());
    if (fate.state == State::answered && !fate.fault) {
        ++counts_.accepted;
    } else if (fate.state == State::received && message->told) {
        if (fate.fault && fate.fault->kind == Fault::Kind::bug) return refuse(message, *fate.fault);
        return again(message);
    } else {
        ++(fate.kept ? counts_.failed : counts_.not_kept);
    }
    end(message, std::move(fate.answer));
}

// It waits for an operator, if it is in the journal; its sender is told why not.
void Channel::refuse(const Held& message, const Fault& fault) {
    const base::Micros now = context_.clock.now();
    const std::string_view bytes = message->entry.number > 0 ? std::string_view(message->entry.bytes) : message->bytes;
    // Before a deferred message is told as kept, a refusal is the first answer and the only one.
    std::string answer;
    if (message->envelope.deferred && !message->told) answer = tongue_->commit_answer(bytes, &fault, message->id, now);
    if (answer.empty()) answer = tongue_->answer(bytes, &fault, message->id, now);
    if (message->entry.number > 0) {
        const auto noted = journal_.settle(message->entry.number, {.state = State::failed, .from = message->entry.state, .answer = answer,
                                                                   .reason = reason_of(fault), .account = account_of(fault), .time = now});
        if (!noted && noted.fault().kind == Fault::Kind::conflict) {  // an operator was first: what he did counts
            const auto stands = journal_.read(message->entry.number);
            if (stands && *stands) return end(message, (*stands)->answer);
        }
        if (!noted) {
            message->refused = fault;
            if (message->told) return again(message);
            answer = tongue_->answer(bytes, &noted.fault(), message->id, now);
        }
        ++counts_.failed;
    }
    end(message, std::move(answer));
}

// It keeps its place: what came later about the same patient waits with it.
void Channel::again(const Held& message) {
    const base::Micros pause = message->pause;
    message->pause = std::min(pause * 2, last_retry);
    later_(pause, [self = shared_from_this(), message] { self->run([self, message] { self->turn(message); }); });
}

void Channel::end(const Held& message, std::string answer) {
    order_.leave(message->place);
    message->reply({std::move(answer)});
}

// Not even an answer could be made.
void Channel::fail(const Held& message) {
    if (context_.bugs != nullptr) ++*context_.bugs;
    order_.leave(message->place);
    message->reply({{}, true, true});
}

base::Result<std::size_t> Channel::resume() {
    std::size_t count = 0;
    std::int64_t after = 0;
    for (;;) {
        TRY(const auto entries, journal_.list({.state = State::received, .channel = rules_.name, .after = after, .count = resumed_at_once}));
        if (entries.empty()) return count;
        for (const store::durable::Entry& entry : entries) {
            after = entry.number;
            if (entry.origin != 0) continue;  // an operator's copy: the desk goes on with it
            TRY(const auto whole, journal_.read(entry.number));
            if (!whole) continue;
            const auto message = std::make_shared<Message>();
            message->envelope = tongue_->envelope(whole->bytes);
            if (!message->envelope.deferred || !tongue_->admit(whole->bytes)) continue;
            message->entry = entry;
            message->id = base::new_id(context_.clock.now());
            message->told = true;
            if (rules_.refuse_reused_ids && entry.reused_control_id) message->refused = reused();
            message->reply = [](const Said&) {};
            arrive(message);
            ++count;
            const auto go_on = [self = shared_from_this(), message] { self->turn(message); };
            if (order_.go(message->place, go_on)) run(go_on);
        }
    }
}

}  // namespace exchange
