// SPDX-License-Identifier: Apache-2.0
#include "fhir/profile/discriminator.h"

#include <array>
#include <cctype>

namespace fhir::profile {

namespace {

using Step = Discriminator::Step;

constexpr std::array<std::pair<std::string_view, Discriminator::Kind>, 6> kinds{{
    {"value", Discriminator::Kind::value},
    {"pattern", Discriminator::Kind::pattern},
    {"exists", Discriminator::Kind::exists},
    {"type", Discriminator::Kind::type},
    {"profile", Discriminator::Kind::profile},
    {"position", Discriminator::Kind::position},
}};

class Reader {
public:
    Reader(std::string_view text, const Names& names) : text_(text), names_(names) {}

    bool read(std::vector<Step>& steps) {
        while (true) {
            if (!one(steps)) return false;
            if (at_ == text_.size()) return true;
            if (text_[at_++] != '.') return false;
        }
    }

private:
    std::string_view word() {
        const std::size_t from = at_;
        while (at_ < text_.size() && (std::isalnum(static_cast<unsigned char>(text_[at_])) || text_[at_] == '_' || text_[at_] == '$' || text_[at_] == '-'))
            ++at_;
        return text_.substr(from, at_ - from);
    }

    // What stands between parentheses, without quotes; nothing when they are not there.
    std::optional<std::string> argument() {
        if (at_ == text_.size() || text_[at_] != '(') return {};
        const std::size_t end = text_.find(')', at_);
        if (end == std::string_view::npos) return {};
        std::string_view inner = text_.substr(at_ + 1, end - at_ - 1);
        at_ = end + 1;
        while (!inner.empty() && (inner.front() == '\'' || inner.front() == '"' || inner.front() == ' ')) inner.remove_prefix(1);
        while (!inner.empty() && (inner.back() == '\'' || inner.back() == '"' || inner.back() == ' ')) inner.remove_suffix(1);
        return std::string(inner);
    }

    bool one(std::vector<Step>& steps) {
        const std::string_view name = word();
        if (name.empty()) return false;
        if (name == "$this") return true;
        if (const auto inner = argument()) {
            if (name == "resolve") steps.push_back({Step::Kind::resolve});
            else if (name == "ofType" || name == "as") steps.push_back({Step::Kind::of_type, no_name, *inner});
            else if (name == "extension") steps.push_back({Step::Kind::extension, no_name, *inner});
            else return false;
            return true;
        }
        if (text_.substr(at_).starts_with("[x]")) at_ += 3;
        steps.push_back({Step::Kind::child, names_.find(name), std::string(name)});
        return true;
    }

    std::string_view text_;
    const Names& names_;
    std::size_t at_ = 0;
};

}  // namespace

Discriminator read_discriminator(std::string_view kind, std::string_view path, const Names& names) {
    Discriminator made;
    made.path = path;
    made.understood = false;
    for (const auto& [text, known] : kinds)
        if (text == kind) {
            made.kind = known;
            made.understood = true;
        }
    if (!path.empty() && !Reader(path, names).read(made.steps)) made.understood = false;
    return made;
}

}  // namespace fhir::profile
