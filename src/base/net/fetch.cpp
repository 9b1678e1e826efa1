// SPDX-License-Identifier: Apache-2.0
#include "base/net/fetch.h"

#include <curl/curl.h>

#include <memory>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

namespace base::net {

namespace {

struct Taken {
    std::string body;
    std::size_t most = 0;
    bool too_large = false;
    bool elsewhere = false;  // the address was not loopback
};

std::size_t take(char* bytes, std::size_t size, std::size_t count, void* into) {
    auto& taken = *static_cast<Taken*>(into);
    if (taken.body.size() + size * count > taken.most) {
        taken.too_large = true;
        return 0;
    }
    taken.body.append(bytes, size * count);
    return size * count;
}

bool is_loopback(const sockaddr& address) {
    if (address.sa_family == AF_INET)
        return (ntohl(reinterpret_cast<const sockaddr_in&>(address).sin_addr.s_addr) >> 24) == 127;  // NOLINT: what sockaddr is for
    if (address.sa_family == AF_INET6) return IN6_IS_ADDR_LOOPBACK(&reinterpret_cast<const sockaddr_in6&>(address).sin6_addr) != 0;  // NOLINT
    return false;
}

// Asked with the address that the name became: the one place where it cannot be talked round.
curl_socket_t open_socket(void* into, curlsocktype, curl_sockaddr* address) {
    if (is_loopback(address->addr)) return ::socket(address->family, address->socktype, address->protocol);
    static_cast<Taken*>(into)->elsewhere = true;
    return CURL_SOCKET_BAD;
}

struct Closer {
    void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
    void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};

}  // namespace

Result<Fetched> fetch(const Fetch& asked) {
    const std::unique_ptr<CURL, Closer> handle(curl_easy_init());
    if (!handle) return Fault{Fault::Kind::unavailable, "no HTTP client could be made"};
    std::unique_ptr<curl_slist, Closer> fields;
    const auto add = [&](const std::string& field) {
        if (curl_slist* longer = curl_slist_append(fields.get(), field.c_str())) {
            (void)fields.release();
            fields.reset(longer);
        }
    };
    add("Expect:");  // no round trip before a body
    for (const std::string& field : asked.fields) add(field);

    Taken taken{.body = {}, .most = asked.most};
    const auto set = [&](CURLoption option, auto value) { curl_easy_setopt(handle.get(), option, value); };
    set(CURLOPT_URL, asked.url.c_str());
    set(CURLOPT_PROTOCOLS_STR, "http");
    set(CURLOPT_PROXY, "");
    set(CURLOPT_NOSIGNAL, 1L);
    set(CURLOPT_FOLLOWLOCATION, 0L);
    set(CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
    set(CURLOPT_TIMEOUT_MS, static_cast<long>(asked.patience.count()));
    set(CURLOPT_HTTPHEADER, fields.get());
    set(CURLOPT_OPENSOCKETFUNCTION, &open_socket);
    set(CURLOPT_OPENSOCKETDATA, &taken);
    set(CURLOPT_WRITEFUNCTION, &take);
    set(CURLOPT_WRITEDATA, &taken);
    if (asked.method == "POST") {
        set(CURLOPT_POST, 1L);
        set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(asked.body.size()));
        set(CURLOPT_POSTFIELDS, asked.body.data());
    }
    const CURLcode code = curl_easy_perform(handle.get());
    if (taken.elsewhere) return Fault{Fault::Kind::denied, "only addresses of this machine are asked, not " + asked.url};
    if (taken.too_large) return Fault{Fault::Kind::too_large, "the answer is too large"};
    if (code != CURLE_OK) return Fault{Fault::Kind::unavailable, "no answer from " + asked.url + ": " + curl_easy_strerror(code)};
    long status = 0;
    curl_easy_getinfo(handle.get(), CURLINFO_RESPONSE_CODE, &status);
    return Fetched{static_cast<int>(status), std::move(taken.body)};
}

}  // namespace base::net
