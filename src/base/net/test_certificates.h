// SPDX-License-Identifier: Apache-2.0
#pragma once

// Certificates made for one test program, in a folder of its own that goes with it.

#include "base/net/tls.h"

#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <string>

namespace base::net {

class TestCertificates {
public:
    static constexpr Micros year_2000 = 946'684'800'000'000;
    static constexpr Micros year_2010 = 1'262'304'000'000'000;
    static constexpr Micros year_2090 = 3'786'912'000'000'000;

    TestCertificates() {
        std::string folder = (std::filesystem::temp_directory_path() / "certificates-XXXXXX").string();
        if (::mkdtemp(folder.data()) == nullptr) throw std::runtime_error("no folder for certificates");
        folder_ = folder;
        make("ca", {.common_name = "Test authority", .names = {}, .authority = true});
        make("other-ca", {.common_name = "Other authority", .names = {}, .authority = true});
        make("server", {}, "ca");
        make("renewed", {.common_name = "renewed"}, "ca");
        make("client", {.common_name = "lab", .names = {}, .for_client = true}, "ca");
        make("expired", {.common_name = "late", .names = {}, .not_after = year_2010, .for_client = true}, "ca");
        make("stranger", {.common_name = "lab", .names = {}, .for_client = true}, "other-ca");
        make("wrong-use", {.common_name = "lab"}, "ca");
    }
    ~TestCertificates() { std::filesystem::remove_all(folder_); }
    TestCertificates(const TestCertificates&) = delete;
    TestCertificates& operator=(const TestCertificates&) = delete;

    std::string certificate(const std::string& name) const { return (folder_ / (name + ".pem")).string(); }
    std::string key(const std::string& name) const { return (folder_ / (name + ".key")).string(); }

    std::shared_ptr<const TlsContext> server(const std::string& name = "server", TlsSettings::Peer peer = TlsSettings::Peer::unasked) const {
        auto context = TlsContext::server({.certificate_file = certificate(name), .key_file = key(name), .ca_file = certificate("ca"), .peer = peer});
        if (!context) throw std::runtime_error(context.fault().text);
        return *context;
    }
    std::shared_ptr<const TlsContext> client(const std::string& name = "", const std::string& server_name = "localhost") const {
        TlsSettings settings{.ca_file = certificate("ca"), .server_name = server_name};
        if (!name.empty()) settings.certificate_file = certificate(name), settings.key_file = key(name);
        auto context = TlsContext::client(settings);
        if (!context) throw std::runtime_error(context.fault().text);
        return *context;
    }

private:
    void make(const std::string& name, CertificateWish wish, const std::string& issuer = "") {
        wish.not_before = year_2000;
        if (wish.not_after == 0) wish.not_after = year_2090;
        if (!issuer.empty()) wish.issuer_certificate_file = certificate(issuer), wish.issuer_key_file = key(issuer);
        const auto made = make_certificate(wish, certificate(name), key(name));
        if (!made) throw std::runtime_error(made.fault().text);
    }
    std::filesystem::path folder_;
};

inline const TestCertificates& test_certificates() {
    static const TestCertificates all;
    return all;
}

}  // namespace base::net
