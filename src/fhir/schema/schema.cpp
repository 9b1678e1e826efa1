// SPDX-License-Identifier: Apache-2.0
#include "fhir/schema/schema.h"

#include "fhir/schema/mapping.h"
#include "fhir/schema/pack.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <vector>

namespace fhir::schema {

namespace {

base::Fault damaged(const std::string& path, const char* what) {
    return {base::Fault::Kind::invalid,
            "the packed definitions " + path + " are damaged (" + what + "); build them anew"};
}

}  // namespace

struct Schema::Pack {
    Mapping mapping;
    pack::Header header;
    Names names;
    std::string_view text;
    std::span<const Type> types;
    std::span<const pack::TypeSlot> type_slots;
    std::span<const TypeId> type_lookup;
    std::span<const Element> elements;
    std::span<const pack::Slot> slots;
    std::span<const TypeId> targets;
    std::span<const pack::ValueSetRow> value_sets;
    std::span<const pack::CodeRow> codes;
    std::vector<const Element*> in_order;  // parallel to `elements`, those of one type by place
    std::vector<SearchParameterRow> parameters;

    std::string_view at(pack::TextRef ref) const { return text.substr(ref.offset, ref.length); }
    bool holds(pack::TextRef ref) const { return std::uint64_t{ref.offset} + ref.length <= text.size(); }

    template <class Row>
    bool take(pack::Section section, std::span<const Row>& rows) const {
        const auto [offset, count] = header.places[section];
        const std::size_t size = mapping.bytes().size();
        if (offset % 8 != 0 || offset > size || count > (size - offset) / sizeof(Row)) return false;
        rows = {reinterpret_cast<const Row*>(mapping.bytes().data() + offset), static_cast<std::size_t>(count)};
        return true;
    }

    const char* read();
    const char* check_types() const;
    const char* check_elements() const;
    const char* check_value_sets() const;
    const char* read_order();
    const char* read_parameters();
    const pack::Slot* slot(TypeId type, Name name) const;
};

// What is wrong with the file, or nullptr. Afterwards no index in it leads astray.
const char* Schema::Pack::read() {
    std::span<const char> characters;
    std::span<const pack::TextRef> extra;
    const bool fit = take(pack::text, characters) && take(pack::extra_names, extra) && take(pack::types, types) &&
                     take(pack::type_slots, type_slots) && take(pack::type_lookup, type_lookup) &&
                     take(pack::elements, elements) && take(pack::slots, slots) && take(pack::targets, targets) &&
                     take(pack::value_sets, value_sets) && take(pack::codes, codes);
    if (!fit) return "a section lies outside of the file";
    text = {characters.data(), characters.size()};
    if (!holds(header.fhir_version)) return "text";
    if (extra.size() + names.size() >= local_base) return "too many names";
    for (const pack::TextRef ref : extra) {
        if (!holds(ref)) return "text";
        const std::size_t before = names.size();
        if (names.intern(at(ref)) != before) return "a name stands twice";
    }
    if (const char* wrong = check_types()) return wrong;
    if (const char* wrong = check_elements()) return wrong;
    if (const char* wrong = check_value_sets()) return wrong;
    if (const char* wrong = read_order()) return wrong;
    return read_parameters();
}

const char* Schema::Pack::check_types() const {
    if (types.empty() || types.size() != type_slots.size() || types.size() > 0xFFFF) return "types";
    if (!std::has_single_bit(type_lookup.size()) || type_lookup.size() <= types.size()) return "type lookup";
    for (const TypeId id : type_lookup)
        if (id >= types.size()) return "type lookup";
    if (std::ranges::find(type_lookup, no_type) == type_lookup.end()) return "type lookup";
    for (std::size_t i = 0; i < types.size(); ++i) {
        const Type& type = types[i];
        if (!holds({type.name, type.name_length}) || type.base >= types.size()) return "types";
        if (std::uint64_t{type.first} + type.count > elements.size() || type.count >= pack::Slot::form) return "types";
        const pack::TypeSlot& where = type_slots[i];
        if (std::uint64_t{where.first} + where.mask >= slots.size() || !std::has_single_bit(where.mask + 1ULL))
            return "slots";
        bool free = false;
        for (std::size_t s = where.first; s <= where.first + where.mask; ++s) {
            if (slots[s].row == pack::Slot::free) {
                free = true;
            } else if ((slots[s].row & ~pack::Slot::form) >= type.count) {
                return "slots";
            }
        }
        if (!free) return "slots";  // a look-up of what is not there would not end
    }
    return nullptr;
}

const char* Schema::Pack::check_elements() const {
    for (const Element& row : elements) {
        if (row.name == no_name || row.name >= names.size() || row.base >= names.size()) return "elements";
        if (row.type == no_type || row.type >= types.size() || row.value_set >= value_sets.size()) return "elements";
        if (std::uint64_t{row.first_target} + row.target_count > targets.size()) return "elements";
    }
    for (const TypeId target : targets)
        if (target >= types.size()) return "targets";
    return nullptr;
}

const char* Schema::Pack::check_value_sets() const {
    if (value_sets.empty()) return "value sets";
    for (const pack::ValueSetRow& row : value_sets)
        if (!holds(row.url) || std::uint64_t{row.first} + row.count > codes.size()) return "value sets";
    for (const pack::CodeRow& row : codes)
        if (!holds(row.code) || !holds(row.system)) return "codes";
    return nullptr;
}

const char* Schema::Pack::read_order() {
    std::span<const std::uint16_t> order;
    if (!take(pack::order, order) || order.size() != elements.size()) return "order";
    in_order.resize(elements.size());
    for (const Type& type : types) {
        for (std::size_t i = type.first; i < std::size_t{type.first} + type.count; ++i) {
            if (order[i] >= type.count) return "order";
            in_order[i] = &elements[type.first + order[i]];
            if (in_order[i]->place > i - type.first) return "order";
        }
    }
    for (const Element*& row : in_order)
        if (row == nullptr) return "order";
    return nullptr;
}

const char* Schema::Pack::read_parameters() {
    std::span<const pack::ParameterRow> rows;
    if (!take(pack::parameters, rows)) return "a section lies outside of the file";
    parameters.reserve(rows.size());
    for (const pack::ParameterRow& row : rows) {
        for (const pack::TextRef ref :
             {row.url, row.code, row.type, row.bases, row.expression, row.targets, row.components})
            if (!holds(ref)) return "search parameters";
        parameters.push_back({at(row.url), at(row.code), at(row.type), at(row.bases), at(row.expression),
                              at(row.targets), at(row.components)});
    }
    return nullptr;
}

const pack::Slot* Schema::Pack::slot(TypeId type, Name name) const {
    const pack::TypeSlot where = type_slots[type];
    for (std::uint32_t i = pack::slot_of(name, where.mask);; i = (i + 1) & where.mask) {
        const pack::Slot& candidate = slots[where.first + i];
        if (candidate.name == name && candidate.row != pack::Slot::free) return &candidate;
        if (candidate.row == pack::Slot::free) return nullptr;
    }
}

Schema::Schema(std::unique_ptr<Pack> pack) : pack_(std::move(pack)) {}
Schema::Schema(Schema&&) noexcept = default;
Schema& Schema::operator=(Schema&&) noexcept = default;
Schema::~Schema() = default;

base::Result<Schema> Schema::open(const std::string& path) {
    auto mapping = Mapping::open(path);
    if (!mapping) return base::Fault{mapping.fault().kind, "the packed definitions: " + mapping.fault().text};
    if (mapping->bytes().size() < sizeof(pack::Header)) return damaged(path, "too short");

    auto pack = std::make_unique<Pack>();
    pack->mapping = *std::move(mapping);
    const std::size_t size = pack->mapping.bytes().size();
    std::memcpy(&pack->header, pack->mapping.bytes().data(), sizeof(pack::Header));
    const pack::Header& header = pack->header;
    if (header.magic != pack::magic) return damaged(path, "not a pack");
    if (header.layout != pack::layout || header.known_names != std::size(known::names) ||
        header.known_digest != pack::known_digest()) {
        return base::Fault{base::Fault::Kind::unsupported,
                           "the packed definitions " + path + " were made by another version; build them anew"};
    }
    if (header.size != size) return damaged(path, "cut short");
    if (header.digest != pack::digest(pack->mapping.bytes().substr(sizeof(pack::Header))))
        return damaged(path, "changed");
    if (const char* wrong = pack->read()) return damaged(path, wrong);
    return Schema(std::move(pack));
}

const Names& Schema::names() const { return pack_->names; }

TypeId Schema::find_type(std::string_view name) const {
    const std::span<const TypeId> lookup = pack_->type_lookup;
    for (std::size_t i = pack::hash(name) & (lookup.size() - 1); lookup[i] != no_type;
         i = (i + 1) & (lookup.size() - 1))
        if (type_name(lookup[i]) == name) return lookup[i];
    return no_type;
}

const Type& Schema::type(TypeId id) const { return pack_->types[id]; }

std::string_view Schema::type_name(TypeId id) const {
    const Type& row = pack_->types[id];
    return pack_->text.substr(row.name, row.name_length);
}

std::size_t Schema::type_count() const { return pack_->types.size(); }

bool Schema::derives_from(TypeId type, TypeId base) const {
    for (std::size_t steps = 0; type != no_type && steps < pack_->types.size(); ++steps) {
        if (type == base) return true;
        type = pack_->types[type].base;
    }
    return false;
}

bool Schema::is_resource(std::string_view name) const {
    const Type& row = type(find_type(name));
    return row.kind == TypeKind::resource && row.abstract == 0;
}

std::span<const Element> Schema::elements(TypeId type) const {
    const Type& row = pack_->types[type];
    return pack_->elements.subspan(row.first, row.count);
}

const Element* Schema::element(TypeId type, Name name) const {
    const pack::Slot* slot = pack_->slot(type, name);
    return slot == nullptr || (slot->row & pack::Slot::form) != 0
               ? nullptr
               : &pack_->elements[pack_->types[type].first + slot->row];
}

std::span<const Element* const> Schema::in_order(TypeId type) const {
    const Type& row = pack_->types[type];
    return std::span(pack_->in_order).subspan(row.first, row.count);
}

std::span<const Element* const> Schema::forms(TypeId type, Name base) const {
    const pack::Slot* slot = pack_->slot(type, base);
    if (slot == nullptr) return {};
    const Element& first = pack_->elements[pack_->types[type].first + (slot->row & ~pack::Slot::form)];
    const std::span<const Element* const> all = in_order(type);
    if (first.name == base) return all.subspan(first.place, 1);
    if (first.base != base) return {};
    std::size_t end = first.place;
    while (end < all.size() && all[end]->place == first.place) ++end;
    return all.subspan(first.place, end - first.place);
}

std::span<const TypeId> Schema::targets(const Element& element) const {
    return pack_->targets.subspan(element.first_target, element.target_count);
}

ValueSet Schema::value_set(std::uint32_t index) const {
    const pack::ValueSetRow& row = pack_->value_sets[index];
    return {pack_->at(row.url), row.complete != 0};
}

bool Schema::contains(std::uint32_t value_set, std::string_view code) const {
    const pack::ValueSetRow& row = pack_->value_sets[value_set];
    const std::span<const pack::CodeRow> codes = pack_->codes.subspan(row.first, row.count);
    const auto found =
        std::lower_bound(codes.begin(), codes.end(), code,
                         [this](const pack::CodeRow& a, std::string_view b) { return pack_->at(a.code) < b; });
    return found != codes.end() && pack_->at(found->code) == code;
}

std::string_view Schema::system_of(std::uint32_t value_set, std::string_view code) const {
    const pack::ValueSetRow& row = pack_->value_sets[value_set];
    const std::span<const pack::CodeRow> codes = pack_->codes.subspan(row.first, row.count);
    const auto found = std::lower_bound(codes.begin(), codes.end(), code, [this](const pack::CodeRow& a, std::string_view b) {
        return pack_->at(a.code) < b;
    });
    return found != codes.end() && pack_->at(found->code) == code ? pack_->at(found->system) : std::string_view{};
}

bool Schema::contains(std::uint32_t value_set, std::string_view system, std::string_view code) const {
    const pack::ValueSetRow& row = pack_->value_sets[value_set];
    const std::span<const pack::CodeRow> codes = pack_->codes.subspan(row.first, row.count);
    auto found = std::lower_bound(codes.begin(), codes.end(), code,
                                  [this](const pack::CodeRow& a, std::string_view b) { return pack_->at(a.code) < b; });
    for (; found != codes.end() && pack_->at(found->code) == code; ++found)
        if (pack_->at(found->system) == system) return true;
    return false;
}

std::span<const SearchParameterRow> Schema::search_parameters() const { return pack_->parameters; }

std::string_view Schema::fhir_version() const { return pack_->at(pack_->header.fhir_version); }

}  // namespace fhir::schema
