// SPDX-License-Identifier: Apache-2.0
#pragma once

// The layout of the packed definitions: what definition/compile writes and Schema maps.
//
// One header, then sections of flat rows, each starting at a multiple of 8. Rows point at each other by index and
// at text by (offset, length), so that the file works wherever it is mapped and its pages are shared by all
// processes. Numbers are those of the machine that made the file: it is a build product, never sent around.

#include "fhir/schema/schema.h"

#include <array>
#include <cstdint>

namespace fhir::schema::pack {

inline constexpr std::uint64_t magic = 0x4B4341502D444E41;  // "AND-PACK"
inline constexpr std::uint32_t layout = 1;                  // counts up whenever a row changes its shape or meaning

enum Section : std::uint32_t {
    text,         // char
    extra_names,  // TextRef: element names after those of tree/names.def, in the order of their numbers
    types,        // Type; [0] stands for "no type"
    type_slots,   // TypeSlot, one a type: where its elements are looked up
    type_lookup,  // TypeId, open addressing by hash(name); 0 = free; a power of two of them
    elements,     // Element
    slots,        // Slot, open addressing by slot_of(name)
    order,        // std::uint16_t: the rows of a type by place, as offsets from Type::first
    targets,      // TypeId
    value_sets,   // ValueSetRow; [0] stands for "none"
    codes,        // CodeRow, those of one value set sorted by code, then system
    parameters,   // ParameterRow
    sections
};

struct TextRef {
    std::uint32_t offset = 0;
    std::uint32_t length = 0;
};

struct TypeSlot {
    std::uint32_t first = 0;  // into `slots`
    std::uint32_t mask = 0;   // slots of this type, less one: a power of two less one
};

struct Slot {
    static constexpr std::uint16_t free = 0xFFFF;
    static constexpr std::uint16_t form = 0x8000;  // the name is the base of a choice; the row is its first form
    Name name = no_name;
    std::uint16_t row = free;  // offset from Type::first
};

struct ValueSetRow {
    TextRef url;
    std::uint32_t complete = 0;
    std::uint32_t first = 0;
    std::uint32_t count = 0;
};

struct CodeRow {
    TextRef code;
    TextRef system;
};

struct ParameterRow {
    TextRef url, code, type, bases, expression, targets, components;
};

struct Place {
    std::uint64_t offset = 0;  // bytes from the start of the file
    std::uint64_t count = 0;   // rows
};

struct Header {
    std::uint64_t magic = 0;
    std::uint32_t layout = 0;
    std::uint32_t known_names = 0;   // tree/names.def as it was when the file was made:
    std::uint64_t known_digest = 0;  // its numbers stand in the rows
    std::uint64_t size = 0;          // of the whole file
    std::uint64_t digest = 0;        // of all bytes after the header
    TextRef fhir_version;
    std::array<Place, sections> places{};
};

// FNV-1a; for type names and for the list of known names.
constexpr std::uint64_t hash(std::string_view bytes, std::uint64_t seed = 0xCBF29CE484222325) {
    for (const char c : bytes) seed = (seed ^ static_cast<unsigned char>(c)) * 0x100000001B3;
    return seed;
}

std::uint64_t known_digest();
// Quick and good enough to notice a damaged file; not against an enemy.
std::uint64_t digest(std::string_view bytes);

inline std::uint32_t slot_of(Name name, std::uint32_t mask) {
    return ((std::uint32_t{name} * 0x9E3779B1U) >> 15U) & mask;
}

}  // namespace fhir::schema::pack
