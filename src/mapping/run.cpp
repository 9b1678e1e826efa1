// SPDX-License-Identifier: Apache-2.0
#include "mapping/run.h"

#include "base/id.h"
#include "base/text.h"
#include "mapping/identity.h"
#include "mapping/merge.h"
#include "mapping/reader.h"

#include <algorithm>
#include <set>
#include <unordered_map>
#include <utility>

namespace mapping {

namespace {

using Index = Draft::Index;

// What a row came to. A constant alone does not make an element worth keeping.
enum class Yield { nothing, constant, produced };

constexpr std::string_view alternate_codes = "http://hl7.org/fhir/StructureDefinition/alternate-codes";
constexpr std::size_t most_residue = 10'000;  // that a resource carries

Yield better(Yield a, Yield b) { return a < b ? b : a; }

struct Made {
    const Map* map = nullptr;
    std::vector<const Map*> maps;  // all that ran into it: their fallbacks close it
    std::string id;
    bool of_message = false;
    std::optional<Number> known_by;
    Entry::Mode mode = Entry::Mode::merge;
    const char* from = nullptr;    // where in the source it was first spoken of
    Index root = 0;
    std::vector<Deleted> deleted;
    std::vector<std::string> assumed;
    std::vector<std::string> alike;
};

struct Scope {
    const Scope* outer = nullptr;
    std::vector<std::pair<std::string_view, int>> handles;
};

class Runner {
public:
    Runner(const Program& program, const Source& source, const terminology::Naming& naming, const RunOptions& options)
        : program_(program), source_(source), naming_(naming), options_(options), reader_(source, options) {}

    Translation run(const Map& message) {
        Scope scope;
        scope_ = &scope;
        run_message(message.rows, source_.root(), scope);
        for (Made& made : made_)
            for (const Map* map : made.maps) fall_back(map->rows, made.root);
        return finish();
    }

private:
    void remark(const Node& node, const Row& row, std::string what) {
        if (findings_.size() >= 200) return;  // a bad sender must not fill the memory
        base::Finding finding;
        finding.severity = base::Severity::warning;
        finding.type = base::IssueType::value;
        finding.where = source_.where(node);
        const RowPlace& place = program_.place(row.number);
        finding.text = std::move(what) + " (" + program_.file(place.file) + ":" + std::to_string(place.line) + ")";
        // A segment that two rows read says it once.
        for (const base::Finding& known : findings_)
            if (known.where == finding.where && known.text == finding.text) return;
        findings_.push_back(std::move(finding));
    }

    // ---- the target

    struct Opened {
        Index at = 0;
        Index fresh = 0;  // the topmost node that did not stand there before
    };

    Opened open(const Target& target, Index element, const Row& row, bool append) {
        Opened opened{element, 0};
        for (std::size_t i = 0; i < target.steps.size(); ++i) {
            const TargetStep& step = target.steps[i];
            const bool last = i + 1 == target.steps.size();
            const bool new_item = last && append && step.shape.list && !step.labelled;
            const std::uint16_t label = new_item ? std::uint16_t{0} : step.label;
            Index found = new_item ? 0 : draft_.find(opened.at, step.shape.name, label);
            if (found == 0) {
                found = draft_.add(opened.at, step.shape, step.primitive ? fhir::Kind::absent : fhir::Kind::complex, row.number, label);
                if (!step.url.empty()) put_new(found, program_.shapes().url, step.url, fhir::Kind::string, row.number);
                if (opened.fresh == 0) opened.fresh = found;
            }
            opened.at = found;
        }
        return opened;
    }

    Index put_new(Index element, const Draft::Shape& shape, std::string_view text, fhir::Kind kind, std::uint32_t row) {
        const Index made = draft_.add(element, shape, kind, row);
        draft_.node(made).text = draft_.keep(text);
        return made;
    }

    // The first who writes a single element wins; the same value again is no contradiction.
    // `whole`: the text, when it may be taken away.
    bool put(const Target& target, Index element, std::string_view text, const Row& row, std::string* whole = nullptr) {
        if (text.empty()) return false;
        const Opened opened = open(target, element, row, true);
        Draft::Node& node = draft_.node(opened.at);
        if (node.kind != fhir::Kind::absent) return node.text == text;
        node.kind = target.kind;
        node.text = whole == nullptr ? draft_.keep(text) : draft_.keep(std::move(*whole));
        node.row = row.number;
        return true;
    }

    bool of_choice(Index element, fhir::Name choice) const {
        for (Index at = draft_.node(element).first; at != 0; at = draft_.node(at).next)
            if (draft_.node(at).choice == choice) return true;
        return false;
    }

    // Also when another form of the same choice stands there.
    bool there(const Target& target, Index element) const {
        for (const TargetStep& step : target.steps) {
            const Index above = element;
            element = draft_.find(above, step.shape.name);
            if (element == 0) return step.shape.choice != fhir::no_name && of_choice(above, step.shape.choice);
            if (step.shape.list) return true;  // its items are what the rows made them
        }
        return true;
    }

    // ---- rows

    Yield run_rows(const std::vector<Row>& rows, const Node& node, Index element, Made* top) {
        Yield yield = Yield::nothing;
        for (const Row& row : rows) {
            if (row.kind == Row::Kind::require) {
                if (!reader_.holds(row.test, node)) return Yield::nothing;
                continue;
            }
            yield = better(yield, run_row(row, node, element, top));
        }
        return yield;
    }

    Yield run_row(const Row& row, const Node& node, Index element, Made* top) {
        switch (row.kind) {
            case Row::Kind::row: return reader_.holds(row.test, node) ? run_fact(row, node, element, top) : Yield::nothing;
            case Row::Kind::first:
                if (!reader_.holds(row.test, node)) return Yield::nothing;
                for (const Row& child : row.children)
                    if (const Yield yield = run_row(child, node, element, top); yield != Yield::nothing) return yield;
                return Yield::nothing;
            case Row::Kind::use:
                return reader_.holds(row.test, node) ? run_rows(program_.map(row.map).rows, node, element, top) : Yield::nothing;
            case Row::Kind::drop:
                if (reader_.holds(row.test, node)) reader_.each(row.value, node, [&](const Node& at) { return reader_.take(at, Reader::dropped), true; });
                return Yield::nothing;
            case Row::Kind::remove: case Row::Kind::assumed: case Row::Kind::alike:
                if (top != nullptr && reader_.holds(row.test, node)) note_elements(row, *top);
                return Yield::nothing;
            default: return Yield::nothing;
        }
    }

    static void note_elements(const Row& row, Made& made) {
        if (row.kind == Row::Kind::assumed) made.assumed = row.elements;
        else if (row.kind == Row::Kind::alike) made.alike = row.elements;
        else
            for (const std::string& element : row.elements) made.deleted.push_back({element, {}});
    }

    Yield run_fact(const Row& row, const Node& node, Index element, Made* top) {
        if (row.constant_row) {
            if (row.value.kind != SourceText::Kind::none) {
                std::string store;
                if (reader_.text_of(row.value, node, store, false).empty()) return Yield::nothing;
            }
            return put(row.target, element, row.constant, row) ? Yield::constant : Yield::nothing;
        }
        if (!row.children.empty() && row.value.kind == SourceText::Kind::none) return run_block(row, node, element);
        if (row.value.kind == SourceText::Kind::text || row.value.kind == SourceText::Kind::outside) {
            std::string store;
            const std::string_view text = reader_.text_of(row.value, node, store, true);
            return text.empty() ? Yield::nothing : put_text(row, node, text, element);
        }
        const bool leaf = row.map < 0 && row.children.empty();
        if (leaf && (row.conversion == Conversion::gathered || row.conversion == Conversion::gathered64)) return run_gathered(row, node, element);
        if (row.conversion == Conversion::lines && leaf) return run_lines(row, node, element);
        Yield yield = Yield::nothing;
        reader_.each(row.value, node, [&](const Node& at) {
            if (at.deleted) {
                note_deleted(row, at, top);
                return true;
            }
            if (!at.valued()) return true;
            Yield one = Yield::nothing;
            if (!row.children.empty()) one = run_block(row, at, element);
            else if (row.map >= 0) one = run_called(row, at, element);
            else one = run_text(row, at, element);
            yield = better(yield, one);
            // A single element takes the first that fits.
            return row.target.repeats || one == Yield::nothing || row.target.steps.empty();
        });
        return yield;
    }

    void note_deleted(const Row& row, const Node& node, Made* top) {
        reader_.take(node, Reader::kept);
        if (top == nullptr || row.target.steps.empty()) return;
        const auto step = [&](std::size_t number) { return program_.schema().names().text(row.target.steps[number].shape.name); };
        Deleted deleted{std::string(step(0)), {}};
        if (row.target.steps.size() == 2 && merged_by_parts(deleted.element)) deleted.element += '.' + std::string(step(1));
        for (const Row::Set& set : row.sets)
            if (set.target.steps.size() == 1 && program_.schema().names().text(set.target.steps[0].shape.name) == "use") deleted.use = set.value;
        if (std::find(top->deleted.begin(), top->deleted.end(), deleted) == top->deleted.end()) top->deleted.push_back(deleted);
    }

    Yield run_block(const Row& row, const Node& node, Index element) {
        const Opened opened = open(row.target, element, row, true);
        const Yield yield = run_rows(row.children, node, opened.at, nullptr);
        if (yield != Yield::produced && opened.fresh != 0) draft_.remove(opened.fresh);
        else if (absorbing_ && opened.fresh == opened.at && row.target.repeats && said_before(opened.at)) draft_.remove(opened.at);
        return yield == Yield::produced ? yield : Yield::nothing;
    }

    Yield run_called(const Row& row, const Node& node, Index element) {
        const Map& map = program_.map(row.map);
        if (row.makes_resource) {
            const int made = make(map, node, false);
            if (made < 0) return Yield::nothing;
            const Opened opened = open(row.target, element, row, true);
            if (draft_.find(opened.at, program_.shapes().reference.name) != 0) return Yield::nothing;
            refer(opened.at, made, row.number);
            set_constants(row, opened.at);
            return Yield::produced;
        }
        const Opened opened = open(row.target, element, row, true);
        Yield yield = run_rows(map.rows, node, opened.at, nullptr);
        if (row.codes != nullptr) yield = better(yield, add_code(row, node, opened.at));
        if (yield != Yield::produced) {
            if (opened.fresh != 0) draft_.remove(opened.fresh);
            return Yield::nothing;
        }
        fall_back(map.rows, opened.at);
        set_constants(row, opened.at);
        if (opened.fresh == opened.at && row.target.repeats && said_before(opened.at)) draft_.remove(opened.at);
        return yield;
    }

    // The same item twice (PID-2 repeats PID-3 at many senders) says nothing more. Looks at a few only: no list of
    // a hostile sender may cost more than its length.
    bool said_before(Index item) const {
        int looked = 0;
        for (Index at = draft_.node(draft_.node(item).parent).first; at != 0 && at != item && looked < 32; at = draft_.node(at).next) {
            if (draft_.node(at).name != draft_.node(item).name) continue;
            ++looked;
            if (same(at, item)) return true;
        }
        return false;
    }

    bool same(Index a, Index b) const {
        const Draft::Node& x = draft_.node(a);
        const Draft::Node& y = draft_.node(b);
        if (x.name != y.name || x.kind != y.kind || x.text != y.text || x.reference != y.reference) return false;
        Index i = x.first, j = y.first;
        for (; i != 0 && j != 0; i = draft_.node(i).next, j = draft_.node(j).next)
            if (!same(i, j)) return false;
        return i == j;
    }

    void set_constants(const Row& row, Index element) {
        for (const Row::Set& set : row.sets)
            if (!set.only_if_absent || !there(set.target, element)) put(set.target, element, set.value, row);
    }

    void refer(Index element, int resource, std::uint32_t row) {
        const Index made = draft_.add(element, program_.shapes().reference, fhir::Kind::string, row);
        draft_.node(made).reference = resource;
    }

    // The standard's code beside the sender's: in a CodeableConcept the first coding, in a Coding its place.
    Yield add_code(const Row& row, const Node& node, Index element) {
        const Node first = source_.first(node, {1, 0, {}});
        if (!first.valued()) return Yield::nothing;
        std::string store;
        const std::string_view code = source_.text(first, store);
        const auto& shapes = program_.shapes();
        const terminology::Concept* found = row.codes->translate(code);
        const bool concept_target = program_.schema().type_name(row.target.type) == "CodeableConcept";
        if (!row.codes->knows(code) || (found == nullptr && row.codes->source_system().empty())) {
            remark(node, row, "the concept map " + row.codes->name() + " does not know this code; it is kept as it was sent");
            if (found == nullptr) return Yield::nothing;
        }
        if (!concept_target) {
            if (found == nullptr) return Yield::nothing;
            replace(element, shapes.system, found->system, row);
            replace(element, shapes.code, found->code, row);
            replace(element, shapes.display, found->display, row);
            keep_sent(row, code, found->code, draft_.find(element, shapes.code.name));
            reader_.take(first, Reader::kept);
            return Yield::produced;
        }
        // A local code without a system is one of the table's.
        const Index local = draft_.find(element, shapes.coding.name);
        if (local != 0 && draft_.find(local, shapes.system.name) == 0 && row.codes->knows(code))
            put_new(local, shapes.system, row.codes->source_system(), fhir::Kind::string, row.number);
        if (found == nullptr) return Yield::nothing;
        if (local != 0 && text_at(local, shapes.code.name) == found->code && text_at(local, shapes.system.name) == found->system) {
            if (draft_.find(local, shapes.display.name) == 0 && !found->display.empty())
                put_new(local, shapes.display, found->display, fhir::Kind::string, row.number);
            return Yield::produced;
        }
        const Index coding = draft_.add(element, shapes.coding, fhir::Kind::complex, row.number);
        if (!found->system.empty()) put_new(coding, shapes.system, found->system, fhir::Kind::string, row.number);
        put_new(coding, shapes.code, found->code, fhir::Kind::string, row.number);
        if (!found->display.empty()) put_new(coding, shapes.display, found->display, fhir::Kind::string, row.number);
        draft_.move_first(coding);
        return Yield::produced;
    }

    // What stood where a code of FHIR's stands now: beside it, so that nothing that was sent is gone.
    void keep_sent(const Row& row, std::string_view sent, std::string_view code, Index element) {
        const auto& shapes = program_.shapes();
        if (sent == code || element == 0 || row.codes == nullptr || draft_.find(element, shapes.extension.name) != 0) return;
        const Index extension = draft_.add(element, shapes.extension, fhir::Kind::complex, row.number);
        put_new(extension, shapes.url, alternate_codes, fhir::Kind::string, row.number);
        const Index coding = draft_.add(draft_.add(extension, shapes.value_concept, fhir::Kind::complex, row.number), shapes.coding, fhir::Kind::complex, row.number);
        if (const std::string& system = row.codes->source_system(); !system.empty() && row.codes->knows(sent))
            put_new(coding, shapes.system, system, fhir::Kind::string, row.number);
        put_new(coding, shapes.code, sent, fhir::Kind::string, row.number);
    }

    std::string_view text_at(Index element, fhir::Name name) const {
        const Index found = draft_.find(element, name);
        return found == 0 ? std::string_view{} : draft_.node(found).text;
    }

    void replace(Index element, const Draft::Shape& shape, std::string_view text, const Row& row) {
        if (const Index old = draft_.find(element, shape.name); old != 0) draft_.remove(old);
        if (!text.empty()) put_new(element, shape, text, fhir::Kind::string, row.number);
    }

    // A time of older versions has its precision behind it (TS.2), an amount its currency: these read the first component.
    static bool is_one_word(Conversion conversion) {
        switch (conversion) {
            case Conversion::date: case Conversion::date_time: case Conversion::instant: case Conversion::time: case Conversion::decimal:
            case Conversion::integer: case Conversion::positive_int: case Conversion::unsigned_int: case Conversion::boolean: case Conversion::slug:
                return true;
            default: return false;
        }
    }

    Yield run_text(const Row& row, const Node& node, Index element) {
        std::string store;
        if (row.conversion == Conversion::id_system || row.conversion == Conversion::tail_system) {
            const int from = row.conversion == Conversion::id_system ? 1 : 2;
            std::string parts[3];
            Node read[3];
            for (int i = 0; i < 3; ++i) {
                read[i] = source_.first(node, {from + i, 0, {}});
                if (read[i].valued()) parts[i] = source_.text(read[i], store);
            }
            const std::string system = naming_.identifier_system(parts[0], parts[1], parts[2]);
            if (system.empty() || !put(row.target, element, system, row)) return Yield::nothing;
            for (const Node& part : read) reader_.take(part, Reader::kept);
            return Yield::produced;
        }
        Node at = node;
        if (row.codes == nullptr && is_one_word(row.conversion))
            if (const Node first = source_.first(node, {1, 0, {}}); first.valued()) at = first;
        const Yield yield = put_text(row, node, source_.text(at, store), element);
        if (yield != Yield::nothing) reader_.take(at, Reader::kept);
        return yield;
    }

    Yield run_lines(const Row& row, const Node& node, Index element) {
        std::string all;
        bool begun = false;
        reader_.each(row.value, node, [&](const Node& at) {
            std::string store;
            if (begun) all += '\n';
            begun = true;
            if (at.valued()) all += source_.text(at, store);
            return true;
        });
        while (!all.empty() && all.back() == '\n') all.pop_back();
        if (all.empty() || !put(row.target, element, all, row)) return Yield::nothing;
        reader_.each(row.value, node, [&](const Node& at) { return reader_.take(at, Reader::kept), true; });
        return Yield::produced;
    }

    // A text that many segments bring, line by line. It is put together once, at the end.
    Yield run_gathered(const Row& row, const Node& node, Index element) {
        Yield yield = Yield::nothing;
        const auto add = [&](std::string_view text) {
            if (text.empty() && !there(row.target, element)) return;  // no text begins with an empty line
            const Index at = open(row.target, element, row, false).at;
            Draft::Node& target = draft_.node(at);
            if (target.kind != fhir::Kind::absent && gathered_.find(at) == gathered_.end()) return;  // another row's
            target.kind = row.target.kind;
            target.row = row.number;
            const auto [gathered, first] = gathered_.try_emplace(at, Gathered{{}, row.conversion == Conversion::gathered64});
            if (!first) gathered->second.text += '\n';
            gathered->second.text += text;
            yield = Yield::produced;
        };
        bool any = false;
        reader_.each(row.value, node, [&](const Node& at) {
            any = true;
            std::string store;
            add(at.valued() ? source_.text(at, store) : std::string_view{});
            if (yield != Yield::nothing) reader_.take(at, Reader::kept);
            return true;
        });
        if (!any) add({});
        return yield == Yield::nothing ? yield : after_put(row, element);
    }

    Yield put_text(const Row& row, const Node& node, std::string_view text, Index element) {
        if (row.codes != nullptr) {
            const terminology::Concept* found = row.codes->translate(text);
            if (!row.codes->knows(text))
                remark(node, row, "the concept map " + row.codes->name() + " does not know this code");
            if (found == nullptr || !put(row.target, element, found->code, row)) return Yield::nothing;
            const std::string_view type = program_.schema().type_name(row.target.type);
            if (!row.target.repeats && (type == "code" || type == "string")) keep_sent(row, text, found->code, open(row.target, element, row, true).at);
            return after_put(row, element);
        }
        if (row.conversion == Conversion::text) {
            const std::string_view trimmed = trim_end(text);
            return !trimmed.empty() && put(row.target, element, trimmed, row) ? after_put(row, element) : Yield::nothing;
        }
        if (row.conversion == Conversion::code_system) {
            const std::string system = naming_.code_system(text, options_.facility.empty() ? options_.sender : options_.facility);
            return put(row.target, element, system, row) ? after_put(row, element) : Yield::nothing;
        }
        auto made = convert(row.conversion, text, options_.zone);
        if (!made || made->empty()) {
            // These look for a form that is only sometimes there.
            const bool looks = row.conversion == Conversion::low || row.conversion == Conversion::high ||
                               row.conversion == Conversion::comparator || row.conversion == Conversion::number_part ||
                               row.conversion >= Conversion::later;
            if (!looks) remark(node, row, "the value has not the form that its type asks for; it is left out");
            return Yield::nothing;
        }
        return put(row.target, element, *made, row, &*made) ? after_put(row, element) : Yield::nothing;
    }

    // Strings may not be only white space, and may not begin or end with it (FHIR R4 2.24.0.1).
    static std::string_view trim_end(std::string_view text) {
        const std::size_t begin = text.find_first_not_of(" \t\r\n");
        if (begin == std::string_view::npos) return {};
        return text.substr(begin, text.find_last_not_of(" \t\r\n") - begin + 1);
    }

    Yield after_put(const Row& row, Index element) {
        if (!row.sets.empty()) set_constants(row, element);
        return Yield::produced;
    }

    void fall_back(const std::vector<Row>& rows, Index element) {
        for (const Row& row : rows) {
            if (row.kind == Row::Kind::use) fall_back(program_.map(row.map).rows, element);
            if (row.kind != Row::Kind::fallback || there(row.target, element)) continue;
            if (!row.absent_reason) {
                put(row.target, element, row.constant, row);
                continue;
            }
            const Opened opened = open(row.target, element, row, true);
            const auto& shapes = program_.shapes();
            const Index extension = draft_.add(opened.at, shapes.extension, fhir::Kind::complex, row.number);
            put_new(extension, shapes.url, "http://hl7.org/fhir/StructureDefinition/data-absent-reason", fhir::Kind::string, row.number);
            put_new(extension, shapes.value_code, row.constant, fhir::Kind::string, row.number);
        }
    }

    // ---- resources

    const std::pair<std::string_view, int>* handle(std::string_view name) const {
        for (const Scope* scope = scope_; scope != nullptr; scope = scope->outer)
            for (const auto& bound : scope->handles)
                if (bound.first == name) return &bound;
        return nullptr;
    }

    // Makes a resource of `node`, or finds the one of the same identity. -1: nothing came of it.
    int make(const Map& map, const Node& node, bool even_if_empty) {
        // The same doctor stands in many fields: the same bytes make the same resource, when nothing else is looked at.
        const Said said{&map, std::string_view(node.text, node.length), node.level};
        if (map.alone)
            if (const auto known = said_.find(said); known != said_.end()) {
                reader_.take_like(node, known->second.node);
                return known->second.resource;
            }
        const Index root = draft_.resource(map.type);
        Made made;
        made.map = &map;
        made.mode = reader_.holds(map.mode_test, node) ? map.mode : Entry::Mode::merge;
        made.maps.push_back(&map);
        made.root = root;
        const Yield yield = run_rows(map.rows, node, root, &made);
        if (yield != Yield::produced && !even_if_empty) return -1;
        auto [name, numbered, of_message, known_by] = identify(map, node, {program_.shapes(), draft_, root, reader_, options_, [this](std::string_view handle_name) {
            const auto* bound = handle(handle_name);
            return bound == nullptr ? std::string_view{} : std::string_view(made_[static_cast<std::size_t>(bound->second)].id);
        }});
        std::string key = map.type + '|' + name;
        const auto [known, fresh] = by_name_.try_emplace(key, Named{static_cast<int>(made_.size()), 1});
        if (!fresh) {
            if (!numbered) {
                const int resource = known->second.resource;
                absorb(map, node, resource);
                return resource;
            }
            key += '#' + std::to_string(++known->second.count);
        }
        made.id = base::derived_id(options_.space, key);
        made.of_message = of_message;
        if (fresh) made.known_by = std::move(known_by);
        made.from = node.text;
        made_.push_back(std::move(made));
        const int index = static_cast<int>(made_.size()) - 1;
        if (map.alone && !numbered) said_.emplace(said, Spoken{node, index});
        return index;
    }

    // Another place speaks of a resource that is there: what it says anew is added.
    void absorb(const Map& map, const Node& node, int resource) {
        const auto index = static_cast<std::size_t>(resource);
        if (made_[index].from == node.text) return;
        Made more;
        const bool before = std::exchange(absorbing_, true);
        run_rows(map.rows, node, made_[index].root, &more);
        absorbing_ = before;
        if (std::find(made_[index].maps.begin(), made_[index].maps.end(), &map) == made_[index].maps.end()) made_[index].maps.push_back(&map);
        for (Deleted& deleted : more.deleted)
            if (std::find(made_[index].deleted.begin(), made_[index].deleted.end(), deleted) == made_[index].deleted.end())
                made_[index].deleted.push_back(std::move(deleted));
    }

    void bind(Scope& scope, std::string_view name, int resource) {
        for (auto& bound : scope.handles)
            if (bound.first == name) {
                bound.second = resource;
                return;
            }
        scope.handles.emplace_back(name, resource);
    }

    void run_message(const std::vector<Row>& rows, const Node& node, Scope& scope) {
        for (const Row& row : rows) {
            switch (row.kind) {
                case Row::Kind::group:
                case Row::Kind::make:
                case Row::Kind::into: run_parts(row, node, scope); break;
                case Row::Kind::link: link(row); break;
                case Row::Kind::merge: join(row); break;
                case Row::Kind::find: find(row, node, scope); break;
                case Row::Kind::drop: {
                    for (Node at = source_.first(node, {0, 0, row.value.anchor}); at; at = source_.next(at)) {
                        if (row.value.steps.empty()) reader_.take(at, Reader::dropped);
                        else {
                            Value below = row.value;
                            below.here = true;
                            reader_.each(below, at, [&](const Node& part) { return reader_.take(part, Reader::dropped), true; });
                        }
                    }
                    break;
                }
                default: break;
            }
        }
    }

    void run_parts(const Row& row, const Node& node, Scope& scope) {
        descend(row.value.anchor, node, [&](const Node& at) { run_part(row, at, scope); });
    }

    // Every node that "A.B" names below `node`.
    template <class F>
    void descend(std::string_view path, const Node& node, const F& visit) {
        const std::size_t dot = path.find('.');
        for (Node at = source_.first(node, {0, 0, path.substr(0, dot)}); at; at = source_.next(at)) {
            if (dot == std::string_view::npos) visit(at);
            else descend(path.substr(dot + 1), at, visit);
        }
    }

    void run_part(const Row& row, const Node& at, Scope& scope) {
        if (row.kind == Row::Kind::group && row.open) {
            run_message(row.children, at, scope);
            return;
        }
        if (row.kind == Row::Kind::group) {
            Scope inner;
            inner.outer = &scope;
            scope_ = &inner;
            run_message(row.children, at, inner);
            scope_ = &scope;
            return;
        }
        if (!reader_.holds(row.test, at)) return;
        const Map& map = program_.map(row.map);
        const auto* bound = row.kind == Row::Kind::into ? handle(row.handle) : nullptr;
        if (bound == nullptr) {
            const int made = make(map, at, true);
            bind(scope, row.handle, made);
            for (const Value& name : row.names) {
                std::string store;
                const std::string_view text = reader_.text_of(name, at, store, false);
                if (!text.empty()) called_.try_emplace(std::string(text), made);  // the first keeps the name
            }
        } else {
            const std::size_t index = static_cast<std::size_t>(bound->second);
            Made into;  // made_ may grow while rows run
            run_rows(map.rows, at, made_[index].root, &into);
            Made& made = made_[index];
            if (std::find(made.maps.begin(), made.maps.end(), &map) == made.maps.end()) made.maps.push_back(&map);
            for (Deleted& deleted : into.deleted) made.deleted.push_back(std::move(deleted));
            if (!into.assumed.empty()) made.assumed = std::move(into.assumed);
        }
        run_message(row.children, at, scope);
    }

    // A resource of another group, by the name that it was given there.
    void find(const Row& row, const Node& node, Scope& scope) {
        for (const Value& name : row.names) {
            std::string store;
            const auto known = called_.find(std::string(reader_.text_of(name, node, store, false)));
            if (known == called_.end() || made_[static_cast<std::size_t>(known->second)].map->type_id != row.type) continue;
            bind(scope, row.handle, known->second);
            return;
        }
    }

    void link(const Row& row) {
        const auto* from = handle(row.handle);
        if (from == nullptr) return;
        const auto* to = handle(row.other);
        if (to != nullptr) tie(row, from->second, to->second);
    }

    void join(const Row& row) {
        const auto* gone = handle(row.handle);
        const auto* kept = handle(row.other);
        if (gone == nullptr || kept == nullptr || (row.or_itself && gone->second == kept->second)) return;
        const Made& from = made_[static_cast<std::size_t>(gone->second)];
        const Made& to = made_[static_cast<std::size_t>(kept->second)];
        Merge merge{row.merge, from.map->type, from.id, to.map->type, to.id};
        if (std::find(merges_.begin(), merges_.end(), merge) == merges_.end()) merges_.push_back(std::move(merge));
    }

    void tie(const Row& row, int from, int to) {
        if (from == to) return;
        if (!tied_.emplace(row.number, (static_cast<std::uint64_t>(from) << 32) | static_cast<std::uint64_t>(to)).second) return;
        const Opened opened = open(row.target, made_[static_cast<std::size_t>(from)].root, row, true);
        if (draft_.find(opened.at, program_.shapes().reference.name) == 0) refer(opened.at, to, row.number);
    }

    // ---- the end

    Translation finish() {
        for (const auto& [at, gathered] : gathered_)
            draft_.node(at).text = draft_.keep(gathered.in64 ? base::base64_encode(gathered.text) : std::string(trim_end(gathered.text)));
        Translation translation;
        translation.entries.reserve(made_.size());
        translation.merges = std::move(merges_);
        translation.findings = std::move(findings_);
        account(translation);
        for (std::size_t i = 0; i < made_.size(); ++i) {
            Made& made = made_[i];
            fhir::Builder build(program_.schema().names());
            build.resource(made.map->type);
            build.value(program_.shapes().id.name, made.id);
            write_children(build, made.root, translation, i, made.map->type);
            for (const Map* map : made.maps) note_whole(map->rows, made);
            translation.entries.push_back({made.map->type, made.id, made.mode, std::move(build).finish(), std::move(made.deleted), made.of_message, std::move(made.known_by),
                                           std::move(made.assumed), std::move(made.alike)});
        }
        return translation;
    }

    // What came of every atom; what came of none is kept with the resource that is named for it.
    void account(Translation& translation) {
        const auto keeper = std::find_if(made_.begin(), made_.end(), [this](const Made& made) {
            return !options_.residue_into.empty() && made.map->name == options_.residue_into;
        });
        for (const Node& atom : source_.atoms()) {
            ++translation.atoms;
            const Reader::Mark mark = reader_.mark(atom);
            if (mark == Reader::kept) {
                ++translation.kept;
            } else if (mark == Reader::dropped) {
                ++translation.dropped;
            } else {
                translation.residue.push_back({source_.where(atom)});
                if (keeper != made_.end() && translation.residue.size() <= most_residue) keep_residue(atom, translation.residue.back().where, keeper->root);
            }
        }
    }

    void keep_residue(const Node& atom, const std::string& where, Index root) {
        const auto& shapes = program_.shapes();
        std::string store;
        const std::string_view value = source_.text(atom, store);
        if (value.find_first_not_of(" \t\r\n") == std::string_view::npos) return;  // a string in FHIR says something
        const Index whole = draft_.add(root, shapes.extension, fhir::Kind::complex, 0);
        put_new(whole, shapes.url, residue_extension, fhir::Kind::string, 0);
        const auto part = [&](std::string_view name, std::string_view text) {
            const Index extension = draft_.add(whole, shapes.extension, fhir::Kind::complex, 0);
            put_new(extension, shapes.url, name, fhir::Kind::string, 0);
            put_new(extension, shapes.value_string, text, fhir::Kind::string, 0);
        };
        part("place", where);
        part("value", value);
    }

    // What is said as a whole leaves nothing standing of what was said before.
    void note_whole(const std::vector<Row>& rows, Made& made) {
        for (const Row& row : rows) {
            if (row.kind == Row::Kind::use) note_whole(program_.map(row.map).rows, made);
            if (row.kind != Row::Kind::whole || draft_.find(made.root, row.target.steps[0].shape.name) == 0) continue;
            Deleted gone{std::string(program_.schema().names().text(row.target.steps[0].shape.name)), {}};
            if (std::find(made.deleted.begin(), made.deleted.end(), gone) == made.deleted.end()) made.deleted.push_back(std::move(gone));
        }
    }

    // A choice has one form (FHIR R4 2.24.0.1): that of the row that came first.
    bool stands_back(Index index, Index parent) const {
        const Draft::Node& node = draft_.node(index);
        for (Index at = draft_.node(parent).first; at != 0; at = draft_.node(at).next)
            if (at < index && draft_.node(at).choice == node.choice && draft_.node(at).name != node.name) return true;
        return false;
    }

    void tell_left_out(const Draft::Node& node, Translation& translation) const {
        const RowPlace& place = program_.place(node.row);
        const auto& names = program_.schema().names();
        translation.findings.push_back({base::Severity::warning, base::IssueType::structure, std::string(names.text(node.name)),
                                        "another form of " + std::string(names.text(node.choice)) + "[x] stands already; this one is left out (" +
                                            program_.file(place.file) + ":" + std::to_string(place.line) + ")"});
    }

    void write_children(fhir::Builder& build, Index parent, Translation& translation, std::size_t entry, const std::string& path) {
        fhir::Name before = fhir::no_name;
        int item = 0;
        for (Index at = draft_.node(parent).first; at != 0; at = draft_.node(at).next) {
            const Draft::Node& node = draft_.node(at);
            if (node.choice != fhir::no_name && stands_back(at, parent)) {
                tell_left_out(node, translation);
                continue;
            }
            item = node.name == before ? item + 1 : 0;
            before = node.name;
            std::string here;
            if (options_.trace) {
                here = path + '.' + std::string(program_.schema().names().text(node.name));
                if (node.list) here += '[' + std::to_string(item) + ']';
            }
            if (node.kind == fhir::Kind::complex) {
                build.open(node.name, node.list);
                write_children(build, at, translation, entry, here);
                build.close();
                continue;
            }
            std::string made;
            std::string_view text = node.text;
            if (node.reference >= 0) {
                const Made& to = made_[static_cast<std::size_t>(node.reference)];
                text = made = to.map->type + '/' + to.id;
            }
            if (options_.trace) {
                const RowPlace& place = program_.place(node.row);
                translation.trace.push_back({entry, here, program_.file(place.file), place.line});
            }
            if (fhir::LongText shared = node.first == 0 ? draft_.shared(text) : nullptr) {
                build.value(node.name, std::move(shared), node.kind, node.list);
            } else if (node.first == 0) {
                build.value(node.name, text, node.kind, node.list);
            } else {
                build.open_value(node.name, text, node.kind, node.list);
                write_children(build, at, translation, entry, here);
                build.close();
            }
        }
    }

    const Program& program_;
    const Source& source_;
    const terminology::Naming& naming_;
    const RunOptions& options_;
    Reader reader_;
    Draft draft_;
    std::vector<Made> made_;
    struct Named {
        int resource = 0;
        int count = 0;
    };
    std::unordered_map<std::string, Named> by_name_;
    struct Said {
        const Map* map = nullptr;
        std::string_view text;
        std::uint8_t level = 0;
        bool operator==(const Said&) const = default;
    };
    struct SaidHash {
        std::size_t operator()(const Said& said) const {
            return std::hash<std::string_view>{}(said.text) ^ std::hash<const void*>{}(said.map);
        }
    };
    struct Spoken {
        Node node;
        int resource = 0;
    };
    std::unordered_map<Said, Spoken, SaidHash> said_;
    std::unordered_map<std::string, int> called_;
    struct Gathered {
        std::string text;
        bool in64 = false;
    };
    std::unordered_map<Index, Gathered> gathered_;
    bool absorbing_ = false;
    std::set<std::pair<std::uint32_t, std::uint64_t>> tied_;  // a link that two rows ask for stands once
    std::vector<Merge> merges_;
    base::Findings findings_;
    const Scope* scope_ = nullptr;
};

}  // namespace

Translation run(const Program& program, const Map& message, const Source& source, const terminology::Naming& naming,
                const RunOptions& options) {
    return Runner(program, source, naming, options).run(message);
}

}  // namespace mapping
