#pragma once

#include <string>

#include "returnflows/base/result.h"

namespace returnflows::sqlite {

// Registers, once for each, a VFS of SQLite over the one named `below` ("": the default) and
// returns its name. It gathers writes that follow one another into one.
//
// SQLite writes each frame of its log by two calls, 24 bytes and a page, and a checkpoint page by
// page. Through this, a commit of some hundred frames is one write to the log. Gathered bytes go
// out before anything else happens to the file: a read, a sync, a truncation, a question for its
// size, a change of its locks. SQLite makes frames known to other connections after a sync only
// (`synchronous=FULL`), so nobody misses what is gathered. What a write should have reported is
// reported by the call that sends the bytes out and by every one after it: by the sync at the
// latest, which is before SQLite relies on the bytes.
//
// For the one connection that writes. Errors: kUnavailable when there is no such VFS.
// Thread: any. Source: https://www.sqlite.org/vfs.html, https://www.sqlite.org/walformat.html.
Result<std::string> gathering_vfs_over(const std::string& below);

}  // namespace returnflows::sqlite
