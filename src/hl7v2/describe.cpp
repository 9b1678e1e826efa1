// SPDX-License-Identifier: Apache-2.0
#include "hl7v2/describe.h"

#include "base/character.h"
#include "fhir/codec/json.h"

#include <fmt/format.h>

#include <map>

namespace hl7v2 {

namespace {

class Description {
public:
    explicit Description(const Message& message) : message_(message) {}

    std::string text() && {
        out_ = R"({"message":)";
        std::string name(message_.type());
        if (!message_.event().empty()) name += "^" + std::string(message_.event());
        fhir::codec::write_json_string(name, out_);
        member("version", message_.version());
        member("control", message_.control_id());
        out_ += R"(,"segments":[)";
        std::map<std::string, int, std::less<>> sequences;
        for (std::size_t i = 0; i < message_.size(); ++i) {
            const Segment segment = message_.segment(i);
            std::string id(segment.name());
            const int sequence = ++sequences[id];
            if (i > 0) out_ += ',';
            add(segment, std::move(id), sequence);
        }
        out_ += ']';
        if (left_out_ > 0) out_ += fmt::format(R"(,"more":{})", left_out_);
        return std::move(out_) + '}';
    }

private:
    void member(const char* name, std::string_view value) {
        if (value.empty()) return;
        out_ += fmt::format(",\"{}\":", name);
        fhir::codec::write_json_string(value, out_);
    }

    void add(const Segment& segment, std::string id, int sequence) {
        out_ += R"({"segment":)";
        fhir::codec::write_json_string(sequence == 1 ? id : fmt::format("{}[{}]", id, sequence), out_);
        out_ += R"(,"values":[)";
        first_ = true;
        Location where{.segment = std::move(id), .sequence = sequence};
        const bool literal = segment.index() == 0;  // MSH-1 and MSH-2 are delimiters, not values that hold them
        for (where.field = 1; where.field <= segment.fields(); ++where.field) {
            const Field field = segment.field(where.field);
            if (literal && where.field <= 2) {
                value(where, std::string(field.raw()));
                continue;
            }
            repetitions(where, field);
        }
        out_ += "]}";
    }

    // Numbers that are 1 and stand alone are left out of a place, as people write it.
    void repetitions(Location where, const Field& field) {
        const bool many = field.repetitions().size() > 1;
        int repetition = 0;
        for (const Field one : field.repetitions()) {
            ++repetition;
            where.repetition = many ? repetition : 0;
            const bool composed = one.components().size() > 1 || one.component(1).subcomponents().size() > 1;
            where.component = 0;
            if (!composed) {
                if (!one.empty()) value(where, one.text());
                continue;
            }
            for (const Field component : one.components()) {
                ++where.component;
                subcomponents(where, component);
            }
        }
    }

    void subcomponents(Location where, const Field& component) {
        const bool many = component.subcomponents().size() > 1;
        int number = 0;
        for (const Field one : component.subcomponents()) {
            ++number;
            where.subcomponent = many ? number : 0;
            if (!one.empty()) value(where, one.text());
        }
    }

    void value(const Location& where, std::string text) {
        if (++written_ > most_described) {
            ++left_out_;
            return;
        }
        bool cut = false;
        if (text.size() > longest_described) {
            text.resize(base::beginning(text, longest_described).size());
            cut = true;
        }
        out_ += first_ ? R"({"where":)" : R"(,{"where":)";
        first_ = false;
        fhir::codec::write_json_string(where.text(), out_);
        out_ += R"(,"text":)";
        fhir::codec::write_json_string(text, out_);
        out_ += cut ? R"(,"cut":true})" : "}";
    }

    const Message& message_;
    std::string out_;
    bool first_ = true;
    std::size_t written_ = 0;
    std::size_t left_out_ = 0;
};

}  // namespace

std::string describe(const Message& message) { return Description(message).text(); }

}  // namespace hl7v2
