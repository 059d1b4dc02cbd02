#!/usr/bin/env python3
"""Checks docs/receiving: that what it shows is what is in the files, and that the files work.

  * Every fenced block whose info string names a file (```` ```js snippets/verify.mjs ````) is
    identical to that file's region between the snippet marks, or to the whole file without marks;
    every file of snippets/ is shown or linked; every relative link leads somewhere.
  * payload.md names every field and every type that the schemas have.
  * Every verifying program judges published vectors and good, bad, rotated, old and odd requests
    as it should. A language whose interpreter is not here is skipped, and that is said.
  * The SQL drops repeats and older snapshots.

Prints one line per case and closes with `N passed, N failed`.
"""
import base64
import hashlib
import hmac
import json
import pathlib
import re
import shutil
import sqlite3
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs" / "receiving"
SCHEMAS = ROOT / "src" / "returnflows" / "events" / "schemas"
SNIPPETS = DOCS / "snippets"
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
OLD_SECRET = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"
TYPED_SECRET = "Nøgle til Åse: 8000 Århus!"
ID = "evt_01KGE6Q2V8Y300100000000000"
NOW = 1770023643
BODY = '{"id":"evt_01KGE6Q2V8Y300100000000000","customer":"Åse","total":"719.10"}\n'.encode()
OK = "ok"
NO_FIT = "refused: no signature fits"
OFF = "refused: the timestamp is more than 5 minutes off"
NOT_A_NUMBER = "refused: the timestamp is not a number"
MISSING = "refused: a webhook header is missing"
BROKEN_SECRET = "refused: the secret is not whsec_ and base64"
RUN_SECONDS_MAX = 60
BUILD_SECONDS_MAX = 300


class Tally:
    def __init__(self):
        self.passed = self.failed = 0

    def add(self, name, problem):
        """Counts one case; `problem` is a falsy value when it passed."""
        if problem:
            self.failed += 1
            print(f"FAILED {name}: {problem}")
        else:
            self.passed += 1
            print(f"ok     {name}")


# --- What the pages show ---

def region(path):
    """The part of a snippet file that the pages show."""
    text = path.read_text(encoding="utf-8")
    marks = re.search(r"^[^\n]*\[snippet begin\]\n(.*?)^[^\n]*\[snippet end\]", text, re.S | re.M)
    return (marks.group(1) if marks else text).strip("\n")


def check_pages(tally):
    named = set()
    for page in sorted(DOCS.glob("*.md")):
        text = page.read_text(encoding="utf-8")
        for block in re.finditer(r"^```\w+ (\S+)\n(.*?)^```$", text, re.S | re.M):
            file, shown = DOCS / block.group(1), block.group(2).strip("\n")
            named.add(file)
            same = file.exists() and region(file) == shown
            tally.add(f"{page.name} shows {block.group(1)}", not same and "it is not the file's")
        links = set(re.findall(r"\]\(([^)#:\s]+)(?:#[^)]*)?\)", text))
        lost = sorted(link for link in links if not (page.parent / link).exists())
        tally.add(f"{page.name}: its links lead somewhere", ", ".join(lost))
        named.update(page.parent / link for link in links)
    forgotten = sorted(file.name for file in SNIPPETS.iterdir() if file not in named)
    tally.add("every snippet is in a page", ", ".join(forgotten))


def field_names(node):
    """Every property name of a JSON Schema, at any depth."""
    if isinstance(node, dict):
        yield from node.get("properties", {})
        for value in node.values():
            yield from field_names(value)
    elif isinstance(node, list):
        for value in node:
            yield from field_names(value)


def check_payload_page(tally):
    files = sorted(SCHEMAS.glob("*.json"))
    wanted = {name for file in files for name in field_names(json.loads(file.read_text("utf-8")))}
    wanted.update(file.stem for file in files if "." in file.stem)
    text = (DOCS / "payload.md").read_text(encoding="utf-8")
    spans = re.findall(r"`([^`\n]+)`", re.sub(r"^```.*?^```$", "", text, flags=re.S | re.M))
    named = set(spans) | {word for span in spans for word in re.findall(r"\w+", span)}
    problem = "no schemas found" if not files else ", ".join(sorted(wanted - named))
    tally.add("payload.md names every field and type of the schemas", problem)


# --- Requests, signed here and nowhere else ---

def standard(secret, body=BODY, timestamp=NOW, event_id=ID):
    raw = secret.encode()
    key = base64.b64decode(raw[6:]) if secret.startswith("whsec_") else raw
    mac = hmac.new(key, f"{event_id}.{timestamp}.".encode() + body, hashlib.sha256)
    return "v1," + base64.b64encode(mac.digest()).decode()


def short(secret, body=BODY):
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def standard_case(name, expected, signature, secret=SECRET, timestamp=NOW, event_id=ID, body=BODY,
                  now=NOW):
    arguments = ["--secret", secret, "--id", event_id, "--timestamp", str(timestamp),
                 "--signature", signature, "--now", str(now)]
    return name, arguments, body, expected


def short_case(name, expected, signature, secret=SECRET, body=BODY, previous=None):
    arguments = ["--secret", secret, "--short-signature", signature]
    if previous is not None:
        arguments += ["--short-previous", previous]
    return name, arguments, body, expected


def published_cases():
    vectors = json.loads((DOCS / "vectors.json").read_text(encoding="utf-8"))
    for number, vector in enumerate(vectors["standard"], 1):
        yield standard_case(f"published vector {number}", OK, vector["signature"],
                            secret=vector["secret"], timestamp=vector["timestamp"],
                            event_id=vector["id"], body=vector["body"].encode(),
                            now=vector["timestamp"])
    for number, vector in enumerate(vectors["short"], 1):
        yield short_case(f"published short vector {number}", OK, vector["signature"],
                         secret=vector["secret"], body=vector["body"].encode())


def standard_cases():
    good, old = standard(SECRET), standard(OLD_SECRET)
    yield standard_case("good", OK, good)
    yield standard_case("typed secret beyond ASCII", OK, standard(TYPED_SECRET),
                        secret=TYPED_SECRET)
    yield standard_case("rotated, new secret", OK, f"{good} {old}")
    yield standard_case("rotated, old secret", OK, f"{good} {old}", secret=OLD_SECRET)
    yield standard_case("good among strangers", OK, f"v1,bad v2,bad {good} v1a,bad")
    yield standard_case("300 s old", OK, standard(SECRET, timestamp=NOW - 300),
                        timestamp=NOW - 300)
    yield standard_case("301 s old", OFF, standard(SECRET, timestamp=NOW - 301),
                        timestamp=NOW - 301)
    yield standard_case("301 s early", OFF, standard(SECRET, timestamp=NOW + 301),
                        timestamp=NOW + 301)
    yield standard_case("another secret", NO_FIT, old)
    yield standard_case("another body", NO_FIT, good, body=BODY.replace(b"719.10", b"719.1"))
    yield standard_case("body without its last newline", NO_FIT, good, body=BODY.rstrip(b"\n"))
    yield standard_case("another id", NO_FIT, good, event_id=ID + "1")
    yield standard_case("another timestamp", NO_FIT, good, timestamp=NOW + 1)
    yield standard_case("another version", NO_FIT, good.replace("v1,", "v2,"))
    yield standard_case("first half of a signature", NO_FIT, good[:20])
    yield standard_case("empty signature", NO_FIT, "v1,")
    yield standard_case("no signature", MISSING, "")
    yield standard_case("no id", MISSING, good, event_id="")
    yield standard_case("negative timestamp", NOT_A_NUMBER, good, timestamp=-NOW)
    yield standard_case("timestamp in words", NOT_A_NUMBER, good, timestamp="now")
    yield standard_case("timestamp with a tail", NOT_A_NUMBER, good, timestamp=f"{NOW}\n")
    yield standard_case("broken whsec_ secret", BROKEN_SECRET, good, secret="whsec_not base64!")
    yield standard_case("whsec_ and nothing", BROKEN_SECRET, good, secret="whsec_")


def short_cases():
    good, old = short(SECRET), short(OLD_SECRET)
    yield short_case("short, good", OK, good)
    yield short_case("short, typed secret beyond ASCII", OK, short(TYPED_SECRET),
                     secret=TYPED_SECRET)
    yield short_case("short, rotated, new secret", OK, good, previous=old)
    yield short_case("short, rotated, old secret", OK, good, secret=OLD_SECRET, previous=old)
    yield short_case("short, another secret", NO_FIT, old)
    yield short_case("short, rotated, third secret", NO_FIT, good, secret=TYPED_SECRET,
                     previous=old)
    yield short_case("short, another body", NO_FIT, good, body=BODY + b" ")
    yield short_case("short, without sha256=", NO_FIT, good.removeprefix("sha256="))
    yield short_case("short, key decoded as base64", NO_FIT,
                     "sha256=" + hmac.new(base64.b64decode(SECRET[6:]), BODY,
                                          hashlib.sha256).hexdigest())


# --- Programs ---

# name, interpreter, how to build into a folder (or None), how to run
PROGRAMS = [
    ("node", "node", None, lambda out: ["node", SNIPPETS / "verify.mjs"]),
    ("python", sys.executable, None, lambda out: [sys.executable, SNIPPETS / "verify.py"]),
    ("php", "php", None, lambda out: ["php", SNIPPETS / "verify.php"]),
    ("ruby", "ruby", None, lambda out: ["ruby", SNIPPETS / "verify.rb"]),
    ("go", "go", lambda out: ["go", "build", "-o", out / "verify", SNIPPETS / "verify.go"],
     lambda out: [out / "verify"]),
    ("java", "javac", lambda out: ["javac", "-Xlint:all", "-Werror", "-d", out,
                                   SNIPPETS / "Verify.java"],
     lambda out: ["java", "-Xshare:auto", "-XX:TieredStopAtLevel=1", "-cp", out, "Verify"]),
    ("shell", "openssl", None, lambda out: ["bash", SNIPPETS / "verify.sh"]),
    ("csharp", "dotnet", lambda out: dotnet_build(out), lambda out: [out / "bin" / "verify"]),
]


def dotnet_build(out):
    """A console project around the file, as its first lines tell the reader to make one."""
    shutil.copy(SNIPPETS / "Verify.cs", out / "Program.cs")
    (out / "verify.csproj").write_text(
        '<Project Sdk="Microsoft.NET.Sdk"><PropertyGroup><OutputType>Exe</OutputType>'
        "<TargetFramework>net8.0</TargetFramework><ImplicitUsings>enable</ImplicitUsings>"
        "<Nullable>enable</Nullable><RollForward>Major</RollForward>"
        "</PropertyGroup></Project>", encoding="utf-8")
    return ["dotnet", "build", "--nologo", "-o", out / "bin", out / "verify.csproj"]


def judge(command, body_file, arguments, body, expected):
    """Runs one case. Returns what is wrong, or None."""
    body_file.write_bytes(body)
    done = subprocess.run([*map(str, command), *arguments, "--body-file", str(body_file)],
                          capture_output=True, text=True, timeout=RUN_SECONDS_MAX, check=False)
    exit_code = 0 if expected == OK else 1
    if done.stdout != expected + "\n" or done.returncode != exit_code:
        return (f"expected {expected!r} and exit code {exit_code}, got {done.stdout!r} and "
                f"{done.returncode} {done.stderr.strip()}")
    return None


def check_program(tally, name, build, command, cases):
    with tempfile.TemporaryDirectory(prefix="returnflows-snippets-") as folder:
        out = pathlib.Path(folder)
        if build:
            done = subprocess.run([str(part) for part in build(out)], capture_output=True,
                                  text=True, timeout=BUILD_SECONDS_MAX, check=False)
            if done.returncode != 0:
                tally.add(f"{name}: it builds", done.stdout + done.stderr)
                return
        for case, arguments, body, expected in cases:
            problem = judge(command(out), out / "body", arguments, body, expected)
            tally.add(f"{name}: {case}", problem)


def check_programs(tally):
    cases = [*published_cases(), *standard_cases(), *short_cases()]
    for name, interpreter, build, command in PROGRAMS:
        if shutil.which(interpreter):
            check_program(tally, name, build, command, cases)
        else:
            print(f"skipped {name}: no {interpreter} here")


# --- SQL ---

def check_sql(tally):
    text = (SNIPPETS / "remember_event.sql").read_text(encoding="utf-8")
    plain = re.sub(r"--[^\n]*", "", text)
    *tables, remember, keep = [part.strip() for part in plain.split(";") if part.strip()]
    database = sqlite3.connect(":memory:")
    for table in tables:
        database.execute(table)

    def run(statement, *values):
        return database.execute(statement, {str(n): v for n, v in enumerate(values, 1)}).fetchall()

    event = ("evt_1", "return.created", "ret_1", 2, "{}")
    tally.add("sql: a new event gives its id", run(remember, *event) != [("evt_1",)])
    tally.add("sql: a repeat gives nothing", run(remember, *event) != [])
    rows = database.execute("SELECT count(*) FROM webhook_event").fetchone()
    tally.add("sql: a repeat adds no row", rows != (1,) and rows)
    run(keep, "ret_1", 2, "completed", "{}")
    run(keep, "ret_1", 1, "created", "{}")
    state = database.execute("SELECT sequence, status FROM return_state").fetchall()
    tally.add("sql: an older snapshot changes nothing", state != [(2, "completed")] and state)
    run(keep, "ret_1", 3, "closed", "{}")
    state = database.execute("SELECT sequence, status FROM return_state").fetchall()
    tally.add("sql: a newer snapshot replaces it", state != [(3, "closed")] and state)


def main():
    tally = Tally()
    check_pages(tally)
    check_payload_page(tally)
    check_sql(tally)
    check_programs(tally)
    print(f"{tally.passed} passed, {tally.failed} failed")
    return 1 if tally.failed else 0


if __name__ == "__main__":
    sys.exit(main())
