// SPDX-License-Identifier: Apache-2.0
#include "mapping/table.h"

#include "base/text.h"

#include <cctype>
#include <optional>

namespace mapping {

namespace {

struct Token {
    enum class Kind : std::uint8_t { end, word, quoted, text, sign };
    Kind kind = Kind::end;
    std::string value;
    int column = 1;
};

// One line, cut into words, 'quoted' values, "texts" and signs.
class Line {
public:
    Line(std::string_view file, std::string_view text, int number) : file_(file), text_(text), number_(number) {}

    base::Fault wrong(const std::string& what, int column) const {
        return {base::Fault::Kind::invalid,
                std::string(file_) + ":" + std::to_string(number_) + ":" + std::to_string(column) + ": " + what};
    }
    base::Fault wrong(const std::string& what) const { return wrong(what, peek().column); }

    base::Result<void> cut() {
        std::size_t at = 0;
        while (at < text_.size()) {
            const char c = text_[at];
            const int column = static_cast<int>(at) + 1;
            if (c == ' ') {
                ++at;
            } else if (c == '#') {
                break;
            } else if (c == '\'' || c == '"') {
                const std::size_t end = text_.find(c, at + 1);
                if (end == std::string_view::npos) return wrong("this quotation does not end", column);
                tokens_.push_back({c == '"' ? Token::Kind::text : Token::Kind::quoted,
                                   std::string(text_.substr(at + 1, end - at - 1)), column});
                at = end + 1;
            } else if (text_.substr(at, 2) == "->" || text_.substr(at, 2) == "!=") {
                tokens_.push_back({Token::Kind::sign, std::string(text_.substr(at, 2)), column});
                at += 2;
            } else if (c == '(' || c == ')' || c == '=' || c == '<' || c == '>' || c == ',') {
                if (c != ',') tokens_.push_back({Token::Kind::sign, std::string(1, c), column});
                ++at;
            } else {
                const std::size_t begin = at;
                int depth = 0;  // extension(url) is one word
                while (at < text_.size()) {
                    const char w = text_[at];
                    if (w == '(' && at > begin) ++depth;
                    else if (w == ')' && depth > 0) --depth;
                    else if (depth == 0 && (w == ' ' || w == '(' || w == ')' || w == '=' || w == '<' || w == '>' || w == ',')) break;
                    else if (depth == 0 && w == '-' && text_.substr(at, 2) == "->") break;
                    ++at;
                }
                if (depth != 0) return wrong("')' is missing", column);
                tokens_.push_back({Token::Kind::word, std::string(text_.substr(begin, at - begin)), column});
            }
        }
        return {};
    }

    const Token& peek(std::size_t ahead = 0) const {
        return at_ + ahead < tokens_.size() ? tokens_[at_ + ahead] : end_;
    }
    Token take() { return at_ < tokens_.size() ? tokens_[at_++] : end_; }
    bool word(std::string_view value) {
        if (peek().kind != Token::Kind::word || peek().value != value) return false;
        ++at_;
        return true;
    }
    bool sign(std::string_view value) {
        if (peek().kind != Token::Kind::sign || peek().value != value) return false;
        ++at_;
        return true;
    }
    bool done() const { return at_ >= tokens_.size(); }
    bool empty() const { return tokens_.empty(); }
    bool has(std::string_view sign_or_word) const {
        for (std::size_t i = at_; i < tokens_.size(); ++i)
            if (tokens_[i].kind != Token::Kind::quoted && tokens_[i].kind != Token::Kind::text &&
                tokens_[i].value == sign_or_word)
                return true;
        return false;
    }

private:
    std::string_view file_;
    std::string_view text_;
    int number_;
    std::vector<Token> tokens_;
    std::size_t at_ = 0;
    Token end_{};
};

bool source_name_begins(char c) { return (c >= 'A' && c <= 'Z') || c == '.' || c == '$'; }

// "PID-3[2].4.1", "CX.4", ".", "$received"
base::Result<SourceText> read_path(const Line& line, const std::string& word, int column) {
    SourceText source;
    source.spelling = word;
    source.kind = SourceText::Kind::path;
    if (word[0] == '$' || word[0] == '@') {
        source.kind = SourceText::Kind::outside;
        source.anchor = word[0] == '$' ? word.substr(1) : word;
        if (word.size() == 1) return line.wrong("a name is missing", column);
        return source;
    }
    if (word == ".") return source;
    std::size_t at = 0;
    while (at < word.size() && (std::isalnum(static_cast<unsigned char>(word[at])) != 0 || word[at] == '_')) ++at;
    // Names of groups and segments may be joined: PATIENT.PID
    while (at + 1 < word.size() && word[at] == '.' && word[at + 1] >= 'A' && word[at + 1] <= 'Z') {
        ++at;
        while (at < word.size() && (std::isalnum(static_cast<unsigned char>(word[at])) != 0 || word[at] == '_')) ++at;
    }
    source.anchor = word.substr(0, at);
    while (at < word.size()) {
        if (word[at] != '-' && word[at] != '.') return line.wrong("'" + word + "' is no source path", column);
        const std::size_t begin = ++at;
        while (at < word.size() && word[at] >= '0' && word[at] <= '9') ++at;
        const auto number = base::to_integer(std::string_view(word).substr(begin, at - begin));
        if (!number || *number < 1 || *number > 999) return line.wrong("'" + word + "' is no source path", column);
        PathStep step{static_cast<int>(*number), 0};
        if (at < word.size() && word[at] == '[') {
            const std::size_t close = word.find(']', at);
            if (close == std::string::npos) return line.wrong("']' is missing", column);
            const auto which = base::to_integer(std::string_view(word).substr(at + 1, close - at - 1));
            if (!which || *which < 1 || *which > 999) return line.wrong("'" + word + "' is no source path", column);
            step.repetition = static_cast<int>(*which);
            at = close + 1;
        }
        source.steps.push_back(step);
    }
    return source;
}

base::Result<SourceText> read_text(const Line& line, const Token& token) {
    SourceText source;
    source.kind = SourceText::Kind::text;
    source.spelling = '"' + token.value + '"';
    std::string piece;
    for (std::size_t at = 0; at < token.value.size(); ++at) {
        if (token.value[at] != '{') {
            piece += token.value[at];
            continue;
        }
        const std::size_t close = token.value.find('}', at);
        if (close == std::string::npos || close == at + 1) return line.wrong("'{' without a path and '}'", token.column);
        TRY(SourceText part, read_path(line, token.value.substr(at + 1, close - at - 1), token.column));
        source.pieces.push_back(std::move(piece));
        piece.clear();
        source.parts.push_back(std::move(part));
        at = close;
    }
    source.pieces.push_back(std::move(piece));
    if (source.parts.empty()) return line.wrong("a text without {path} is a constant: write = '...'", token.column);
    return source;
}

base::Result<SourceText> read_source(Line& line) {
    const Token token = line.take();
    if (token.kind == Token::Kind::text) return read_text(line, token);
    if (token.kind != Token::Kind::word || !source_name_begins(token.value[0]))
        return line.wrong("expected a source: PID-3, CX.1, ., $name or \"text {PID-3}\"", token.column);
    return read_path(line, token.value, token.column);
}

base::Result<Condition> read_any(Line& line, int depth);

base::Result<Condition> read_term(Line& line, int depth) {
    if (depth > 16) return line.wrong("too many parentheses");
    if (line.sign("(")) {
        TRY(Condition inside, read_any(line, depth + 1));
        if (!line.sign(")")) return line.wrong("')' is missing");
        return inside;
    }
    Condition condition;
    if (line.word("not")) {
        TRY(Condition inside, read_term(line, depth + 1));
        condition.kind = Condition::Kind::none;
        condition.parts.push_back(std::move(inside));
        return condition;
    }
    if (line.word("setting")) {
        condition.kind = Condition::Kind::setting;
        condition.values.push_back(line.take().value);
        return condition;
    }
    TRY(condition.source, read_source(line));
    bool opposite = line.word("not");
    if (line.word("numeric")) {
        condition.kind = Condition::Kind::is;
        condition.values.push_back("number-part");
    } else if (line.word("is")) {
        condition.kind = Condition::Kind::is;
        condition.values.push_back(line.take().value);
    } else if (line.word("valued")) {
        condition.kind = Condition::Kind::valued;
    } else if (line.word("count") || line.peek().value == "length") {
        condition.kind = line.word("length") ? Condition::Kind::length : Condition::Kind::count;
        const Token sign = line.take();
        const auto number = base::to_integer(line.peek().value);
        if (sign.kind != Token::Kind::sign || sign.value.size() != 1 || !number)
            return line.wrong("expected <, = or > and a number", sign.column);
        line.take();
        condition.comparison = sign.value[0];
        condition.number = static_cast<int>(*number);
    } else if (line.word("in")) {
        condition.kind = Condition::Kind::one_of;
        if (!line.sign("(")) return line.wrong("expected '('");
        while (!line.done() && line.peek().kind != Token::Kind::sign) condition.values.push_back(line.take().value);
        if (!line.sign(")")) return line.wrong("')' is missing");
    } else {
        condition.kind = Condition::Kind::one_of;
        if (line.sign("!=")) opposite = !opposite;
        else if (!line.sign("=")) return line.wrong("expected valued, =, !=, in, count or length");
        if (line.peek().kind != Token::Kind::quoted) return line.wrong("expected a 'value'");
        condition.values.push_back(line.take().value);
    }
    if (!opposite) return condition;
    Condition outer;
    outer.kind = Condition::Kind::none;
    outer.parts.push_back(std::move(condition));
    return outer;
}

// PART { word PART }: one part stands for itself.
template <class Read>
base::Result<Condition> read_joined(Line& line, int depth, std::string_view word, Condition::Kind kind, Read read) {
    TRY(Condition first, read(line, depth));
    if (line.peek().value != word) return first;
    Condition joined;
    joined.kind = kind;
    joined.parts.push_back(std::move(first));
    while (line.word(word)) {
        TRY(Condition next, read(line, depth));
        joined.parts.push_back(std::move(next));
    }
    return joined;
}

base::Result<Condition> read_all(Line& line, int depth) {
    return read_joined(line, depth, "and", Condition::Kind::all, read_term);
}

base::Result<Condition> read_any(Line& line, int depth) {
    return read_joined(line, depth, "or", Condition::Kind::any, read_all);
}

base::Result<std::string> read_word(Line& line, const char* what) {
    if (line.peek().kind != Token::Kind::word) return line.wrong(std::string("expected ") + what);
    return line.take().value;
}

base::Result<std::string> read_constant(Line& line) {
    if (line.peek().kind != Token::Kind::quoted) return line.wrong("expected a 'constant'");
    return line.take().value;
}

base::Result<void> read_identity(Line& line, RowText& row) {
    row.kind = RowText::Kind::identity;
    row.numbered = line.word("numbered");
    while (!line.done()) {
        Token token = line.take();
        if (token.kind != Token::Kind::word) return line.wrong("expected a part of the identity", token.column);
        const bool may_be_absent = token.value.back() == '?';
        if (may_be_absent) token.value.pop_back();
        SourceText source;
        std::string element;
        if (!token.value.empty() && (source_name_begins(token.value[0]) || token.value[0] == '@')) {
            TRY(source, read_path(line, token.value, token.column));
        } else {
            element = token.value;
        }
        row.identity.push_back(std::move(source));
        row.elements.push_back(std::move(element));
        row.optional.push_back(may_be_absent);
    }
    if (row.identity.empty()) return line.wrong("an identity needs parts");
    return {};
}

std::optional<Merge::Kind> merge_kind(std::string_view word) {
    if (word == "merge") return Merge::Kind::merge;
    if (word == "unmerge") return Merge::Kind::unmerge;
    if (word == "connect") return Merge::Kind::connect;
    if (word == "move") return Merge::Kind::move;
    return std::nullopt;
}

base::Result<std::vector<SourceText>> read_names(Line& line) {
    std::vector<SourceText> names;
    while (line.peek().kind == Token::Kind::text) {
        TRY(SourceText name, read_text(line, line.take()));
        names.push_back(std::move(name));
    }
    if (names.empty()) return line.wrong("expected a name: \"text {PATH}\"");
    return names;
}

base::Result<RowText> read_row(Line& line, int number, bool message) {
    RowText row;
    row.line = number;
    row.overrides = line.word("override");
    if (line.word("first")) {
        row.kind = RowText::Kind::first;
    } else if (line.word("identity")) {
        TRY(read_identity(line, row));
        return row;
    } else if (line.word("mode")) {
        row.kind = RowText::Kind::mode;
        TRY(row.as, read_word(line, "merge or replace"));
        if (row.as != "merge" && row.as != "replace") return line.wrong("expected merge or replace");
    } else if (line.word("drop")) {
        row.kind = RowText::Kind::drop;
        TRY(row.source, read_source(line));
    } else if (line.word("use")) {
        row.kind = RowText::Kind::use;
        TRY(row.as, read_word(line, "a map"));
    } else if (line.word("require")) {
        row.kind = RowText::Kind::require;
        TRY(row.condition, read_any(line, 0));
    } else if (line.word("default")) {
        row.kind = RowText::Kind::fallback;
        TRY(row.target, read_word(line, "an element"));
        row.absent_reason = line.word("absent");
        if (!row.absent_reason && !line.sign("=")) return line.wrong("expected = or absent");
        TRY(row.constant, read_constant(line));
        row.has_constant = true;
    } else if (!message && line.word("whole")) {
        row.kind = RowText::Kind::whole;
        TRY(row.target, read_word(line, "an element"));
    } else if (!message && (line.peek().value == "delete" || line.peek().value == "assumed" || line.peek().value == "alike")) {
        const std::string word(line.take().value);
        row.kind = word == "delete" ? RowText::Kind::remove : word == "alike" ? RowText::Kind::alike : RowText::Kind::assumed;
        do {
            TRY(std::string element, read_word(line, "an element"));
            row.elements.push_back(std::move(element));
        } while (!line.done() && line.peek().value != "if");
    } else if (message && line.word("in")) {
        row.kind = RowText::Kind::group;
        row.open = true;
        TRY(row.source, read_source(line));
    } else if (message && line.word("find")) {
        row.kind = RowText::Kind::find;
        TRY(row.target, read_word(line, "a handle"));
        TRY(row.as, read_word(line, "a type"));
        TRY(row.names, read_names(line));
    } else if (message && line.word("link")) {
        row.kind = RowText::Kind::link;
        TRY(row.target, read_word(line, "handle.element"));
        if (!line.sign("->")) return line.wrong("expected ->");
        TRY(row.as, read_word(line, "a handle"));
    } else if (const auto kind = message ? merge_kind(line.peek().value) : std::nullopt) {
        row.kind = RowText::Kind::merge;
        row.merge = *kind;
        line.take();
        TRY(row.target, read_word(line, "a handle"));
        if (!line.sign("->")) return line.wrong("expected ->");
        TRY(row.as, read_word(line, "a handle"));
        if (line.word("or")) {
            if (!line.word("itself")) return line.wrong("expected itself");
            row.or_itself = true;
        }
    } else {
        const bool source = !(line.peek().kind == Token::Kind::sign && line.peek().value == "->") && line.peek().value != "if";
        if (source) { TRY(row.source, read_source(line)); }
        if (line.word("if")) { TRY(row.condition, read_any(line, 0)); }
        if (message && (line.peek().value == "make" || line.peek().value == "into")) {
            row.kind = line.take().value == "make" ? RowText::Kind::make : RowText::Kind::into;
            TRY(row.target, read_word(line, "a handle"));
            TRY(row.as, read_word(line, "a map"));
            if (row.kind == RowText::Kind::make && line.word("called")) { TRY(row.names, read_names(line)); }
        } else if (message && line.done()) {
            row.kind = RowText::Kind::group;
        } else if (line.sign("->")) {
            TRY(row.target, read_word(line, "an element"));
            if (line.sign("=")) {
                TRY(row.constant, read_constant(line));
                row.has_constant = true;
            }
            if (line.word("as")) { TRY(row.as, read_word(line, "a map or a conversion")); }
            if (line.word("code")) { TRY(row.code, read_word(line, "a concept map")); }
            while (line.peek().value == "with" || line.peek().value == "default") {
                Constant constant;
                constant.only_if_absent = line.take().value == "default";
                TRY(constant.path, read_word(line, "an element"));
                if (!line.sign("=")) return line.wrong("expected =");
                TRY(constant.value, read_constant(line));
                row.constants.push_back(std::move(constant));
            }
        } else {
            return line.wrong("expected if or ->");
        }
    }
    if ((row.kind == RowText::Kind::mode || row.kind == RowText::Kind::drop || row.kind == RowText::Kind::use || row.kind == RowText::Kind::first ||
         row.kind == RowText::Kind::remove || row.kind == RowText::Kind::assumed || row.kind == RowText::Kind::alike) &&
        line.word("if")) {
        TRY(row.condition, read_any(line, 0));
    }
    if (!line.done()) return line.wrong("'" + line.peek().value + "' is not understood here");
    return row;
}

bool may_have_children(const RowText& row) {
    switch (row.kind) {
        case RowText::Kind::first: case RowText::Kind::group: case RowText::Kind::make: case RowText::Kind::into: return true;
        case RowText::Kind::row: return row.as.empty() && !row.has_constant && row.code.empty();
        default: return false;
    }
}

// `more`: the other structures that have the same rows.
base::Result<MapText> read_header(Line& line, std::string_view file, int number, std::vector<std::string>& more) {
    MapText map;
    map.file = file;
    map.line = number;
    const std::string kind = line.take().value;
    map.part = kind == "part";
    map.message = map.part || kind == "message";
    TRY(map.name, read_word(line, "a name"));
    if (map.part) map.name = "part " + map.name;
    map.source = map.name.substr(0, map.name.find('['));
    more.clear();
    while (kind == "message" && line.peek().kind == Token::Kind::word) more.push_back(line.take().value);
    if (!map.message) {
        if (!line.word("to")) return line.wrong("expected to");
        TRY(map.type, read_word(line, "a type"));
        if (map.source == map.name) map.name += "[" + map.type + "]";
    }
    if (!line.done()) return line.wrong("'" + line.peek().value + "' is not understood here");
    return map;
}

}  // namespace

base::Result<std::vector<MapText>> read_maps(std::string_view file, std::string_view text) {
    std::vector<MapText> maps;
    std::vector<std::string> more;
    const auto share = [&maps, &more] {  // what is complete stands for the other structures too
        for (const std::string& name : more) {
            MapText copy = maps.back();
            copy.name = copy.source = name;
            maps.push_back(std::move(copy));
        }
    };
    std::vector<std::vector<RowText>*> open;  // open[d]: where rows of depth d go
    int number = 0;
    for (std::string_view raw : base::split(text, '\n')) {
        ++number;
        while (!raw.empty() && (raw.back() == '\r' || raw.back() == ' ')) raw.remove_suffix(1);
        Line line(file, raw, number);
        if (raw.find('\t') != std::string_view::npos)
            return line.wrong("indent and separate with spaces", static_cast<int>(raw.find('\t')) + 1);
        TRY(line.cut());
        if (line.empty()) continue;
        const std::size_t indent = raw.find_first_not_of(' ');
        if (line.peek().value == "map" || line.peek().value == "message" || line.peek().value == "part") {
            if (indent != 0) return line.wrong("a map begins at the start of its line");
            share();
            TRY(MapText map, read_header(line, file, number, more));
            maps.push_back(std::move(map));
            open.assign(1, &maps.back().rows);
            continue;
        }
        if (maps.empty()) return line.wrong("a file begins with: map SOURCE to TYPE, message NAME or part NAME");
        if (indent % 2 != 0) return line.wrong("indent by two spaces a level");
        const std::size_t depth = indent / 2;
        if (depth >= open.size()) return line.wrong("nothing above can hold this row: it is indented too far");
        if (depth > 16) return line.wrong("too deep");
        TRY(RowText row, read_row(line, number, maps.back().message));
        open.resize(depth + 1);
        open[depth]->push_back(std::move(row));
        if (may_have_children(open[depth]->back())) open.push_back(&open[depth]->back().children);
    }
    share();
    return maps;
}

}  // namespace mapping
