// SPDX-License-Identifier: Apache-2.0
#include "fhir/ucum/table.h"

#include "base/text.h"
#include "fhir/ucum/expression.h"

#include <fmt/format.h>


namespace fhir::ucum {

namespace {

base::Fault broken(std::string_view code, std::string_view why) {
    return {base::Fault::Kind::malformed, fmt::format("the table of units is broken at {}: {}", code, why)};
}

}  // namespace

struct Table::Definition {
    std::string_view code, flags, value, unit, function, name;
};

base::Result<Table> Table::parse(std::string_view text) {
    Table table;
    std::vector<Definition> open;
    for (const std::string_view line : base::split(text, '\n')) {
        if (line.empty() || line[0] == '#') continue;
        const auto cell = base::split(line, '\t');
        if (cell.size() != 7) return broken(line.substr(0, 60), "seven cells are needed");
        const std::string code(cell[1]);
        if (code.empty()) return broken("a line", "it has no code");
        if (cell[0] == "prefix") {
            const auto value = Ratio::parse(cell[3]);
            if (!value || value->value.is_zero()) return broken(code, "not a factor");
            table.prefixes_[code] = {value->value, std::string(cell[6])};
        } else if (cell[0] == "base") {
            const auto at = table.atoms_.try_emplace(code).first;
            at->second.scale.dimension.multiply(at->first, 1);
            at->second.metric = true;
            at->second.name = cell[6];
        } else if (cell[0] == "unit") {
            open.push_back({cell[1], cell[2], cell[3], cell[4], cell[5], cell[6]});
        } else {
            return broken(code, "not a prefix, base or unit");
        }
    }
    TRY(table.resolve(std::move(open)));
    return table;
}

// Definitions name units that may stand further down: those that can be followed are, until all are or none is.
base::Result<void> Table::resolve(std::vector<Definition> open) {
    while (!open.empty()) {
        std::vector<Definition> left;
        base::Fault last;
        for (const Definition& definition : open) {
            Atom atom;
            if (auto defined = define(definition, atom); !defined) {
                last = std::move(defined).fault();
                left.push_back(definition);
                continue;
            }
            const auto at = atoms_.insert_or_assign(std::string(definition.code), std::move(atom)).first;
            Scale& scale = at->second.scale;
            if (scale.special != nullptr) scale.special_code = at->first;
            if (definition.flags.find('a') != std::string_view::npos && scale.dimension.none()) scale.dimension.multiply(at->first, 1);
        }
        if (left.size() == open.size()) return broken(left.front().code, last.text);
        open = std::move(left);
    }
    return {};
}

base::Result<void> Table::define(const Definition& definition, Atom& atom) {
    const auto value = Ratio::parse(definition.value);
    if (!value || value->value.is_zero()) return broken(definition.code, "not a factor");
    TRY(const Expression unit, ucum::parse(definition.unit, *this));
    const Scale scale = scale_of(unit);
    if (scale.special != nullptr || scale.factor.too_large()) return broken(definition.code, "defined by a special unit");
    atom.metric = definition.flags.find('m') != std::string_view::npos;
    atom.name = definition.name;
    atom.scale.dimension = scale.dimension;
    const Ratio factor = scale.factor * value->value;
    if (definition.function == "-") {
        atom.scale.factor = factor;
        if (definition.code == "[pi]") atom.scale.factor = {.over = Natural(1), .pi = 1};
        return {};
    }
    atom.scale.special = find_special(definition.function);
    atom.scale.proper = factor;
    if (atom.scale.special == nullptr) return broken(definition.code, "its function is not known");
    return {};
}

const Prefix* Table::prefix(std::string_view code) const {
    const auto at = prefixes_.find(code);
    return at == prefixes_.end() ? nullptr : &at->second;
}

const Atom* Table::atom(std::string_view code) const {
    const auto at = atoms_.find(code);
    return at == atoms_.end() ? nullptr : &at->second;
}

std::string_view Table::similar(std::string_view code) const {
    if (const auto at = atoms_.find(fmt::format("[{}]", code)); at != atoms_.end()) return at->first;
    std::string_view found;
    for (const auto& [each, atom] : atoms_)
        if (base::equal_ignoring_case(each, code) && (found.empty() || each < found)) found = each;
    return found;
}

}  // namespace fhir::ucum
