// SPDX-License-Identifier: Apache-2.0
#include "fhir/definition/layout.h"

#include "fhir/definition/model.h"

#include <algorithm>
#include <bit>
#include <cstring>

namespace fhir::definition {

using schema::Element;
using schema::no_type;
using schema::Type;
using schema::TypeId;
using schema::TypeKind;
namespace pack = schema::pack;

namespace {

// The part of `path` below `parent`, when it is a direct child: "contact" for Patient.contact below Patient.
std::string_view child_of(std::string_view path, std::string_view parent) {
    if (!path.starts_with(parent) || path.size() <= parent.size() + 1 || path[parent.size()] != '.') return {};
    path.remove_prefix(parent.size() + 1);
    return path.find('.') == std::string_view::npos ? path : std::string_view{};
}

std::string capitalized(std::string_view type) {
    std::string text(type);
    if (!text.empty() && text[0] >= 'a' && text[0] <= 'z') text[0] = static_cast<char>(text[0] - 'a' + 'A');
    return text;
}

template <class Row>
void write_section(std::string& out, pack::Header& header, pack::Section section, const Row* rows, std::size_t count) {
    out.resize((out.size() + 7) / 8 * 8);
    header.places[section] = {out.size(), count};
    out.append(reinterpret_cast<const char*>(rows), count * sizeof(Row));
}

base::Fault unknown_type(std::string_view path, std::string_view type) {
    return {base::Fault::Kind::invalid, "nothing defines the type " + std::string(type), std::string(path)};
}

}  // namespace

pack::TextRef Layout::text(std::string_view content) {
    const auto [found, fresh] = texts_.try_emplace(std::string(content));
    if (fresh) {
        found->second = {static_cast<std::uint32_t>(text_.size()), static_cast<std::uint32_t>(content.size())};
        text_ += content;
    }
    return found->second;
}

Name Layout::name(std::string_view content) { return names_.intern(content); }

TypeId Layout::find(std::string_view name) const {
    const auto found = std::lower_bound(plans_.begin(), plans_.end(), name,
                                        [](const Plan& plan, std::string_view wanted) { return plan.name < wanted; });
    return found != plans_.end() && found->name == name ? static_cast<TypeId>(found - plans_.begin() + 1) : no_type;
}

// One type a StructureDefinition, and one for each of its elements that has children.
void Layout::plan_types() {
    for (const auto& [type_name, type] : source_.types_) {
        plans_.push_back({type_name, &type, type.base, type.kind, type.abstract});
        for (std::size_t i = 0; i + 1 < type.elements.size(); ++i) {
            const ElementModel& element = type.elements[i];
            if (child_of(type.elements[i + 1].path, element.path).empty()) continue;
            plans_.push_back({element.path, &type, element.forms.empty() ? "Element" : element.forms[0].type,
                              TypeKind::backbone, false});
        }
    }
    std::sort(plans_.begin(), plans_.end(), [](const Plan& a, const Plan& b) { return a.name < b.name; });
}

base::Result<void> Layout::lay_types() {
    types_.push_back({});
    type_slots_.push_back({});
    slots_.push_back({});
    for (const Plan& plan : plans_) {
        Type type{};
        const pack::TextRef ref = text(plan.name);
        type.name = ref.offset;
        type.name_length = static_cast<std::uint16_t>(ref.length);
        type.base = find(plan.base);
        if (type.base == no_type && !plan.base.empty()) return unknown_type(plan.name, plan.base);
        type.kind = plan.kind;
        type.format = plan.kind == TypeKind::primitive ? format_of(plan.name) : schema::Format::none;
        type.abstract = plan.abstract ? 1 : 0;
        type.first = static_cast<std::uint32_t>(elements_.size());
        TRY(lay_elements(plan, type));
        lay_order(type);
        lay_slots(type);
        types_.push_back(type);
    }
    return {};
}

base::Result<TypeId> Layout::type_of(const Plan& plan, const ElementModel& element, std::string_view type) const {
    if (const TypeId own = find(element.path); own != no_type) return own;  // has children here
    if (!element.content_reference.empty()) {
        const TypeId other = find(element.content_reference);
        if (other == no_type) return unknown_type(element.path, element.content_reference);
        return other;
    }
    const TypeId found = find(type);
    if (found == no_type) return unknown_type(element.path.empty() ? plan.name : element.path, type);
    return found;
}

base::Result<void> Layout::lay_elements(const Plan& plan, Type& type) {
    std::uint16_t place = 0;
    for (const ElementModel& element : plan.owner->elements) {
        const std::string_view own = child_of(element.path, plan.name);
        if (own.empty()) continue;
        const bool choice = own.ends_with("[x]");
        const std::string_view base = choice ? own.substr(0, own.size() - 3) : own;

        Element row{};
        row.base = name(base);
        row.min = element.min;
        row.max = element.max;
        row.place = place;
        row.flags = static_cast<std::uint16_t>(element.flags | (choice ? Element::choice : 0));
        if (!element.value_set.empty()) row.value_set = value_set(element.value_set);

        const std::vector<ElementModel::Form> none{{}};
        const std::vector<ElementModel::Form>& forms = element.forms.empty() ? none : element.forms;
        for (const ElementModel::Form& form : forms) {
            Element one = row;
            one.name = choice ? name(std::string(base) + capitalized(form.type)) : row.base;
            TRY(const TypeId id, type_of(plan, element, form.type));
            one.type = id;
            if (form.type == "Resource") one.flags |= Element::resource_inside;
            if (form.type == "Reference" || form.type == "canonical") one.flags |= Element::reference;
            one.first_target = static_cast<std::uint32_t>(targets_.size());
            for (const std::string& target : form.targets)
                if (const TypeId to = find(target); to != no_type) targets_.push_back(to);
            one.target_count = static_cast<std::uint32_t>(targets_.size()) - one.first_target;
            elements_.push_back(one);
            ++place;
            if (!choice) break;
        }
    }
    type.count = static_cast<std::uint32_t>(elements_.size()) - type.first;
    std::sort(elements_.begin() + type.first, elements_.end(),
              [](const Element& a, const Element& b) { return a.name < b.name; });
    return {};
}

void Layout::lay_order(const Type& type) {
    std::vector<std::uint16_t> rows(type.count);
    for (std::uint16_t i = 0; i < type.count; ++i) rows[i] = i;
    std::stable_sort(rows.begin(), rows.end(), [&](std::uint16_t a, std::uint16_t b) {
        return elements_[type.first + a].place < elements_[type.first + b].place;
    });
    order_.insert(order_.end(), rows.begin(), rows.end());
}

void Layout::lay_slots(const Type& type) {
    const auto size = static_cast<std::uint32_t>(std::bit_ceil(std::size_t{type.count} * 2 + 2));
    const auto first = static_cast<std::uint32_t>(slots_.size());
    slots_.resize(slots_.size() + size);
    type_slots_.push_back({first, size - 1});
    const auto put = [&](Name key, std::uint16_t row) {
        std::uint32_t at = pack::slot_of(key, size - 1);
        while (slots_[first + at].row != pack::Slot::free) {
            if (slots_[first + at].name == key) return;
            at = (at + 1) & (size - 1);
        }
        slots_[first + at] = {key, row};
    };
    for (std::uint16_t i = 0; i < type.count; ++i) put(elements_[type.first + i].name, i);
    for (std::uint16_t i = 0; i < type.count; ++i)
        if (elements_[type.first + i].is(Element::choice))
            put(elements_[type.first + i].base, static_cast<std::uint16_t>(i | pack::Slot::form));
}

void Layout::lay_type_lookup() {
    type_lookup_.assign(std::bit_ceil(types_.size() * 2), no_type);
    for (std::size_t i = 0; i < plans_.size(); ++i) {
        std::size_t at = pack::hash(plans_[i].name) & (type_lookup_.size() - 1);
        while (type_lookup_[at] != no_type) at = (at + 1) & (type_lookup_.size() - 1);
        type_lookup_[at] = static_cast<TypeId>(i + 1);
    }
}

std::uint32_t Layout::value_set(const std::string& url) {
    if (value_sets_.empty()) value_sets_.push_back({});
    const auto [found, fresh] = value_set_numbers_.try_emplace(url, static_cast<std::uint32_t>(value_sets_.size()));
    if (fresh) {
        pack::ValueSetRow row{text(url), 0, static_cast<std::uint32_t>(codes_.size()), 0};
        if (const auto expansion = source_.expansions_.find(url); expansion != source_.expansions_.end()) {
            row.complete = expansion->second.complete ? 1 : 0;
            for (const Compiler::Code& code : expansion->second.codes)
                codes_.push_back({text(code.code), text(code.system)});
        }
        row.count = static_cast<std::uint32_t>(codes_.size()) - row.first;
        value_sets_.push_back(row);
    }
    return found->second;
}

void Layout::lay_parameters() {
    for (const auto& [url, parameter] : source_.parameters_) {
        parameters_.push_back({text(url), text(parameter.code), text(parameter.type), text(parameter.bases),
                               text(parameter.expression), text(parameter.targets), text(parameter.components)});
    }
}

base::Result<std::string> Layout::pack() {
    plan_types();
    if (plans_.size() >= 0xFFFE) return base::Fault{base::Fault::Kind::too_large, "more types than a pack can number"};
    value_sets_.assign(1, {});
    TRY(lay_types());
    lay_type_lookup();
    lay_parameters();
    if (names_.size() >= local_base)
        return base::Fault{base::Fault::Kind::too_large, "more element names than a pack can number"};

    std::vector<pack::TextRef> extra;
    for (std::size_t i = std::size(known::names); i < names_.size(); ++i)
        extra.push_back(text(names_.text(static_cast<Name>(i))));

    pack::Header header;
    header.magic = pack::magic;
    header.layout = pack::layout;
    header.known_names = static_cast<std::uint32_t>(std::size(known::names));
    header.known_digest = pack::known_digest();
    header.fhir_version = text(source_.fhir_version_);

    std::string out(sizeof header, '\0');
    write_section(out, header, pack::extra_names, extra.data(), extra.size());
    write_section(out, header, pack::types, types_.data(), types_.size());
    write_section(out, header, pack::type_slots, type_slots_.data(), type_slots_.size());
    write_section(out, header, pack::type_lookup, type_lookup_.data(), type_lookup_.size());
    write_section(out, header, pack::elements, elements_.data(), elements_.size());
    write_section(out, header, pack::slots, slots_.data(), slots_.size());
    write_section(out, header, pack::order, order_.data(), order_.size());
    write_section(out, header, pack::targets, targets_.data(), targets_.size());
    write_section(out, header, pack::value_sets, value_sets_.data(), value_sets_.size());
    write_section(out, header, pack::codes, codes_.data(), codes_.size());
    write_section(out, header, pack::parameters, parameters_.data(), parameters_.size());
    write_section(out, header, pack::text, text_.data(), text_.size());
    header.size = out.size();
    header.digest = pack::digest(std::string_view(out).substr(sizeof header));
    std::memcpy(out.data(), &header, sizeof header);
    return out;
}

}  // namespace fhir::definition
