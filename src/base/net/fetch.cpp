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
    std::string body{};
    std::vector<std::string> fields{};
    Reach reach = Reach::this_machine;
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

// A line of the head, with its line end; the status line of a later answer (100, then 200) begins anew.
std::size_t take_field(char* bytes, std::size_t size, std::size_t count, void* into) {
    auto& taken = *static_cast<Taken*>(into);
    std::string_view line(bytes, size * count);
    while (!line.empty() && (line.back() == '\r' || line.back() == '\n')) line.remove_suffix(1);
    if (line.starts_with("HTTP/")) taken.fields.clear();
    else if (!line.empty()) taken.fields.emplace_back(line);
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
    auto& taken = *static_cast<Taken*>(into);
    if (taken.reach == Reach::anywhere || is_loopback(address->addr)) return ::socket(address->family, address->socktype, address->protocol);
    taken.elsewhere = true;
    return CURL_SOCKET_BAD;
}

struct Closer {
    void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
    void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};

}  // namespace

struct Fetcher::Handle {
    std::unique_ptr<CURL, Closer> curl{curl_easy_init()};
};

Fetcher::Fetcher() : handle_(std::make_unique<Handle>()) {}
Fetcher::Fetcher(Fetcher&&) noexcept = default;
Fetcher& Fetcher::operator=(Fetcher&&) noexcept = default;
Fetcher::~Fetcher() = default;

Result<Fetched> Fetcher::fetch(const Fetch& asked) {
    CURL* const handle = handle_->curl.get();
    if (handle == nullptr) return Fault{Fault::Kind::unavailable, "no HTTP client could be made"};
    curl_easy_reset(handle);  // options only: connections stay
    std::unique_ptr<curl_slist, Closer> fields;
    const auto add = [&](const std::string& field) {
        if (curl_slist* longer = curl_slist_append(fields.get(), field.c_str())) {
            (void)fields.release();
            fields.reset(longer);
        }
    };
    add("Expect:");  // no round trip before a body
    for (const std::string& field : asked.fields) add(field);

    Taken taken{.reach = asked.reach, .most = asked.most};
    const auto set = [&](CURLoption option, auto value) { curl_easy_setopt(handle, option, value); };
    set(CURLOPT_URL, asked.url.c_str());
    set(CURLOPT_PROTOCOLS_STR, asked.reach == Reach::anywhere ? "http,https" : "http");
    set(CURLOPT_PATH_AS_IS, 1L);
    set(CURLOPT_PROXY, "");
    set(CURLOPT_NOSIGNAL, 1L);
    set(CURLOPT_FOLLOWLOCATION, 0L);
    set(CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
    set(CURLOPT_TIMEOUT_MS, static_cast<long>(asked.patience.count()));
    set(CURLOPT_HTTPHEADER, fields.get());
    set(CURLOPT_OPENSOCKETFUNCTION, &open_socket);
    set(CURLOPT_OPENSOCKETDATA, &taken);
    set(CURLOPT_HEADERFUNCTION, &take_field);
    set(CURLOPT_HEADERDATA, &taken);
    set(CURLOPT_WRITEFUNCTION, &take);
    set(CURLOPT_WRITEDATA, &taken);
    if (!asked.trust.empty()) set(CURLOPT_CAINFO, asked.trust.c_str());
    if (asked.method == "HEAD") {
        set(CURLOPT_NOBODY, 1L);
    } else if (asked.method == "POST" || asked.method == "PUT" || asked.method == "PATCH" || !asked.body.empty()) {
        set(CURLOPT_POST, 1L);
        set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(asked.body.size()));
        set(CURLOPT_POSTFIELDS, asked.body.data());
        if (asked.method != "POST") set(CURLOPT_CUSTOMREQUEST, asked.method.c_str());
    } else if (asked.method != "GET") {
        set(CURLOPT_CUSTOMREQUEST, asked.method.c_str());
    }
    const CURLcode code = curl_easy_perform(handle);
    if (taken.elsewhere) return Fault{Fault::Kind::denied, "only addresses of this machine are asked, not " + asked.url};
    if (taken.too_large) return Fault{Fault::Kind::too_large, "the answer is too large"};
    if (code != CURLE_OK) return Fault{Fault::Kind::unavailable, "no answer from " + asked.url + ": " + curl_easy_strerror(code)};
    long status = 0;
    curl_easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &status);
    return Fetched{static_cast<int>(status), std::move(taken.body), std::move(taken.fields)};
}

Result<Fetched> fetch(const Fetch& asked) { return Fetcher().fetch(asked); }

}  // namespace base::net
