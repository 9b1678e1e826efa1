// SPDX-License-Identifier: Apache-2.0
#include "server/http/forwarded.h"

#include "base/text.h"
#include "server/http/syntax.h"

#include <algorithm>

namespace server::http {

namespace {

// What one proxy said of the request that it got.
struct Hop {
    std::string from;  // for=
    std::string scheme;
    std::string host;
};

// The elements of a list; a comma inside a quoted string divides nothing.
std::vector<std::string_view> elements(std::string_view list, char separator) {
    std::vector<std::string_view> found;
    std::size_t start = 0;
    bool quoted = false;
    for (std::size_t i = 0; i <= list.size(); ++i) {
        if (i + 1 < list.size() && quoted && list[i] == '\\') {
            ++i;
            continue;
        }
        if (i < list.size() && list[i] == '"') quoted = !quoted;
        if (i < list.size() && (quoted || list[i] != separator)) continue;
        found.push_back(trimmed(list.substr(start, std::min(i, list.size()) - start)));
        start = i + 1;
    }
    return found;
}

std::string unquoted(std::string_view value) {
    if (value.size() < 2 || value.front() != '"' || value.back() != '"') return std::string(value);
    value = value.substr(1, value.size() - 2);
    std::string plain;
    for (std::size_t i = 0; i < value.size(); ++i) {
        if (value[i] == '\\' && i + 1 < value.size()) ++i;
        plain += value[i];
    }
    return plain;
}

std::vector<Hop> hops(std::string_view forwarded) {
    std::vector<Hop> found;
    for (const std::string_view element : elements(forwarded, ',')) {
        Hop& hop = found.emplace_back();
        for (const std::string_view pair : elements(element, ';')) {
            const auto [name, value] = base::cut(pair, '=');
            if (is_named(trimmed(name), "for")) hop.from = unquoted(trimmed(value));
            if (is_named(trimmed(name), "proto")) hop.scheme = unquoted(trimmed(value));
            if (is_named(trimmed(name), "host")) hop.host = unquoted(trimmed(value));
        }
    }
    return found;
}

// Of a list to which each proxy added one: the one that the furthest of `trusted` further trusted proxies added.
std::string_view said(std::string_view list, std::size_t trusted) {
    if (trimmed(list).empty()) return {};
    const auto all = elements(list, ',');
    return all[all.size() - 1 - std::min(trusted, all.size() - 1)];
}

bool is_scheme(std::string_view text) { return is_named(text, "http") || is_named(text, "https"); }

bool is_good_host(std::string_view host) { return host.size() <= 255 && is_host(host) && host.find('%') == std::string_view::npos; }

bool has_port(std::string_view host) {
    const auto colon = host.rfind(':');
    return colon != std::string_view::npos && host.find(']', colon) == std::string_view::npos;
}

// A path that only continues: no second host, no way up.
bool is_prefix(std::string_view path) {
    if (path.empty() || path.size() > 255 || path.front() != '/' || path.find("//") != std::string_view::npos ||
        path.find("..") != std::string_view::npos)
        return false;
    return std::all_of(path.begin(), path.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               std::string_view("/-._~").find(c) != std::string_view::npos;
    });
}

}  // namespace

base::Result<Proxies> Proxies::read(const std::vector<std::string>& networks) {
    Proxies proxies;
    TRY(proxies.networks_, base::net::Networks::read(networks));
    return proxies;
}

bool Proxies::trusts(std::string_view address) const {
    if (networks_.none()) return false;
    if (address.starts_with('[')) address = address.substr(1, address.find(']') == std::string_view::npos ? 0 : address.find(']') - 1);
    else if (std::count(address.begin(), address.end(), ':') == 1) address = address.substr(0, address.find(':'));
    return networks_.contains(address);
}

std::string public_base(const Call& call, const Proxies& proxies, const std::string& base_url, std::string_view root) {
    if (!proxies.trusts(call.peer)) return base_url;
    std::string scheme, host, port, prefix;
    bool any = false;
    if (const std::string forwarded = call.joined("Forwarded"); !forwarded.empty()) {
        const std::vector<Hop> all = hops(forwarded);
        for (auto hop = all.rbegin(); hop != all.rend(); ++hop) {
            if (!hop->scheme.empty()) scheme = hop->scheme;
            if (!hop->host.empty()) host = hop->host;
            if (!proxies.trusts(hop->from)) break;
        }
        any = !scheme.empty() || !host.empty();
    } else {
        std::size_t trusted = 0;
        const std::string addresses = call.joined("X-Forwarded-For");
        const auto all = elements(addresses, ',');
        while (trusted < all.size() && proxies.trusts(all[all.size() - 1 - trusted])) ++trusted;
        const std::string schemes = call.joined("X-Forwarded-Proto"), hosts = call.joined("X-Forwarded-Host"), ports = call.joined("X-Forwarded-Port");
        scheme = said(schemes, trusted);
        host = said(hosts, trusted);
        port = said(ports, trusted);
        any = !scheme.empty() || !host.empty() || !port.empty();
    }
    // There is no RFC for it; who strips a prefix says which, whatever else he says.
    prefix = call.field("X-Forwarded-Prefix");
    while (prefix.ends_with('/')) prefix.pop_back();
    if (!any && prefix.empty()) return base_url;

    if (host.empty()) host = call.field("Host");  // a proxy that passes the Host on need not repeat it
    if (scheme.empty()) scheme = base_url.substr(0, base_url.find(':'));
    if (!is_scheme(scheme) || !is_good_host(host) || (!prefix.empty() && !is_prefix(prefix))) return base_url;
    scheme = base::lower(scheme);
    if (!port.empty()) {
        const auto number = base::to_integer(port);
        if (!number || *number < 1 || *number > 65'535) return base_url;
        const bool usual = *number == (scheme == "https" ? 443 : 80);
        if (!has_port(host) && !usual) host += ":" + std::to_string(*number);
    }
    return scheme + "://" + host + prefix + std::string(root);
}

}  // namespace server::http
