// SPDX-License-Identifier: Apache-2.0
#include "store/relational/sql_text.h"

#include "store/relational/database_fixture.h"

#include <doctest/doctest.h>

using namespace store::relational;

TEST_SUITE("store/relational/sql_text") {
    TEST_CASE("texts that a question brings come back from the database as they were, whatever stands in them") {
        const Folder folder;
        auto connection = *store::sql::Connection::open(folder.file(), store::sql::Mode::write);
        std::vector<std::string> texts{"", "plain", "\"", "\\", "\\\"]", "a\",\"b", "'); drop table resource; --", "\xc3\xa4\xf0\x9f\x98\x80", "\x7f"};
        for (char c = 1; c < ' '; ++c) texts.push_back(std::string("x") + c + "y");
        auto select = *connection->prepare("select value from json_each(?) order by key");
        const std::string json = json_of(texts);
        select.bind(std::string_view(json));
        for (const std::string& text : texts) {
            REQUIRE(*select.step());
            CHECK(select.text(0) == text);
        }
        CHECK_FALSE(*select.step());
        CHECK(json_of(std::vector<std::string>()) == "[]");
        CHECK(json_of(std::vector<std::int64_t>{-1, 0, 9'000'000'000}) == "[-1,0,9000000000]");
    }
}
