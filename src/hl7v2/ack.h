// SPDX-License-Identifier: Apache-2.0
#pragma once

// Acknowledgements (HL7 v2 2.9): which are expected, what they say, and their bytes.
// Pure: the id and the time of an answer come as arguments. Texts hold no patient data: they are those of
// Faults and Findings, and the codes of table 0357.

#include "base/clock.h"
#include "base/finding.h"
#include "base/result.h"
#include "hl7v2/delimiters.h"
#include "hl7v2/message.h"

#include <string>
#include <string_view>
#include <vector>

namespace hl7v2 {

// What an answer mirrors of the sender's MSH, each as it lies there.
struct Sender {
    Delimiters delimiters{};
    std::string application, facility;                      // MSH-3, MSH-4
    std::string receiving_application, receiving_facility;  // MSH-5, MSH-6
    std::string type, event;                                // MSH-9.1, MSH-9.2
    std::string control_id;                                 // MSH-10
    std::string processing;                                 // MSH-11
    std::string version;                                    // MSH-12
    std::string accept, application_accept;                 // MSH-15, MSH-16
    std::string charset;                                    // MSH-18
};

Sender sender_of(const Message& message);
// As much as can be read of bytes that parse() refused (or of how they began); defaults for the rest.
Sender sender_of_bytes(std::string_view bytes);

// When one kind of acknowledgement is wanted (table 0155).
enum class When { never, always, on_error, on_success };

struct Expected {
    bool enhanced = false;  // MSH-16 says something: CA/CE/CR come into play
    When commit = When::never;
    When application = When::always;
};

// Original mode: one application acknowledgement. Enhanced mode (2.9.3) needs MSH-16, which it requires; then MSH-15 and
// MSH-16 say what is wanted, and an empty MSH-15 wants no commit. Why MSH-15 alone is not enough: docs/decisions/0009. An ACK is never acknowledged, and other responses (with an MSA) only by a commit.
Expected acknowledgements(const Message& message);
Expected acknowledgements(const Sender& sender, bool response);
bool wanted(When when, bool success);

enum class Answer { AA, AE, AR, CA, CE, CR };
const char* spelling(Answer answer);
Answer as_commit(Answer answer);  // AA to CA and so on

// One line of an ERR segment.
struct Remark {
    int code = 207;  // table 0357
    base::Severity severity = base::Severity::error;
    std::string where;  // a Location's text, or another place (a FHIRPath), or empty
    std::string text;
};

struct Verdict {
    Answer answer = Answer::AA;
    std::vector<Remark> remarks{};
};

// Table 0357 from what a Fault or Finding says: its type and, where MSH is concerned, its place.
int error_code(base::IssueType type, std::string_view where);
const char* error_text(int code);

// AR when the message as such cannot be taken (malformed, unsupported, too large, not allowed), AE when its
// content cannot; with the Fault itself and its findings as remarks.
Verdict refused(const base::Fault& fault);
// AA, or AE when a finding is an error; all findings but information become remarks.
Verdict accepted(const base::Findings& findings);

// The bytes of the answer, in the sender's delimiters, version and character set (left
// out when we do not know it). MSH-9 is ACK^event^ACK (without
// its third part before 2.3.1), MSA-2 the sender's MSH-10. ERR as of 2.5 one a remark (ERR-2, 3, 4, 7, 8), before
// one with ERR-1 repeated; MSA-3 holds the first text before 2.5. At most 100 remarks are told.
std::string acknowledge(const Sender& sender, const Verdict& verdict, std::string_view control_id, base::Micros now);

}  // namespace hl7v2
