// SPDX-License-Identifier: Apache-2.0
#pragma once

// TLS as a machine between bytes and bytes: no socket, no thread, no clock of its own (OpenSSL behind it).
//
// A TlsContext is what a door presents: certificate, key and whom it trusts. It is immutable and shared; a
// renewed certificate is a new context put into the TlsDoor, and connections begun before keep the old one.
// TLS 1.2 and 1.3 only, forward secrecy and AEAD ciphers only, no renegotiation, no compression, no early
// data. A full handshake with the P-256 certificates made here costs about 0.5 ms of the worker.

#include "base/clock.h"
#include "base/result.h"

#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace base::net {

struct TlsSettings {
    enum class Peer { unasked, optional, required };
    std::string certificate_file;      // PEM, leaf first. A client may leave it empty
    std::string key_file;              // PEM
    std::string ca_file;               // PEM: who may sign the peer's certificate
    Peer peer = Peer::unasked;         // server only: mutual TLS. A client always verifies the server
    std::string server_name;           // client only: the name that the certificate must carry, sent as SNI
};

class TlsContext {
public:
    static Result<std::shared_ptr<const TlsContext>> server(const TlsSettings& settings);
    static Result<std::shared_ptr<const TlsContext>> client(const TlsSettings& settings);
    ~TlsContext();

private:
    friend class TlsSession;
    struct State;
    explicit TlsContext(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

// Where a door finds its present context; replace() is how a certificate is renewed without a restart.
class TlsDoor {
public:
    explicit TlsDoor(std::shared_ptr<const TlsContext> context) : context_(std::move(context)) {}
    std::shared_ptr<const TlsContext> context() const;
    void replace(std::shared_ptr<const TlsContext> context);

private:
    mutable std::mutex mutex_;
    std::shared_ptr<const TlsContext> context_;
};

class TlsSession {
public:
    enum class State { handshaking, open, ended, failed };  // ended: the peer said close_notify

    explicit TlsSession(std::shared_ptr<const TlsContext> context);
    ~TlsSession();

    // Takes records from the peer; appends what they carry to `plain` and what must be sent to `sealed`.
    // A client calls it once with nothing to begin.
    State feed(std::string_view records, std::string& plain, std::string& sealed);
    // Appends `plain` as records to `sealed`. False when the session is not open.
    bool seal(std::string_view plain, std::string& sealed);
    // Says close_notify.
    void end(std::string& sealed);

    State state() const { return state_; }
    std::string peer_subject() const;  // of a verified certificate, RFC 2253; else empty
    std::string version() const;       // "TLSv1.3"
    std::string failure() const;       // why it failed, for the log

private:
    struct Machine;
    std::shared_ptr<const TlsContext> context_;
    std::unique_ptr<Machine> machine_;
    State state_ = State::handshaking;
};

// A certificate made here, for a first start and for tests.
struct CertificateWish {
    std::string common_name = "localhost";
    std::vector<std::string> names = {"localhost", "127.0.0.1", "::1"};  // DNS names and addresses
    Micros not_before = 0;
    Micros not_after = 0;
    bool authority = false;            // may sign others
    bool for_client = false;           // extended key usage: clientAuth in place of serverAuth
    std::string issuer_certificate_file;  // empty: signed by itself
    std::string issuer_key_file;
};

// Writes an ECDSA P-256 key (mode 0600) and its certificate as PEM.
Result<void> make_certificate(const CertificateWish& wish, const std::string& certificate_file, const std::string& key_file);

}  // namespace base::net
