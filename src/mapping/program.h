// SPDX-License-Identifier: Apache-2.0
#pragma once

// Maps proven against the schema and compiled to numbers.
//
// compile() refuses a map whose target path, type, cardinality, constant code, concept map or called map does not
// hold; every such fault names file and line, and all of them are collected. What it returns is immutable and is
// shared by all threads. It must not outlive the schema and the concept maps.

#include "fhir/schema/schema.h"
#include "mapping/convert.h"
#include "mapping/draft.h"
#include "mapping/source.h"
#include "mapping/table.h"
#include "mapping/translation.h"
#include "terminology/concept_map.h"

#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

namespace mapping {

struct Value {  // a compiled SourceText
    SourceText::Kind kind = SourceText::Kind::none;
    bool here = true;               // relative to the node at hand; else `anchor` is looked for beside it
    std::string anchor;
    std::vector<Step> steps;
    std::vector<std::string> pieces;
    std::vector<Value> parts;
};

struct Test {  // a compiled Condition
    Condition::Kind kind = Condition::Kind::always;
    Value value;
    std::vector<std::string> values;
    char comparison = '>';
    int number = 0;
    Conversion conversion = Conversion::text;  // is
    std::vector<Test> parts;
};

struct TargetStep {
    Draft::Shape shape;
    std::uint16_t label = 0;
    bool labelled = false;
    fhir::schema::TypeId type = fhir::schema::no_type;
    std::string url;                // of an extension
    bool primitive = false;
};

struct Target {
    std::vector<TargetStep> steps;  // empty: the element at hand
    fhir::schema::TypeId type = fhir::schema::no_type;
    fhir::Kind kind = fhir::Kind::complex;
    bool repeats = false;           // the last step is a list
};

struct Row {
    using Kind = RowText::Kind;
    Kind kind = Kind::row;
    std::uint32_t number = 0;       // index into Program::rows() for the trace
    Value value;
    bool constant_row = false;
    Test test;
    Target target;
    std::vector<Row> children;
    Conversion conversion = Conversion::text;
    int map = -1;                   // the map it runs
    bool makes_resource = false;    // ... and the target is a Reference to what that makes
    const terminology::ConceptMap* codes = nullptr;
    std::string constant;
    bool absent_reason = false;
    struct Set {
        Target target;
        std::string value;
        bool only_if_absent = false;
    };
    std::vector<Set> sets;
    std::string handle;             // make, into, link, merge
    std::string other;              // link, merge: the handle pointed to
    Merge::Kind merge = Merge::Kind::merge;
    bool or_itself = false;
    struct Part {
        Value value;
        Target element;
        bool is_element = false, optional = false;
        std::string handle;
        std::vector<std::string> types;  // of an Identifier: types or systems looked for first
        bool only_these = false;         // ... and no other counts
    };
    std::vector<Part> identity;
    std::vector<std::string> elements;  // remove, assumed, alike
    bool numbered = false;
    bool open = false;              // group
    std::vector<Value> names;       // make, find
    fhir::schema::TypeId type = fhir::schema::no_type;  // find
};

struct Map {
    std::string name;
    std::string source;
    std::string type;
    fhir::schema::TypeId type_id = fhir::schema::no_type;
    bool resource = false;
    bool message = false;
    Entry::Mode mode = Entry::Mode::merge;
    Test mode_test;  // where it does not hold, entries are merged
    bool alone = false;  // reads nothing but its own node and the sender: the same text makes the same
    std::vector<Row> rows;
    std::vector<Row> identities;
};

struct RowPlace {
    std::uint32_t file = 0;
    int line = 0;
};

class Program {
public:
    // `maps` in loading order: a later map of the same name changes the earlier one row by row.
    static base::Result<Program> compile(std::vector<MapText> maps, const fhir::schema::Schema& schema,
                                         const terminology::ConceptMaps& codes);

    const Map* message(std::string_view structure) const;
    const Map& map(int index) const { return maps_[static_cast<std::size_t>(index)]; }
    const std::vector<Map>& maps() const { return maps_; }
    const fhir::schema::Schema& schema() const { return *schema_; }

    const RowPlace& place(std::uint32_t row) const { return places_[row]; }
    const std::string& file(std::uint32_t number) const { return files_[number]; }

    // Shapes of elements that the engine itself writes.
    struct Shapes {
        Draft::Shape id, url, extension, value_code, value_string, value_concept, reference, coding, code, system, display, identifier_type, identifier_system, identifier_value;
    };
    const Shapes& shapes() const { return shapes_; }

    Program(Program&&) = default;
    Program& operator=(Program&&) = default;

private:
    friend class Compiler;
    Program() = default;

    const fhir::schema::Schema* schema_ = nullptr;
    std::vector<Map> maps_;
    std::unordered_map<std::string, int> by_name_;
    std::vector<RowPlace> places_;
    std::vector<std::string> files_;
    Shapes shapes_;
};

}  // namespace mapping
