// SPDX-License-Identifier: Apache-2.0
// pack_units OUTPUT DEFINITIONS CORRECTIONS: writes the table of units that the server opens (fhir/ucum/table.h) from the JSON file of
// the npm package @lhncbc/ucum-lhc. A build step. Ends with an error when a definition is neither plain nor corrected.

#include "product.h"

#include "base/text.h"

#include <fmt/format.h>
#include <rapidjson/document.h>

#include <cmath>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <map>
#include <string>
#include <vector>

namespace {

struct Unit {
    std::string value, unit, function = "-", name;
};

[[noreturn]] void stop(const std::string& text) {
    fmt::print(stderr, "pack_units: {}\n", text);
    std::exit(1);
}

std::string read(const char* path) {
    std::ifstream file(path, std::ios::binary);
    if (!file) stop(fmt::format("{} cannot be read", path));
    return {std::istreambuf_iterator<char>(file), {}};
}

// A table of the file: names of the columns, then rows of values.
class Rows {
public:
    explicit Rows(const rapidjson::Value& table) : rows_(table["data"]) {
        for (const auto& each : table["config"].GetArray())
            columns_[each.IsArray() ? each[0].GetString() : each.GetString()] = static_cast<rapidjson::SizeType>(columns_.size());
    }
    rapidjson::SizeType size() const { return rows_.Size(); }
    const rapidjson::Value& at(rapidjson::SizeType row, const char* column) const {
        const auto found = columns_.find(column);
        if (found == columns_.end()) stop(fmt::format("the column {} is missing", column));
        return rows_[row][found->second];
    }
    std::string text(rapidjson::SizeType row, const char* column) const {
        const auto& value = at(row, column);
        return value.IsString() ? value.GetString() : "";
    }

private:
    const rapidjson::Value& rows_;
    std::map<std::string, rapidjson::SizeType> columns_;
};

std::map<std::string, Unit> read_corrections(const char* path) {
    std::map<std::string, Unit> result;
    const std::string text = read(path);
    for (const std::string_view line : base::split(text, '\n')) {
        if (line.empty() || line[0] == '#') continue;
        const auto cells = base::split(line, '\t');
        if (cells.size() != 5) stop(fmt::format("{}: five cells are needed: {}", path, line));
        result[std::string(cells[0])] = {std::string(cells[1]), std::string(cells[2]), std::string(cells[3]), std::string(cells[4])};
    }
    return result;
}

std::string prefixes(const Rows& rows) {
    std::string result;
    for (rapidjson::SizeType i = 0; i < rows.size(); ++i) {
        const std::string exponent = rows.text(i, "exp_");
        const std::string factor = exponent.empty() ? fmt::format("{:.0f}", rows.at(i, "value_").GetDouble()) : "1e" + exponent;
        result += fmt::format("prefix\t{}\t-\t{}\t-\t-\t{}\n", rows.text(i, "code_"), factor, rows.text(i, "name_"));
    }
    return result;
}

// The definition as the file has it. Its factor stands twice, as text and as number; where they differ the text is not whole.
Unit defined(const Rows& rows, rapidjson::SizeType i) {
    Unit result{rows.text(i, "baseFactorStr_"), rows.text(i, "csUnitString_"), "-", rows.text(i, "name_")};
    const auto& factor = rows.at(i, "baseFactor_");
    const bool special = rows.at(i, "isSpecial_").IsTrue();
    if (special) result.function = rows.text(i, "cnv_");
    const bool inverse = !special && rows.at(i, "cnv_").IsString();
    const auto written = base::to_double(result.value);
    const bool plain = special ? factor.IsNumber() && factor.GetDouble() == 1
                               : written && factor.IsNumber() && std::abs(*written / factor.GetDouble() - 1) < 1e-12;
    if (special && plain) result.value = "1";
    if (!plain || inverse || result.unit.empty()) result.value = "";  // needs a correction
    return result;
}

std::string units(const Rows& rows, std::map<std::string, Unit> corrections) {
    std::string result;
    for (rapidjson::SizeType i = 0; i < rows.size(); ++i) {
        if (rows.text(i, "source_") != "UCUM") continue;  // the others are products of these
        const std::string code = rows.text(i, "csCode_");
        Unit unit = defined(rows, i);
        if (const auto found = corrections.find(code); found != corrections.end()) {
            const auto take = [](std::string& into, const std::string& from) { if (from != "-") into = from; };
            take(unit.value, found->second.value);
            take(unit.unit, found->second.unit);
            take(unit.function, found->second.function);
            take(unit.name, found->second.name);
            corrections.erase(found);
        }
        if (rows.at(i, "isBase_").IsTrue()) {
            result += fmt::format("base\t{}\tm\t1\t-\t-\t{}\n", code, unit.name);
            continue;
        }
        if (unit.value.empty()) stop(code + " has no plain definition; ucum-corrections.tsv must give it");
        std::string flags = rows.at(i, "isMetric_").IsTrue() ? "m" : "";
        if (rows.at(i, "isArbitrary_").IsTrue()) flags += "a";
        result += fmt::format("unit\t{}\t{}\t{}\t{}\t{}\t{}\n", code, flags.empty() ? "-" : flags, unit.value, unit.unit, unit.function, unit.name);
    }
    if (!corrections.empty()) stop(corrections.begin()->first + " is corrected, but not there");
    return result;
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 4) {
        fmt::print(stderr, "usage: pack_units OUTPUT DEFINITIONS CORRECTIONS\n");
        return 2;
    }
    const std::string text = read(argv[2]);
    rapidjson::Document document;
    document.Parse(text.data(), text.size());
    if (document.HasParseError() || !document.IsObject() || !document.HasMember("prefixes") || !document.HasMember("units"))
        stop(fmt::format("{} is not the expected JSON", argv[2]));
    const std::string table = "# kind\tcode\tflags (m: takes prefixes, a: arbitrary)\tvalue\tunit\tfunction\tname\n" + prefixes(Rows(document["prefixes"])) +
                              units(Rows(document["units"]), read_corrections(argv[3]));
    if (!write_product(argv[1], table)) stop(fmt::format("{} cannot be written", argv[1]));
    fmt::print("{}: {} bytes\n", argv[1], table.size());
    return 0;
}
