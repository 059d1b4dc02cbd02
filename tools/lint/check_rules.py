#!/usr/bin/env python3
"""House rules that a text search can check. Each names what to write instead.

Usage: check_rules.py [FILE...]   (default: the C++ sources that git knows or will know; and then also
whether every document that a source or another document names is there)
"""
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]

# (pattern, what to do, files that may): the last is a regular expression over the path.
RULES = [
    (r"\b(system_clock|steady_clock)::now\(", "take a Clock or call monotonic_now()", r"base/clock\.cc$"),
    (r"\bnet::detached\b|\basio::detached\b", "spawn through a TaskGroup", None),
    (r"std::cout\b", "write through the command's output, or log_line()", r"/(cli|server)/|_test\.cc$"),
    (r"\bassert\(", "use RF_CHECK: assert vanishes from release builds", r"static_assert"),
    (r"TODO\(now\)", "do it before it lands", None),
    (r"\bDISABLED_", "mend the test or delete it", None),
    (r"\b(sleep_for|sleep_until|usleep)\b", "poll with a deadline, or use the test clock", r"_test\.cc$|/support/"),
    (r"\bsqlite3_\w+\(|#include\s+<sqlite3\.h>", "go through the store's roles", r"store/sqlite/|tests/support/fault_vfs"),
]
BANNED_NAMES = re.compile(r"(^|_)(util|utils|helper|helpers|manager|common|misc)(_|\.|$)")
# A document as sources name it (path from the root, maybe a heading), and as documents link to it.
NAMED = re.compile(r"\bdocs/[\w/-]+\.md(?:#[\w-]+)?")
LINKED = re.compile(r"\]\((?![a-z]+:)([\w./-]+\.md(?:#[\w-]+)?)\)")
LINES_MAX = 900  # A file this long is about more than one thing; 500 is where review asks.


def files_of(*patterns):
    listed = subprocess.run(["git", "ls-files", "--cached", "--others", "--exclude-standard", "--",
                             *patterns], cwd=ROOT, capture_output=True, text=True, check=True)
    return [ROOT / line for line in listed.stdout.splitlines()]


def sources():
    return files_of("*.h", "*.cc")


def headings_of(document):
    """The anchors of a document's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", document.read_text(encoding="utf-8"), re.M)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


def missing_documents(file):
    """The documents, and headings in them, that `file` names and that are not there."""
    name = file.relative_to(ROOT).as_posix()
    for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
        named = [ROOT / text for text in NAMED.findall(line)]
        if file.suffix == ".md":
            named = [file.parent / text for text in LINKED.findall(line)]
        for reference in named:
            path, _, heading = str(reference).partition("#")
            document = pathlib.Path(path)
            if not document.is_file():
                yield f"{name}:{number}: there is no {document.name} where this points"
            elif heading and heading not in headings_of(document):
                yield f"{name}:{number}: {document.name} has no heading #{heading}"


def problems_of(file):
    name = file.relative_to(ROOT).as_posix()
    if BANNED_NAMES.search(file.name):
        yield f"{name}: the name says nothing; name it for the job it does"
    lines = file.read_text(encoding="utf-8").splitlines()
    if len(lines) > LINES_MAX:
        yield f"{name}: {len(lines)} lines; split it by what its parts are about"
    for number, line in enumerate(lines, 1):
        code = line.split("//", 1)[0]
        if line.rstrip() != line:
            yield f"{name}:{number}: trailing space"
        for pattern, instead, allowed in RULES:
            subject = line if pattern.startswith("TODO") else code
            if not re.search(pattern, subject):
                continue
            if allowed and (re.search(allowed, name) or re.search(allowed, line)):
                continue
            yield f"{name}:{number}: {instead}"


def main():
    files = [pathlib.Path(argument).resolve() for argument in sys.argv[1:]] or sources()
    found = [problem for file in files if file.exists() for problem in problems_of(file)]
    if not sys.argv[1:]:
        named = files_of("*.h", "*.cc", "*.md", "*.py", "*.mjs", "*.toml", "*.json", "*.yaml")
        found += [problem for file in named if file.exists() for problem in missing_documents(file)]
    print("\n".join(found), end="\n" if found else "")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
