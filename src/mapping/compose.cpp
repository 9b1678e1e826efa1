// SPDX-License-Identifier: Apache-2.0
#include "mapping/compose.h"

#include "base/text.h"
#include "mapping/compose_convert.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <unordered_map>

namespace mapping {

namespace path = fhir::path;
using base::Fault;
using fhir::schema::Schema;

namespace {

// A code of ours as theirs.
struct CodeTable {
    std::string source_system;                         // theirs: a Coding of it is taken as it stands
    std::map<std::string, std::string, std::less<>> plain;     // by code
    std::map<std::string, std::string, std::less<>> qualified;  // by system|code
};

// The one that stands for it without doubt: the only one, or the one that is spelled the same.
CodeTable reversed(const terminology::ConceptMap& map) {
    CodeTable table;
    table.source_system = map.source_system();
    const auto one = [](const std::vector<std::string>& sources, const std::string& code) {
        if (sources.size() == 1) return sources.front();
        return std::find(sources.begin(), sources.end(), code) != sources.end() ? code : std::string();
    };
    for (const terminology::Concept& target : map.targets()) {
        if (std::string source = one(map.sources(target.code, ""), target.code); !source.empty()) table.plain.emplace(target.code, source);
        if (std::string source = one(map.sources(target.code, target.system), target.code); !source.empty())
            table.qualified.emplace(target.system + '|' + target.code, source);
    }
    return table;
}

struct Row {
    Row(path::Program compiled, const ComposeRow& text) : program(std::move(compiled)), row(text) {}
    path::Program program;
    const ComposeRow& row;
    OutConversion conversion = OutConversion::text;
    bool by_map = false;
    bool count = false;
    const CodeTable* codes = nullptr;
    std::vector<Row> children;
};

struct Map {
    const ComposeMap* text = nullptr;
    std::string segment;  // or data type
    std::optional<path::Program> when;
    std::vector<Row> rows;
};

// "2.5.1" as 20501
int version_number(std::string_view version) {
    int number = 0;
    int parts = 0;
    for (const auto part : base::split(version, '.')) {
        if (parts++ == 3) break;
        number = number * 100 + static_cast<int>(base::to_integer(part).value_or(0));
    }
    for (; parts < 3; ++parts) number *= 100;
    return number;
}

bool is_segment(std::string_view name) {
    return name.size() == 3 && std::all_of(name.begin(), name.end(), [](char c) { return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); });
}

}  // namespace

struct Composer::Inside {
    const Schema* schema = nullptr;
    const terminology::Naming* naming = nullptr;
    std::vector<std::unique_ptr<ComposeMap>> texts;  // rows point into them
    std::map<std::string, CodeTable, std::less<>> tables;
    std::vector<Map> messages;
    std::unordered_map<std::string, Map> maps;  // "Patient>PID", "Element>NK1[contact]"
};

namespace {

using Inside = Composer::Inside;

class Loader {
public:
    Loader(Inside& inside, const terminology::ConceptMaps& codes, const ComposeSources& sources) : inside_(inside), concepts_(codes), sources_(sources) {}

    base::Result<void> load() {
        TRY(read());
        for (const auto& text : inside_.texts) targets_.insert(text->target);
        for (const auto& text : inside_.texts) prove(*text);
        if (findings_.empty()) return {};
        Fault fault{Fault::Kind::invalid, findings_.front().where + ": " + findings_.front().text};
        fault.findings = std::move(findings_);
        return fault;
    }

private:
    base::Result<void> read() {
        namespace files = std::filesystem;
        for (const std::string& folder : sources_.maps) {
            std::error_code failed;
            std::vector<files::path> found;
            for (files::recursive_directory_iterator at(folder, failed), end; !failed && at != end; at.increment(failed))
                if (at->path().extension() == ".map") found.push_back(at->path());
            if (failed) return Fault{Fault::Kind::missing, "cannot read the folder " + folder};
            std::sort(found.begin(), found.end());
            for (const files::path& file : found) {
                std::ifstream in(file, std::ios::binary);
                const std::string text{std::istreambuf_iterator<char>(in), {}};
                TRY(ComposeFile read, read_compose_maps(files::relative(file, folder).string(), text));
                for (ComposeMap& map : read.maps) add(std::move(map));
                for (ComposeCodes& one : read.codes) own_codes_[one.name] = std::move(one.codes);
            }
        }
        return {};
    }

    void add(ComposeMap map) {
        for (auto& known : inside_.texts)
            if (known->target == map.target && known->type == map.type) {
                if (known->file == map.file) wrong(map, map.line, "this map stands here twice");
                *known = std::move(map);
                return;
            }
        inside_.texts.push_back(std::make_unique<ComposeMap>(std::move(map)));
    }

    void wrong(const ComposeMap& map, int line, std::string text) {
        findings_.push_back({base::Severity::error, base::IssueType::invariant, fmt::format("{}:{}", map.file, line), std::move(text), line, 0});
    }

    std::optional<path::Program> compiled(const ComposeMap& map, int line, const std::string& expression) {
        auto program = path::Program::compile(expression, *inside_.schema);
        if (program) return *std::move(program);
        wrong(map, line, "FHIRPath: " + program.fault().text);
        return std::nullopt;
    }

    void prove(const ComposeMap& text) {
        if (text.type != "Element" && inside_.schema->find_type(text.type) == fhir::schema::no_type) wrong(text, text.line, "there is no type " + text.type);
        Map map;
        map.text = &text;
        map.segment = text.target.substr(0, text.target.find_first_of("[^"));
        if (!text.message && !sources_.highest(map.segment)) wrong(text, text.line, map.segment + " is neither a segment nor a data type");
        if (!text.when.empty() && !text.message && !is_segment(map.segment)) wrong(text, text.line, "when stands in messages and segments only");
        if (!text.when.empty()) map.when = compiled(text, text.line, text.when);
        for (const auto& also : text.also)
            if (inside_.schema->find_type(also.type) == fhir::schema::no_type) wrong(text, text.line, "there is no type " + also.type);
        rows(text, map.segment, text.rows, map.rows);
        if (text.message) inside_.messages.push_back(std::move(map));
        else inside_.maps.emplace(text.type + '>' + text.target, std::move(map));
    }

    void rows(const ComposeMap& map, const std::string& home, const std::vector<ComposeRow>& from, std::vector<Row>& into) {
        for (const ComposeRow& text : from) {
            auto program = compiled(map, text.line, text.expression);
            if (!program) continue;
            Row row(std::move(*program), text);
            if (map.message) in_message(map, text, row);
            else in_map(map, home, text, row);
            rows(map, home, text.children, row.children);
            into.push_back(std::move(row));
        }
    }

    void in_message(const ComposeMap& map, const ComposeRow& text, const Row&) {
        if (text.anchor == ".") return;
        if (!is_segment(text.anchor) || !text.numbers.empty()) return wrong(map, text.line, "a message is made of segments: " + text.anchor);
        const std::string& target = text.as.empty() ? text.anchor : text.as;
        if (!target.starts_with(text.anchor)) wrong(map, text.line, target + " makes no " + text.anchor);
        if (!targets_.contains(target)) wrong(map, text.line, "no map makes " + target);
    }

    void in_map(const ComposeMap& map, const std::string& home, const ComposeRow& text, Row& row) {
        if (!text.children.empty()) wrong(map, text.line, "rows below one another stand in messages only");
        if (text.anchor != "." && text.anchor != home) wrong(map, text.line, fmt::format("this map makes {}, not {}", home, text.anchor));
        const std::size_t most = is_segment(home) ? 3 : 2;
        if (text.numbers.size() > most || (text.anchor != "." && text.numbers.empty())) wrong(map, text.line, "the target has not the right number of parts");
        const auto highest = sources_.highest(home);
        if (highest && !text.numbers.empty() && text.numbers[0] > *highest) wrong(map, text.line, fmt::format("{} ends with {}", home, *highest));
        if (text.numbers.size() > 1 && std::any_of(text.numbers.begin() + 1, text.numbers.end(), [](int n) { return n > 40; }))
            wrong(map, text.line, "no data type has so many components");
        if (!text.as.empty()) {
            if (const auto known = find_out_conversion(text.as)) {
                row.conversion = *known;
                row.count = *known == OutConversion::count;
            } else if (targets_.contains(text.as) && !is_segment(text.as.substr(0, text.as.find('[')))) {
                row.by_map = true;
            } else {
                // Some data types have names as short as those of segments.
                row.by_map = targets_.contains(text.as);
                if (!row.by_map) wrong(map, text.line, text.as + " is neither a map nor a conversion");
            }
        } else if (text.anchor == ".") {
            wrong(map, text.line, "this place: as MAP is missing");
        }
        if (!text.code.empty()) row.codes = table(map, text);
    }

    const CodeTable* table(const ComposeMap& map, const ComposeRow& text) {
        if (const auto known = inside_.tables.find(text.code); known != inside_.tables.end()) return &known->second;
        const terminology::ConceptMap* concepts = concepts_.find(text.code);
        const auto own = own_codes_.find(text.code);
        if (concepts == nullptr && own == own_codes_.end()) {
            wrong(map, text.line, "there are no codes " + text.code);
            return nullptr;
        }
        CodeTable made = concepts != nullptr ? reversed(*concepts) : CodeTable{};
        if (own != own_codes_.end())
            for (const auto& [code, theirs] : own->second) {
                made.plain[code] = theirs;
                std::erase_if(made.qualified, [&, ending = '|' + code](const auto& entry) { return std::string_view(entry.first).ends_with(ending); });
            }
        return &inside_.tables.emplace(text.code, std::move(made)).first->second;
    }

    Inside& inside_;
    const terminology::ConceptMaps& concepts_;
    const ComposeSources& sources_;
    std::map<std::string, std::map<std::string, std::string, std::less<>>, std::less<>> own_codes_;
    std::set<std::string, std::less<>> targets_;
    base::Findings findings_;
};

// Where text goes: level 0 is a segment, 1 a repetition of a field, 2 a component, 3 a subcomponent.
struct Place {
    int field = 0, repetition = 1, component = 1, subcomponent = 1;
    int level = 0;

    // The part of this place with these numbers; nothing when that is finer than there is.
    std::optional<Place> part(const std::vector<int>& numbers) const {
        Place place = *this;
        for (const int number : numbers) {
            if (place.level == 0) place.field = number;
            else if (place.level == 1) place.component = number;
            else if (place.level == 2) place.subcomponent = number;
            else if (number != 1) return std::nullopt;
            place.level = std::min(place.level + 1, 3);
        }
        return place;
    }
};

class ComposeRun {
public:
    ComposeRun(const Inside& inside, const Occurrence& what, const ComposeOptions& options) : inside_(inside), version_(version_number(options.version)) {
        environment_.now = options.now;
        environment_.services = options.services;
        environment_.units = options.units;
        environment_.constants = &constants_;
        focus_ = path::resource_item(what.now, *inside.schema);
        constants_["focus"] = {focus_};
        constants_["before"] = what.before ? path::Collection{path::resource_item(what.before, *inside.schema)} : path::Collection{};
        constants_["change"] = {path::Item::of_text(path::Item::Kind::string, what.change)};
        constants_["parent"] = {};
    }

    base::Result<bool> holds(const Map& message, const std::string& event) {
        constants_["event"] = {path::Item::of_text(path::Item::Kind::string, event)};
        environment_.resource = focus_;
        return holds(message, focus_);
    }

    void run(const Map& message, Composed& into) {
        composed_ = &into;
        map_ = message.text;
        environment_.resource = focus_;
        Counts counts;
        segments(message, message.rows, focus_, counts);
    }

private:
    base::Result<bool> holds(const Map& map, const path::Item& item) {
        if (!map.when) return true;
        path::Arena arena;
        auto answer = map.when->holds(item, environment_, arena);
        if (answer) return answer;
        Fault fault = std::move(answer).fault();
        fault.text = fmt::format("{}:{}: {}", map.text->file, map.text->line, fault.text);
        return fault;
    }

    using Counts = std::map<std::string, int, std::less<>>;

    void remark(const ComposeMap& map, int line, std::string text) {
        base::Finding finding{base::Severity::warning, base::IssueType::incomplete, fmt::format("{}:{}", map.file, line), std::move(text), line, 0};
        if (composed_->findings.size() < 100) composed_->findings.push_back(std::move(finding));
    }

    bool of_version(const ComposeRow& row) const {
        return (row.since.empty() || version_ >= version_number(row.since)) && (row.until.empty() || version_ <= version_number(row.until));
    }

    base::Result<path::Answer> items(const Row& row, const path::Item& context) {
        return row.program.evaluate(context, environment_);
    }

    // Whatever `work` does runs with that item: in its own resource, when it is one.
    template <class F>
    void within(const path::Item& item, F&& work) {
        const path::Item before = environment_.resource;
        if (item.is_node() && !item.node.resource_type().empty()) environment_.resource = item;
        work();
        environment_.resource = before;
    }

    const Map* find(std::string_view type, fhir::schema::TypeId id, const std::string& target) const {
        auto found = inside_.maps.find(std::string(type) + '>' + target);
        if (found == inside_.maps.end()) found = inside_.maps.find("Element>" + target);
        if (found == inside_.maps.end() && id != fhir::schema::no_type) {
            const auto quantity = inside_.schema->find_type("Quantity");
            if (inside_.schema->derives_from(id, quantity)) found = inside_.maps.find("Quantity>" + target);
        }
        return found == inside_.maps.end() ? nullptr : &found->second;
    }

    void segments(const Map& message, const std::vector<Row>& rows, const path::Item& context, Counts& counts) {
        for (const Row& row : rows) {
            if (!of_version(row.row)) continue;
            const auto found = items(row, context);
            if (!found) {
                remark(*message.text, row.row.line, found.fault().text);
                continue;
            }
            for (const path::Item& item : *found) {
                if (item.is_node() && !item.node) continue;  // nothing is known but its type
                within(item, [&] { segment(message, row, item, context, counts); });
            }
        }
    }

    void segment(const Map& message, const Row& row, const path::Item& item, const path::Item& context, Counts& counts) {
        const path::Collection parent = std::exchange(constants_["parent"], path::Collection{context});
        if (row.row.anchor == ".") {
            segments(message, row.children, item, counts);
        } else {
            const std::string& target = row.row.as.empty() ? row.row.anchor : row.row.as;
            const auto type = path::type_of(item, *inside_.schema);
            if (const Map* map = find(type, item.is_node() ? item.type : fhir::schema::no_type, target)) {
                const auto wanted = holds(*map, item);
                if (!wanted) remark(*map->text, map->text->line, wanted.fault().text);
                if (!wanted || !*wanted) {
                    constants_["parent"] = parent;
                    return;
                }
                ComposedSegment made{row.row.anchor, {}};
                segment_ = &made;
                repetitions_.clear();
                told_ = 0;
                count_ = counts[made.name] + 1;
                fill(*map, item, Place{}, 0);
                if (told_ > 0) {
                    ++counts[made.name];
                    composed_->segments.push_back(std::move(made));
                }
            } else {
                remark(*message.text, row.row.line, fmt::format("no map makes {} of {}", target, type));
            }
            Counts below;
            segments(message, row.children, item, below);
        }
        constants_["parent"] = parent;
    }

    bool filled(const Place& place) const {
        return std::any_of(segment_->atoms.begin(), segment_->atoms.end(), [&](const Atom& atom) {
            return atom.field == place.field && atom.repetition == place.repetition && (place.level < 2 || atom.component == place.component) &&
                   (place.level < 3 || atom.subcomponent == place.subcomponent);
        });
    }

    void fill(const Map& map, const path::Item& item, const Place& at, int depth) {
        if (depth > 16) return remark(*map.text, map.text->line, "maps call one another without end");
        within(item, [&] {
            for (const Row& row : map.rows)
                if (of_version(row.row)) fill_row(map, row, item, at, depth);
        });
    }

    void fill_row(const Map& map, const Row& row, const path::Item& context, const Place& at, int depth) {
        const bool same = row.row.anchor == ".";
        auto target = same ? std::optional(at) : at.part(row.row.numbers);
        if (!target) return remark(*map.text, row.row.line, "there is no part so fine");
        const auto found = items(row, context);
        if (!found) return remark(*map.text, row.row.line, found.fault().text);
        const bool whole_field = at.level == 0 && row.row.numbers.size() == 1;
        for (const path::Item& item : *found) {
            if (item.is_node() && !item.node) continue;
            if (whole_field) target->repetition = repetitions_[target->field] + 1;
            else if (!same && filled(*target)) return;
            const std::size_t before = segment_->atoms.size();
            put(map, row, item, *target, depth);
            if (segment_->atoms.size() == before) continue;
            if (whole_field) ++repetitions_[target->field];
            else if (!same) return;
        }
        if (!row.row.otherwise.empty() && !filled(*target)) write(*target, row.row.otherwise, false);
    }

    void put(const Map& map, const Row& row, const path::Item& item, const Place& place, int depth) {
        if (row.by_map) {
            const auto type = path::type_of(item, *inside_.schema);
            const Map* next = find(type, item.is_node() ? item.type : fhir::schema::no_type, row.row.as);
            if (next == nullptr) return remark(*map.text, row.row.line, fmt::format("no map makes {} of {}", row.row.as, type));
            return fill(*next, item, place, depth + 1);
        }
        if (row.count) {
            write(place, std::to_string(count_), false);
            --told_;
            return;
        }
        if (row.codes != nullptr) {
            const std::string code = code_of(*row.codes, item);
            if (!code.empty()) return write(place, code, false);
            if (row.row.otherwise.empty()) remark(*map.text, row.row.line, "no code of " + row.row.code);
            return;
        }
        const auto text = path::text_of(item, *inside_.schema);
        if (!text) return remark(*map.text, row.row.line, fmt::format("{} is no single value", path::type_of(item, *inside_.schema)));
        write(place, convert_out(row.conversion, *text, *inside_.naming), row.conversion == OutConversion::lines);
    }

    void write(const Place& place, std::string text, bool lines) {
        if (text.empty()) return;
        ++told_;
        segment_->atoms.push_back({place.field, place.repetition, place.component, place.subcomponent, std::move(text), lines});
    }

    std::string code_of(const CodeTable& table, const path::Item& item) const {
        const auto coded = [&](std::string_view system, std::string_view code) {
            if (code.empty()) return std::string();
            if (!system.empty()) {
                if (system == table.source_system) return std::string(code);
                const auto found = table.qualified.find(std::string(system) + '|' + std::string(code));
                if (found != table.qualified.end()) return found->second;
            }
            const auto found = table.plain.find(code);
            return found == table.plain.end() ? std::string() : found->second;
        };
        const auto type = path::type_of(item, *inside_.schema);
        if (item.is_node() && type == "CodeableConcept") {
            std::string best;
            for (fhir::View coding = item.node.child("coding"); coding; coding = coding.next_same()) {
                const std::string code = coded(coding.child("system").text(), coding.child("code").text());
                if (!code.empty() && coding.child("system").text() == table.source_system) return code;
                if (best.empty()) best = code;
            }
            return best;
        }
        if (item.is_node() && type == "Coding") return coded(item.node.child("system").text(), item.node.child("code").text());
        return coded({}, path::text_of(item, *inside_.schema).value_or(""));
    }

    const Inside& inside_;
    const int version_;
    path::Environment environment_;
    std::map<std::string, path::Collection> constants_;
    path::Item focus_;
    Composed* composed_ = nullptr;
    const ComposeMap* map_ = nullptr;
    ComposedSegment* segment_ = nullptr;
    std::map<int, int> repetitions_;  // written, of each field of the segment
    int told_ = 0;                    // atoms that say more than a number in a row
    int count_ = 0;
};

}  // namespace

Composer::Composer(std::unique_ptr<const Inside> inside) : inside_(std::move(inside)) {}
Composer::Composer(Composer&&) noexcept = default;
Composer& Composer::operator=(Composer&&) noexcept = default;
Composer::~Composer() = default;

base::Result<Composer> Composer::load(const ComposeSources& sources, const Schema& schema, const terminology::ConceptMaps& codes,
                                      const terminology::Naming& naming) {
    auto inside = std::make_unique<Inside>();
    inside->schema = &schema;
    inside->naming = &naming;
    TRY(Loader(*inside, codes, sources).load());
    return Composer(std::unique_ptr<const Inside>(std::move(inside)));
}

base::Result<std::vector<Composed>> Composer::compose(const Occurrence& what, const ComposeOptions& options) const {
    std::vector<Composed> all;
    const std::string_view type = what.now.resource_type();
    const std::string_view change = what.change;
    std::set<std::string, std::less<>> sent;
    ComposeRun run(*inside_, what, options);
    for (const Map& message : inside_->messages) {
        const ComposeMap& text = *message.text;
        if (text.type != type || (change == "created" ? !text.created : change == "deleted" ? !text.deleted : !text.updated)) continue;
        const auto names = base::split(text.target, '^');
        const std::string code(names[0]);
        const std::string event(names[1]);
        if (sent.contains(code)) continue;
        if (options.kinds != nullptr && !options.kinds->contains(code) && !options.kinds->contains(code + '^' + event)) continue;
        TRY(const bool holds, run.holds(message, event));
        if (!holds) continue;
        Composed made{code, event, std::string(names[2]), {}, {}};
        run.run(message, made);
        sent.insert(code);
        all.push_back(std::move(made));
    }
    return all;
}

std::set<std::string, std::less<>> Composer::types() const {
    std::set<std::string, std::less<>> all;
    for (const Map& message : inside_->messages) all.insert(message.text->type);
    return all;
}

std::vector<Composer::Dependent> Composer::dependents(std::string_view type) const {
    std::vector<Dependent> all;
    for (const Map& message : inside_->messages)
        for (const auto& also : message.text->also) {
            if (also.type != type) continue;
            const auto names = base::split(message.text->target, '^');
            Dependent one{message.text->type, also.type, also.parameter, std::string(names[0]) + '^' + std::string(names[1])};
            if (std::find(all.begin(), all.end(), one) == all.end()) all.push_back(std::move(one));
        }
    return all;
}

std::vector<std::string> Composer::kinds() const {
    std::vector<std::string> all;
    for (const Map& message : inside_->messages)
        if (std::find(all.begin(), all.end(), message.text->target) == all.end()) all.push_back(message.text->target);
    return all;
}

}  // namespace mapping
