// SPDX-License-Identifier: Apache-2.0
#pragma once

// How messages come in on one channel: who may send, in which order they are worked on, and when they are answered. What
// happens to each of them is inbound.h.
//
// A message is answered when it has been stored, or refused. A deferred one (HL7 v2 2.9.3, enhanced mode) is answered as soon
// as it is kept in the journal, and again when its fate is known. From the first answer on it is ours: its sender does not repeat it.
// What fails for a moment is tried again here, keeping its place, and resume() goes on with what the end of the process
// interrupted. A repeat gets the first answers byte for byte: the first one is made of the journal's own numbers, the other stored.
//
// Messages about one patient are worked on in order of arrival, over all links of the channel; others at the same time (order.h),
// by the channel's share of the threads (share.h). Thread-safe. Work under way keeps the channel; hold it by a shared_ptr.

#include "exchange/inbound.h"
#include "exchange/order.h"
#include "exchange/share.h"

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace exchange {

// Who may say that he sends: names of application and facility; "*" is any.
struct SenderName {
    std::string application;
    std::string facility;
    bool operator==(const SenderName&) const = default;
};
using SenderNames = std::vector<SenderName>;

// Whose certificate it is, and for whom it may speak.
struct KnownPeer {
    std::string name{};
    std::string subject{};  // of the certificate, RFC 2253
    SenderNames senders{};  // empty: those of the channel
    bool operator==(const KnownPeer&) const = default;
};

struct ChannelRules {
    enum class Ordering { patient, strict, none };
    std::string name{};                     // part of the key by which repeats are known
    Ordering ordering = Ordering::patient;
    SenderNames senders{};                  // empty: everybody
    std::vector<KnownPeer> peers{};         // empty: whoever reaches the channel
    bool refuse_reused_ids = false;         // the same control id with other bytes waits for an operator
    permission::Held plan = permission::unlimited();  // what its messages may write
};

struct ChannelCounts {
    std::atomic<std::uint64_t> messages{0};
    std::atomic<std::uint64_t> bytes{0};
    std::atomic<std::uint64_t> accepted{0};
    std::atomic<std::uint64_t> failed{0};    // refused; waits for an operator or its repeat
    std::atomic<std::uint64_t> repeated{0};  // answered from the journal
    std::atomic<std::uint64_t> not_kept{0};  // the journal could not take it: the sender must send again
    std::atomic<std::uint64_t> refused{0};   // the sender is not allowed here; not kept
    std::atomic<std::uint64_t> ignored{0};   // acknowledgements, of our answers or of nothing we know; not kept
    std::atomic<base::Micros> last{0};       // when the last message came; 0: none yet
};

class Channel : public std::enable_shared_from_this<Channel> {
public:
    // Runs work after a while, on any thread; may forget it when the process ends.
    using Later = std::function<void(base::Micros delay, std::function<void()> work)>;

    // `journal`, `context` and `committer` must outlive it and its work.
    Channel(ChannelRules rules, std::shared_ptr<const mapping::Tongue> tongue, store::durable::Journal& journal,
            const interaction::Context& context, Committer& committer, std::shared_ptr<Share> share, Later later);

    // Takes the messages of a piece in the order of calls and returns at once; the answers come through `reply`.
    void receive(std::string bytes, const mapping::Origin& origin, mapping::Reply reply);

    // Goes on with what had been answered as kept when the process ended. Call before the first receive(). Returns how many;
    // what is not deferred stays for its sender, who had no answer and repeats it.
    base::Result<std::size_t> resume();

    // Whether the rules know the certificate of a link; when they name no peers, they know everybody.
    bool knows(const std::string& subject) const;

    const ChannelCounts& counts() const { return counts_; }
    const ChannelRules& rules() const { return rules_; }
    Inbound& inbound() { return inbound_; }

private:
    struct Message;
    struct Several;
    using Held = std::shared_ptr<Message>;
    void arrive(const Held& message);
    void keep(const Held& message);
    bool record(const Held& message);
    bool is_new(Message& message);
    void enter(const Held& message);
    void turn(const Held& message);
    void work(const Held& message);
    void again(const Held& message);
    void refuse(const Held& message, const base::Fault& fault);
    void end(const Held& message, std::string answer);
    void fail(const Held& message);
    std::string commit_answer(const store::durable::Entry& entry) const;
    bool allowed(const Message& message) const;
    void run(std::function<void()> work);

    const ChannelRules rules_;
    const std::shared_ptr<const mapping::Tongue> tongue_;
    store::durable::Journal& journal_;
    const interaction::Context& context_;
    const std::shared_ptr<Share> share_;
    const Later later_;
    Inbound inbound_;
    Order order_;
    ChannelCounts counts_;
};

}  // namespace exchange
