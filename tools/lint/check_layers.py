#!/usr/bin/env python3
"""Fails when a file includes a module that its own module may not depend on (see docs/style.md)."""
import pathlib, re, sys
ALLOWED = {
    "base": set(),
    "runtime": {"base"},
    "observability": {"base"},
    "config": {"base"},
    "events": {"base"},
    "returns": {"base", "events"},
    "store": {"base", "events", "returns"},
    "store/sqlite": {"base", "events", "returns", "store", "runtime", "observability"},
    "delivery": {"base", "events", "returns", "store", "runtime", "observability"},
}
INCLUDE = re.compile(r'^\s*#\s*include\s+"returnflows/([^"]+)"', re.M)
def module_of(path, names):
    return max((n for n in names if path.startswith(n + "/")), key=len, default=None)
bad = []
root = pathlib.Path("src/returnflows")
for file in sorted(root.rglob("*.[hc]*")):
    rel = file.relative_to(root).as_posix(); mine = module_of(rel, ALLOWED)
    for target in INCLUDE.findall(file.read_text()):
        other = module_of(target, ALLOWED)
        if other != mine and other not in ALLOWED.get(mine, set()):
            bad.append(f"{file}: {mine} may not include {other} ({target})")
print("\n".join(bad)); sys.exit(bool(bad))
