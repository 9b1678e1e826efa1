// SPDX-License-Identifier: Apache-2.0
#include "mapping/draft.h"

#include <doctest/doctest.h>

using namespace mapping;

namespace {

std::string names_of(const Draft& draft, Draft::Index parent) {
    std::string text;
    for (Draft::Index at = draft.node(parent).first; at != 0; at = draft.node(at).next) text += static_cast<char>('a' + draft.node(at).name);
    return text;
}

}  // namespace

TEST_SUITE("mapping/draft") {

TEST_CASE("children stand in the schema's order, repeats together, whatever order they came in") {
    Draft draft;
    const Draft::Index root = draft.resource("Patient");
    const Draft::Shape a{0, 1, true}, b{1, 2, true}, c{2, 3, false};
    draft.add(root, c, fhir::Kind::string, 0);
    draft.add(root, a, fhir::Kind::string, 0);
    const Draft::Index first_b = draft.add(root, b, fhir::Kind::string, 0);
    draft.add(root, a, fhir::Kind::string, 0);
    const Draft::Index second_b = draft.add(root, b, fhir::Kind::string, 0, 7);
    CHECK(names_of(draft, root) == "aabbc");
    CHECK(draft.find(root, 1) == first_b);
    CHECK(draft.find(root, 1, 7) == second_b);
    draft.move_first(second_b);
    CHECK(draft.find(root, 1) == second_b);
    CHECK(names_of(draft, root) == "aabbc");
    draft.remove(first_b);
    draft.remove(second_b);
    CHECK(names_of(draft, root) == "aac");
    draft.add(root, b, fhir::Kind::string, 0);
    CHECK(names_of(draft, root) == "aabc");
}

TEST_CASE("a long text is kept without a copy, for documents to share") {
    Draft draft;
    std::string letter(fhir::long_text, 'x');
    const char* const bytes = letter.data();
    const std::string_view kept = draft.keep(std::move(letter));
    CHECK(kept.data() == bytes);
    REQUIRE(draft.shared(kept) != nullptr);
    CHECK(draft.shared(kept)->data() == bytes);
    CHECK(draft.shared(draft.keep(std::string("short"))) == nullptr);
    CHECK(draft.shared(draft.keep(std::string_view(*draft.shared(kept)))) != draft.shared(kept));
}

}
