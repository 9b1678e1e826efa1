// SPDX-License-Identifier: Apache-2.0
// JSONPath over FHIR's tree, seen as the JSON it would be (FHIR R4 2.6.2; RFC 9535 for the language).
#include "base/text.h"
#include "fhir/codec/json.h"
#include "runner/testscript/element_path.h"

#include <algorithm>
#include <optional>

#include <fmt/format.h>

namespace runner::testscript {

namespace {

using base::Fault;
using fhir::View;

// A value of the JSON that the tree would be: an element, an array of elements, or the name of a resource's type.
struct Spot {
    std::vector<View> views{};
    bool array = false;
    std::string_view type{};
};

class Evaluation {
public:
    Evaluation(View root, std::string_view path) : path_(path) { here_.push_back({.views = {root}}); }

    base::Result<std::vector<std::string>> run() {
        if (path_.size() > 4096) return Fault{Fault::Kind::too_large, "the JSONPath is longer than 4096 bytes"};
        at_ = 1;  // behind the $
        while (at_ < path_.size() && !fault_) segment();
        if (fault_) return std::move(*fault_);
        std::vector<std::string> found;
        for (const Spot& spot : here_) texts(spot, found);
        if (fault_) return std::move(*fault_);
        return found;
    }

private:
    static void texts(const Spot& spot, std::vector<std::string>& found) {
        if (!spot.type.empty()) found.emplace_back(spot.type);
        for (const View view : spot.views) found.push_back(view.primitive() ? std::string(view.text()) : fhir::codec::to_json(view));
    }

    void segment() {
        if (take("..")) {
            std::vector<Spot> all;
            for (const Spot& spot : here_) below(spot, all);
            here_ = std::move(all);
            if (at_ < path_.size() && path_[at_] == '[') return brackets();
            return names({word()});
        }
        if (take(".")) return names({word()});
        if (at_ < path_.size() && path_[at_] == '[') return brackets();
        fail("cannot be read from here on");
    }

    void brackets() {
        ++at_;
        blanks();
        if (take("*")) {
            if (close()) names({"*"});
            return;
        }
        if (take("?")) return filter();
        if (at_ < path_.size() && (path_[at_] == '\'' || path_[at_] == '"')) {
            std::vector<std::string> wanted;
            do wanted.push_back(quoted());
            while (!fault_ && (blanks(), take(",")));
            if (close()) names(wanted);
            return;
        }
        std::vector<std::int64_t> wanted;
        do {
            blanks();
            const std::size_t begin = at_;
            while (at_ < path_.size() && (path_[at_] == '-' || (path_[at_] >= '0' && path_[at_] <= '9'))) ++at_;
            const auto number = base::to_integer(path_.substr(begin, at_ - begin));
            if (!number) {
                unsupported(std::string(path_.substr(begin > 0 ? begin - 1 : 0, 24)));
                return;
            }
            wanted.push_back(*number);
            blanks();
        } while (take(","));
        if (at_ < path_.size() && path_[at_] == ':') return unsupported("slices");
        if (!close()) return;
        std::vector<Spot> next;
        for (const Spot& spot : here_) {
            if (!spot.array) continue;
            const auto size = static_cast<std::int64_t>(spot.views.size());
            for (const std::int64_t number : wanted) {
                const std::int64_t place = number < 0 ? size + number : number;
                if (place >= 0 && place < size) next.push_back({.views = {spot.views[static_cast<std::size_t>(place)]}});
            }
        }
        here_ = std::move(next);
    }

    // [?(@.a.b == 'x')], with ==, != or only the path.
    void filter() {
        blanks();
        const bool round = take("(");
        blanks();
        if (!take("@")) return unsupported("a filter that does not begin with @");
        std::vector<std::string> steps;
        while (at_ < path_.size() && !fault_) {
            if (take(".")) steps.push_back(word());
            else if (path_.substr(at_).starts_with("['") || path_.substr(at_).starts_with("[\"")) {
                ++at_;
                steps.push_back(quoted());
                if (!close()) return;
            } else break;
        }
        if (fault_) return;
        blanks();
        std::string_view sign;
        for (const std::string_view one : {"==", "!="})
            if (take(one)) sign = one;
        std::optional<std::string> literal;
        if (!sign.empty()) {
            blanks();
            if (at_ < path_.size() && (path_[at_] == '\'' || path_[at_] == '"')) literal = quoted();
            else {
                const std::size_t begin = at_;
                while (at_ < path_.size() && path_[at_] != ')' && path_[at_] != ']' && path_[at_] != ' ') ++at_;
                literal = std::string(path_.substr(begin, at_ - begin));
            }
        }
        blanks();
        if (round && !take(")")) return unsupported("this filter");
        if (!close()) return;
        std::vector<Spot> next;
        for (const Spot& spot : here_) {
            if (!spot.array && !(spot.views.size() == 1 && !spot.views[0].primitive())) continue;
            for (const View view : spot.array ? spot.views : std::vector<View>{}) {
                if (!count_step()) return;
                std::vector<Spot> reached{{.views = {view}}};
                for (const std::string& step : steps) reached = stepped(reached, {step});
                bool good = !reached.empty();
                if (literal) {
                    std::vector<std::string> found;
                    for (const Spot& one : reached) texts(one, found);
                    good = (std::find(found.begin(), found.end(), *literal) != found.end()) == (sign == "==");
                }
                if (good) next.push_back({.views = {view}});
            }
        }
        here_ = std::move(next);
    }

    void names(const std::vector<std::string>& wanted) {
        if (!fault_) here_ = stepped(here_, wanted);
    }

    std::vector<Spot> stepped(const std::vector<Spot>& from, const std::vector<std::string>& wanted) {
        std::vector<Spot> next;
        for (const Spot& spot : from)
            for (const std::string& name : wanted) step(spot, name, next);
        return next;
    }

    void step(const Spot& spot, const std::string& name, std::vector<Spot>& out) {
        if (spot.array) {
            if (name == "*")
                for (const View view : spot.views) out.push_back({.views = {view}});
            return;
        }
        if (spot.views.empty() || spot.views[0].primitive()) return;
        const View holder = spot.views[0];
        if (name == "resourceType" || name == "*")
            if (!holder.resource_type().empty()) out.push_back({.type = holder.resource_type()});
        const std::size_t first = out.size();
        for (const View child : holder.children()) {
            if (!count_step()) return;
            if (name != "*" && child.name_text() != name) continue;
            if (child.list() && out.size() > first && out.back().array && out.back().views[0].name() == child.name()) out.back().views.push_back(child);
            else out.push_back({.views = {child}, .array = child.list()});
        }
    }

    // The value itself, and all in it.
    void below(const Spot& spot, std::vector<Spot>& out) {
        if (!count_step()) return;
        out.push_back(spot);
        std::vector<Spot> inner;
        step(spot, "*", inner);
        for (const Spot& one : inner) below(one, out);
    }

    std::string word() {
        const std::size_t begin = at_;
        while (at_ < path_.size() && path_[at_] != '.' && path_[at_] != '[' && path_[at_] != ' ' && path_[at_] != ')' && path_[at_] != '=' && path_[at_] != '!' && path_[at_] != ']') ++at_;
        if (at_ == begin) fail("has no name where one is needed");
        std::string name(path_.substr(begin, at_ - begin));
        if (name.ends_with("()") || name.find('(') != std::string::npos) unsupported(name);
        return name;
    }
    std::string quoted() {
        blanks();
        const char quote = at_ < path_.size() ? path_[at_] : ' ';
        const std::size_t end = quote == '\'' || quote == '"' ? path_.find(quote, at_ + 1) : std::string_view::npos;
        if (end == std::string_view::npos) {
            fail("has a string without an end");
            return {};
        }
        std::string text(path_.substr(at_ + 1, end - at_ - 1));
        at_ = end + 1;
        return text;
    }
    bool close() {
        blanks();
        if (!fault_ && !take("]")) fail("lacks a ]");
        return !fault_;
    }
    void blanks() {
        while (at_ < path_.size() && path_[at_] == ' ') ++at_;
    }
    bool take(std::string_view sign) {
        if (!path_.substr(std::min(at_, path_.size())).starts_with(sign)) return false;
        at_ += sign.size();
        return true;
    }
    bool count_step() {
        if (++steps_ > most_steps && !fault_) fault_ = Fault{Fault::Kind::too_costly, "the JSONPath looks at more than 2,000,000 elements"};
        return !fault_;
    }
    void fail(const std::string& what) {
        if (!fault_) fault_ = Fault{Fault::Kind::invalid, fmt::format("the JSONPath {} (at {})", what, at_ + 1)};
    }
    void unsupported(const std::string& what) {
        if (!fault_) fault_ = Fault{Fault::Kind::unsupported, fmt::format("of JSONPath, {} is not known here", what)};
    }

    std::string_view path_;
    std::size_t at_ = 0;
    std::vector<Spot> here_{};
    std::size_t steps_ = 0;
    std::optional<Fault> fault_{};
};

}  // namespace

base::Result<std::vector<std::string>> select_json_path(View resource, std::string_view path) {
    if (!path.starts_with('$')) return Fault{Fault::Kind::invalid, "a JSONPath begins with $"};
    return Evaluation(resource, path).run();
}

}  // namespace runner::testscript
