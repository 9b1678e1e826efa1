// SPDX-License-Identifier: Apache-2.0
#include "fhir/resource/bundle.h"

#include <doctest/doctest.h>

using fhir::resource::Body;
using fhir::resource::BundleText;
using fhir::resource::Piece;

namespace {

std::string joined(const std::vector<Piece>& pieces) {
    std::string text;
    for (const Piece& piece : pieces) {
        if (const auto* own = std::get_if<std::string>(&piece)) text += *own;
        else text += *std::get<Body>(piece);
    }
    return text;
}

}  // namespace

TEST_SUITE("fhir/resource/bundle") {
    TEST_CASE("a searchset shares the bodies that it holds") {
        const auto body = std::make_shared<const std::string>(R"({"resourceType":"Patient","id":"1"})");
        BundleText bundle("searchset", "b1", 0);
        bundle.link("self", "http://h/Patient?name=\"a\"");
        bundle.link("next", "http://h/n");
        bundle.total(2);
        bundle.entry({.full_url = "http://h/Patient/1", .resource = body, .search_mode = "match"});
        bundle.entry({.full_url = "http://h/Patient/2", .resource = body, .search_mode = "match"});
        const auto pieces = std::move(bundle).finish();
        CHECK(std::get<Body>(pieces[1]) == body);
        CHECK(joined(pieces) ==
              R"({"resourceType":"Bundle","id":"b1","type":"searchset","link":[{"relation":"self",)"
              R"("url":"http://h/Patient?name=\"a\""},{"relation":"next","url":"http://h/n"}],"total":2,"entry":[)"
              R"({"fullUrl":"http://h/Patient/1","resource":{"resourceType":"Patient","id":"1"},"search":{"mode":"match"}},)"
              R"({"fullUrl":"http://h/Patient/2","resource":{"resourceType":"Patient","id":"1"},"search":{"mode":"match"}}]})");
    }
    TEST_CASE("nothing found is a bundle without entries") {
        BundleText bundle("searchset", "", 0);
        bundle.total(0);
        CHECK(joined(std::move(bundle).finish()) == R"({"resourceType":"Bundle","type":"searchset","total":0})");
    }
    TEST_CASE("an entry of a history says what was asked and what came of it") {
        BundleText bundle("history", "", 0);
        bundle.entry({.full_url = "u", .method = "DELETE", .url = "Patient/1", .status = "204 No Content", .version = 2});
        CHECK(joined(std::move(bundle).finish()) ==
              R"({"resourceType":"Bundle","type":"history","entry":[{"fullUrl":"u",)"
              R"("request":{"method":"DELETE","url":"Patient/1"},)"
              R"("response":{"status":"204 No Content","etag":"W/\"2\""}}]})");
    }
}
