// SPDX-License-Identifier: Apache-2.0
// Any text as a settings file, its first line as a pair of the command line: refused with a reason, or every setting answers in its bounds.
#include "base/settings.h"
#include "base/text.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>

namespace {

const base::Schema& schema() {
    using Kind = base::Setting::Kind;
    static const base::Schema all{{"port", Kind::integer, "80", "A port.", 0, 65535},
                                  {"ratio", Kind::real, "0.5", "A part.", 0, 1},
                                  {"on", Kind::boolean, "true", "Whether."},
                                  {"idle", Kind::duration, "5s", "How long.", 10, 86'400'000},
                                  {"body", Kind::size, "1KiB", "How much.", 1, 1 << 30},
                                  {"names", Kind::texts, "a,b", "Which."},
                                  {"level", Kind::text, "info", "How.", {}, {}, {"info", "error"}},
                                  {"door.*.port", Kind::integer, "1", "Of a door.", 0, 65535},
                                  {"door.*.key.*.file", Kind::text, "", "Of a door's key."}};
    return all;
}

void require(bool truth) {
    if (!truth) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const auto [line, toml] = base::cut(text, '\n');
    base::Settings::Pairs pairs;
    if (auto pair = base::setting_pair(line)) pairs.push_back(*std::move(pair));
    const auto settings = base::Settings::read(schema(), toml, "x.toml", pairs);
    if (!settings) {
        require(!settings.fault().text.empty());
        return 0;
    }
    require(settings->integer("port") >= 0 && settings->integer("port") <= 65535);
    require(settings->real("ratio") >= 0 && settings->real("ratio") <= 1);
    require(settings->integer("idle") >= 10 && settings->integer("idle") <= 86'400'000);
    require(settings->integer("body") >= 1 && settings->integer("body") <= 1 << 30);
    require(settings->text("level") == "info" || settings->text("level") == "error");
    (void)settings->boolean("on");
    (void)settings->texts("names");
    for (const std::string& door : settings->names("door")) {
        const std::int64_t port = settings->integer("door." + door + ".port");
        require(port >= 0 && port <= 65535);
        for (const std::string& key : settings->names("door." + door + ".key")) (void)settings->text("door." + door + ".key." + key + ".file");
    }
    return 0;
}
