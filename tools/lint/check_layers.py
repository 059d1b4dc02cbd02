#!/usr/bin/env python3
"""Fails when a file includes a folder that its own folder may not depend on.

The table is that of ARCHITECTURE.md ("Who may include whom"); a new arrow needs an ADR.
Usage: check_layers.py [SOURCE_ROOT]   (default: src/returnflows beside this script's repository)
"""
import pathlib
import re
import sys

BASE = {"base"}
RULES = BASE | {"events"}
DOMAIN = RULES | {"returns", "endpoints", "delivery"}
STORE = DOMAIN | {"store"}
ALLOWED = {
    "base": set(),
    "events": BASE,
    "returns": RULES,
    "endpoints": RULES,
    "delivery": RULES | {"endpoints"},
    "carriers": RULES | {"returns"},
    "store": DOMAIN,
    "store/contract": STORE,
    "store/sqlite": STORE | {"runtime", "observability"},
    "store/postgres": STORE | {"runtime", "observability"},
    "runtime": BASE,
    "observability": BASE,
    "dispatch": STORE | {"runtime", "observability"},
    "api": STORE | {"carriers", "runtime", "observability"},
    "console": STORE | {"carriers", "runtime", "observability", "api"},
    "cli": STORE | {"observability"},
    "server": None,  # Everything; nobody includes it.
}
# Tests may also use what their folder is composed with.
ALLOWED_IN_TESTS = {
    "api": {"store/sqlite"},
    "dispatch": {"store/sqlite"},
    "store/contract": {"store/sqlite", "store/postgres"},
    "store/sqlite": {"store/contract"},
}
INCLUDE = re.compile(r'^\s*#\s*include\s+[<"]returnflows/([^">]+)[">]', re.M)


def folder_of(path):
    """The longest folder of the table that `path` (relative to the source root) lies in."""
    return max((name for name in ALLOWED if path.startswith(name + "/")), key=len, default=None)


def violations(root):
    for file in sorted(root.rglob("*")):
        if file.suffix not in {".h", ".cc"}:
            continue
        relative = file.relative_to(root).as_posix()
        mine = folder_of(relative)
        if mine is None:
            yield f"{file}: lies in no folder of the table"
            continue
        allowed = ALLOWED[mine]
        if allowed is None:
            continue
        if file.stem.endswith("_test") or mine == "store/contract":
            allowed = allowed | ALLOWED_IN_TESTS.get(mine, set())
        for target in INCLUDE.findall(file.read_text(encoding="utf-8")):
            other = folder_of(target)
            if other != mine and other not in allowed:
                yield f"{file}: {mine} may not include {other or target} ({target})"


def main():
    default = pathlib.Path(__file__).resolve().parents[2] / "src" / "returnflows"
    root = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else default
    found = list(violations(root))
    for line in found:
        print(line)
    if found:
        print(f"{len(found)} includes break the layers; see ARCHITECTURE.md, 'Who may include whom'")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
