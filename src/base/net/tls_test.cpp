// SPDX-License-Identifier: Apache-2.0
#include "base/net/tls.h"

#include "base/net/test_certificates.h"

#include <doctest/doctest.h>

#include <sys/stat.h>

using base::net::test_certificates;
using base::net::TlsDoor;
using base::net::TlsSession;
using base::net::TlsSettings;
using State = base::net::TlsSession::State;

namespace {

// Passes records between the two until neither has anything to say.
struct Pair {
    TlsSession server;
    TlsSession client;
    std::string to_server{};
    std::string to_client{};
    std::string server_read{};
    std::string client_read{};

    Pair(std::shared_ptr<const base::net::TlsContext> server_context, std::shared_ptr<const base::net::TlsContext> client_context)
        : server(std::move(server_context)), client(std::move(client_context)) {
        client.feed("", client_read, to_server);
        settle();
    }
    void settle() {
        while (!to_server.empty() || !to_client.empty()) {
            const std::string up = std::exchange(to_server, {});
            if (!up.empty()) server.feed(up, server_read, to_client);
            const std::string down = std::exchange(to_client, {});
            if (!down.empty()) client.feed(down, client_read, to_server);
        }
    }
    bool open() const { return server.state() == State::open && client.state() == State::open; }
};

std::string number(std::size_t value, int bytes) {
    std::string out;
    for (int i = bytes - 1; i >= 0; --i) out.push_back(static_cast<char>(value >> (8 * i)));
    return out;
}

// A ClientHello (RFC 5246 7.4.1.2) by hand, for what no library would still send.
std::string hello(int version, const std::string& suites, const std::string& extensions = "") {
    std::string body = number(static_cast<std::size_t>(version), 2) + std::string(32, 'r') + number(0, 1) +
                       number(suites.size(), 2) + suites + std::string("\x01\x00", 2);
    if (!extensions.empty()) body += number(extensions.size(), 2) + extensions;
    const std::string message = "\x01" + number(body.size(), 3) + body;
    return "\x16" + number(0x0301, 2) + number(message.size(), 2) + message;
}

std::string server_name(const std::string& name) {
    const std::string entry = number(0, 1) + number(name.size(), 2) + name;
    const std::string list = number(entry.size(), 2) + entry;
    return number(0, 2) + number(list.size(), 2) + list;
}

State server_says(const std::string& bytes, std::string* sealed_out = nullptr) {
    TlsSession session(test_certificates().server());
    std::string plain;
    std::string sealed;
    const State state = session.feed(bytes, plain, sealed);
    CHECK(plain.empty());
    if (sealed_out != nullptr) *sealed_out = sealed;
    return state;
}

}  // namespace

TEST_SUITE("base/net/tls") {
    TEST_CASE("two sides shake hands and understand each other") {
        Pair pair(test_certificates().server(), test_certificates().client());
        REQUIRE(pair.open());
        CHECK(pair.server.version() == "TLSv1.3");
        CHECK(pair.server.peer_subject() == "");
        const std::string large(300'000, 'x');
        CHECK(pair.client.seal("hello", pair.to_server));
        CHECK(pair.server.seal(large, pair.to_client));
        pair.settle();
        CHECK(pair.server_read == "hello");
        CHECK(pair.client_read == large);
        pair.client.end(pair.to_server);
        pair.settle();
        CHECK(pair.server.state() == State::ended);
    }
    TEST_CASE("a handshake may be cut anywhere") {
        TlsSession server(test_certificates().server());
        TlsSession client(test_certificates().client());
        std::string none, up, down;
        client.feed("", none, up);
        for (int turn = 0; turn < 10 && (!up.empty() || !down.empty()); ++turn) {
            for (const char c : std::exchange(up, {})) server.feed({&c, 1}, none, down);
            for (const char c : std::exchange(down, {})) client.feed({&c, 1}, none, up);
        }
        CHECK(server.state() == State::open);
        CHECK(client.state() == State::open);
    }
    TEST_CASE("a client refuses a server with another name or of another authority") {
        CHECK_FALSE(Pair(test_certificates().server(), test_certificates().client("", "elsewhere.example")).open());
        CHECK_FALSE(Pair(test_certificates().server("stranger"), test_certificates().client()).open());
        CHECK(Pair(test_certificates().server(), test_certificates().client("", "127.0.0.1")).open());
    }
    TEST_CASE("B-02 older versions than TLS 1.2 get an alert") {
        const std::string suites = "\xC0\x2B\xC0\x2F\xC0\x13\xC0\x09";
        for (const int version : {0x0300, 0x0301, 0x0302}) {
            CAPTURE(version);
            std::string sealed;
            CHECK(server_says(hello(version, suites), &sealed) == State::failed);
            REQUIRE_FALSE(sealed.empty());
            CHECK(sealed[0] == '\x15');
        }
    }
    TEST_CASE("B-03 weak suites only are a failed handshake") {
        // NULL, export RC4, RC4, 3DES, ECDHE with CBC and SHA-1, RSA key exchange with GCM.
        for (const std::string& suite : {std::string("\x00\x02", 2), std::string("\x00\x03", 2), std::string("\x00\x05", 2),
                                        std::string("\x00\x0A", 2), std::string("\xC0\x09\xC0\x13"), std::string("\x00\x9C", 2)}) {
            std::string sealed;
            CHECK(server_says(hello(0x0303, suite), &sealed) == State::failed);
            REQUIRE_FALSE(sealed.empty());
            CHECK(sealed[0] == '\x15');
        }
    }
    TEST_CASE("B-06 mutual TLS lets in only whom the authority signed, in time and for this use") {
        const auto required = test_certificates().server("server", TlsSettings::Peer::required);
        Pair good(required, test_certificates().client("client"));
        REQUIRE(good.open());
        CHECK(good.server.peer_subject() == "CN=lab");
        for (const char* name : {"", "expired", "stranger", "wrong-use"}) {
            CAPTURE(name);
            const Pair bad(required, test_certificates().client(name));
            CHECK(bad.server.state() == State::failed);
            CHECK_FALSE(bad.server.failure().empty());
            CHECK(bad.server.peer_subject() == "");
        }
        const auto optional = test_certificates().server("server", TlsSettings::Peer::optional);
        CHECK(Pair(optional, test_certificates().client()).open());
        CHECK(Pair(optional, test_certificates().client("stranger")).server.state() == State::failed);
    }
    TEST_CASE("B-08 a renewed certificate is shown to the next connection and the last goes on") {
        TlsDoor door(test_certificates().server());
        Pair before(door.context(), test_certificates().client());
        door.replace(test_certificates().server("renewed"));
        Pair after(door.context(), test_certificates().client());
        REQUIRE(after.open());
        CHECK(after.client.peer_subject() == "CN=renewed");
        CHECK(before.client.peer_subject() == "CN=localhost");
        CHECK(before.client.seal("still here", before.to_server));
        before.settle();
        CHECK(before.server_read == "still here");
    }
    TEST_CASE("B-09 any server name is survived") {
        const std::string suites = "\xC0\x2B";
        const std::string groups = number(10, 2) + number(4, 2) + number(2, 2) + number(23, 2);
        const std::string signatures = number(13, 2) + number(4, 2) + number(2, 2) + number(0x0403, 2);
        const auto with = [&](const std::string& name) { return server_says(hello(0x0303, suites, groups + signatures + server_name(name))); };
        CHECK(with("unknown.example") == State::handshaking);
        CHECK(with(std::string(255, 'a')) != State::open);
        CHECK(with(std::string("a\0b", 3)) == State::failed);
        CHECK(with(std::string(60'000, 'a')) == State::failed);
    }
    TEST_CASE("B-10 nothing is read before the handshake is finished") {
        const std::string data = "\x17" + number(0x0303, 2) + number(4, 2) + "POST";
        CHECK(server_says(hello(0x0303, "\xC0\x2B") + data) == State::failed);
        CHECK(server_says(data) == State::failed);
    }
    TEST_CASE("bytes that are no TLS fail") {
        CHECK(server_says(std::string(1000, '\xFF')) == State::failed);
        CHECK(server_says(std::string(100, '\0')) == State::failed);
        CHECK(server_says("SSH-2.0-OpenSSH_9.2\r\n") == State::failed);
    }
    TEST_CASE("a key is readable by its owner only") {
        struct stat what {};
        REQUIRE(::stat(test_certificates().key("server").c_str(), &what) == 0);
        CHECK((what.st_mode & 0777) == 0600);
    }
    TEST_CASE("N-10 a key that everybody can read is refused") {
        const std::string key = test_certificates().key("renewed");
        REQUIRE(::chmod(key.c_str(), 0644) == 0);
        const auto context = base::net::TlsContext::server({.certificate_file = test_certificates().certificate("renewed"), .key_file = key});
        REQUIRE_FALSE(context);
        CHECK(context.fault().text.find("chmod 600 it") != std::string::npos);
        REQUIRE(::chmod(key.c_str(), 0600) == 0);
        CHECK(base::net::TlsContext::server({.certificate_file = test_certificates().certificate("renewed"), .key_file = key}));
    }
    TEST_CASE("what cannot be loaded is a fault that says which file") {
        const auto context = base::net::TlsContext::server({.certificate_file = "/nowhere.pem", .key_file = "/nowhere.key"});
        REQUIRE_FALSE(context);
        CHECK(context.fault().text.find("/nowhere.pem") != std::string::npos);
        const auto mixed = base::net::TlsContext::server(
            {.certificate_file = test_certificates().certificate("server"), .key_file = test_certificates().key("client")});
        CHECK_FALSE(mixed);
    }
}
