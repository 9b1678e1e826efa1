// SPDX-License-Identifier: Apache-2.0
#include "base/net/tls.h"

#include <fmt/format.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <arpa/inet.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

namespace base::net {

namespace {

template <auto release>
struct Release {
    template <class T>
    void operator()(T* what) const { release(what); }
};
template <class T, auto release>
using Owned = std::unique_ptr<T, Release<release>>;

using Context = Owned<SSL_CTX, SSL_CTX_free>;
using Session = Owned<SSL, SSL_free>;
using Certificate = Owned<X509, X509_free>;
using Key = Owned<EVP_PKEY, EVP_PKEY_free>;
using Stream = Owned<BIO, BIO_free_all>;

// AEAD with forward secrecy only; TLS 1.3 has no other.
constexpr const char* ciphers = "ECDHE+AESGCM:ECDHE+CHACHA20";

std::string why() {
    const unsigned long code = ERR_peek_last_error();
    ERR_clear_error();
    if (code == 0) return "unknown reason";
    char text[256];
    ERR_error_string_n(code, text, sizeof text);
    return text;
}

Fault trouble(const std::string& what) { return {Fault::Kind::invalid, fmt::format("TLS: {}: {}", what, why())}; }

bool is_address(const std::string& name) {
    unsigned char out[16];
    return inet_pton(AF_INET, name.c_str(), out) == 1 || inet_pton(AF_INET6, name.c_str(), out) == 1;
}

Result<Context> make_context(const SSL_METHOD* method, const TlsSettings& settings) {
    ERR_clear_error();
    Context context(SSL_CTX_new(method));
    if (!context) return trouble("no context");
    SSL_CTX* raw = context.get();
    if (SSL_CTX_set_min_proto_version(raw, TLS1_2_VERSION) != 1 || SSL_CTX_set_cipher_list(raw, ciphers) != 1)
        return trouble("versions and ciphers");
    SSL_CTX_set_options(raw, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_CIPHER_SERVER_PREFERENCE);
    SSL_CTX_set_mode(raw, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    SSL_CTX_set_max_early_data(raw, 0);
    if (!settings.certificate_file.empty()) {
        if (SSL_CTX_use_certificate_chain_file(raw, settings.certificate_file.c_str()) != 1)
            return trouble("certificate " + settings.certificate_file);
        struct stat facts {};
        if (::stat(settings.key_file.c_str(), &facts) == 0 && (facts.st_mode & S_IROTH) != 0)
            return Fault{Fault::Kind::invalid, "TLS: everybody on this machine can read the key " + settings.key_file + "; chmod 600 it"};
        if (SSL_CTX_use_PrivateKey_file(raw, settings.key_file.c_str(), SSL_FILETYPE_PEM) != 1)
            return trouble("key " + settings.key_file);
        if (SSL_CTX_check_private_key(raw) != 1) return trouble("key and certificate do not belong together");
    }
    if (!settings.ca_file.empty() && SSL_CTX_load_verify_locations(raw, settings.ca_file.c_str(), nullptr) != 1)
        return trouble("authorities " + settings.ca_file);
    return context;
}

}  // namespace

struct TlsContext::State {
    Context context;
    std::string server_name;
    bool client = false;
};

struct TlsSession::Machine {
    Session session;
    BIO* in = nullptr;   // owned by the session
    BIO* out = nullptr;
    std::string failure;

    void take(std::string& sealed) const {
        const std::size_t waiting = BIO_ctrl_pending(out);
        if (waiting == 0) return;
        const std::size_t before = sealed.size();
        sealed.resize(before + waiting);
        const int count = BIO_read(out, sealed.data() + before, static_cast<int>(waiting));
        sealed.resize(before + static_cast<std::size_t>(std::max(count, 0)));
    }
};

TlsContext::TlsContext(std::unique_ptr<State> state) : state_(std::move(state)) {}
TlsContext::~TlsContext() = default;

Result<std::shared_ptr<const TlsContext>> TlsContext::server(const TlsSettings& settings) {
    if (settings.certificate_file.empty()) return Fault{Fault::Kind::invalid, "TLS: a server needs a certificate"};
    TRY(Context context, make_context(TLS_server_method(), settings));
    SSL_CTX* raw = context.get();
    static constexpr unsigned char name[] = "andiron";
    SSL_CTX_set_session_id_context(raw, name, sizeof name - 1);
    if (settings.peer != TlsSettings::Peer::unasked) {
        if (settings.ca_file.empty()) return Fault{Fault::Kind::invalid, "TLS: client certificates need a file of authorities"};
        SSL_CTX_set_client_CA_list(raw, SSL_load_client_CA_file(settings.ca_file.c_str()));
        SSL_CTX_set_verify(raw, SSL_VERIFY_PEER | (settings.peer == TlsSettings::Peer::required ? SSL_VERIFY_FAIL_IF_NO_PEER_CERT : 0), nullptr);
    }
    auto state = std::make_unique<State>();
    state->context = std::move(context);
    return std::shared_ptr<const TlsContext>(new TlsContext(std::move(state)));
}

Result<std::shared_ptr<const TlsContext>> TlsContext::client(const TlsSettings& settings) {
    TRY(Context context, make_context(TLS_client_method(), settings));
    if (settings.ca_file.empty() && SSL_CTX_set_default_verify_paths(context.get()) != 1) return trouble("authorities of the system");
    SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER, nullptr);
    auto state = std::make_unique<State>();
    state->context = std::move(context);
    state->server_name = settings.server_name;
    state->client = true;
    return std::shared_ptr<const TlsContext>(new TlsContext(std::move(state)));
}

std::shared_ptr<const TlsContext> TlsDoor::context() const {
    const std::lock_guard lock(mutex_);
    return context_;
}

void TlsDoor::replace(std::shared_ptr<const TlsContext> context) {
    const std::lock_guard lock(mutex_);
    context_ = std::move(context);
}

TlsSession::TlsSession(std::shared_ptr<const TlsContext> context)
    : context_(std::move(context)), machine_(std::make_unique<Machine>()) {
    const TlsContext::State& from = *context_->state_;
    machine_->session.reset(SSL_new(from.context.get()));
    machine_->in = BIO_new(BIO_s_mem());
    machine_->out = BIO_new(BIO_s_mem());
    if (!machine_->session || machine_->in == nullptr || machine_->out == nullptr) throw std::bad_alloc();
    SSL* raw = machine_->session.get();
    SSL_set_bio(raw, machine_->in, machine_->out);
    if (!from.client) {
        SSL_set_accept_state(raw);
        return;
    }
    SSL_set_connect_state(raw);
    if (from.server_name.empty()) return;
    if (is_address(from.server_name)) {
        X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(raw), from.server_name.c_str());
    } else {
        SSL_set1_host(raw, from.server_name.c_str());
        SSL_set_tlsext_host_name(raw, from.server_name.c_str());
    }
}

TlsSession::~TlsSession() = default;

TlsSession::State TlsSession::feed(std::string_view records, std::string& plain, std::string& sealed) {
    if (state_ == State::failed || state_ == State::ended) return state_;
    ERR_clear_error();
    SSL* raw = machine_->session.get();
    BIO_write(machine_->in, records.data(), static_cast<int>(records.size()));
    const auto step = [this, raw](int result) {
        const int error = SSL_get_error(raw, result);
        if (error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE) return;
        if (error == SSL_ERROR_ZERO_RETURN) {
            state_ = State::ended;
            return;
        }
        state_ = State::failed;
        machine_->failure = why();
    };
    if (state_ == State::handshaking) {
        const int result = SSL_do_handshake(raw);
        if (result == 1) state_ = State::open;
        else step(result);
    }
    while (state_ == State::open) {
        constexpr std::size_t record = 16 * 1024;
        const std::size_t before = plain.size();
        plain.resize(before + record);
        const int count = SSL_read(raw, plain.data() + before, static_cast<int>(record));
        plain.resize(before + static_cast<std::size_t>(std::max(count, 0)));
        if (count <= 0) {
            step(count);
            break;
        }
    }
    machine_->take(sealed);
    return state_;
}

bool TlsSession::seal(std::string_view plain, std::string& sealed) {
    if (state_ != State::open && state_ != State::ended) return false;
    ERR_clear_error();
    while (!plain.empty()) {
        const int count = SSL_write(machine_->session.get(), plain.data(), static_cast<int>(std::min<std::size_t>(plain.size(), 1 << 20)));
        if (count <= 0) {
            state_ = State::failed;
            machine_->failure = why();
            return false;
        }
        plain.remove_prefix(static_cast<std::size_t>(count));
    }
    machine_->take(sealed);
    return true;
}

void TlsSession::end(std::string& sealed) {
    if (state_ != State::open && state_ != State::ended) return;
    ERR_clear_error();
    SSL_shutdown(machine_->session.get());
    machine_->take(sealed);
    state_ = State::ended;
}

std::string TlsSession::peer_subject() const {
    const SSL* raw = machine_->session.get();
    const X509* certificate = SSL_get0_peer_certificate(raw);
    if (certificate == nullptr || SSL_get_verify_result(raw) != X509_V_OK) return {};
    const Stream text(BIO_new(BIO_s_mem()));
    X509_NAME_print_ex(text.get(), X509_get_subject_name(certificate), 0, XN_FLAG_RFC2253);
    char* bytes = nullptr;
    const long size = BIO_get_mem_data(text.get(), &bytes);
    return {bytes, static_cast<std::size_t>(std::max(size, 0L))};
}

std::string TlsSession::version() const { return SSL_get_version(machine_->session.get()); }
std::string TlsSession::failure() const { return machine_->failure; }

namespace {

bool extend(X509* certificate, X509* issuer, int kind, const std::string& value) {
    X509V3_CTX context;
    X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
    const Owned<X509_EXTENSION, X509_EXTENSION_free> extension(X509V3_EXT_conf_nid(nullptr, &context, kind, value.c_str()));
    return extension && X509_add_ext(certificate, extension.get(), -1) == 1;
}

Result<void> write_pem(const std::string& file, int mode, const auto& writer) {
    const Stream text(BIO_new(BIO_s_mem()));
    if (!text || writer(text.get()) != 1) return trouble("cannot write " + file);
    char* bytes = nullptr;
    const long size = BIO_get_mem_data(text.get(), &bytes);
    ::unlink(file.c_str());  // an old file keeps its own mode otherwise
    const int handle = ::open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
    const bool written = handle >= 0 && ::write(handle, bytes, static_cast<std::size_t>(size)) == size;
    if (handle >= 0) ::close(handle);
    if (!written) return Fault{Fault::Kind::unavailable, "cannot write " + file};
    return {};
}

std::string subject_names(const std::vector<std::string>& names) {
    std::string text;
    for (const std::string& name : names) {
        if (!text.empty()) text += ',';
        text += (is_address(name) ? "IP:" : "DNS:") + name;
    }
    return text;
}

}  // namespace

Result<void> make_certificate(const CertificateWish& wish, const std::string& certificate_file, const std::string& key_file) {
    ERR_clear_error();
    const Key key(EVP_EC_gen("P-256"));
    const Certificate certificate(X509_new());
    if (!key || !certificate) return trouble("no key");
    X509* raw = certificate.get();

    Certificate issuer;
    Key issuer_key;
    if (!wish.issuer_certificate_file.empty()) {
        const Stream from(BIO_new_file(wish.issuer_certificate_file.c_str(), "r"));
        const Stream key_from(BIO_new_file(wish.issuer_key_file.c_str(), "r"));
        if (!from || !key_from) return trouble("issuer " + wish.issuer_certificate_file);
        issuer.reset(PEM_read_bio_X509(from.get(), nullptr, nullptr, nullptr));
        issuer_key.reset(PEM_read_bio_PrivateKey(key_from.get(), nullptr, nullptr, nullptr));
        if (!issuer || !issuer_key) return trouble("issuer " + wish.issuer_certificate_file);
    }
    X509* signer = issuer ? issuer.get() : raw;

    unsigned char serial[16];
    if (RAND_bytes(serial, sizeof serial) != 1) return trouble("no random bytes");
    serial[0] &= 0x7F;  // RFC 5280 4.1.2.2: positive
    const Owned<BIGNUM, BN_free> number(BN_bin2bn(serial, sizeof serial, nullptr));
    BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(raw));
    X509_set_version(raw, 2);  // v3
    ASN1_TIME_set(X509_getm_notBefore(raw), static_cast<time_t>(wish.not_before / 1'000'000));
    ASN1_TIME_set(X509_getm_notAfter(raw), static_cast<time_t>(wish.not_after / 1'000'000));
    X509_set_pubkey(raw, key.get());
    X509_NAME_add_entry_by_txt(X509_get_subject_name(raw), "CN", MBSTRING_UTF8,
                               reinterpret_cast<const unsigned char*>(wish.common_name.c_str()), -1, -1, 0);
    X509_set_issuer_name(raw, X509_get_subject_name(signer));

    const bool extended = extend(raw, signer, NID_basic_constraints, wish.authority ? "critical,CA:TRUE" : "critical,CA:FALSE") &&
                          extend(raw, signer, NID_key_usage, wish.authority ? "critical,keyCertSign,cRLSign" : "critical,digitalSignature") &&
                          extend(raw, signer, NID_subject_key_identifier, "hash") &&
                          (wish.authority || extend(raw, signer, NID_ext_key_usage, wish.for_client ? "clientAuth" : "serverAuth")) &&
                          (wish.names.empty() || extend(raw, signer, NID_subject_alt_name, subject_names(wish.names)));
    if (!extended) return trouble("extensions");
    if (X509_sign(raw, issuer_key ? issuer_key.get() : key.get(), EVP_sha256()) == 0) return trouble("signature");

    TRY(write_pem(key_file, 0600, [&key](BIO* to) { return PEM_write_bio_PrivateKey(to, key.get(), nullptr, nullptr, 0, nullptr, nullptr); }));
    return write_pem(certificate_file, 0644, [raw](BIO* to) { return PEM_write_bio_X509(to, raw); });
}

}  // namespace base::net
