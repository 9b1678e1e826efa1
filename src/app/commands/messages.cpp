// SPDX-License-Identifier: Apache-2.0
#include "app/commands/messages.h"

#include "app/commands.h"
#include "hl7v2/batch.h"

#include <algorithm>
#include <filesystem>

namespace app {

base::Result<std::vector<std::string>> read_messages(const std::vector<std::string>& paths) {
    namespace files = std::filesystem;
    std::vector<std::string> names;
    for (const std::string& path : paths) {
        std::error_code error;
        if (path == "-" || !files::is_directory(path, error)) {
            names.push_back(path);
            continue;
        }
        std::vector<std::string> found;
        for (files::recursive_directory_iterator at(path, error), end; !error && at != end; at.increment(error))
            if (at->is_regular_file(error)) found.push_back(at->path().string());
        std::sort(found.begin(), found.end());
        names.insert(names.end(), found.begin(), found.end());
    }
    std::vector<std::string> messages;
    for (const std::string& name : names) {
        TRY(std::string text, read_file(name));
        const auto batch = hl7v2::split_batch(text);
        std::size_t count = 0;
        if (batch)
            for (const hl7v2::Batch& one : batch->batches) count += one.messages.size();
        if (!batch || (count <= 1 && !hl7v2::is_batch(text))) {
            messages.push_back(std::move(text));
            continue;
        }
        for (const hl7v2::Batch& one : batch->batches)
            for (const std::string_view message : one.messages) messages.emplace_back(message);
    }
    return messages;
}

}  // namespace app
