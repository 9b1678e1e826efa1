// SPDX-License-Identifier: Apache-2.0
#include "fhir/validate/structure.h"

#include "base/character.h"
#include "fhir/primitive.h"
#include "fhir/resource/narrative.h"
#include "fhir/schema/written.h"

#include <fmt/format.h>
#include <algorithm>
#include <utility>
#include <vector>

namespace fhir::validate {

namespace {

using base::IssueType;
using schema::Element;
using schema::Format;
using schema::Schema;
using schema::TypeId;
using schema::TypeKind;

constexpr std::size_t longest_string = 1024 * 1024;  // characters (FHIR R4 2.24.0.1)
constexpr std::uint32_t most_repetitions = 100'000;  // of one element in one place: more is an attack, or wants several resources

bool matches(Format format, std::string_view text) {
    switch (format) {
        case Format::none: return true;
        case Format::boolean: return primitive::is_boolean(text);
        case Format::integer: return primitive::is_integer(text);
        case Format::unsigned_int: return primitive::is_unsigned_int(text);
        case Format::positive_int: return primitive::is_positive_int(text);
        case Format::decimal: return primitive::is_decimal(text);
        case Format::string:
        case Format::markdown: return primitive::is_string(text);
        case Format::code: return primitive::is_code(text);
        case Format::id: return primitive::is_id(text);
        case Format::uri:
        case Format::url:
        case Format::canonical: return primitive::is_uri(text);
        case Format::oid: return primitive::is_oid(text);
        case Format::uuid: return primitive::is_uuid(text);
        case Format::base64: return primitive::is_base64(text);
        case Format::date: return primitive::is_date(text);
        case Format::date_time: return primitive::is_date_time(text);
        case Format::instant: return primitive::is_instant(text);
        case Format::time: return primitive::is_time(text);
        case Format::xhtml: return true;  // narrative.h
    }
    return true;
}

const char* spelling(Kind kind) {
    switch (kind) {
        case Kind::boolean: return "true or false";
        case Kind::number: return "a number";
        default: return "a string";
    }
}

std::size_t characters(std::string_view text) {
    return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xC0) != 0x80; }));
}

class Walk {
public:
    explicit Walk(const Schema& schema)
        : schema_(schema),
          extension_(schema.find_type("Extension")),
          coding_(schema.find_type("Coding")),
          codeable_(schema.find_type("CodeableConcept")) {}

    base::Findings run(View root) {
        if (root.resource_type().empty()) {
            report(IssueType::structure, "resourceType is missing");
        } else {
            path_.push_back({root.resource_type(), -1});
            resource(root, false);
        }
        return std::move(findings_);
    }

private:
    struct Step {
        std::string_view name;
        std::int64_t index;  // -1 when the element does not repeat
    };

    std::string where() const {
        std::string text;
        for (const Step& step : path_) {
            if (!text.empty()) text += '.';
            text += step.name;
            if (step.index >= 0) text += fmt::format("[{}]", step.index);
        }
        return text;
    }

    bool full() const { return findings_.size() > most_findings; }

    void report(IssueType type, std::string text, base::Severity severity = base::Severity::error) {
        if (findings_.size() < most_findings) {
            findings_.push_back({severity, type, where(), std::move(text)});
        } else if (!full()) {
            findings_.push_back({base::Severity::error, IssueType::too_long, {}, "and more; these are the first"});
        }
    }

    void resource(View node, bool inside_contained) {
        const std::string_view name = node.resource_type();
        if (!schema_.is_resource(name))
            return report(IssueType::not_supported, fmt::format("{} is no resource type of R4", shortened(name)));
        const bool before = std::exchange(inside_contained_, inside_contained);
        const std::size_t first_local = local_.size();
        children(node, schema_.find_type(name));
        inside_contained_ = before;
        if (inside_contained) return;
        if (node.child("contained"_name) && !full()) contained_are_used(node, first_local);
        local_.resize(first_local);
    }

    // Each contained resource has an id of its own, and something refers to it or it refers to its container (dom-3).
    void contained_are_used(View node, std::size_t first_local) {
        std::vector<std::string_view> used;
        for (std::size_t i = first_local; i < local_.size(); ++i) used.push_back(local_[i].id);
        std::sort(used.begin(), used.end());
        std::vector<std::string_view> ids;
        std::int64_t index = 0;
        for (View contained : node.children("contained"_name)) {
            const std::string_view id = contained.text("id"_name);
            const auto up =
                std::find_if(local_.begin() + static_cast<std::ptrdiff_t>(first_local), local_.end(),
                             [&](const Local& local) { return local.id.empty() && local.contained == index; });
            path_.push_back({schema_.names().text("contained"_name), index++});
            if (up == local_.end() && (id.empty() || !std::binary_search(used.begin(), used.end(), id)))
                report(IssueType::invariant, "nothing refers to this contained resource (dom-3)");
            path_.pop_back();
            if (!id.empty()) ids.push_back(id);
        }
        std::sort(ids.begin(), ids.end());
        if (std::adjacent_find(ids.begin(), ids.end()) != ids.end())
            report(IssueType::invariant, "two contained resources have the same id");
    }

    void children(View node, TypeId type) {
        const std::size_t first = counts_.size();
        counts_.resize(first + schema_.type(type).count);
        for (View child : node.children()) {
            if (full()) break;
            const Element* row = schema_.element(type, child.name());
            if (row == nullptr) {
                unknown(child);
                continue;
            }
            Count& count = counts_[first + row->place];
            if (count.number == most_repetitions) {
                path_.push_back({schema_.names().text(row->base), -1});
                report(IssueType::too_long, "an element may stand at most 100,000 times in one place");
                path_.pop_back();
                break;
            }
            path_.push_back(
                {schema_.names().text(row->base), row->repeats() ? static_cast<std::int64_t>(count.number) : -1});
            if (count.number > 0 && count.form != row->name) {
                report(IssueType::structure, "a choice element may have one of its types only");
            } else if (count.number == row->max && row->max != schema::unbounded) {
                report(IssueType::structure, row->max == 1 ? std::string("this element may not repeat")
                                                           : fmt::format("at most {} of these", row->max));
            }
            if (child.list() != row->repeats())
                report(IssueType::structure,
                       row->repeats() ? "a list is expected here" : "a single value is expected here, not a list");
            ++count.number;
            count.form = row->name;
            element(child, *row);
            path_.pop_back();
        }
        if (!full()) required(type, first);
        counts_.resize(first);
    }

    void required(TypeId type, std::size_t first) {
        const auto rows = schema_.in_order(type);
        for (std::size_t i = 0; i < rows.size(); ++i) {
            const Element& row = *rows[i];
            if (row.min == 0 || row.place != i || counts_[first + row.place].number >= row.min) continue;
            path_.push_back({schema_.names().text(row.base), -1});
            report(IssueType::required, row.min == 1 ? std::string("this element is required")
                                                     : fmt::format("at least {} of these are required", row.min));
            path_.pop_back();
        }
    }

    void unknown(View child) {
        path_.push_back({shortened(child.name_text()), -1});
        report(IssueType::structure, "no such element here");
        path_.pop_back();
    }

    void element(View node, const Element& row) {
        if (row.is(Element::resource_inside)) return inside(node, row);
        if (!node.resource_type().empty()) return report(IssueType::structure, "no resource may stand here");
        const schema::Type& type = schema_.type(row.type);
        if (type.kind == TypeKind::primitive) {
            if (!node.primitive()) return report(IssueType::structure, "a value is expected here, not an object");
            return value(node, row, type);
        }
        if (node.primitive()) return report(IssueType::structure, "an object is expected here, not a value");
        if (!node.first_child()) return report(IssueType::structure, "an empty element is not a value");
        if (only_id(node)) return report(IssueType::invariant, "an element needs more than an id (ele-1)");
        children(node, row.type);
        if (row.type == extension_) extension(node);
        if (row.value_set != 0) coded(node, row);
    }

    static bool only_id(View node) {
        const View first = node.first_child();
        return first && first.name() == "id"_name && !first.next();
    }

    void inside(View node, const Element& row) {
        if (node.resource_type().empty()) return report(IssueType::structure, "resourceType is missing");
        if (row.name != "contained"_name) return resource(node, false);
        if (inside_contained_)
            return report(IssueType::invariant, "a contained resource may not contain others (dom-2)");
        const std::int64_t before = std::exchange(contained_index_, path_.back().index);
        resource(node, true);
        contained_index_ = before;
    }

    void value(View node, const Element& row, const schema::Type& type) {
        if (node.kind() == Kind::absent) {
            if (!node.child("extension"_name))
                return report(IssueType::invariant, "an element needs a value or extensions (ele-1)");
        } else {
            if (node.kind() != schema::written_as(type.format))
                return report(IssueType::value, fmt::format("{} is expected here", spelling(schema::written_as(type.format))));
            text(node.text(), row, type.format);
        }
        if (node.first_child()) children(node, row.type);
    }

    void text(std::string_view text, const Element& row, Format format) {
        if (format == Format::xhtml) {
            if (auto problem = resource::check_narrative(text))
                report(problem->type, std::move(problem->text), problem->severity);
            return;
        }
        if (!matches(format, text))
            return report(IssueType::value, fmt::format("this is not a valid {}", schema_.type_name(row.type)));
        if ((format == Format::string || format == Format::markdown || format == Format::code) && text.size() > longest_string &&
            characters(text) > longest_string)
            return report(IssueType::too_long, "a string holds at most 1,048,576 characters");
        if (text.starts_with('#')) note_local(text, row, format);
        if (row.value_set == 0 || schema_.contains(row.value_set, text)) return;
        if (const schema::ValueSet set = schema_.value_set(row.value_set); set.complete)
            report(IssueType::code_invalid, fmt::format("this code is not in the required value set {}", set.url));
    }

    // "#id" in a reference or an address: it points to a contained resource, "#" to the one that contains.
    void note_local(std::string_view text, const Element& row, Format format) {
        const bool address = format == Format::uri || format == Format::url || format == Format::canonical;
        if (address || row.name == "reference"_name)
            local_.push_back({text.substr(1), inside_contained_ ? contained_index_ : -1});
    }

    // A Coding, or a CodeableConcept of which one coding is enough. Text alone is left to whoever knows more.
    void coded(View node, const Element& row) {
        const schema::ValueSet set = schema_.value_set(row.value_set);
        if (!set.complete) return;
        const auto fits = [&](View coding) {
            return schema_.contains(row.value_set, coding.text("system"_name), coding.text("code"_name));
        };
        bool any = false;
        bool good = false;
        if (row.type == coding_) {
            any = node.child("code"_name).has_value();
            good = fits(node);
        } else if (row.type == codeable_) {
            for (View coding : node.children("coding"_name)) {
                any = any || coding.child("code"_name).has_value();
                good = good || fits(coding);
            }
        }
        if (any && !good)
            report(IssueType::code_invalid, fmt::format("no code here is in the required value set {}", set.url));
    }

    // ext-1: a value or extensions, and not both.
    void extension(View node) {
        bool extensions = false;
        bool value = false;
        for (View child : node.children()) {
            if (child.name() == "extension"_name) {
                extensions = true;
            } else if (child.name() != "id"_name && child.name() != "url"_name) {
                value = true;
            }
        }
        if (extensions == value)
            report(IssueType::invariant, "an extension has a value or extensions, and not both (ext-1)");
    }

    static std::string_view shortened(std::string_view name) { return base::beginning(name, 64); }

    struct Count {
        std::uint32_t number = 0;
        Name form = no_name;
    };

    struct Local {
        std::string_view id;
        std::int64_t contained;  // from inside of which contained resource; -1: from outside of them
    };

    const Schema& schema_;
    TypeId extension_;
    TypeId coding_;
    TypeId codeable_;
    base::Findings findings_;
    std::vector<Step> path_;
    std::vector<Count> counts_;  // one a place, of all open elements one behind the other
    std::vector<Local> local_;   // of the resource that is open
    std::int64_t contained_index_ = -1;
    bool inside_contained_ = false;
};

}  // namespace

base::Findings check_structure(View resource, const schema::Schema& schema) { return Walk(schema).run(resource); }

}  // namespace fhir::validate
