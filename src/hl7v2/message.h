// SPDX-License-Identifier: Apache-2.0
#pragma once

// An HL7 v2 message in ER7 form, read where it lies.
//
// A Message owns its bytes (UTF-8 from parse() on) and the place of every segment and field, found in one
// pass. Segment and Field are views of a few words: copy them freely; they live as long as the Message, also
// when it is moved. Reading raw() allocates nothing; text() unescapes and returns a string.
//
// Counting is the standard's: fields, repetitions, components and subcomponents start at 1. MSH-1 is the field
// separator itself and MSH-2 the encoding characters, both read as they stand (HL7 v2 2.14.9.1, 2.14.9.2).
// What is absent reads as empty, never as a fault: absence is ordinary in v2.
// Reaching part n costs n separators; to walk many parts use the ranges, which are linear.

#include "base/finding.h"
#include "base/result.h"
#include "hl7v2/delimiters.h"
#include "hl7v2/location.h"

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace hl7v2 {

class Parts;

// A field, one repetition of it, a component or a subcomponent: one face for the four.
// Asking a coarser view for a finer part goes through the first of what lies between, as receivers must when
// a data type has grown components (HL7 v2 2.8.1): field.component(2) is component 2 of repetition 1, and
// component(1) of a component is that component.
class Field {
public:
    Field() = default;

    Field repetition(int number) const;
    Field component(int number) const;
    Field subcomponent(int number) const;

    Parts repetitions() const;  // an empty field has none
    Parts components() const;
    Parts subcomponents() const;

    std::string_view raw() const { return raw_; }  // as it lies, escapes and finer separators included
    bool empty() const { return raw_.empty(); }
    bool is_null() const { return raw_ == "\"\""; }  // sent as "delete what you have" (HL7 v2 2.5.3)
    bool truncated() const;                          // ends in the truncation character (HL7 v2.7 2.5.5.2)
    std::string text() const;                        // unescaped, UTF-8; finer separators stay where they are

private:
    friend class Segment;
    friend class Parts;
    enum class Level : std::uint8_t { field, repetition, component, subcomponent, literal };
    Field(std::string_view raw, Delimiters delimiters, Level level)
        : raw_(raw), delimiters_(delimiters), level_(level) {}
    char separator(Level finer) const;
    Field part(Level finer, int number) const;
    Field first(Level finer) const;

    std::string_view raw_;
    Delimiters delimiters_;
    Level level_ = Level::field;
};

// The parts of a Field at one level, in order: `for (Field each : field.repetitions())`.
class Parts {
public:
    class Iterator {
    public:
        using iterator_category = std::input_iterator_tag;
        using value_type = Field;
        using difference_type = std::ptrdiff_t;
        using pointer = const Field*;
        using reference = Field;

        Iterator() = default;
        Field operator*() const { return current_; }
        Iterator& operator++();
        Iterator operator++(int);
        friend bool operator==(const Iterator& a, const Iterator& b) {
            return a.done_ == b.done_ && (a.done_ || a.current_.raw().data() == b.current_.raw().data());
        }

    private:
        friend class Parts;
        void take();
        Field current_;
        std::string_view rest_;
        char separator_ = '\0';
        bool last_ = true;
        bool done_ = true;
    };

    Iterator begin() const;
    Iterator end() const { return {}; }
    int size() const;  // counts: linear
    bool empty() const { return whole_.empty(); }

private:
    friend class Field;
    Parts(Field whole, Field::Level level) : whole_(whole), level_(level) {}
    Field whole_;
    Field::Level level_ = Field::Level::field;
};

class Message;

class Segment {
public:
    Segment() = default;  // an absent segment: no name, every field empty

    explicit operator bool() const { return body_ != nullptr; }
    std::string_view name() const { return raw().substr(0, 3); }
    std::string_view raw() const;       // without its end
    Field field(int number) const;      // constant time
    int fields() const;                 // the highest field number that stands there
    std::size_t index() const { return line_; }  // in the message, from 0: MSH
    int sequence() const;               // which of its name, from 1; linear in the message
    Delimiters delimiters() const;

private:
    friend class Message;
    struct Line {
        std::uint32_t begin = 0;        // of the segment in the bytes
        std::uint32_t end = 0;
        std::uint32_t first_field = 0;  // index into Body::fields
        std::uint32_t field_count = 0;
    };
    struct Body {
        std::string bytes;
        Delimiters delimiters;
        std::vector<Line> lines;
        std::vector<std::uint32_t> fields;  // for each field the offset just behind its separator
        base::Findings findings;
    };
    Segment(const Body* body, std::size_t line) : body_(body), line_(line) {}
    const Body* body_ = nullptr;
    std::size_t line_ = 0;
};

class Message {
public:
    // What one message may be; more is a Fault. The totals bound memory to a few times the bytes.
    struct Limits {
        std::size_t bytes = std::size_t{64} << 20;
        std::size_t segments = 100'000;
        std::size_t fields = 4'000'000;  // of all segments together
    };

    // Splits UTF-8 bytes at their segment ends and fields. `bytes` begin with MSH. Most callers want
    // hl7v2::parse (parse.h), which settles the character set first. Faults as there.
    // `remarks` from before (about the character set) come first among findings().
    static base::Result<Message> split(std::string bytes, const Limits& limits, base::Findings remarks = {});

    Delimiters delimiters() const { return body_->delimiters; }
    std::string_view bytes() const { return body_->bytes; }
    // What was odd about the lines themselves (a line that is no segment); see parse().
    const base::Findings& findings() const { return body_->findings; }

    std::size_t size() const { return body_->lines.size(); }  // segments
    Segment segment(std::size_t index) const;                 // from 0: MSH; absent when out of range
    Segment header() const { return segment(0); }
    Segment first(std::string_view name) const;
    std::vector<Segment> all(std::string_view name) const;

    // "PID-3[2].1" or a Location; empty when it is not there or the text is no location.
    Field at(std::string_view location) const;
    Field at(const Location& location) const;

    // MSH-9.1, MSH-9.2, MSH-9.3, MSH-10, MSH-12.1 as they lie.
    std::string_view type() const { return header().field(9).component(1).raw(); }
    std::string_view event() const { return header().field(9).component(2).raw(); }
    std::string_view structure() const { return header().field(9).component(3).raw(); }
    // What happened: MSH-9.2, or where a sender leaves it out, as in 2.1 and often in 2.2, the code that EVN-1 holds.
    std::string_view trigger() const { return event().empty() ? first("EVN").field(1).component(1).raw() : event(); }
    std::string_view control_id() const { return header().field(10).raw(); }
    std::string_view version() const { return header().field(12).component(1).raw(); }

private:
    explicit Message(std::unique_ptr<const Segment::Body> body) : body_(std::move(body)) {}
    std::unique_ptr<const Segment::Body> body_;
};

}  // namespace hl7v2
