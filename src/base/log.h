// SPDX-License-Identifier: Apache-2.0
#pragma once

// Structured lines: one JSON object a line, typed fields, nothing printed that a patient would mind.
//
// A line costs about a microsecond and one write. A line below the logger's level costs a comparison.
// Whatever a value holds, it stays one line of valid UTF-8 JSON: control characters are escaped, bytes that
// are not UTF-8 become U+FFFD, long text is cut. What may hold patient data is wrapped in Private by whoever
// logs it; only its length is printed. There is no global logger: a Logger& is handed around.
//
//     log.info("message.received", {{"channel", name}, {"bytes", size}, {"control_id", base::Private{id}}});

#include "base/clock.h"

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <variant>

namespace base {

enum class Level { debug, info, warning, error };

// A value that may tell something about a patient.
struct Private {
    std::string_view value;
};

class LogValue {
public:
    LogValue(bool value) : value_(value) {}                                           // NOLINT: values convert
    template <std::signed_integral T>
    LogValue(T value) : value_(static_cast<std::int64_t>(value)) {}                   // NOLINT
    template <std::unsigned_integral T>
        requires(!std::same_as<T, bool>)
    LogValue(T value) : value_(static_cast<std::uint64_t>(value)) {}                  // NOLINT
    LogValue(double value) : value_(value) {}                                         // NOLINT
    LogValue(std::string_view value) : value_(value) {}                               // NOLINT
    LogValue(const std::string& value) : value_(std::string_view(value)) {}           // NOLINT
    LogValue(const char* value) : value_(std::string_view(value)) {}                  // NOLINT
    LogValue(Private value) : value_(value) {}                                        // NOLINT

private:
    friend class Logger;
    std::variant<bool, std::int64_t, std::uint64_t, double, std::string_view, Private> value_;
};

struct LogField {
    std::string_view name;  // ours: lower case and underscores
    LogValue value;
};

// Where lines go. Called from many threads at once.
class LogSink {
public:
    virtual ~LogSink() = default;
    virtual void line(std::string_view line) = 0;  // with its line end
};

// A file descriptor that is not closed here; 2 is stderr. A line that cannot be written is lost.
class DescriptorSink final : public LogSink {
public:
    explicit DescriptorSink(int descriptor) : descriptor_(descriptor) {}
    void line(std::string_view line) override;

private:
    int descriptor_;
};

class Logger {
public:
    Logger(LogSink& sink, const Clock& clock, Level least) : sink_(sink), clock_(clock), least_(least) {}

    bool logs(Level level) const { return level >= least_; }
    void write(Level level, std::string_view event, std::initializer_list<LogField> fields);
    void debug(std::string_view event, std::initializer_list<LogField> fields = {}) { write(Level::debug, event, fields); }
    void info(std::string_view event, std::initializer_list<LogField> fields = {}) { write(Level::info, event, fields); }
    void warning(std::string_view event, std::initializer_list<LogField> fields = {}) { write(Level::warning, event, fields); }
    void error(std::string_view event, std::initializer_list<LogField> fields = {}) { write(Level::error, event, fields); }

private:
    static void append(std::string& out, const LogValue& value);
    LogSink& sink_;
    const Clock& clock_;
    const Level least_;
};

}  // namespace base
