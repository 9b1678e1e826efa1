// SPDX-License-Identifier: Apache-2.0
#include "hl7v2/grammar.h"

#include "base/text.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace hl7v2 {
namespace {

using base::Fault;

std::uint32_t packed(std::string_view name) {
    std::uint32_t key = 0;
    for (char c : name.substr(0, 3)) key = key << 8 | static_cast<unsigned char>(c);
    return key;
}

bool named(const Structure::Element& element, std::string_view segment) {
    return std::find(element.names.begin(), element.names.end(), segment) != element.names.end();
}

struct Word {
    std::string text;
    int line = 0;
};

std::vector<Word> words_of(std::string_view text) {
    std::vector<Word> words;
    int line = 0;
    for (auto each : base::split(text, '\n')) {
        ++line;
        each = base::cut(each, '#').first;
        std::string word;
        const auto close = [&] {
            if (!word.empty()) words.push_back({std::move(word), line});
            word.clear();
        };
        for (char c : each) {
            if (c == ' ' || c == '\t' || c == '\r') close();
            else if (std::string_view("[](){}<>|?").find(c) != std::string_view::npos) {
                close();
                words.push_back({std::string(1, c), line});
            } else word += c;
        }
        close();
    }
    return words;
}

}  // namespace

class StructureReader {
public:
    explicit StructureReader(std::string_view text) : words_(words_of(text)) {}

    base::Result<Structure> read() {
        if (take() != "structure") return wrong("a file begins with 'structure NAME'");
        Structure::Element root;
        root.names = {take()};
        root.group = root.required = true;
        if (root.names[0].empty()) return wrong("a structure needs a name");
        made_.elements_.push_back(std::move(root));
        while (peek() == "event") {
            take();
            while (peek().find('^') != std::string::npos) made_.events_.push_back(take());
        }
        TRY(elements(0, ""));
        if (made_.elements_[0].children.empty()) return wrong("a structure needs segments");
        made_.work_out();
        return std::move(made_);
    }

private:
    const std::string& peek() const {
        static const std::string nothing;
        return at_ < words_.size() ? words_[at_].text : nothing;
    }
    std::string take() { return at_ < words_.size() ? words_[at_++].text : std::string(); }
    Fault wrong(const std::string& text) const {
        const int line = words_.empty() ? 0 : words_[std::min(at_, words_.size() - 1)].line;
        const std::string name = made_.elements_.empty() ? "" : made_.elements_[0].names[0] + ": ";
        return {Fault::Kind::invalid, name + text, "line " + std::to_string(line)};
    }
    static bool is_word(const std::string& text) { return text.size() >= 3; }

    // Elements up to the brackets that close `opened` ("[{").
    base::Result<void> elements(std::uint16_t parent, const std::string& opened) {
        for (;;) {
            if (peek().empty()) {
                if (opened.empty()) return {};
                return wrong("a bracket is not closed");
            }
            if (peek() == "]" || peek() == "}" || peek() == ")") break;
            TRY(element(parent));
        }
        return close(opened);
    }

    base::Result<void> close(const std::string& opened) {
        for (auto bracket = opened.rbegin(); bracket != opened.rend(); ++bracket)
            if (take() != (*bracket == '[' ? "]" : *bracket == '{' ? "}" : ")")) return wrong("brackets do not match");
        if (opened.empty()) return wrong("a bracket is closed that was not opened");
        return {};
    }

    base::Result<void> element(std::uint16_t parent) {
        std::string opened;
        while (peek() == "[" || peek() == "{" || peek() == "(") opened += take();
        if (opened.size() > 8) return wrong("too many brackets");
        Structure::Element made;
        made.parent = parent;
        made.depth = static_cast<std::uint16_t>(made_.elements_[parent].depth + 1);
        made.place = static_cast<std::uint16_t>(made_.elements_[parent].children.size());
        made.required = opened.find('[') == std::string::npos;
        made.repeats = opened.find('{') != std::string::npos;
        if (made.place == 64) return wrong("a group has more than 64 parts");
        if (made.depth > 16) return wrong("groups are nested deeper than 16");
        if (made_.elements_.size() > 2000) return wrong("a structure of more than 2000 parts");
        made.group = is_word(peek()) && peek().size() > 3;
        if (made.group && opened.empty()) return wrong("a group stands in brackets");
        if (peek() == "<") {
            do {
                take();
                if (peek().size() != 3) return wrong("a choice is of segments");
                made.names.push_back(take());
            } while (peek() == "|");
            if (take() != ">") return wrong("a choice ends with >");
        } else {
            if (!is_word(peek())) return wrong("a segment or group is expected");
            made.names.push_back(take());
        }
        if (!made.group && peek() == "?") {
            take();
            made.lenient = true;
        }
        const auto index = static_cast<std::uint16_t>(made_.elements_.size());
        const bool group = made.group;
        made_.elements_.push_back(std::move(made));
        made_.elements_[parent].children.push_back(index);
        if (group) TRY(elements(index, opened));
        if (!group && !opened.empty()) TRY(close(opened));
        if (group && peek() == "?") {
            take();
            made_.elements_[index].lenient = true;
        }
        return {};
    }

    std::vector<Word> words_;
    std::size_t at_ = 0;
    Structure made_;
};

base::Result<Structure> Structure::read(std::string_view text) { return StructureReader(text).read(); }

std::string Structure::path(std::uint16_t element) const {
    std::string out = elements_[element].names[0];
    for (auto up = elements_[element].parent; up != none; up = elements_[up].parent)
        out = elements_[up].names[0] + "." + out;
    return out;
}

void Structure::work_out() {
    for (const auto& each : elements_)
        if (!each.group)
            for (const auto& name : each.names) segments_.push_back(packed(name));
    std::sort(segments_.begin(), segments_.end());
    segments_.erase(std::unique(segments_.begin(), segments_.end()), segments_.end());
    steps_.resize(elements_.size() * segments_.size());
    for (std::size_t at = 0; at < elements_.size(); ++at) {
        for (std::size_t i = 0; i < segments_.size(); ++i) {
            const char name[] = {static_cast<char>(segments_[i] >> 16), static_cast<char>(segments_[i] >> 8),
                                 static_cast<char>(segments_[i])};
            steps_[at * segments_.size() + i] = search(static_cast<std::uint16_t>(at), std::string_view(name, 3));
        }
    }
}

Structure::Step Structure::step(std::uint16_t at, std::string_view segment) const {
    const auto found = std::lower_bound(segments_.begin(), segments_.end(), packed(segment));
    if (found == segments_.end() || *found != packed(segment)) return {};
    return steps_[at * segments_.size() + static_cast<std::size_t>(found - segments_.begin())];
}

// The leaf by which `element` can begin with `segment`, passing over what may be absent.
std::uint16_t Structure::start(std::uint16_t element, std::string_view segment) const {
    const Element& it = elements_[element];
    if (!it.group) return named(it, segment) ? element : none;
    for (auto child : it.children) {
        if (const auto leaf = start(child, segment); leaf != none) return leaf;
        if (elements_[child].required && !elements_[child].lenient) break;
    }
    return none;
}

// From the innermost open group outwards: further on in it, then a new turn of it. Further on may pass over
// required parts (their absence is remarked when the group is complete); a new group begins as it must. What
// is found nowhere that way may belong to an earlier part of an open group: out of order.
Structure::Step Structure::search(std::uint16_t at, std::string_view segment) const {
    std::uint16_t from = 0;
    if (at != 0 && !elements_[at].group)
        from = static_cast<std::uint16_t>(elements_[at].place + (elements_[at].repeats ? 0 : 1));
    const auto innermost = elements_[at].group ? at : elements_[at].parent;
    for (auto group = innermost; group != none; group = elements_[group].parent) {
        const Element& it = elements_[group];
        for (std::size_t place = from; place < it.children.size(); ++place)
            if (const auto leaf = start(it.children[place], segment); leaf != none) return {leaf, it.depth, true, true};
        if (it.parent != none && it.repeats)
            if (const auto leaf = start(group, segment); leaf != none)
                return {leaf, elements_[it.parent].depth, true, true};
        from = static_cast<std::uint16_t>(it.place + 1);
    }
    for (auto group = innermost; group != none; group = elements_[group].parent) {
        for (auto child : elements_[group].children) {
            const auto leaf = start(child, segment);
            if (leaf == none || child == 1) continue;  // never a second MSH
            return {leaf, elements_[group].depth, false, elements_[child].group};
        }
    }
    return {};
}

base::Result<Grammar> Grammar::read(const std::vector<std::string>& texts) {
    Grammar made;
    for (const auto& text : texts) {
        TRY(auto structure, Structure::read(text));
        if (made.find(structure.name()))
            return Fault{Fault::Kind::invalid, structure.name() + " is defined twice", structure.name()};
        made.structures_.push_back(std::make_unique<const Structure>(std::move(structure)));
        for (const auto& event : made.structures_.back()->events())
            made.events_.emplace_back(event, made.structures_.back().get());
    }
    std::sort(made.events_.begin(), made.events_.end());
    for (std::size_t i = 1; i < made.events_.size(); ++i)
        if (made.events_[i].first == made.events_[i - 1].first)
            return Fault{Fault::Kind::invalid, "two structures claim the event " + made.events_[i].first, made.events_[i].first};
    return made;
}

base::Result<Grammar> Grammar::load(const std::string& folder) {
    std::vector<std::filesystem::path> files;
    std::error_code error;
    for (auto each = std::filesystem::directory_iterator(folder, error);
         !error && each != std::filesystem::directory_iterator(); each.increment(error))
        if (each->path().extension() == ".structure") files.push_back(each->path());
    if (files.empty()) return Fault{Fault::Kind::missing, "no .structure files in the folder", folder};
    std::sort(files.begin(), files.end());
    std::vector<std::string> texts;
    for (const auto& file : files) {
        std::ifstream stream(file, std::ios::binary);
        if (!stream) return Fault{Fault::Kind::missing, "the file cannot be read", file.string()};
        texts.emplace_back(std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>());
    }
    return read(texts);
}

const Structure* Grammar::find(std::string_view name) const {
    for (const auto& each : structures_)
        if (each->name() == name) return each.get();
    return nullptr;
}

base::Result<const Structure*> Grammar::of(const Message& message) const {
    const auto type = message.type();
    const auto by_event = [&](std::string_view event) -> const Structure* {
        std::string key(type);
        key += '^';
        key += event;
        const auto found = std::lower_bound(events_.begin(), events_.end(), key,
                                            [](const auto& row, const std::string& wanted) { return row.first < wanted; });
        return found != events_.end() && found->first == key ? found->second : nullptr;
    };
    const auto named = message.structure();
    const bool fits = named == type || (named.starts_with(type) && named.substr(type.size()).starts_with("_"));
    if (const auto* given = fits && !type.empty() ? find(named) : nullptr) return given;
    const auto event = message.trigger();
    if (const auto* found = by_event(event)) return found;
    if (const auto* any = by_event("*")) return any;
    // Before version 2.2 there were no events of these (HL7 v2.1 table 0003), and some senders still leave them out.
    if (event.empty() && type == "ORU") return by_event("R01");
    if (event.empty() && type == "ORM") return by_event("O01");
    for (const auto& row : events_)
        if (row.first.starts_with(std::string(type) + "^") && !type.empty())
            return Fault{Fault::Kind::unsupported, "this trigger event is not supported", "MSH-9.2",
                         base::IssueType::not_supported};
    return Fault{Fault::Kind::unsupported, "this message type is not supported", "MSH-9.1",
                 base::IssueType::not_supported};
}

}  // namespace hl7v2
