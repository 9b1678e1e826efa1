// SPDX-License-Identifier: Apache-2.0
#include "fhir/codec/json.h"
#include "fhir/graphql/check.h"
#include "fhir/graphql/parse.h"
#include "fhir/graphql/select.h"
#include "fhir/testing.h"

namespace {

// A system with one resource, which refers to itself.
class One final : public fhir::graphql::Source {
public:
    explicit One(fhir::View resource) : resource_(resource) {}
    base::Result<fhir::View> read(std::string_view, std::string_view) override { return resource_; }
    base::Result<fhir::View> resolve(std::string_view) override { return resource_; }
    base::Result<std::vector<fhir::View>> list(const fhir::graphql::Search&) override { return std::vector<fhir::View>{resource_, resource_}; }
    base::Result<fhir::graphql::Connection> connect(const fhir::graphql::Search&, bool) override {
        fhir::graphql::Connection page;
        page.edges.push_back({"match", "1", resource_});
        return page;
    }

private:
    fhir::View resource_;
};

}  // namespace

// Any text read as a document; what can be read is checked, what passes is run on a patient and on a system: the answer is JSON.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace fhir;
    const std::string_view text{reinterpret_cast<const char*>(data), size};
    static const Document patient = *codec::read_json(
        R"({"resourceType":"Patient","id":"a","contained":[{"resourceType":"Organization","id":"o","name":"O"}],"active":true,)"
        R"("name":[{"use":"official","family":"A","given":["B","C"],"_given":[null,{"id":"x"}]},{"use":"usual","given":["D"]}],)"
        R"("managingOrganization":{"reference":"#o"},"link":[{"other":{"reference":"Patient/a"},"type":"seealso"}]})",
        testing::r4().names());
    const auto document = graphql::parse(text);
    if (!document) return 0;
    for (const graphql::Operation& operation : document->operations) {
        const auto variables = graphql::bind_variables(operation, "");
        if (!variables) continue;
        for (const bool instance : {true, false}) {
            graphql::Shape root{graphql::Shape::Kind::query, schema::no_type};
            if (instance) root = {graphql::Shape::Kind::element, testing::r4().find_type("Patient")};
            if (!graphql::check(operation, *document, root, testing::r4())) continue;
            One source(patient.root());
            graphql::Budget small;
            small.fields = 20'000;
            small.bytes = 1U << 20U;
            small.steps = 100'000;
            const auto answer = graphql::select({*document, operation, *variables, testing::r4(), 0, small},
                                                instance ? patient.root() : View{}, source);
            if (answer && !codec::read_json(*answer, testing::r4().names(), {.depth = 256, .any_json = true})) __builtin_trap();
        }
    }
    return 0;
}
