// SPDX-License-Identifier: Apache-2.0
#include "base/meter.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <stdexcept>

namespace base {

namespace {

std::string escape(const std::string& text) {
    std::string out;
    for (const char c : text) {
        if (c == '\\' || c == '"') out += '\\';
        if (c == '\n') out += "\\n";
        else out += c;
    }
    return out;
}

// {a="b",c="d"}, with `more` as a last label; empty for none.
std::string shown(const Labels& labels, const std::string& more = {}) {
    std::string out;
    for (const auto& [name, value] : labels) out += fmt::format("{}{}=\"{}\"", out.empty() ? "" : ",", name, escape(value));
    if (!more.empty()) out += (out.empty() ? "" : ",") + more;
    return out.empty() ? out : "{" + out + "}";
}

}  // namespace

Histogram::Histogram(std::vector<double> bounds)
    : bounds_(std::move(bounds)), counts_(std::make_unique<std::atomic<std::uint64_t>[]>(bounds_.size() + 1)) {}

void Histogram::observe(double value) {
    const auto at = std::lower_bound(bounds_.begin(), bounds_.end(), value) - bounds_.begin();
    counts_[static_cast<std::size_t>(at)].fetch_add(1, std::memory_order_relaxed);
    sum_.fetch_add(value, std::memory_order_relaxed);
}

std::uint64_t Histogram::count() const {
    std::uint64_t total = 0;
    for (std::size_t i = 0; i <= bounds_.size(); ++i) total += counts_[i].load(std::memory_order_relaxed);
    return total;
}

Meters::Series& Meters::series(const std::string& name, const char* kind, const std::string& what, const Labels& labels) {
    Family& family = families_.try_emplace(name, Family{kind, what, {}}).first->second;
    if (family.kind != kind) throw std::logic_error("the meter " + name + " is of another kind");
    const std::string key = shown(labels);
    if (const auto found = family.series.find(key); found != family.series.end()) return found->second;
    if (family.series.size() < most_series_) return family.series.emplace(key, Series{labels}).first->second;
    Labels other = labels;
    for (auto& label : other) label.second = "other";
    return family.series.try_emplace(shown(other), Series{other}).first->second;
}

Counter& Meters::counter(const std::string& name, const std::string& what, const Labels& labels) {
    const std::lock_guard lock(mutex_);
    auto& counter = series(name, "counter", what, labels).counter;
    if (!counter) counter = std::make_unique<Counter>();
    return *counter;
}

Gauge& Meters::gauge(const std::string& name, const std::string& what, const Labels& labels) {
    const std::lock_guard lock(mutex_);
    auto& gauge = series(name, "gauge", what, labels).gauge;
    if (!gauge) gauge = std::make_unique<Gauge>();
    return *gauge;
}

Histogram& Meters::histogram(const std::string& name, const std::string& what, const std::vector<double>& bounds, const Labels& labels) {
    const std::lock_guard lock(mutex_);
    auto& histogram = series(name, "histogram", what, labels).histogram;
    if (!histogram) histogram = std::make_unique<Histogram>(bounds);
    return *histogram;
}

void Meters::watch(const std::string& name, const std::string& what, std::function<double()> read, const Labels& labels) {
    const std::lock_guard lock(mutex_);
    series(name, "gauge", what, labels).read = std::move(read);
}

std::string Meters::text() const {
    const std::lock_guard lock(mutex_);
    std::string out;
    const auto back = std::back_inserter(out);
    for (const auto& [name, family] : families_) {
        fmt::format_to(back, "# HELP {} {}\n# TYPE {} {}\n", name, escape(family.what), name, family.kind);
        for (const auto& [key, series] : family.series) {
            if (series.counter) fmt::format_to(back, "{}{} {}\n", name, key, series.counter->value());
            else if (series.read) fmt::format_to(back, "{}{} {}\n", name, key, series.read());
            else if (series.gauge) fmt::format_to(back, "{}{} {}\n", name, key, series.gauge->value());
            if (!series.histogram) continue;
            const Histogram& histogram = *series.histogram;
            std::uint64_t total = 0;
            for (std::size_t i = 0; i <= histogram.bounds_.size(); ++i) {
                total += histogram.counts_[i].load(std::memory_order_relaxed);
                const std::string bound = i < histogram.bounds_.size() ? fmt::format("{}", histogram.bounds_[i]) : "+Inf";
                fmt::format_to(back, "{}_bucket{} {}\n", name, shown(series.labels, "le=\"" + bound + "\""), total);
            }
            fmt::format_to(back, "{0}_sum{1} {2}\n{0}_count{1} {3}\n", name, key, histogram.sum_.load(std::memory_order_relaxed), total);
        }
    }
    return out;
}

const std::vector<double>& request_seconds() {
    static const std::vector<double> bounds = {0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30};
    return bounds;
}

}  // namespace base
