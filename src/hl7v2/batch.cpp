// SPDX-License-Identifier: Apache-2.0
#include "hl7v2/batch.h"

#include "base/text.h"
#include "hl7v2/parse.h"

#include <optional>
#include <string>

namespace hl7v2 {
namespace {

constexpr std::size_t most_findings = 200;

std::string_view without_blanks(std::string_view bytes) {
    if (bytes.starts_with("\xEF\xBB\xBF")) bytes.remove_prefix(3);
    const auto start = bytes.find_first_not_of("\r\n \t");
    return start == std::string_view::npos ? std::string_view{} : bytes.substr(start);
}

// One walk over the lines; what is open is closed by whatever comes next.
class Walk {
public:
    Walk(char separator, std::size_t most) : separator_(separator), most_(most) {}

    base::Result<BatchFile> over(std::string_view bytes) {
        while (!bytes.empty()) {
            const auto end = bytes.find_first_of("\r\n");
            const auto line = bytes.substr(0, end);
            auto name = line.substr(0, 3);
            if (line.size() > 3 && line[3] != separator_ && name != "MSH" && name != "FHS" && name != "BHS") name = {};
            ++line_;
            if (name == "MSH") {
                close_message(line.data());
                if (++messages_ > most_)
                    return base::Fault{base::Fault::Kind::too_large, "the file has more messages than are accepted"};
                message_ = line.data();
            } else if (name == "FHS" || name == "BHS" || name == "BTS" || name == "FTS") {
                close_message(line.data());
                envelope(name, line);
            } else if (!message_ && !base::trim(line).empty()) {
                remark(base::Severity::warning, base::IssueType::structure, std::string(line.substr(0, 3)),
                       "a line belongs to no message");
            }
            bytes.remove_prefix(end == std::string_view::npos ? bytes.size() : end + 1);
            if (bytes.empty()) close_message(line.data() + line.size());
        }
        if (!file_.header.empty() && file_.trailer.empty()) unfinished("FTS");
        if (open_ && !batch().header.empty()) unfinished("BTS");
        return std::move(file_);
    }

private:
    Batch& batch() {
        if (!open_) file_.batches.emplace_back();
        open_ = true;
        return file_.batches.back();
    }

    void close_message(const char* end) {
        if (!message_) return;
        batch().messages.emplace_back(message_, static_cast<std::size_t>(end - message_));
        message_ = nullptr;
    }

    void envelope(std::string_view name, std::string_view line) {
        if (name.starts_with('F') || name == "BHS") {
            if (open_ && !batch().header.empty()) unfinished("BTS");
            if (name == "BHS" || name == "FTS") open_ = false;
        }
        if (line.size() > 3 && (name == "FHS" || name == "BHS")) separator_ = line[3];
        if (name == "FHS") {
            if (!file_.header.empty()) nested("FHS");
            else file_.header = line;
        } else if (name == "BHS") {
            batch().header = line;
        } else if (name == "BTS") {
            if (!open_) nested("BTS");
            batch().trailer = line;
            count("BTS-1", line, batch().messages.size());
            open_ = false;
        } else {
            if (!file_.trailer.empty()) nested("FTS");
            file_.trailer = line;
            count("FTS-1", line, file_.batches.size());
        }
    }

    void count(const char* where, std::string_view line, std::size_t found) {
        const auto said = line.size() > 4 ? base::cut(line.substr(4), separator_).first : std::string_view{};
        if (said.empty()) return;
        const auto number = base::to_integer(base::trim(said));
        if (number && *number >= 0 && static_cast<std::size_t>(*number) == found) return;
        remark(base::Severity::error, base::IssueType::value, where,
               "the count is not the number of what was found, " + std::to_string(found));
    }

    void unfinished(const char* what) {
        remark(base::Severity::warning, base::IssueType::structure, what, "the trailer is missing");
    }
    void nested(const char* what) {
        remark(base::Severity::warning, base::IssueType::structure, what, "the segment is out of order");
    }
    void remark(base::Severity severity, base::IssueType type, std::string where, std::string text) {
        if (file_.findings.size() >= most_findings) return;
        file_.findings.push_back({severity, type, std::move(where), std::move(text), line_, 0});
    }

    char separator_;
    std::size_t most_;
    std::size_t messages_ = 0;
    BatchFile file_{};
    bool open_ = false;
    const char* message_ = nullptr;
    int line_ = 0;
};

}  // namespace

bool is_batch(std::string_view bytes) {
    bytes = without_blanks(bytes);
    return bytes.starts_with("FHS") || bytes.starts_with("BHS");
}

base::Result<BatchFile> split_batch(std::string_view bytes, std::size_t most) {
    bytes = without_blanks(bytes);
    TRY(const Delimiters delimiters, read_delimiters(bytes));
    return Walk(delimiters.field, most).over(bytes);
}

}  // namespace hl7v2
