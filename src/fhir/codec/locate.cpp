// SPDX-License-Identifier: Apache-2.0
#include "fhir/codec/locate.h"

#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace fhir::codec {

namespace {

constexpr std::size_t nowhere = static_cast<std::size_t>(-1);
constexpr int deepest = 200;  // readers stop earlier
constexpr std::string_view blanks = " \t\r\n";

bool is_capital(char c) { return c >= 'A' && c <= 'Z'; }

// What is looked for: a tree of the steps of all paths.
struct Wanted {
    std::string_view name;
    std::int64_t index = -1;  // -1: none said
    Wanted* parent = nullptr;
    std::size_t offset = nowhere;
    std::vector<std::unique_ptr<Wanted>> below{};

    // "value" stands for valueQuantity.
    bool fits(std::string_view key) const {
        return key == name || (key.size() > name.size() && key.starts_with(name) && is_capital(key[name.size()]));
    }
};

using Targets = std::vector<Wanted*>;

Wanted* step(Wanted* from, std::string_view name, std::int64_t index) {
    for (const auto& known : from->below)
        if (known->name == name && known->index == index) return known.get();
    from->below.push_back(std::make_unique<Wanted>(Wanted{name, index, from}));
    return from->below.back().get();
}

// The first step is the type; "ofType(X)" and other functions are no steps.
Wanted* want(Wanted* root, std::string_view where) {
    Wanted* at = root;
    bool first = true;
    while (!where.empty()) {
        const std::size_t end = std::min(where.find('.'), where.size());
        std::string_view part = where.substr(0, end);
        where.remove_prefix(std::min(end + 1, where.size()));
        std::int64_t index = -1;
        if (const std::size_t open = part.find('['); open != std::string_view::npos) {
            index = 0;
            for (const char c : part.substr(open + 1)) {
                if (c < '0' || c > '9' || index > 100'000'000) break;
                index = index * 10 + (c - '0');
            }
            part = part.substr(0, open);
        }
        const bool type = std::exchange(first, false) && !part.empty() && is_capital(part[0]);
        if (type || part.empty() || part.find('(') != std::string_view::npos) continue;
        at = step(at, part, index);
    }
    return at;
}

Targets matching(const Targets& at, std::string_view key) {
    Targets found;
    for (const Wanted* target : at)
        for (const auto& child : target->below)
            if (child->fits(key)) found.push_back(child.get());
    return found;
}

void mark(const Targets& targets, std::size_t offset, bool again = true) {
    for (Wanted* target : targets)
        if (again || target->offset == nowhere) target->offset = offset;
}

class JsonScan {
public:
    explicit JsonScan(std::string_view bytes) : bytes_(bytes) {}

    void run(Wanted* root) {
        spaces();
        visit({root}, 0, true);
    }

private:
    bool end() const { return at_ >= bytes_.size(); }
    char peek() const { return end() ? '\0' : bytes_[at_]; }
    void spaces() { at_ = std::min(bytes_.find_first_not_of(blanks, at_), bytes_.size()); }

    // The text between quotes; escapes stay, as no name of FHIR needs one.
    std::string_view string() {
        const std::size_t start = ++at_;
        while (!end() && bytes_[at_] != '"') at_ += bytes_[at_] == '\\' ? 2 : 1;
        at_ = std::min(at_, bytes_.size());
        const std::string_view text = bytes_.substr(start, at_ - start);
        if (!end()) ++at_;
        return text;
    }

    void skip() {
        std::size_t depth = 0;
        do {
            spaces();
            const char c = peek();
            if (c == '"') {
                string();
            } else if (c == '{' || c == '[') {
                ++depth;
                ++at_;
            } else if (c == '}' || c == ']') {
                if (depth == 0) return;
                --depth;
                ++at_;
            } else if (c == ',' || c == ':') {
                if (depth == 0) return;
                ++at_;
            } else {
                at_ = std::min(bytes_.find_first_of(",:{}[]\" \t\r\n", at_), bytes_.size());
            }
        } while (depth > 0 && !end());
    }

    void visit(const Targets& targets, int depth, bool again) {
        spaces();
        mark(targets, at_, again);
        if (targets.empty() || depth > deepest || peek() != '{') return skip();
        ++at_;
        for (spaces(); !end() && peek() == '"'; spaces()) {
            std::string_view key = string();
            spaces();
            if (peek() != ':') return;
            ++at_;
            const bool twin = key.starts_with('_');
            if (twin) key.remove_prefix(1);
            member(matching(targets, key), depth + 1, !twin);
            spaces();
            if (peek() != ',') break;
            ++at_;
        }
        if (peek() == '}') ++at_;
    }

    void member(const Targets& targets, int depth, bool again) {
        spaces();
        if (targets.empty()) return skip();
        if (peek() != '[') {
            Targets single;
            for (Wanted* target : targets)
                if (target->index <= 0) single.push_back(target);
            return visit(single, depth, again);
        }
        for (Wanted* target : targets)
            if (target->index == -1) mark({target}, at_, again);
        ++at_;
        std::int64_t index = 0;
        for (spaces(); !end() && peek() != ']'; spaces()) {
            Targets items;
            for (Wanted* target : targets)
                if (target->index == index || (target->index == -1 && index == 0 && !target->below.empty()))
                    items.push_back(target);
            const std::size_t before = at_;
            visit(items, depth, again);
            ++index;
            spaces();
            if (peek() == ',') ++at_;
            if (at_ == before) return;
        }
        if (!end()) ++at_;
    }

    std::string_view bytes_;
    std::size_t at_ = 0;
};

class XmlScan {
public:
    explicit XmlScan(std::string_view bytes) : bytes_(bytes) {}

    void run(Wanted* root) {
        root_ = root;
        while (next()) {}
    }

private:
    // An open element with something wanted below it.
    struct Frame {
        Targets targets;
        std::size_t depth;
        std::vector<std::pair<std::string_view, std::int64_t>> counts{};  // children that fit, by name
    };

    // One tag; false at the end of the text.
    bool next() {
        at_ = std::min(bytes_.find('<', at_), bytes_.size());
        const std::string_view rest = bytes_.substr(at_);
        if (rest.empty()) return false;
        if (rest.starts_with("<!--")) return skip_to("-->", 4);
        if (rest.starts_with("<![CDATA[")) return skip_to("]]>", 9);
        if (rest.starts_with("<!") || rest.starts_with("<?")) return skip_to(">", 2);
        const std::size_t start = at_;
        const bool closes = rest.starts_with("</");
        at_ += closes ? 2 : 1;
        const std::size_t name_end = std::min(bytes_.find_first_of(" \t\r\n/>", at_), bytes_.size());
        std::string_view name = bytes_.substr(at_, name_end - at_);
        name = name.substr(name.find(':') == std::string_view::npos ? 0 : name.find(':') + 1);
        at_ = name_end;
        bool empty = false;
        while (at_ < bytes_.size() && bytes_[at_] != '>') {
            const char c = bytes_[at_];
            empty = c == '/';
            if (c == '"' || c == '\'') at_ = std::min(bytes_.find(c, at_ + 1), bytes_.size() - 1);
            ++at_;
        }
        if (at_ >= bytes_.size()) return false;
        ++at_;
        if (closes) return close();
        open(name, start);
        return empty ? close() : true;
    }

    bool skip_to(std::string_view end, std::size_t from) {
        const std::size_t found = bytes_.find(end, at_ + from);
        at_ = found == std::string_view::npos ? bytes_.size() : found + end.size();
        return true;
    }

    void open(std::string_view name, std::size_t start) {
        ++depth_;
        if (depth_ == 1) {
            mark({root_}, start);
            frames_.push_back({{root_}, depth_});
            return;
        }
        if (frames_.empty() || frames_.back().depth + 1 != depth_) return;
        Frame& parent = frames_.back();
        // <resource><Patient>: the inner element is the same as the outer one.
        if (!name.empty() && is_capital(name[0])) {
            Targets same = parent.targets;
            frames_.push_back({std::move(same), depth_});
            return;
        }
        Targets fitting = matching(parent.targets, name);
        if (fitting.empty()) return;
        auto count = std::find_if(parent.counts.begin(), parent.counts.end(),
                                  [&](const auto& known) { return known.first == name; });
        if (count == parent.counts.end()) count = parent.counts.insert(count, {name, 0});
        const std::int64_t index = count->second++;
        std::erase_if(fitting, [&](const Wanted* target) {
            return target->index != index && !(target->index == -1 && index == 0);
        });
        if (fitting.empty()) return;
        mark(fitting, start, false);
        frames_.push_back({std::move(fitting), depth_});
    }

    bool close() {
        if (!frames_.empty() && frames_.back().depth == depth_) frames_.pop_back();
        if (depth_ == 0) return false;
        --depth_;
        return depth_ > 0;
    }

    std::string_view bytes_;
    Wanted* root_ = nullptr;
    std::size_t at_ = 0;
    std::size_t depth_ = 0;
    std::vector<Frame> frames_;
};

void scan(std::string_view bytes, Wanted* root) {
    const std::size_t start = bytes.find_first_not_of(blanks);
    if (start == std::string_view::npos) return;
    if (bytes[start] == '<') {
        XmlScan(bytes).run(root);
    } else {
        JsonScan(bytes).run(root);
    }
}

std::size_t nearest(const Wanted* target) {
    while (target != nullptr && target->offset == nowhere) target = target->parent;
    return target == nullptr ? nowhere : target->offset;
}

// Lines are counted once, in the order of the offsets.
class Lines {
public:
    explicit Lines(std::string_view bytes) : bytes_(bytes) {}
    Place at(std::size_t offset) {
        for (; from_ < offset; ++from_)
            if (bytes_[from_] == '\n') {
                ++line_;
                start_ = from_ + 1;
            }
        return {line_, static_cast<int>(offset - start_) + 1};
    }

private:
    std::string_view bytes_;
    std::size_t from_ = 0;
    std::size_t start_ = 0;
    int line_ = 1;
};

}  // namespace

void locate(std::string_view bytes, base::Findings& findings) {
    Wanted root{};
    std::vector<std::pair<Wanted*, base::Finding*>> asked;
    for (base::Finding& finding : findings)
        if (finding.line == 0 && !finding.where.empty()) asked.emplace_back(want(&root, finding.where), &finding);
    if (asked.empty()) return;
    const std::string_view text = bytes.starts_with("\xEF\xBB\xBF") ? bytes.substr(3) : bytes;
    scan(text, &root);
    std::vector<std::pair<std::size_t, base::Finding*>> found;
    for (const auto& [target, finding] : asked)
        if (const std::size_t offset = nearest(target); offset != nowhere) found.emplace_back(offset, finding);
    std::sort(found.begin(), found.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
    Lines lines(text);
    for (const auto& [offset, finding] : found) {
        const Place place = lines.at(std::min(offset, text.size()));
        finding->line = place.line;
        finding->column = place.column;
    }
}

Place locate(std::string_view bytes, std::string_view where) {
    base::Findings one(1);
    one[0].where = where;
    if (where.empty()) one[0].where = "Resource";
    locate(bytes, one);
    return {one[0].line, one[0].column};
}

}  // namespace fhir::codec
