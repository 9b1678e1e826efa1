// SPDX-License-Identifier: Apache-2.0
#include "mapping/beside.h"

#include "fhir/primitive.h"
#include "fhir/tree/builder.h"

#include <algorithm>
#include <unordered_map>

namespace mapping {

namespace {

using namespace fhir::literals;
using fhir::View;

// By element: what is put into it, taken out of it, said otherwise.
struct Change {
    std::vector<terminology::Coding> codings;
    fhir::Name without = fhir::no_name;
    std::string display;
    std::string text;
    bool empty() const { return codings.empty() && without == fhir::no_name && display.empty() && text.empty(); }
};
using Changes = std::unordered_map<fhir::Document::Index, Change>;

constexpr std::size_t most_findings = 50;

bool of_hl7(std::string_view system) { return system.starts_with("http://terminology.hl7.org/") || system.starts_with("http://hl7.org/fhir/"); }

// Both are moments, or both are told to the same year, month or day.
bool ends_before(std::string_view start, std::string_view end) {
    constexpr std::size_t day = 10;
    if (start.size() <= day || end.size() <= day) return start.size() == end.size() && end < start;
    const auto from = fhir::primitive::interval(start), to = fhir::primitive::interval(end);
    return from && to && to->from < from->from;
}

class Walk {
public:
    Walk(const Entry& entry, base::Findings& findings, const terminology::Service& terminology)
        : entry_(entry), findings_(findings), terminology_(terminology) {}

    Changes run() {
        visit(entry_.resource.root(), entry_.type);
        std::erase_if(changes_, [](const auto& one) { return one.second.empty(); });
        return std::move(changes_);
    }

private:
    void visit(View element, const std::string& path) {
        for (const View child : element.children()) {
            if (child.primitive() && child.count() == 0) continue;
            if (is_coding(child)) coding(element, child, path);
            else visit(child, path + '.' + std::string(child.name_text()));
        }
        if (ends_before(element.text("start"_name), element.text("end"_name))) {
            changes_[element.index()].without = "end"_name;
            remark(base::IssueType::value, path, "the period ends before it begins; its end is left out");
        }
    }

    // An Identifier has no code, a Quantity a unit or a value, a ContactPoint a value.
    static bool is_coding(View element) {
        return !element.text("system"_name).empty() && !element.text("code"_name).empty() && !element.child("value"_name) && !element.child("unit"_name);
    }

    void coding(View concept_, View coding, const std::string& path) {
        const std::string_view system = coding.text("system"_name), code = coding.text("code"_name);
        const bool in_concept = coding.name() == "coding"_name;
        if (in_concept && !of_hl7(system) && terminology_.translates(system)) {
            const terminology::Coding from{std::string(system), std::string(coding.text("version"_name)), std::string(code), {}};
            for (const terminology::Counterpart& counterpart : terminology_.translate(from, {}))
                if (counterpart.equivalence == "equal" || counterpart.equivalence == "equivalent") add(concept_, counterpart.coding);
        }
        const std::string_view display = coding.text("display"_name);
        const auto verdict = terminology_.validate({system, coding.text("version"_name), code, display}, {});
        using fhir::validate::Answer;
        if (verdict.in_system == Answer::no) {
            changes_[coding.index()].without = "system"_name;
            remark(base::IssueType::code_invalid, path, "the code is not in " + std::string(system) + "; it is kept without the system");
        } else if (verdict.display_fits == Answer::no && !verdict.display.empty()) {
            changes_[coding.index()].display = verdict.display;
            if (in_concept && concept_.text("text"_name).empty()) changes_[concept_.index()].text = display;
            remark(base::IssueType::code_invalid, path, "the display is not that of the code in " + std::string(system) + "; it has the right one now");
        }
    }

    void add(View concept_, const terminology::Coding& coding) {
        for (const View known : concept_.children("coding"_name))
            if (known.text("system"_name) == coding.system && known.text("code"_name) == coding.code) return;
        auto& added = changes_[concept_.index()].codings;
        for (const terminology::Coding& known : added)
            if (known.system == coding.system && known.code == coding.code) return;
        added.push_back(coding);
    }

    void remark(base::IssueType type, const std::string& path, std::string text) {
        if (findings_.size() < most_findings) findings_.push_back({base::Severity::warning, type, path, std::move(text)});
    }

    const Entry& entry_;
    base::Findings& findings_;
    const terminology::Service& terminology_;
    Changes changes_;
};

void copy(View source, const Changes& changes, fhir::Builder& build) {
    const auto found = changes.find(source.index());
    const Change* change = found == changes.end() ? nullptr : &found->second;
    for (const View child : source.children()) {
        if (change != nullptr && child.name() == change->without) continue;
        if (change != nullptr && !change->display.empty() && child.name() == "display"_name) {
            build.value(child.name(), change->display);
            continue;
        }
        if ((child.primitive() && child.count() == 0) || !child.resource_type().empty()) {
            build.copy(child);
            continue;
        }
        const fhir::Name name = child.name() >= fhir::local_base ? build.name(child.name_text()) : child.name();
        if (child.primitive()) build.open_value(name, child.text(), child.kind(), child.list());
        else build.open(name, child.list());
        copy(child, changes, build);
        build.close();
    }
    if (change == nullptr) return;
    for (const terminology::Coding& coding : change->codings) {
        build.open("coding"_name, true);
        build.value("system"_name, coding.system);
        if (!coding.version.empty()) build.value("version"_name, coding.version);
        build.value("code"_name, coding.code);
        if (!coding.display.empty()) build.value("display"_name, coding.display);
        build.close();
    }
    if (!change->text.empty()) build.value("text"_name, change->text);
}

// The trace of one entry as the changes leave it. Walks the resource with the paths that Translation::trace writes.
class Retrace {
public:
    Retrace(const Changes& changes, std::size_t entry, std::vector<Trace>& trace) : changes_(changes), entry_(entry), trace_(trace) {}

    void visit(View element, const std::string& path) {
        if (const auto found = changes_.find(element.index()); found != changes_.end()) note(element, found->second, path);
        fhir::Name before = fhir::no_name;
        int item = 0;
        for (const View child : element.children()) {
            item = child.name() == before ? item + 1 : 0;
            before = child.name();
            if (child.count() == 0) continue;
            visit(child, path + '.' + std::string(child.name_text()) + (child.list() ? '[' + std::to_string(item) + ']' : std::string()));
        }
    }

private:
    void note(View element, const Change& change, const std::string& path) {
        const auto forget = [&](const std::string& gone) {
            std::erase_if(trace_, [&](const Trace& line) { return line.entry == entry_ && line.element == gone; });
        };
        if (change.without != fhir::no_name) forget(path + '.' + std::string(element.child(change.without).name_text()));
        if (!change.display.empty()) {
            forget(path + ".display");
            put(path + ".display");
        }
        auto item = static_cast<std::size_t>(std::ranges::distance(element.children("coding"_name)));
        for (const terminology::Coding& coding : change.codings) {
            const std::string here = path + ".coding[" + std::to_string(item++) + ']';
            put(here + ".system");
            if (!coding.version.empty()) put(here + ".version");
            put(here + ".code");
            if (!coding.display.empty()) put(here + ".display");
        }
        if (!change.text.empty()) put(path + ".text");
    }
    void put(std::string element) { trace_.push_back({entry_, std::move(element), std::string(from_terminology), 0}); }

    const Changes& changes_;
    std::size_t entry_;
    std::vector<Trace>& trace_;
};

}  // namespace

void put_beside(Translation& translation, const terminology::Service& terminology) {
    const bool traced = !translation.trace.empty();
    for (std::size_t number = 0; number < translation.entries.size(); ++number) {
        Entry& entry = translation.entries[number];
        const Changes changes = Walk(entry, translation.findings, terminology).run();
        if (changes.empty()) continue;
        const View root = entry.resource.root();
        if (traced) Retrace(changes, number, translation.trace).visit(root, entry.type);
        fhir::Builder build(root.document().names());
        build.resource(entry.type);
        copy(root, changes, build);
        entry.resource = std::move(build).finish();
    }
    if (traced) std::ranges::stable_sort(translation.trace, {}, &Trace::entry);
}

base::Result<Translation> understand(const Tongue& tongue, std::string_view bytes, base::Micros received, const terminology::Service* terminology,
                                     Traced traced) {
    TRY(Translation translation, traced == Traced::yes ? tongue.traced(bytes, received) : tongue.translate(bytes, received));
    if (terminology != nullptr) put_beside(translation, *terminology);
    return translation;
}

}  // namespace mapping
