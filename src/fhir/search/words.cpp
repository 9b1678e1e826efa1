// SPDX-License-Identifier: Apache-2.0
#include "fhir/search/words.h"

#include "base/character.h"
#include "base/text.h"

#include <algorithm>

namespace fhir::search {

namespace {

constexpr std::size_t most_words = 64;
constexpr int most_levels = 16;

// Written without spaces: each is a word.
bool stands_alone(char32_t c) {
    if (c < 0x3040) return false;
    return (c >= 0x3040 && c <= 0x30FF) || (c >= 0x3400 && c <= 0x4DBF) || (c >= 0x4E00 && c <= 0x9FFF) || (c >= 0xF900 && c <= 0xFAFF) ||
           (c >= 0x20000 && c <= 0x323AF);
}

base::CharacterKind kind_of_ascii(char32_t c) {
    if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')) return base::CharacterKind::letter;
    return c >= '0' && c <= '9' ? base::CharacterKind::digit : base::CharacterKind::other;
}

// Calls `found` with each word of folded text, until it gives false.
template <class Found>
void each_word(std::string_view folded, const Found& found) {
    std::size_t begin = 0;
    std::size_t end = 0;  // of the word at hand; equal: there is none
    bool alone = false;
    std::size_t at = 0;
    for (std::string_view rest = folded; !rest.empty();) {
        char32_t c = static_cast<unsigned char>(rest.front());
        if (c < 0x80) rest.remove_prefix(1);
        else c = base::take_code_point(rest);
        const std::size_t next = folded.size() - rest.size();
        const auto kind = c < 0x80 ? kind_of_ascii(c) : base::kind_of(c);
        const bool letter = kind == base::CharacterKind::letter || kind == base::CharacterKind::digit;
        const bool mark = kind == base::CharacterKind::mark && end > begin;
        if (end > begin && !mark && (!letter || alone || stands_alone(c))) {
            if (!found(folded.substr(begin, end - begin))) return;
            begin = end = next;
        }
        if (letter && end <= begin) {
            begin = at;
            alone = stands_alone(c);
        }
        if (letter || mark) end = next;
        at = next;
    }
    if (end > begin) (void)found(folded.substr(begin, end - begin));
}

base::Fault wrong(std::string text) { return {base::Fault::Kind::invalid, std::move(text), {}, base::IssueType::value, {}}; }

class Reader {
public:
    explicit Reader(std::string_view text) : text_(text) {}

    base::Result<Words> read() {
        TRY(Words words, any(0));
        if (token_.kind == Token::Kind::close) return wrong("a parenthesis closes that was not opened");
        return words;
    }

private:
    struct Token {
        enum class Kind : unsigned char { end, open, close, or_, and_, not_, words };
        Kind kind = Kind::end;
        std::vector<std::string> words{};
        bool prefix = false;
    };

    base::Result<void> next() {
        token_ = {};
        while (true) {
            while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\t' || text_[at_] == '\n' || text_[at_] == '\r')) ++at_;
            if (at_ == text_.size()) return {};
            const char c = text_[at_];
            if (c == '(' || c == ')') {
                ++at_;
                token_.kind = c == '(' ? Token::Kind::open : Token::Kind::close;
                return {};
            }
            std::string_view words;
            if (c == '"') {
                const std::size_t end = text_.find('"', at_ + 1);
                if (end == std::string_view::npos) return wrong("a quotation does not end");
                words = text_.substr(at_ + 1, end - at_ - 1);
                at_ = end + 1;
                if (at_ < text_.size() && text_[at_] == '*') token_.prefix = true, ++at_;
            } else if (c == '-' && at_ + 1 < text_.size() && text_[at_ + 1] != ' ') {
                ++at_;
                token_.kind = Token::Kind::not_;
                return {};
            } else {
                const std::size_t end = std::min(text_.find_first_of(" \t\r\n()\"", at_), text_.size());
                words = text_.substr(at_, end - at_);
                at_ = end;
                token_.kind = words == "OR" ? Token::Kind::or_ : words == "AND" ? Token::Kind::and_ : words == "NOT" ? Token::Kind::not_ : Token::Kind::end;
                if (token_.kind != Token::Kind::end) return {};
                token_.prefix = words.ends_with('*');
            }
            each_word(base::fold(words), [&](std::string_view word) {
                token_.words.emplace_back(word);
                return ++count_ <= most_words;
            });
            if (count_ > most_words) return wrong("these are too many words");
            if (!token_.words.empty()) {
                token_.kind = Token::Kind::words;
                return {};
            }
            token_ = {};  // a lonely comma, an ampersand: nothing to look for
        }
    }

    base::Result<Words> any(int level) {
        if (level > most_levels) return wrong("there are too many parentheses within each other");
        Words all{Words::Kind::any, {}, false, {}, {}};
        do {
            TRY(Words part, group(level));
            all.parts.push_back(std::move(part));
        } while (token_.kind == Token::Kind::or_);
        if (all.parts.size() == 1) return std::move(all.parts.front());
        return all;
    }

    // What stands side by side, up to OR, a parenthesis that closes, or the end; that is then token_.
    base::Result<Words> group(int level) {
        Words all{Words::Kind::all, {}, false, {}, {}};
        bool negative = false;
        while (true) {
            TRY(next());
            switch (token_.kind) {
                case Token::Kind::and_: continue;
                case Token::Kind::not_: negative = !negative; continue;
                case Token::Kind::open: {
                    TRY(Words inside, any(level + 1));
                    if (token_.kind != Token::Kind::close) return wrong("a parenthesis does not close");
                    (negative ? all.without : all.parts).push_back(std::move(inside));
                    break;
                }
                case Token::Kind::words:
                    (negative ? all.without : all.parts).push_back({Words::Kind::phrase, std::move(token_.words), token_.prefix, {}, {}});
                    break;
                default:
                    if (all.parts.empty()) return wrong(all.without.empty() ? "there is no word to look for" : "there must be a word to look for besides those that must not be there");
                    if (all.parts.size() == 1 && all.without.empty()) return std::move(all.parts.front());
                    return all;
            }
            negative = false;
        }
    }

    std::string_view text_;
    std::size_t at_ = 0;
    std::size_t count_ = 0;
    Token token_{};
};

bool phrase_at(const Words& asked, const std::vector<std::string_view>& words, std::size_t at) {
    if (at + asked.words.size() > words.size()) return false;
    for (std::size_t i = 0; i < asked.words.size(); ++i) {
        const bool last = i + 1 == asked.words.size();
        if (asked.prefix && last ? !words[at + i].starts_with(asked.words[i]) : words[at + i] != asked.words[i]) return false;
    }
    return true;
}

bool found_in(const Words& asked, const std::vector<std::string_view>& words) {
    const auto one = [&](const Words& part) { return found_in(part, words); };
    switch (asked.kind) {
        case Words::Kind::phrase:
            for (std::size_t at = 0; at < words.size(); ++at)
                if (phrase_at(asked, words, at)) return true;
            return false;
        case Words::Kind::all:
            return std::all_of(asked.parts.begin(), asked.parts.end(), one) && std::none_of(asked.without.begin(), asked.without.end(), one);
        case Words::Kind::any: return std::any_of(asked.parts.begin(), asked.parts.end(), one);
    }
    return false;
}

}  // namespace

base::Result<Words> read_words(std::string_view text) { return Reader(text).read(); }

std::string words_of(std::string_view text, std::size_t most) {
    std::string all;
    each_word(base::fold(text), [&](std::string_view word) {
        if (all.size() + word.size() + 1 > most) return false;
        if (!all.empty()) all += ' ';
        all += word;
        return true;
    });
    return all;
}

bool holds(const Words& asked, std::string_view text) { return found_in(asked, base::split(text, ' ')); }

}  // namespace fhir::search
