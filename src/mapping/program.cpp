// SPDX-License-Identifier: Apache-2.0
#include "mapping/program.h"

#include "base/text.h"
#include "mapping/overlay.h"

#include <algorithm>
#include <iterator>
#include <map>

namespace mapping {

namespace schema = fhir::schema;

namespace {

Conversion conversion_for(std::string_view type) {
    if (type == "date") return Conversion::date;
    if (type == "dateTime") return Conversion::date_time;
    if (type == "instant") return Conversion::instant;
    if (type == "time") return Conversion::time;
    if (type == "decimal") return Conversion::decimal;
    if (type == "integer") return Conversion::integer;
    if (type == "positiveInt") return Conversion::positive_int;
    if (type == "unsignedInt") return Conversion::unsigned_int;
    if (type == "boolean") return Conversion::boolean;
    if (type == "base64Binary") return Conversion::plain64;
    if (type == "uri" || type == "url" || type == "canonical" || type == "oid" || type == "uuid") return Conversion::uri;
    if (type == "code") return Conversion::slug;
    return Conversion::text;
}

fhir::Kind kind_for(std::string_view type) {
    if (type == "boolean") return fhir::Kind::boolean;
    if (type == "decimal" || type == "integer" || type == "positiveInt" || type == "unsignedInt") return fhir::Kind::number;
    return fhir::Kind::string;
}

// "a.b[c].extension(http://x.y).d" at the dots that part elements.
std::vector<std::string> parts_of(std::string_view path) {
    std::vector<std::string> parts(1);
    int depth = 0;
    for (char c : path) {
        depth += (c == '(' || c == '[') - (c == ')' || c == ']');
        if (c == '.' && depth == 0) parts.emplace_back();
        else parts.back() += c;
    }
    return parts;
}

}  // namespace

class Compiler {
public:
    Compiler(const schema::Schema& schema, const terminology::ConceptMaps& codes) : schema_(schema), codes_(codes) {
        program_.schema_ = &schema;
        extension_ = schema.find_type("Extension");
        reference_ = schema.find_type("Reference");
    }

    base::Result<Program> compile(std::vector<MapText> texts) {
        std::vector<MapText> merged = overlay(std::move(texts));
        share_parts(merged);
        shapes();
        program_.places_.push_back({});
        program_.files_.push_back({});
        for (const MapText& text : merged) {
            Map map;
            map.name = text.name;
            map.source = text.source;
            map.type = text.type;
            map.message = text.message;
            if (!map.message) {
                map.type_id = schema_.find_type(map.type);
                if (map.type_id == schema::no_type) wrong(text, text.line, "there is no type " + map.type);
                else map.resource = schema_.is_resource(map.type);
            }
            program_.by_name_.emplace(map.name, static_cast<int>(program_.maps_.size()));
            program_.maps_.push_back(std::move(map));
        }
        for (std::size_t i = 0; i < merged.size(); ++i) {
            text_ = &merged[i];
            Map& map = program_.maps_[i];
            handles_.clear();
            if (map.message) collect_handles(text_->rows);
            else if (map.type_id == schema::no_type) continue;
            for (const RowText& row : text_->rows) {
                if (row.kind == RowText::Kind::mode) {
                    map.mode = row.as == "merge" ? Entry::Mode::merge : Entry::Mode::replace;
                    map.mode_test = test(row, row.condition, map, true);
                } else if (row.kind == RowText::Kind::identity) {
                    map.identities.push_back(compile_row(row, map, map.type_id, true));
                } else {
                    map.rows.push_back(compile_row(row, map, map.type_id, true));
                }
            }
        }
        if (findings_.empty()) find_circles();
        if (findings_.empty())
            for (Map& map : program_.maps_) map.alone = alone(map.rows) && alone(map.identities);
        if (!findings_.empty()) {
            base::Fault fault{base::Fault::Kind::invalid, findings_.front().text};
            if (findings_.size() > 1) fault.text += " (and " + std::to_string(findings_.size() - 1) + " more)";
            fault.findings = std::move(findings_);
            return fault;
        }
        return std::move(program_);
    }

private:
    // The rows of a part stand in each message that uses it; from here on there are no parts.
    void share_parts(std::vector<MapText>& texts) {
        std::map<std::string, MapText> parts;
        for (MapText& text : texts)
            if (text.part) parts.emplace(text.name, std::move(text));
        std::erase_if(texts, [](const MapText& text) { return text.part; });
        for (MapText& text : texts) {
            text_ = &text;
            if (text.message) insert_parts(text.rows, parts, 0);
        }
    }

    static void share(RowText& row) {
        row.shared = true;
        for (RowText& child : row.children) share(child);
    }

    void insert_parts(std::vector<RowText>& rows, const std::map<std::string, MapText>& parts, int depth) {
        std::vector<RowText> all;
        for (RowText& row : rows) {
            if (row.kind != RowText::Kind::use) {
                insert_parts(row.children, parts, depth);
                all.push_back(std::move(row));
                continue;
            }
            const auto found = parts.find("part " + row.as);
            if (found == parts.end()) wrong(row, "there is no part " + row.as);
            else if (depth > 8) wrong(row, "the part " + row.as + " uses itself");
            else if (row.condition.kind != Condition::Kind::always) wrong(row, "a part is used without a condition");
            else {
                std::vector<RowText> used = found->second.rows;
                for (RowText& one : used) {
                    name_file(one, found->second.file);
                    share(one);
                }
                insert_parts(used, parts, depth + 1);
                std::move(used.begin(), used.end(), std::back_inserter(all));
            }
        }
        rows = std::move(all);
    }

    void wrong(const MapText& map, int line, const std::string& what) {
        base::Finding finding;
        finding.where = map.file;
        finding.line = line;
        finding.text = map.file + ":" + std::to_string(line) + ": " + what;
        findings_.push_back(std::move(finding));
    }
    void wrong(const RowText& row, const std::string& what) {
        MapText place;
        place.file = row.file.empty() ? text_->file : row.file;
        wrong(place, row.line, what);
    }

    std::uint32_t file_number(const RowText& row) {
        const std::string& file = row.file.empty() ? text_->file : row.file;
        for (std::size_t i = 0; i < program_.files_.size(); ++i)
            if (program_.files_[i] == file) return static_cast<std::uint32_t>(i);
        program_.files_.push_back(file);
        return static_cast<std::uint32_t>(program_.files_.size() - 1);
    }

    Draft::Shape shape(const schema::Element& element) const {
        return {element.name, element.place, element.repeats(), element.base == element.name ? fhir::no_name : element.base};
    }

    Draft::Shape shape(std::string_view type, std::string_view name) {
        const schema::Element* element = schema_.element(schema_.find_type(type), schema_.names().find(name));
        return element ? shape(*element) : Draft::Shape{};
    }

    void shapes() {
        program_.shapes_.id = shape("Patient", "id");
        program_.shapes_.url = shape("Extension", "url");
        program_.shapes_.extension = shape("Extension", "extension");
        program_.shapes_.extension.list = true;
        program_.shapes_.value_code = shape("Extension", "valueCode");
        program_.shapes_.value_string = shape("Extension", "valueString");
        program_.shapes_.value_concept = shape("Extension", "valueCodeableConcept");
        program_.shapes_.reference = shape("Reference", "reference");
        program_.shapes_.coding = shape("CodeableConcept", "coding");
        program_.shapes_.code = shape("Coding", "code");
        program_.shapes_.system = shape("Coding", "system");
        program_.shapes_.display = shape("Coding", "display");
        program_.shapes_.identifier_type = shape("Identifier", "type");
        program_.shapes_.identifier_system = shape("Identifier", "system");
        program_.shapes_.identifier_value = shape("Identifier", "value");
    }

    std::uint16_t label(const std::string& text) {
        return labels_.emplace(text, static_cast<std::uint16_t>(labels_.size() + 1)).first->second;
    }

    Target target(const RowText& row, std::string_view path, schema::TypeId type, bool labels = true) {
        Target made;
        made.type = type;
        if (type == schema::no_type) return made;
        if (path == ".") {
            finish(made);
            return made;
        }
        bool below_extension = type == extension_;  // the parts of one are named within it
        for (const std::string& part : parts_of(path)) {
            TargetStep step;
            std::string name = part;
            std::string tag;
            if (const std::size_t open = name.find('['); open != std::string::npos && name.back() == ']') {
                tag = name.substr(open + 1, name.size() - open - 2);
                name.resize(open);
                step.labelled = labels;
            }
            if (const std::size_t open = name.find('('); open != std::string::npos && name.back() == ')') {
                step.url = name.substr(open + 1, name.size() - open - 2);
                name.resize(open);
                if (step.url.starts_with("v2:")) step.url.replace(0, 3, "urn:hl7-org:v2xml#");
                else if (!below_extension && step.url.find("://") == std::string::npos)
                    step.url = "http://hl7.org/fhir/StructureDefinition/" + step.url;
            }
            if (name == "extension" && step.url.empty()) {
                wrong(row, "name the extension: extension(url)");
                return made;
            }
            const bool in_primitive = schema_.type(made.type).kind == schema::TypeKind::primitive;
            const schema::Element* element = schema_.element(in_primitive ? extension_ : made.type, schema_.names().find(name));
            if (!element || (in_primitive && name != "extension")) {
                wrong(row, std::string(schema_.type_name(made.type)) + " has no element '" + name + "'");
                return made;
            }
            step.shape = shape(*element);
            step.type = element->type;
            step.primitive = schema_.type(element->type).kind == schema::TypeKind::primitive;
            step.label = element->repeats() ? label(tag + "|" + step.url) : 0;
            below_extension = !step.url.empty();
            made.type = element->type;
            made.repeats = element->repeats();
            last_element_ = element;
            made.steps.push_back(std::move(step));
        }
        finish(made);
        return made;
    }

    void finish(Target& made) {
        const schema::Type& type = schema_.type(made.type);
        made.kind = type.kind == schema::TypeKind::primitive ? kind_for(schema_.type_name(made.type)) : fhir::Kind::complex;
    }

    Value value(const SourceText& text, const Map& map, bool top) {
        Value made;
        made.kind = text.kind;
        made.anchor = text.anchor;
        made.here = text.anchor.empty() || (top && !map.message && text.anchor == map.source);
        for (const PathStep& step : text.steps) made.steps.push_back({step.number, step.repetition, {}});
        made.pieces = text.pieces;
        for (const SourceText& part : text.parts) made.parts.push_back(value(part, map, top));
        return made;
    }

    Test test(const RowText& row, const Condition& condition, const Map& map, bool top) {
        Test made;
        made.kind = condition.kind;
        made.value = value(condition.source, map, top);
        made.values = condition.values;
        made.comparison = condition.comparison;
        made.number = condition.number;
        if (made.kind == Condition::Kind::is) {
            const auto found = find_conversion(condition.values[0]);
            if (!found) wrong(row, "there is no conversion " + condition.values[0]);
            else made.conversion = *found;
        }
        for (const Condition& part : condition.parts) made.parts.push_back(test(row, part, map, top));
        return made;
    }

    void check_code(const RowText& row, const Target& at, const schema::Element* element, std::string_view code) {
        if (!element || element->value_set == 0 || at.kind == fhir::Kind::complex || code.empty()) return;
        if (schema_.value_set(element->value_set).complete && !schema_.contains(element->value_set, code))
            wrong(row, "'" + std::string(code) + "' is not in the value set that this element is bound to");
    }

    Row compile_row(const RowText& text, const Map& map, schema::TypeId type, bool top) {
        Row row;
        row.kind = text.kind;
        row.number = static_cast<std::uint32_t>(program_.places_.size());
        program_.places_.push_back({file_number(text), text.line});
        row.value = value(text.source, map, top);
        row.test = test(text, text.condition, map, top);
        row.constant_row = text.has_constant;
        row.constant = text.constant;
        row.absent_reason = text.absent_reason;
        row.numbered = text.numbered;
        row.open = text.open;
        for (const SourceText& name : text.names) row.names.push_back(value(name, map, false));
        using Kind = RowText::Kind;
        switch (text.kind) {
            case Kind::row: compile_fact(text, row, map, type, top); break;
            case Kind::first:
                for (const RowText& child : text.children) row.children.push_back(compile_row(child, map, type, top));
                break;
            case Kind::use:
                row.map = find_map(text.as, type);
                if (row.map < 0) wrong(text, "there is no map " + text.as + " to " + std::string(schema_.type_name(type)));
                break;
            case Kind::fallback:
                last_element_ = nullptr;
                row.target = target(text, text.target, type);
                if (!text.absent_reason) check_code(text, row.target, last_element_, text.constant);
                if (!text.absent_reason && row.target.kind == fhir::Kind::complex) wrong(text, "a complex element has no constant");
                break;
            case Kind::identity: compile_identity(text, row, map, type); break;
            case Kind::whole:
                row.target = target(text, text.target, type);
                if (row.target.steps.size() != 1) wrong(text, "an element of the resource itself is said as a whole");
                break;
            case Kind::remove: case Kind::assumed: case Kind::alike:
                for (const std::string& element : text.elements) {
                    const Target at = target(text, element, type);
                    if (!top || at.steps.empty() || at.steps.size() > (text.kind == Kind::remove ? 2U : 1U)) wrong(text, "an element of the resource itself is meant here");
                }
                row.elements = text.elements;
                break;
            case Kind::group: case Kind::make: case Kind::into: case Kind::link: case Kind::find: case Kind::merge: compile_message_row(text, row, map); break;
            case Kind::drop: case Kind::require: case Kind::mode: break;
        }
        return row;
    }

    void compile_fact(const RowText& text, Row& row, const Map& map, schema::TypeId type, bool top) {
        if (type == schema::no_type) {
            wrong(text, "a message map has rows that make, go into or link; elements are filled by segment maps");
            return;
        }
        last_element_ = nullptr;
        const std::size_t before = findings_.size();
        row.target = target(text, text.target, type);
        if (findings_.size() != before) return;
        const schema::Element* element = last_element_;
        const schema::TypeId to = row.target.type;
        const std::string type_name(schema_.type_name(to));
        if (!text.children.empty()) {
            if (row.target.kind != fhir::Kind::complex) wrong(text, "a block needs a complex element");
            const bool moves = text.source.kind != SourceText::Kind::none;
            for (const RowText& child : text.children) row.children.push_back(compile_row(child, map, to, top && !moves));
            return;
        }
        if (!text.code.empty()) {
            row.codes = codes_.find(text.code);
            if (!row.codes) wrong(text, "there is no concept map " + text.code);
        }
        for (const Constant& constant : text.constants) {
            last_element_ = nullptr;
            Row::Set set{target(text, constant.path, to), constant.value, constant.only_if_absent};
            if (set.target.kind == fhir::Kind::complex) wrong(text, "a constant needs a primitive element");
            check_code(text, set.target, last_element_, constant.value);
            row.sets.push_back(std::move(set));
        }
        if (text.has_constant) {
            if (row.target.kind == fhir::Kind::complex) wrong(text, "a constant needs a primitive element, " + text.target + " is " + type_name);
            check_code(text, row.target, element, text.constant);
            return;
        }
        if (text.source.kind == SourceText::Kind::none) {
            wrong(text, "this row has neither a source nor a constant");
            return;
        }
        const bool conversion = !text.as.empty() && text.as[0] >= 'a' && text.as[0] <= 'z';
        if (row.target.kind != fhir::Kind::complex) {
            row.conversion = conversion_for(type_name);
            if (conversion) {
                const auto found = find_conversion(text.as);
                if (!found) wrong(text, "there is no conversion " + text.as);
                else row.conversion = *found;
            } else if (!text.as.empty()) {
                wrong(text, text.target + " is " + type_name + ", which no map makes");
            }
            return;
        }
        if (text.as.empty() || conversion) {
            wrong(text, text.target + " is " + type_name + " and needs a map: as NAME");
            return;
        }
        row.map = find_map(text.as, to);
        if (row.map < 0) {
            wrong(text, "there is no map " + text.as + " to " + type_name);
            return;
        }
        const Map& called = program_.map(row.map);
        row.makes_resource = called.resource && to == reference_;
        if (row.makes_resource && element && !schema_.targets(*element).empty()) {
            const auto allowed = schema_.targets(*element);
            const schema::TypeId any = schema_.find_type("Resource");
            if (std::none_of(allowed.begin(), allowed.end(), [&](schema::TypeId id) { return id == called.type_id || id == any; }))
                wrong(text, text.target + " may not refer to " + called.type);
        }
    }

    // By its whole name, or as SOURCE[type of the target].
    int find_map(const std::string& name, schema::TypeId type) {
        if (const auto found = program_.by_name_.find(name); found != program_.by_name_.end()) {
            const Map& map = program_.map(found->second);
            const bool fits = !map.message && (schema_.derives_from(type, map.type_id) || (type == reference_ && map.resource));
            return fits ? found->second : -1;
        }
        for (schema::TypeId at = type; at != schema::no_type; at = schema_.type(at).base) {
            const auto found = program_.by_name_.find(name + "[" + std::string(schema_.type_name(at)) + "]");
            if (found != program_.by_name_.end()) return found->second;
        }
        return -1;
    }

    void compile_identity(const RowText& text, Row& row, const Map& map, schema::TypeId type) {
        for (std::size_t i = 0; i < text.identity.size(); ++i) {
            Row::Part part;
            part.optional = text.optional[i];
            if (!text.elements[i].empty()) {
                part.is_element = true;
                std::string_view element = text.elements[i];
                if (const std::size_t open = element.find('('); open != std::string_view::npos && element.ends_with(')')) {
                    const auto names = base::split(element.substr(open + 1, element.size() - open - 2), ',');
                    part.types.assign(names.begin(), names.end());
                    part.only_these = true;
                    element = element.substr(0, open);
                } else {
                    const auto names = base::split(element, ':');
                    element = names[0];
                    part.types.assign(names.begin() + 1, names.end());
                }
                part.element = target(text, element, type);
            } else if (text.identity[i].anchor.starts_with("@")) {
                part.handle = text.identity[i].anchor.substr(1);
            } else {
                part.value = value(text.identity[i], map, true);
            }
            row.identity.push_back(std::move(part));
        }
    }

    void collect_handles(const std::vector<RowText>& rows) {
        for (const RowText& row : rows) {
            if (row.kind == RowText::Kind::make || row.kind == RowText::Kind::into) {
                const auto found = program_.by_name_.find(row.as);
                if (found != program_.by_name_.end()) handles_.emplace(row.target, program_.map(found->second).type_id);
            } else if (row.kind == RowText::Kind::find) {
                handles_.emplace(row.target, schema_.find_type(row.as));
            }
            collect_handles(row.children);
        }
    }

    void compile_message_row(const RowText& text, Row& row, const Map& map) {
        if (text.kind == RowText::Kind::find) {
            row.handle = text.target;
            row.type = schema_.find_type(text.as);
            if (row.type == schema::no_type || !schema_.is_resource(text.as)) return wrong(text, text.as + " is no resource");
            if (handles_.at(row.handle) != row.type) wrong(text, row.handle + " is " + std::string(schema_.type_name(handles_.at(row.handle))));
            return;
        }
        if (text.kind == RowText::Kind::link) {
            const auto [handle, path] = base::cut(text.target, '.');
            row.handle = handle;
            row.other = text.as;
            const auto from = handles_.find(row.handle);
            const auto to = handles_.find(row.other);
            if (text.shared && (from == handles_.end() || to == handles_.end())) return;
            if (from == handles_.end()) return wrong(text, "nothing makes " + row.handle);
            if (to == handles_.end()) return wrong(text, "nothing makes " + row.other);
            last_element_ = nullptr;
            row.target = target(text, path, from->second);
            if (row.target.type != reference_) wrong(text, text.target + " is no reference");
            else if (last_element_) {
                const auto allowed = schema_.targets(*last_element_);
                const schema::TypeId any = schema_.find_type("Resource");
                if (!allowed.empty() && std::none_of(allowed.begin(), allowed.end(), [&](schema::TypeId id) { return id == to->second || id == any; }))
                    wrong(text, text.target + " may not refer to " + std::string(schema_.type_name(to->second)));
            }
            return;
        }
        if (text.kind == RowText::Kind::merge) {
            row.handle = text.target;
            row.other = text.as;
            row.merge = text.merge;
            row.or_itself = text.or_itself;
            const auto gone = handles_.find(row.handle);
            const auto kept = handles_.find(row.other);
            if (gone == handles_.end()) return wrong(text, "nothing makes " + row.handle);
            if (kept == handles_.end()) return wrong(text, "nothing makes " + row.other);
            if (row.handle == row.other) return wrong(text, row.handle + " cannot be joined with itself");
            if ((gone->second == kept->second) == (row.merge == Merge::Kind::move))
                wrong(text, row.merge == Merge::Kind::move ? "what is moved and what it then belongs to are of two types"
                                                           : "these are of one type: " + row.handle + " and " + row.other);
            return;
        }
        if (text.kind != RowText::Kind::group) {
            row.handle = text.target;
            const auto found = program_.by_name_.find(text.as);
            if (found == program_.by_name_.end() || !program_.map(found->second).resource)
                return wrong(text, "there is no map " + text.as + " to a resource");
            row.map = found->second;
            if (handles_.at(row.handle) != program_.map(row.map).type_id)
                wrong(text, row.handle + " is " + std::string(schema_.type_name(handles_.at(row.handle))));
        }
        for (const RowText& child : text.children) row.children.push_back(compile_row(child, map, schema::no_type, false));
    }

    // Does a row read nothing beside the node at hand?
    static bool alone(const Value& value) {
        const bool outside = value.kind == SourceText::Kind::outside && value.anchor != "sender";
        return !outside && (value.kind != SourceText::Kind::path || value.here) &&
               std::all_of(value.parts.begin(), value.parts.end(), [](const Value& part) { return alone(part); });
    }
    static bool alone(const Test& test) {
        return alone(test.value) && std::all_of(test.parts.begin(), test.parts.end(), [](const Test& part) { return alone(part); });
    }
    bool alone(const std::vector<Row>& rows) const {
        return std::all_of(rows.begin(), rows.end(), [&](const Row& row) {
            return alone(row.value) && alone(row.test) && alone(row.children) && (row.map < 0 || alone(program_.map(row.map).rows)) &&
                   (row.map < 0 || alone(program_.map(row.map).identities)) &&
                   std::all_of(row.identity.begin(), row.identity.end(),
                               [](const Row::Part& part) { return part.handle.empty() && alone(part.value); });
        });
    }

    void called_by(const std::vector<Row>& rows, std::vector<int>& out) const {
        for (const Row& row : rows) {
            if (row.map >= 0) out.push_back(row.map);
            called_by(row.children, out);
        }
    }

    void find_circles() {
        std::vector<int> state(program_.maps_.size(), 0);  // 1: being looked at, 2: done
        for (std::size_t i = 0; i < program_.maps_.size(); ++i) visit(static_cast<int>(i), state);
    }

    void visit(int at, std::vector<int>& state) {
        int& mark = state[static_cast<std::size_t>(at)];
        if (mark == 2) return;
        if (mark == 1) {
            base::Finding finding;
            finding.text = "the map " + program_.map(at).name + " runs itself";
            findings_.push_back(finding);
            return;
        }
        mark = 1;
        std::vector<int> called;
        called_by(program_.map(at).rows, called);
        for (int next : called) visit(next, state);
        state[static_cast<std::size_t>(at)] = 2;
    }

    const schema::Schema& schema_;
    const terminology::ConceptMaps& codes_;
    Program program_;
    const MapText* text_ = nullptr;
    base::Findings findings_;
    std::map<std::string, std::uint16_t> labels_;
    std::map<std::string, schema::TypeId> handles_;
    const schema::Element* last_element_ = nullptr;
    schema::TypeId extension_ = schema::no_type;
    schema::TypeId reference_ = schema::no_type;
};

base::Result<Program> Program::compile(std::vector<MapText> maps, const schema::Schema& schema,
                                       const terminology::ConceptMaps& codes) {
    return Compiler(schema, codes).compile(std::move(maps));
}

const Map* Program::message(std::string_view structure) const {
    const auto found = by_name_.find(std::string(structure));
    return found == by_name_.end() || !map(found->second).message ? nullptr : &map(found->second);
}

}  // namespace mapping
