// SPDX-License-Identifier: Apache-2.0
#pragma once

// How the write-ahead log gets to the disk: SQLite hands over each page of it in two pieces, and each piece would be a call of the system; a group
// of messages has hundreds. Here pieces that follow each other are put together and go out as one, 120 KiB at most, at the latest when
// the log is synced, read, measured or cut.
//
// Nothing is promised any earlier for it: with synchronous=FULL a commit becomes visible to other connections only behind the sync. What
// cannot be written is told by the call that makes it go out.
//
// Everything else of the file system is what lies beneath: SQLite's default at the moment of the question.

namespace store::sql {

// The name of the file system to open a connection with now; null, which is the default one, when it cannot be had. Thread-safe.
const char* gathered_log();

}  // namespace store::sql
