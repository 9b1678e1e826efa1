// SPDX-License-Identifier: Apache-2.0
#include "hl7v2/message.h"

#include "hl7v2/escape.h"

namespace hl7v2 {
char Field::separator(Level finer) const {
    if (finer == Level::repetition) return delimiters_.repetition;
    return finer == Level::component ? delimiters_.component : delimiters_.subcomponent;
}

// The first part at each level between this view and `finer`.
Field Field::first(Level finer) const {
    Field view = *this;
    while (static_cast<int>(view.level_) + 1 < static_cast<int>(finer)) {
        const auto next = static_cast<Level>(static_cast<int>(view.level_) + 1);
        view = Field(view.raw_.substr(0, view.raw_.find(separator(next))), delimiters_, next);
    }
    return view;
}

Field Field::part(Level finer, int number) const {
    if (number < 1) return {};
    if (level_ >= finer) return number == 1 ? *this : Field();
    std::string_view rest = first(finer).raw_;
    const char at = separator(finer);
    if (at == '\0') return number == 1 ? Field(rest, delimiters_, finer) : Field();
    for (; number > 1; --number) {
        const auto end = rest.find(at);
        if (end == std::string_view::npos) return {};
        rest.remove_prefix(end + 1);
    }
    return {rest.substr(0, rest.find(at)), delimiters_, finer};
}

Field Field::repetition(int number) const { return part(Level::repetition, number); }
Field Field::component(int number) const { return part(Level::component, number); }
Field Field::subcomponent(int number) const { return part(Level::subcomponent, number); }

Parts Field::repetitions() const { return {*this, Level::repetition}; }
Parts Field::components() const { return {level_ == Level::literal ? *this : first(Level::component), Level::component}; }
Parts Field::subcomponents() const {
    return {level_ == Level::literal ? *this : first(Level::subcomponent), Level::subcomponent};
}

bool Field::truncated() const {
    if (delimiters_.truncation == '\0' || raw_.empty() || level_ == Level::literal) return false;
    return raw_.back() == delimiters_.truncation;
}

std::string Field::text() const {
    return level_ == Level::literal ? std::string(raw_) : unescape(raw_, delimiters_);
}

Parts::Iterator Parts::begin() const {
    Iterator start;
    if (whole_.empty()) return start;
    start.done_ = false;
    start.last_ = false;
    start.current_ = whole_;
    start.rest_ = whole_.raw_;
    if (whole_.level_ < level_) {
        start.separator_ = whole_.separator(level_);
        start.current_.level_ = level_;
    }
    start.take();
    return start;
}

void Parts::Iterator::take() {
    const auto end = separator_ == '\0' ? std::string_view::npos : rest_.find(separator_);
    current_.raw_ = rest_.substr(0, end);
    last_ = end == std::string_view::npos;
    if (!last_) rest_.remove_prefix(end + 1);
}

Parts::Iterator& Parts::Iterator::operator++() {
    if (last_) done_ = true;
    else take();
    return *this;
}

Parts::Iterator Parts::Iterator::operator++(int) {
    auto before = *this;
    ++*this;
    return before;
}

int Parts::size() const {
    int count = 0;
    for (auto each = begin(); each != end(); ++each) ++count;
    return count;
}

std::string_view Segment::raw() const {
    if (!body_) return {};
    const Line& line = body_->lines[line_];
    return std::string_view(body_->bytes).substr(line.begin, line.end - line.begin);
}

Field Segment::field(int number) const {
    if (!body_ || number < 1) return {};
    const Line& line = body_->lines[line_];
    const std::string_view bytes = body_->bytes;
    auto index = static_cast<std::size_t>(number) - 1;
    auto level = Field::Level::field;
    if (line_ == 0) {  // MSH: split() lets nothing else stand first
        if (number <= 2) level = Field::Level::literal;
        if (number == 1) return {bytes.substr(line.begin + 3, line.end > line.begin + 3), body_->delimiters, level};
        --index;
    }
    if (index >= line.field_count) return {};
    const std::size_t at = line.first_field + index;
    const std::size_t begin = body_->fields[at];
    const std::size_t end = index + 1 < line.field_count ? body_->fields[at + 1] - 1 : line.end;
    return {bytes.substr(begin, end - begin), body_->delimiters, level};
}

int Segment::fields() const {
    if (!body_) return 0;
    const auto count = static_cast<int>(body_->lines[line_].field_count);
    return count > 0 && line_ == 0 ? count + 1 : count;
}

int Segment::sequence() const {
    if (!body_) return 0;
    int count = 0;
    for (std::size_t i = 0; i <= line_; ++i) count += Segment(body_, i).name() == name();
    return count;
}

Delimiters Segment::delimiters() const { return body_ ? body_->delimiters : Delimiters{}; }

Segment Message::segment(std::size_t index) const {
    return index < size() ? Segment(body_.get(), index) : Segment();
}

Segment Message::first(std::string_view name) const {
    for (std::size_t i = 0; i < size(); ++i)
        if (segment(i).name() == name) return segment(i);
    return {};
}

std::vector<Segment> Message::all(std::string_view name) const {
    std::vector<Segment> found;
    for (std::size_t i = 0; i < size(); ++i)
        if (segment(i).name() == name) found.push_back(segment(i));
    return found;
}

Field Message::at(std::string_view location) const {
    const auto place = Location::read(location);
    return place ? at(*place) : Field();
}

Field Message::at(const Location& location) const {
    int left = location.sequence;
    for (std::size_t i = 0; i < size(); ++i) {
        if (segment(i).name() != location.segment || --left > 0) continue;
        Field view = segment(i).field(location.field);
        if (location.repetition > 0) view = view.repetition(location.repetition);
        if (location.component > 0) view = view.component(location.component);
        if (location.component > 0 && location.subcomponent > 0) view = view.subcomponent(location.subcomponent);
        return view;
    }
    return {};
}

}  // namespace hl7v2
