// SPDX-License-Identifier: Apache-2.0
#include "hl7v2/mllp/client.h"

#include "base/net/test_certificates.h"
#include "hl7v2/mllp/link.h"

#include <doctest/doctest.h>

using hl7v2::mllp::Address;
using hl7v2::mllp::Client;
using hl7v2::mllp::ClientOptions;

namespace {

// A peer that answers "re:" and the message, or not at all.
struct Peer {
    explicit Peer(std::shared_ptr<const base::net::TlsContext> context = nullptr, bool answers = true)
        : line(std::make_shared<hl7v2::mllp::Line>(
              hl7v2::mllp::on_workers(workers, [answers](const std::string& message) { return answers ? "re:" + message : std::string(); }),
              hl7v2::mllp::Options{})) {
        base::net::Door door;
        door.name = "mllp";
        door.protocol = [this](base::net::Connection& connection) { return hl7v2::mllp::link(line, connection); };
        if (context) door.tls = std::make_shared<const base::net::TlsDoor>(context);
        auto opened = base::net::Loop::open(1, {door});
        REQUIRE(opened);
        loop = std::move(*opened);
        line->loop = loop.get();
        loop->start();
    }
    ~Peer() {
        workers.stop();
        loop->stop();
    }
    ClientOptions options() const {
        ClientOptions made;
        made.address = {"127.0.0.1", std::to_string(loop->port(0))};
        return made;
    }
    base::WorkerPool workers{2, 10};
    std::shared_ptr<hl7v2::mllp::Line> line;
    std::unique_ptr<base::net::Loop> loop;
};

}  // namespace

TEST_SUITE("hl7v2/mllp/client") {
    TEST_CASE("addresses") {
        CHECK(Address::read("lab.example.org:2575")->host == "lab.example.org");
        CHECK(Address::read("[::1]:99")->host == "::1");
        CHECK(Address::read("[::1]:99")->port == "99");
        for (const char* wrong : {"", "lab", ":1", "lab:", "lab:0", "lab:65536", "::1:99", "lab:x", "[]:1", "[[]]:7", "[lab]:1", "[::1]]:1"}) {
            CAPTURE(wrong);
            CHECK_FALSE(Address::read(wrong));
        }
    }
    TEST_CASE("a message and its answer, one after the other on one connection") {
        const Peer peer;
        Client client(peer.options());
        const std::string large(3'000'000, 'x');
        for (const std::string& message : {std::string("one"), std::string("two"), large}) {
            REQUIRE(client.send(message));
            const auto answer = client.receive();
            REQUIRE(answer);
            CHECK(*answer == "re:" + message);
        }
        CHECK(peer.loop->counts().accepted == 1);
    }
    TEST_CASE("over TLS with a certificate of one's own, and not to somebody else") {
        const auto& certificates = base::net::test_certificates();
        const Peer peer(certificates.server("server", base::net::TlsSettings::Peer::required));
        auto options = peer.options();
        options.tls = certificates.client("client");
        Client client(options);
        REQUIRE(client.send("secret"));
        CHECK(*client.receive() == "re:secret");
        options.tls = certificates.client("client", "elsewhere.example.org");
        Client fooled(options);
        const auto refused = fooled.send("secret");
        REQUIRE_FALSE(refused);
        CHECK(refused.fault().text.starts_with("TLS: "));
        CHECK_FALSE(fooled.is_open());
    }
    TEST_CASE("I-34: no answer, nobody there, and a stop end the wait") {
        const Peer peer(nullptr, false);
        auto options = peer.options();
        options.answer = std::chrono::milliseconds(50);
        Client client(options);
        REQUIRE(client.send("x"));
        const auto late = client.receive();
        REQUIRE_FALSE(late);
        CHECK(late.fault().kind == base::Fault::Kind::unavailable);
        CHECK_FALSE(client.is_open());
        options.answer = std::chrono::hours(1);
        Client patient(options);
        REQUIRE(patient.send("x"));
        int asked = 0;
        CHECK(patient.receive([&asked] { return ++asked > 2; }).fault().text == "stopped");
        ClientOptions nowhere;
        nowhere.address = {"127.0.0.1", "1"};
        Client alone(nowhere);
        CHECK(alone.send("x").fault().text == "nobody listens at 127.0.0.1:1");
    }
    TEST_CASE("a peer that went away and came back is found again") {
        auto peer = std::make_unique<Peer>();
        Client client(peer->options());
        REQUIRE(client.send("one"));
        REQUIRE(client.receive());
        peer.reset();
        CHECK_FALSE(client.send("two"));
        CHECK_FALSE(client.is_open());
    }
}
