// SPDX-License-Identifier: Apache-2.0
#pragma once

// The andiron command: one word says what to do. Exit codes follow sysexits.h: 0 done, 64 wrong usage, 65 bad data,
// 66 no such input, 69 something is not available, 70 our own bug, 73 what shall be made is there already, 74 input or output
// failed, 78 bad configuration.

#include "base/result.h"

#include <string>
#include <string_view>
#include <vector>

namespace app {

using Arguments = std::vector<std::string>;

int run(const Arguments& arguments);

namespace commands {
int serve(const Arguments& arguments);
int validate(const Arguments& arguments);
int path(const Arguments& arguments);
int map(const Arguments& arguments);
int package(const Arguments& arguments);
int unit(const Arguments& arguments);
int code(const Arguments& arguments);
int send(const Arguments& arguments);
int listen(const Arguments& arguments);
int desk(const Arguments& arguments);
int backup(const Arguments& arguments);
int restore(const Arguments& arguments);
int test(const Arguments& arguments);
int version(const Arguments& arguments);
}  // namespace commands

// Prints the fault to stderr and says with which code to exit.
int fail(const base::Fault& fault);
int wrong_usage(std::string_view text, std::string_view command);

// A whole file ("-": standard input). missing when it is not there.
base::Result<std::string> read_file(const std::string& path);

}  // namespace app
