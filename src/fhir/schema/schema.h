// SPDX-License-Identifier: Apache-2.0
#pragma once

// What the definitions say, as rows that are read where they lie.
//
// A build step (fhir/definition/compile) turns StructureDefinitions, value set expansions and SearchParameters
// into one packed file; Schema maps it and answers without parsing or copying anything. Opening costs a few
// milliseconds, most of it for the table of names. Immutable: shared by all threads; outlives every Document.
//
// Rows are flat: the rows of Patient hold what it inherits from DomainResource and Resource, and a backbone
// element is a type of its own, named by its path ("Patient.contact"). A choice element stands once for each of
// its types (valueQuantity, valueString, ...); those rows share `base` ("value"), `place` and cardinality.

#include "base/result.h"
#include "fhir/tree/names.h"

#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace fhir::schema {

using TypeId = std::uint16_t;
inline constexpr TypeId no_type = 0;
inline constexpr std::uint16_t unbounded = 0xFFFF;

enum class TypeKind : std::uint8_t { primitive, complex, backbone, resource };

// How a primitive's text must look (FHIR R4 2.24.0.1).
enum class Format : std::uint8_t {
    none, boolean, integer, unsigned_int, positive_int, decimal, string, markdown, code, id, uri, url, canonical, oid,
    uuid, base64, date, date_time, instant, time, xhtml
};

struct Type {
    std::uint32_t name;      // offset of its name in the pack's text
    std::uint16_t name_length;
    TypeId base;             // what it specializes ("Patient" -> DomainResource, "Age" -> Quantity); no_type at the top
    TypeKind kind;
    Format format;           // for primitives
    std::uint8_t abstract;   // may not be instantiated
    std::uint8_t reserved;
    std::uint32_t first;     // its rows: elements()[first .. first + count), sorted by name number
    std::uint32_t count;
};

struct Element {
    enum Flag : std::uint16_t {
        summary = 1, modifier = 2, choice = 4,
        xml_attribute = 8,     // id of an element, url of an extension (FHIR R4 2.6.1)
        resource_inside = 16,  // contained, Bundle.entry.resource: holds any resource
        reference = 32,        // type Reference or canonical: targets() says to what
    };
    Name name;             // as it stands in JSON: "valueQuantity"
    Name base;             // the element it is a form of: "value"; equal to name when it is no choice
    TypeId type;           // the type of its value; a contentReference points to the referenced backbone
    std::uint16_t min;
    std::uint16_t max;     // unbounded = any number
    std::uint16_t place;   // order of appearance in XML, from 0
    std::uint16_t flags;
    std::uint16_t reserved;
    std::uint32_t value_set;     // index into value_sets() of its required binding; 0 = none
    std::uint32_t first_target;  // type ids of a reference's allowed targets: targets(element)
    std::uint32_t target_count;

    bool repeats() const { return max > 1; }
    bool is(Flag flag) const { return (flags & flag) != 0; }
};

// A required binding's codes: sorted, so that membership is a binary search. `complete` is false when the
// packaged expansion is not the whole set (filters over outside code systems): then nothing is refused by it.
struct ValueSet {
    std::string_view url;
    bool complete = false;
};

// A SearchParameter as published; fhir/search/parameter.h compiles it.
struct SearchParameterRow {
    std::string_view url;
    std::string_view code;
    std::string_view type;          // "token", "date" ...
    std::string_view bases;         // "Patient Practitioner": resource types it applies to, one space between
    std::string_view expression;    // FHIRPath, may be empty (special)
    std::string_view targets;       // for references, as bases
    std::string_view components;    // for composites: "definition-url expression" lines
};

class Schema {
public:
    // Maps the packed file. Fault (unsupported) when it was made by another version of the compiler.
    static base::Result<Schema> open(const std::string& path);

    Schema(Schema&&) noexcept;
    Schema& operator=(Schema&&) noexcept;
    ~Schema();

    const Names& names() const;

    TypeId find_type(std::string_view name) const;  // "Patient", "HumanName", "Patient.contact"; no_type if unknown
    const Type& type(TypeId id) const;
    std::string_view type_name(TypeId id) const;
    std::size_t type_count() const;                 // ids are 1 .. type_count() - 1
    bool derives_from(TypeId type, TypeId base) const;  // also true when equal
    bool is_resource(std::string_view name) const;  // a concrete resource type

    std::span<const Element> elements(TypeId type) const;         // sorted by name number
    const Element* element(TypeId type, Name name) const;         // by the name that stands in JSON; nullptr if unknown
    std::span<const Element* const> in_order(TypeId type) const;  // by place, as XML wants them
    // The forms of a choice ("value" -> valueQuantity, ...), or the one element itself.
    std::span<const Element* const> forms(TypeId type, Name base) const;
    std::span<const TypeId> targets(const Element& element) const;

    ValueSet value_set(std::uint32_t index) const;
    bool contains(std::uint32_t value_set, std::string_view code) const;  // any system: required bindings of code
    bool contains(std::uint32_t value_set, std::string_view system, std::string_view code) const;
    // The code system that `code` comes from in that set; empty when it is not there.
    std::string_view system_of(std::uint32_t value_set, std::string_view code) const;

    std::span<const SearchParameterRow> search_parameters() const;

    // "4.0.1" and the packages it was made from, for CapabilityStatement and logs.
    std::string_view fhir_version() const;

private:
    struct Pack;
    explicit Schema(std::unique_ptr<Pack> pack);
    std::unique_ptr<Pack> pack_;
};

}  // namespace fhir::schema
