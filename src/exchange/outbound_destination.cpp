// SPDX-License-Identifier: Apache-2.0
#include "exchange/outbound_destination.h"

#include "base/crypto.h"

#include <algorithm>
#include <chrono>
#include <set>

namespace exchange {

using base::Fault;
using mapping::Understood;
using store::durable::Outgoing;

namespace {

constexpr int stretch = 100;            // ledger entries that are composed and queued together
constexpr store::Position unwritten = 1000;  // entries without a message before it is noted that they were looked at
constexpr auto tick = std::chrono::milliseconds(200);
constexpr base::Micros longest_trouble = 1'000'000;
constexpr std::int64_t patience = 2000;  // milliseconds for a reply when the program ends
constexpr base::Micros between_sweeps = 3'600'000'000;
constexpr int look_ahead = 1000;         // waiting messages among which a free lane is looked for

std::int64_t monotonic() {
    return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

std::string paused_key(const std::string& name) { return "destination_paused:" + name; }

}  // namespace

base::Micros back_off(std::int64_t attempts, base::Micros first, base::Micros longest, std::uint8_t chance) {
    base::Micros wait = std::min(first, longest);
    if (wait <= 0) return 0;
    for (std::int64_t i = 1; i < attempts && wait < longest; ++i) wait = std::min(wait * 2, longest);
    // Many senders that lost the same peer do not all come back in the same moment.
    return wait - wait / 5 + wait / 5 * 2 * chance / 255;
}

Outbound::Destination::Destination(Outbound& home, DestinationRules rules, std::unique_ptr<const mapping::Speaker> speaker, std::unique_ptr<Wire> wire)
    : home_(home), rules_(std::move(rules)), after_trouble_(std::min(longest_trouble, rules_.longest_wait)), speaker_(std::move(speaker)), wire_(std::move(wire)) {}

base::Result<void> Outbound::Destination::prepare() {
    TRY(feed_, Feed::make(rules_, home_.composer_, *speaker_, home_.context_));
    TRY(const auto kept, home_.records_.get(paused_key(rules_.name), now()));
    paused_ = kept ? *kept == "1" : rules_.paused;
    // Here, before anything new is taken in: what is committed from now on is sent.
    TRY(begin_, home_.outbox_.follow(rules_.name, rules_.from_beginning ? 0 : home_.context_.repository.snapshot()->position()));
    followed_ = begin_;
    return {};
}

void Outbound::Destination::start() {
    following_ = std::jthread([this](const std::stop_token& stop) { follow(stop); });
    delivering_ = std::jthread([this](const std::stop_token& stop) { deliver(stop); });
}

void Outbound::Destination::ask_to_stop() {
    stop_asked_ = monotonic();
    following_.request_stop();
    delivering_.request_stop();
    wake();
}

void Outbound::Destination::join() {
    if (following_.joinable()) following_.join();
    if (delivering_.joinable()) delivering_.join();
}

void Outbound::Destination::wake() {
    {
        const std::lock_guard lock(mutex_);
        ++news_;
    }
    changed_.notify_all();
}

base::Result<void> Outbound::Destination::pause(bool paused) {
    TRY(home_.records_.put(paused_key(rules_.name), paused ? "1" : "0", 0));
    paused_ = paused;
    wake();
    return {};
}

DestinationState Outbound::Destination::state() const {
    DestinationState state;
    state.name = rules_.name;
    state.address = rules_.address;
    state.paused = paused_;
    state.connected = connected_;
    state.followed = followed_;
    state.tries = tries_;
    state.accepted = accepted_;
    state.refused = refused_;
    state.unanswered = unanswered_;
    const std::lock_guard lock(mutex_);
    state.trouble = trouble_;
    return state;
}

// The ledger, stretch by stretch. Stretches without a message are noted now and then only: after a crash they are looked at again and
// give nothing again.
void Outbound::Destination::follow(const std::stop_token& stop) {
    store::Position written = begin_;
    store::Position at = begin_;
    while (!stop.stop_requested()) {
        const auto entries = home_.ledger_.read(at, stretch);
        if (!entries) {
            home_.log_.error("destination.ledger", {{"destination", rules_.name}, {"text", entries.fault().text}});
            if (!pause_for(after_trouble_, stop)) return;
            continue;
        }
        if (entries->empty()) {
            home_.ledger_.wait(at, tick);
            continue;
        }
        auto messages = feed_->messages(*entries, now());
        const store::Position end = entries->back().position;
        const bool empty = messages.empty();
        if (!empty || end - written >= unwritten) {
            if (const auto done = home_.outbox_.enqueue(rules_.name, written, end, messages); !done) {
                home_.log_.error("destination.queue", {{"destination", rules_.name}, {"text", done.fault().text}});
                if (done.fault().kind == Fault::Kind::conflict)
                    if (const auto stands = home_.outbox_.follow(rules_.name, written)) at = written = *stands;
                if (!pause_for(after_trouble_, stop)) return;
                continue;
            }
            written = end;
        }
        followed_ = at = end;
        for (const Outgoing& message : messages)
            if (message.status == "dead")
                home_.log_.error("destination.not_composed", {{"destination", rules_.name}, {"subject", message.subject}, {"text", message.reason}});
        if (!empty) wake();
    }
}

void Outbound::Destination::deliver(const std::stop_token& stop) {
    base::Micros swept = 0;
    while (!stop.stop_requested()) {
        if (now() - swept > between_sweeps) {
            (void)home_.outbox_.sweep(rules_.name, now() - rules_.keep);  // in vain on a full disk: next time, then
            swept = now();
        }
        std::uint64_t seen = 0;
        {
            const std::lock_guard lock(mutex_);
            seen = news_;
        }
        base::Micros next = 0;
        if (!paused_) {
            const auto waiting = home_.outbox_.waiting(rules_.name, rules_.lanes ? look_ahead : stretch);
            if (!waiting) {
                home_.log_.error("destination.queue", {{"destination", rules_.name}, {"text", waiting.fault().text}});
                if (!pause_for(after_trouble_, stop)) return;
                continue;
            }
            next = deliver_some(*waiting, stop);
        } else if (connected_) {
            wire_->close();
            connected_ = false;
        }
        if (next != 0 && next <= now()) continue;
        const auto longest = next == 0 ? std::chrono::microseconds(60'000'000) : std::chrono::microseconds(std::min<base::Micros>(next - now() + 1000, 60'000'000));
        std::unique_lock lock(mutex_);
        changed_.wait_for(lock, stop, longest, [&] { return news_ != seen; });
    }
    wire_->close();
    connected_ = false;
}

base::Micros Outbound::Destination::deliver_some(const std::vector<Outgoing>& waiting, const std::stop_token& stop) {
    std::set<std::string> blocked;
    base::Micros next = 0;
    bool any = false;
    for (const Outgoing& message : waiting) {
        if (stop.stop_requested() || paused_) return 0;
        if (blocked.contains(message.lane)) continue;
        if (message.due > now()) {
            blocked.insert(message.lane);
            next = next == 0 ? message.due : std::min(next, message.due);
        } else if (deliver_one(message.number, stop)) {
            any = true;
        } else {
            blocked.insert(message.lane);
            any = true;
        }
    }
    return any ? now() : next;  // look again: there may be more
}

bool Outbound::Destination::deliver_one(std::int64_t number, const std::stop_token& stop) {
    const auto found = home_.outbox_.read(number);
    if (!found) {
        (void)pause_for(after_trouble_, stop);
        return false;
    }
    if (!*found || (*found)->status != "waiting") return true;  // somebody settled it meanwhile
    const Outgoing& message = **found;
    std::string answer;
    ++tries_;
    const Understood reply = exchange(message, answer, stop);
    connected_ = wire_->open();
    if (reply.kind != Understood::Kind::accepted && stop.stop_requested() && answer.empty()) return false;  // cut off by our own end: no try in vain
    {
        const std::lock_guard lock(mutex_);
        trouble_ = reply.kind == Understood::Kind::accepted ? std::string() : reply.text;
    }
    return settle(message, reply, answer, stop);
}

bool Outbound::Destination::patience_is_over(const std::stop_token& stop) { return stop.stop_requested() && monotonic() - stop_asked_ > patience; }

// One try. The connection is given up when no reply of ours came: a late one must not be taken for the next message's.
Understood Outbound::Destination::exchange(const Outgoing& message, std::string& answer, const std::stop_token& stop) {
    const auto cancelled = [&] { return patience_is_over(stop); };
    const auto no_answer = [&](std::string text) {
        wire_->close();
        answer.clear();
        return Understood{Understood::Kind::other, std::move(text)};
    };
    if (const auto sent = wire_->send(message.bytes, cancelled); !sent) return no_answer(sent.fault().text);
    bool committed = false;
    for (int replies = 0; replies < 100; ++replies) {
        auto received = wire_->receive(cancelled);
        if (!received) return no_answer(committed ? "committed, but no application acknowledgement came: " + received.fault().text : received.fault().text);
        answer = *std::move(received);
        Understood reply = speaker_->understand(answer, message.control_id);
        switch (reply.kind) {
            case Understood::Kind::other: continue;  // to an earlier try, perhaps
            case Understood::Kind::unreadable: return no_answer("the reply cannot be read: " + reply.text);
            case Understood::Kind::committed:
                if (rules_.until == DestinationRules::Until::both) {
                    committed = true;
                    continue;
                }
                reply.kind = Understood::Kind::accepted;
                return reply;
            case Understood::Kind::accepted:
            case Understood::Kind::error:
            case Understood::Kind::rejected: return reply;
        }
    }
    return no_answer("only replies to other messages came");
}

bool Outbound::Destination::settle(const Outgoing& message, const Understood& reply, const std::string& answer, const std::stop_token& stop) {
    const base::Micros at = now();
    store::durable::Outbox& outbox = home_.outbox_;
    if (reply.kind == Understood::Kind::accepted) {
        ++accepted_;
        return note([&] { return outbox.settle(message.number, "sent", "", answer, at); }, stop);
    }
    const bool refused = reply.kind == Understood::Kind::error || reply.kind == Understood::Kind::rejected;
    ++(refused ? refused_ : unanswered_);
    const bool again = reply.kind == Understood::Kind::error ? rules_.retry_error : reply.kind == Understood::Kind::rejected ? rules_.retry_reject : true;
    const std::int64_t most = refused ? rules_.error_attempts : rules_.attempts;
    if (!again || (most > 0 && message.attempts + 1 >= most)) {
        home_.log_.warning("destination.dead", {{"destination", rules_.name}, {"number", message.number}, {"control_id", message.control_id}});
        return note([&] { return outbox.settle(message.number, "dead", reply.text, answer, at); }, stop);
    }
    const auto chance = static_cast<std::uint8_t>(base::random_bytes(1)[0]);
    const base::Micros due = at + back_off(message.attempts + 1, rules_.first_wait, rules_.longest_wait, chance);
    (void)note([&] { return outbox.tried(message.number, due, reply.text, answer); }, stop);
    return false;
}

// Nothing else is sent until it is known what came of this try: while the disk is full, the same message would else go out again and again.
bool Outbound::Destination::note(const std::function<base::Result<void>()>& write, const std::stop_token& stop) {
    while (true) {
        const auto done = write();
        if (done || done.fault().kind == Fault::Kind::missing) return true;  // missing: an operator settled it meanwhile
        home_.log_.error("destination.queue", {{"destination", rules_.name}, {"text", done.fault().text}});
        if (!pause_for(after_trouble_, stop)) return false;
    }
}

// False: a stop is wanted.
bool Outbound::Destination::pause_for(base::Micros time, const std::stop_token& stop) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, stop, std::chrono::microseconds(time), [] { return false; });
    return !stop.stop_requested();
}

}  // namespace exchange
