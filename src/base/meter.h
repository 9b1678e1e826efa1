// SPDX-License-Identifier: Apache-2.0
#pragma once

// Counters, gauges and histograms, shown as Prometheus text (exposition format 0.0.4).
//
// A meter is asked for once, by name and labels, and kept by reference; counting is then a relaxed atomic
// addition. The number of series of one name is bounded: labels beyond it are counted under "other", so that
// nobody outside can make the list grow. Label values come from our own tables, never from a request.

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace base {

class Counter {
public:
    void add(std::uint64_t count = 1) { value_.fetch_add(count, std::memory_order_relaxed); }
    std::uint64_t value() const { return value_.load(std::memory_order_relaxed); }

private:
    std::atomic<std::uint64_t> value_{0};
};

class Gauge {
public:
    void set(double value) { value_.store(value, std::memory_order_relaxed); }
    void add(double change) { value_.fetch_add(change, std::memory_order_relaxed); }
    double value() const { return value_.load(std::memory_order_relaxed); }

private:
    std::atomic<double> value_{0};
};

class Histogram {
public:
    explicit Histogram(std::vector<double> bounds);  // upper bounds, ascending, without infinity
    void observe(double value);
    std::uint64_t count() const;

private:
    friend class Meters;
    std::vector<double> bounds_;
    std::unique_ptr<std::atomic<std::uint64_t>[]> counts_;  // one more than bounds
    std::atomic<double> sum_{0};
};

using Labels = std::vector<std::pair<std::string, std::string>>;

class Meters {
public:
    explicit Meters(std::size_t most_series = 200) : most_series_(most_series) {}
    Meters(const Meters&) = delete;
    Meters& operator=(const Meters&) = delete;

    // The same name and labels give the same meter. A name keeps the kind of its first use; asking for
    // another kind is our bug and throws.
    Counter& counter(const std::string& name, const std::string& what, const Labels& labels = {});
    Gauge& gauge(const std::string& name, const std::string& what, const Labels& labels = {});
    Histogram& histogram(const std::string& name, const std::string& what, const std::vector<double>& bounds, const Labels& labels = {});
    // A gauge that is read when it is shown; `read` must live as long as the meters and not use them.
    void watch(const std::string& name, const std::string& what, std::function<double()> read, const Labels& labels = {});

    std::string text() const;

private:
    struct Series {
        Labels labels;
        std::unique_ptr<Counter> counter{};
        std::unique_ptr<Gauge> gauge{};
        std::unique_ptr<Histogram> histogram{};
        std::function<double()> read{};
    };
    struct Family {
        std::string kind;
        std::string what;
        std::map<std::string, Series> series;
    };
    Series& series(const std::string& name, const char* kind, const std::string& what, const Labels& labels);

    const std::size_t most_series_;
    mutable std::mutex mutex_;
    std::map<std::string, Family> families_;
};

// Bounds for the time of a request, in seconds.
const std::vector<double>& request_seconds();

}  // namespace base
