// SPDX-License-Identifier: Apache-2.0
// Stands in for the library and the units until their branches are merged; goes away with that merge.
#include "fhir/definition/library.h"
#include "fhir/ucum/units.h"
namespace fhir::definition {
struct Library::Shelves { const schema::Schema* schema; };
base::Result<Library> Library::open(const std::string&, const schema::Schema& schema) { return Library(schema); }
Library::Library(const schema::Schema& s) : shelves_(new Shelves{&s}) {}
Library::Library(const Library& o) : shelves_(new Shelves{*o.shelves_}) {}
Library::Library(Library&&) noexcept = default;
Library& Library::operator=(Library&&) noexcept = default;
Library::~Library() = default;
base::Result<PackageFacts> Library::add_package(const std::string&) { return PackageFacts{}; }
void Library::add(const Document&) {}
void Library::add(std::shared_ptr<const Source>) {}
std::optional<Definition> Library::find(std::string_view, std::string_view, std::string_view) const { return {}; }
bool Library::knows(std::string_view, std::string_view) const { return false; }
const schema::Schema& Library::schema() const { return *shelves_->schema; }
}
namespace fhir::ucum {
struct Units::Table {};
Units::Units(std::unique_ptr<const Table> t) : table_(std::move(t)) {}
Units::Units(Units&&) noexcept = default;
Units& Units::operator=(Units&&) noexcept = default;
Units::~Units() = default;
base::Result<Units> Units::open(const std::string&) { return Units(nullptr); }
}
