// SPDX-License-Identifier: Apache-2.0
#include "base/net/loop.h"

#include "base/net/listener.h"

#include <fmt/format.h>
#include <pistache/os.h>
#include <pistache/prototype.h>
#include <pistache/reactor.h>

#include <sys/eventfd.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <map>
#include <mutex>
#include <queue>

namespace base::net {

namespace {

using Interest = Pistache::Polling::NotifyOn;
using Pistache::Polling::Tag;

// What the kernel hands back with an event: the slot in the low half, the low half of the connection's serial
// in the high one, so that an event of a closed connection never reaches its successor.
constexpr std::uint64_t special = 0x8000'0000;  // low halves from here on are ours: wake, timer, listeners
constexpr std::uint64_t wake_tag = special;
constexpr std::uint64_t timer_tag = special + 1;
constexpr std::uint64_t first_listener_tag = special + 2;

constexpr int accepted_at_once = 64;      // then the open connections get their turn
constexpr Millis accept_pause = 100;
constexpr std::size_t read_at_once = 64 * 1024;

// The loop's clock is monotonic time, which no test needs to own and no result shows.
Millis monotonic() {
    timespec time{};
    ::clock_gettime(CLOCK_MONOTONIC, &time);
    return static_cast<Millis>(time.tv_sec) * 1000 + time.tv_nsec / 1'000'000;
}

}  // namespace

struct Loop::State {
    struct OpenDoor {
        Door door;
        std::uint16_t port = 0;
        std::unique_ptr<PeerTable> peers;
        std::atomic<std::size_t> open{0};
        std::atomic<std::uint64_t> accepted{0}, refused{0};
    };
    struct Counters {
        std::atomic<std::uint64_t> accepted{0}, refused{0}, open{0}, timed_out{0}, tls_failed{0}, paused{0}, bugs{0};
    };
    class Worker;
    class Face;

    ~State();

    std::mutex life;          // one at a time: a door comes, a door goes, the end
    mutable std::mutex doors_mutex;
    std::vector<std::shared_ptr<OpenDoor>> doors;  // by number; a removed one is null
    std::vector<std::unique_ptr<Worker>> workers;
    std::atomic<std::size_t> next_face{0};
    Counters counters;
    std::shared_ptr<Pistache::Aio::Reactor> reactor;
    std::mutex closed_mutex;
    std::condition_variable closed;
    bool stopped = false;
};

// One thread's part: slots of connections, an ordered heap of deadlines, a box of posted work.
class Loop::State::Worker {
public:
    Worker(State& state, std::uint32_t index) : state_(state), index_(index), scratch_(read_at_once, '\0') {
        wake_ = ::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
        timer_ = ::timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
    }
    ~Worker() {
        for (const Gate& gate : gates_) if (gate.socket >= 0) ::close(gate.socket);
        ::close(wake_);
        ::close(timer_);
    }
    Worker(const Worker&) = delete;
    Worker& operator=(const Worker&) = delete;

    void begin(Pistache::Polling::Epoll& poller) {
        const Pistache::Flags<Interest> read(Interest::Read);
        poller.addFd(wake_, read, Tag(wake_tag));
        poller.addFd(timer_, read, Tag(timer_tag));
        for (std::size_t i = 0; i < gates_.size(); ++i)
            if (gates_[i].socket >= 0) poller.addFd(gates_[i].socket, read, Tag(first_listener_tag + i));
    }

    // On the worker's thread, or before it runs. Takes the socket.
    void admit(std::size_t number, int socket, std::shared_ptr<OpenDoor> door) {
        if (draining_) {
            ::close(socket);
            return;
        }
        if (gates_.size() <= number) gates_.resize(number + 1);
        gates_[number] = {socket, std::move(door)};
        if (face_ != nullptr) face_watch(number);
    }

    // No new connections at this door; those it has are told to finish, or are cut.
    void leave(std::size_t number, bool cut) {
        if (number >= gates_.size()) return;
        close_listener(number);
        const std::shared_ptr<OpenDoor> door = gates_[number].door;
        if (!door) return;
        each([&](Connection& connection) {
            if (slots_[connection.id().slot].door != door) return;
            if (cut) connection.abort();
            else connection.drain(now_);
        });
    }

    void ready(Face& face, const Pistache::Aio::FdSet& events);

    void post(std::function<void()> work) {
        bool first = false;
        {
            const std::lock_guard lock(box_mutex_);
            first = box_.empty();
            box_.push_back(std::move(work));
        }
        if (first) {
            const std::uint64_t one = 1;
            [[maybe_unused]] const ssize_t written = ::write(wake_, &one, sizeof one);
        }
    }

    void run(ConnectionId id, const std::function<void(Protocol&, Connection&)>& work) {
        Slot* slot = find(id.slot, id.serial);
        if (slot != nullptr) touch(id.slot, [&](Connection& connection) { connection.run(work, now_); });
    }

    void after(Millis delay, std::function<void()> work) {
        const Millis when = monotonic() + delay;
        later_.emplace(when, std::move(work));
        arm(when);
    }

    void drain() {
        draining_ = true;
        for (std::size_t i = 0; i < gates_.size(); ++i) close_listener(i);
        each([this](Connection& connection) { connection.drain(now_); });
    }

    void cut() {
        each([](Connection& connection) { connection.abort(); });
    }

private:
    struct Slot {
        std::unique_ptr<Connection> connection;
        std::uint64_t serial = 0;
        std::shared_ptr<OpenDoor> door;
        Millis armed = never;
        Interest interest = Interest::None;
    };
    struct Gate {
        int socket = -1;  // listens
        std::shared_ptr<OpenDoor> door;
    };
    struct Due {
        Millis when;
        std::uint32_t slot;
        std::uint64_t serial;
        bool operator>(const Due& other) const { return when > other.when; }
    };

    Slot* find(std::uint32_t slot, std::uint64_t serial) {
        if (slot >= slots_.size() || !slots_[slot].connection || slots_[slot].serial != serial) return nullptr;
        return &slots_[slot];
    }

    template <class Work>
    void each(Work work) {
        for (std::uint32_t i = 0; i < slots_.size(); ++i)
            if (slots_[i].connection) touch(i, work);
    }

    // Does something to a connection and gives it what it wants afterwards. The top of every protocol's
    // stack: an exception is our bug and costs this connection only.
    template <class Work>
    void touch(std::uint32_t index, Work work) {
        Connection* connection = slots_[index].connection.get();
        try {
            work(*connection);
        } catch (...) {
            ++state_.counters.bugs;
            connection->abort();
        }
        try {
            settle(index);
        } catch (...) {
            ++state_.counters.bugs;
        }
    }

    void settle(std::uint32_t index);
    void accept(std::size_t door);
    void pause_accepting(std::size_t door);
    void close_listener(std::size_t door);
    void face_watch(std::size_t door);
    void arm(Millis when);
    void tick();
    void open_box();

    State& state_;
    Face* face_ = nullptr;
    const std::uint32_t index_;
    std::string scratch_;
    Millis now_ = 0;
    std::vector<Gate> gates_;  // by the door's number
    std::vector<Slot> slots_;
    std::vector<std::uint32_t> free_;
    std::uint64_t next_serial_ = 1;
    std::priority_queue<Due, std::vector<Due>, std::greater<>> due_;
    std::multimap<Millis, std::function<void()>> later_;
    Millis timer_set_ = never;
    bool draining_ = false;
    int wake_ = -1;
    int timer_ = -1;
    std::mutex box_mutex_;
    std::vector<std::function<void()>> box_;
};

// What Pistache sees of a worker. The reactor clones the handler once a thread; each clone takes the next worker.
class Loop::State::Face final : public Pistache::Aio::Handler {
    PROTOTYPE_OF(Pistache::Aio::Handler, Face)
public:
    explicit Face(State& state) : state_(state) {}
    Face(const Face& other) : Pistache::Aio::Handler(), state_(other.state_), worker_(state_.workers[state_.next_face++].get()) {}

    void registerPoller(Pistache::Polling::Epoll& poller) override { worker_->begin(poller); }
    void onReady(const Pistache::Aio::FdSet& events) override { worker_->ready(*this, events); }

    void watch(int socket, std::uint64_t tag, Interest interest) { reactor()->registerFd(key(), socket, interest, Tag(tag)); }
    void change(int socket, std::uint64_t tag, Interest interest) { reactor()->modifyFd(key(), socket, interest, Tag(tag)); }

private:
    State& state_;
    Worker* worker_ = nullptr;
};

void Loop::State::Worker::ready(Face& face, const Pistache::Aio::FdSet& events) {
    face_ = &face;
    now_ = monotonic();
    for (std::size_t i = 0; i < events.size(); ++i) {
        const auto& event = events[i];
        const std::uint64_t tag = event.getTag().value();
        const auto low = static_cast<std::uint32_t>(tag);
        if (low >= special) {
            try {
                if (tag == wake_tag) open_box();
                else if (tag == timer_tag) tick();
                else accept(tag - first_listener_tag);
            } catch (...) {
                ++state_.counters.bugs;
            }
            continue;
        }
        if (low >= slots_.size() || !slots_[low].connection || static_cast<std::uint32_t>(slots_[low].serial) != tag >> 32) continue;
        touch(low, [&](Connection& connection) {
            // Neither readable nor writable is EPOLLERR, which the reactor does not map; hang-up with nothing
            // left to read is the end in both directions.
            if (!event.isReadable() && !event.isWritable()) return connection.abort();
            if (event.isHangup() && !connection.wants_read()) return connection.abort();
            if (event.isWritable()) connection.writable(now_);
            if (event.isReadable()) connection.readable(now_, scratch_);
        });
    }
}

void Loop::State::Worker::settle(std::uint32_t index) {
    Slot& slot = slots_[index];
    Connection& connection = *slot.connection;
    if (connection.finished()) {
        if (connection.timed_out()) ++state_.counters.timed_out;
        if (connection.tls_failed()) ++state_.counters.tls_failed;
        // Closing the socket takes it out of the reactor too: there is no second descriptor of it.
        // The slot is free before the protocol is destroyed: its destructor may not find itself. Who waits for the door is told
        // only after that.
        const auto door = std::move(slot.door);
        auto gone = std::move(slot.connection);
        slot.serial = 0;
        free_.push_back(index);
        door->peers->leave(gone->peer().address);
        gone.reset();
        const bool last_here = --door->open == 0;
        if (--state_.counters.open == 0 || last_here) {
            const std::lock_guard lock(state_.closed_mutex);
            state_.closed.notify_all();
        }
        return;
    }
    const bool read = connection.wants_read();
    const bool write = connection.wants_write();
    const Interest interest = read && write ? Interest(Interest::Read | Interest::Write)
                              : read        ? Interest::Read
                              : write       ? Interest::Write
                                            : Interest::None;
    if (interest != slot.interest) {
        slot.interest = interest;
        face_->change(connection.socket(), slot.serial << 32 | index, interest);
    }
    const Millis deadline = connection.deadline();
    // A deadline that moved away is looked at again when the old one comes: a busy connection costs nothing.
    if (deadline < slot.armed) {
        slot.armed = deadline;
        due_.push({deadline, index, slot.serial});
        arm(deadline);
    }
}

void Loop::State::Worker::accept(std::size_t number) {
    if (number >= gates_.size() || !gates_[number].door) return;
    const std::shared_ptr<OpenDoor> kept = gates_[number].door;
    OpenDoor& door = *kept;
    for (int i = 0; i < accepted_at_once; ++i) {
        if (draining_ || gates_[number].socket < 0) return;
        if (door.door.most != 0 && door.open >= door.door.most) return pause_accepting(number);
        Accepted accepted = accept_from(gates_[number].socket);
        if (accepted.exhausted) return pause_accepting(number);
        if (accepted.socket < 0) return;
        if ((door.door.admits && !door.door.admits(accepted.peer)) || !door.peers->enter(accepted.peer.address, now_)) {
            ++state_.counters.refused;
            ++door.refused;
            ::close(accepted.socket);
            continue;
        }
        std::uint32_t index = 0;
        if (free_.empty()) {
            index = static_cast<std::uint32_t>(slots_.size());
            slots_.emplace_back();
        } else {
            index = free_.back();
            free_.pop_back();
        }
        Slot& slot = slots_[index];
        slot.serial = next_serial_++;
        slot.door = kept;
        slot.armed = never;
        slot.interest = Interest::Read;
        auto session = door.door.tls ? std::make_unique<TlsSession>(door.door.tls->context()) : nullptr;
        slot.connection = std::make_unique<Connection>(accepted.socket, ConnectionId{index_, index, slot.serial},
                                                       std::move(accepted.peer), door.door.limits, std::move(session), now_);
        ++door.open;
        ++door.accepted;
        ++state_.counters.open;
        ++state_.counters.accepted;
        touch(index, [&](Connection& connection) {
            connection.attach(door.door.protocol(connection));
            face_->watch(connection.socket(), connection.id().serial << 32 | index, Interest::Read);
            connection.writable(now_);  // what a protocol says first, and its clock
        });
    }
}

void Loop::State::Worker::pause_accepting(std::size_t number) {
    ++state_.counters.paused;
    face_->change(gates_[number].socket, first_listener_tag + number, Interest::None);
    after(accept_pause, [this, number] {
        if (gates_[number].socket >= 0)
            face_->change(gates_[number].socket, first_listener_tag + number, Interest::Read);
    });
}

void Loop::State::Worker::face_watch(std::size_t number) {
    face_->watch(gates_[number].socket, first_listener_tag + number, Interest::Read);
}

void Loop::State::Worker::close_listener(std::size_t number) {
    int& socket = gates_[number].socket;
    if (socket < 0) return;
    ::close(socket);
    socket = -1;
}

void Loop::State::Worker::arm(Millis when) {
    if (when >= timer_set_) return;
    timer_set_ = when;
    itimerspec time{};
    // Zero would disarm the timer; a moment in the past fires at once.
    when = std::max<Millis>(when, 1);
    time.it_value.tv_sec = static_cast<time_t>(when / 1000);
    time.it_value.tv_nsec = static_cast<long>(when % 1000) * 1'000'000;
    ::timerfd_settime(timer_, TFD_TIMER_ABSTIME, &time, nullptr);
}

void Loop::State::Worker::tick() {
    std::uint64_t times = 0;
    [[maybe_unused]] const ssize_t count = ::read(timer_, &times, sizeof times);
    timer_set_ = never;
    while (!due_.empty() && due_.top().when <= now_) {
        const Due due = due_.top();
        due_.pop();
        Slot* slot = find(due.slot, due.serial);
        if (slot == nullptr || slot->armed != due.when) continue;
        slot->armed = never;
        touch(due.slot, [this](Connection& connection) {
            if (connection.deadline() <= now_) connection.expire(now_);
        });
    }
    while (!later_.empty() && later_.begin()->first <= now_) {
        const auto work = std::move(later_.begin()->second);
        later_.erase(later_.begin());
        try {
            work();
        } catch (...) {
            ++state_.counters.bugs;
        }
    }
    if (!due_.empty()) arm(due_.top().when);
    if (!later_.empty()) arm(later_.begin()->first);
}

void Loop::State::Worker::open_box() {
    std::uint64_t times = 0;
    [[maybe_unused]] const ssize_t count = ::read(wake_, &times, sizeof times);
    std::vector<std::function<void()>> work;
    {
        const std::lock_guard lock(box_mutex_);
        work.swap(box_);
    }
    for (const auto& one : work) {
        try {
            one();
        } catch (...) {
            ++state_.counters.bugs;
        }
    }
}

Loop::State::~State() = default;

Loop::Loop(std::unique_ptr<State> state) : state_(std::move(state)) {}
Loop::~Loop() { stop(); }

Result<std::unique_ptr<Loop>> Loop::open(unsigned workers, std::vector<Door> doors) {
    auto state = std::make_unique<State>();
    for (unsigned i = 0; i < std::max(1U, workers); ++i) state->workers.push_back(std::make_unique<State::Worker>(*state, i));
    std::unique_ptr<Loop> loop(new Loop(std::move(state)));
    for (Door& door : doors)
        if (auto added = loop->add(std::move(door)); !added) return std::move(added).fault();
    return loop;
}

Result<std::size_t> Loop::add(Door door) {
    const std::lock_guard life(state_->life);
    if (state_->stopped) return Fault{Fault::Kind::unavailable, fmt::format("door {}: the server is stopping", door.name)};
    auto opened = std::make_shared<State::OpenDoor>();
    opened->peers = std::make_unique<PeerTable>(door.per_peer, door.per_peer_rate);
    opened->port = door.port;
    std::vector<int> sockets;
    for (std::size_t i = 0; i < state_->workers.size(); ++i) {
        auto listener = listen_at(door.address, opened->port, door.backlog, i == 0);
        if (!listener) {
            for (int socket : sockets) ::close(socket);
            Fault fault = std::move(listener).fault();
            fault.text = fmt::format("door {}: {}", door.name, fault.text);
            return fault;
        }
        opened->port = listener->port;
        sockets.push_back(listener->socket);
    }
    opened->door = std::move(door);
    std::size_t number = 0;
    {
        const std::lock_guard lock(state_->doors_mutex);
        number = state_->doors.size();
        state_->doors.push_back(opened);
    }
    for (std::size_t i = 0; i < sockets.size(); ++i) {
        State::Worker& worker = *state_->workers[i];
        if (!state_->reactor) worker.admit(number, sockets[i], opened);
        else worker.post([&worker, number, socket = sockets[i], opened] { worker.admit(number, socket, opened); });
    }
    return number;
}

bool Loop::remove(std::size_t number, Millis patience) {
    const std::lock_guard life(state_->life);
    std::shared_ptr<State::OpenDoor> door;
    {
        const std::lock_guard lock(state_->doors_mutex);
        if (number < state_->doors.size()) door = std::exchange(state_->doors[number], nullptr);
    }
    if (!door || state_->stopped) return true;
    const auto everywhere = [&](bool cut) {
        if (!state_->reactor) {
            for (auto& worker : state_->workers) worker->leave(number, cut);
            return;
        }
        std::size_t begun = 0;
        for (auto& worker : state_->workers)
            worker->post([this, number, cut, &begun, its = worker.get()] {
                its->leave(number, cut);
                const std::lock_guard lock(state_->closed_mutex);
                ++begun;
                state_->closed.notify_all();
            });
        std::unique_lock lock(state_->closed_mutex);
        state_->closed.wait(lock, [&] { return begun == state_->workers.size(); });
    };
    everywhere(false);
    bool clean = false;
    {
        std::unique_lock lock(state_->closed_mutex);
        clean = state_->closed.wait_for(lock, std::chrono::milliseconds(patience), [&] { return door->open == 0; });
    }
    if (clean) return true;
    everywhere(true);
    std::unique_lock lock(state_->closed_mutex);
    state_->closed.wait(lock, [&] { return door->open == 0; });
    return false;
}

void Loop::start() {
    const std::lock_guard life(state_->life);
    state_->reactor = Pistache::Aio::Reactor::create();
    state_->reactor->init(Pistache::Aio::AsyncContext(state_->workers.size(), "door"));
    state_->reactor->addHandler(std::make_shared<State::Face>(*state_));
    state_->reactor->run();
}

std::uint16_t Loop::port(std::size_t door) const {
    const std::lock_guard lock(state_->doors_mutex);
    const auto& found = state_->doors.at(door);
    return found ? found->port : std::uint16_t{0};
}

DoorCounts Loop::counts(std::size_t door) const {
    const std::lock_guard lock(state_->doors_mutex);
    const auto& found = state_->doors.at(door);
    return found ? DoorCounts{found->accepted, found->refused, found->open} : DoorCounts{};
}

unsigned Loop::workers() const { return static_cast<unsigned>(state_->workers.size()); }

LoopCounts Loop::counts() const {
    const State::Counters& from = state_->counters;
    return {from.accepted, from.refused, from.open, from.timed_out, from.tls_failed, from.paused, from.bugs};
}

void Loop::post(unsigned worker, std::function<void()> work) { state_->workers.at(worker)->post(std::move(work)); }

void Loop::post(ConnectionId id, std::function<void(Protocol&, Connection&)> work) {
    State::Worker& worker = *state_->workers.at(id.worker);
    worker.post([&worker, id, work = std::move(work)] { worker.run(id, work); });
}

void Loop::post_after(unsigned worker, Millis delay, std::function<void()> work) {
    State::Worker& its = *state_->workers.at(worker);
    its.post([&its, delay, work = std::move(work)] { its.after(delay, work); });
}

bool Loop::drain(Millis patience) {
    if (!state_->reactor) return true;
    for (auto& worker : state_->workers) worker->post([its = worker.get()] { its->drain(); });
    // A worker that has not begun to drain may still accept, so each says when it has.
    std::atomic<std::size_t> begun{0};
    for (auto& worker : state_->workers)
        worker->post([this, &begun] {
            ++begun;
            const std::lock_guard lock(state_->closed_mutex);
            state_->closed.notify_all();
        });
    std::unique_lock lock(state_->closed_mutex);
    state_->closed.wait(lock, [&] { return begun == state_->workers.size(); });
    return state_->closed.wait_for(lock, std::chrono::milliseconds(patience), [this] { return state_->counters.open == 0; });
}

void Loop::stop() {
    const std::lock_guard life(state_->life);
    if (state_->stopped || !state_->reactor) return;
    state_->stopped = true;
    // Connections are destroyed by their own threads, then the threads end.
    std::size_t done = 0;
    for (auto& worker : state_->workers)
        worker->post([this, &done, its = worker.get()] {
            its->drain();
            its->cut();
            const std::lock_guard lock(state_->closed_mutex);
            ++done;
            state_->closed.notify_all();
        });
    {
        std::unique_lock lock(state_->closed_mutex);
        state_->closed.wait(lock, [&] { return done == state_->workers.size(); });
    }
    state_->reactor->shutdown();
    state_->reactor.reset();
}

}  // namespace base::net
