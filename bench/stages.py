"""Where the server's CPU time goes, by stage, from sampled stacks.

`perf record` samples the running server by the CPU clock (which virtual machines have too), with
stacks unwound from the debug information. Each sample belongs to the innermost frame that the table
below knows. What is left on a shard (event loop, reads by the reactor) serves both sides: it is
shared out as the rest of that thread is. To make that share exact where there are two shards, all
connections are opened on the one that the endpoint does not live on.
"""
import collections
import re
import shutil
import subprocess

import flame_graph

FREQUENCY = 997  # A second and CPU: a prime, so that it beats with no timer.
# (stage, pattern): the innermost frame that matches any decides. Order matters within a frame only.
RULES = [
    ("validate", r"EventParser|published_event|schema_check|SchemaCheck|JsonScan|simdjson"),
    ("sign", r"Signer|HMAC|EVP_|sha256|SHA256"),
    ("settle", r"SettleAttempt|Lane::(request_finished|judge|submit_settle|settle_answered|count)"
               r"|DeliveryWriter::settle|classify|attempt_sentence|AttemptDetail"),
    ("commit", r"AcceptEvents|EventAcceptor|Writer::(begin|commit)|Journal::|wal_checkpoint"),
    ("send", r"Connection::talk|Connection::exchange|HttpSender|AnswerParser|SSL_|ssl::detail"),
    ("dispatch", r"Lane|DispatchShard|Dispatcher|append_request|EventBody"),
    ("accept", r"HttpConnection|HttpServer|EventRoutes|RequestReader|Router::|Authenticator|"
               r"JsonWriter|append_accepted"),
]
COMPILED = [(stage, re.compile(pattern)) for stage, pattern in RULES]
THREAD_STAGE = {"journal": "commit"}
SIDES = {"accept": "accept", "validate": "accept", "dispatch": "send", "sign": "send", "send": "send",
         "settle": "send"}


def available():
    """perf can be missing, or be forbidden (kernel.perf_event_paranoid)."""
    if shutil.which("perf") is None:
        return False
    return subprocess.run(["perf", "record", "-q", "-e", "cpu-clock", "-o", "/dev/null", "true"],
                          capture_output=True, check=False).returncode == 0


def record(tools, name, server, load):
    """Runs `load` under perf; returns the samples as (thread, frames from the outermost in)."""
    data = tools.path(f"{name}.perf")
    perf = subprocess.Popen(["perf", "record", "-q", "-e", "cpu-clock", "-F", str(FREQUENCY),
                             "--call-graph", "dwarf,8192", "-p", str(server.pid), "-o", data],
                            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        load()
    finally:
        perf.send_signal(2)
        perf.wait()
    script = subprocess.run(["perf", "script", "--no-inline", "-i", data, "-F", "comm,tid,ip,sym"],
                            capture_output=True, text=True, errors="replace", check=True)
    return list(parse_samples(script.stdout))


def parse_samples(text):
    for block in text.split("\n\n"):
        lines = block.strip("\n").splitlines()
        if len(lines) < 2:
            continue
        thread = lines[0].rsplit(None, 1)[0].strip()
        frames = [line.strip().split(" ", 1)[1] for line in lines[1:] if " " in line.strip()]
        yield thread, frames[::-1]


def stage_of(thread, frames):
    """None when no rule knows any of its frames."""
    for frame in reversed(frames):
        for stage, pattern in COMPILED:
            if pattern.search(frame):
                return stage
    return THREAD_STAGE.get(thread)


def shares(tools, name, server, generate):
    """Stage → share of the server's CPU time. Writes bench/results/<name>.svg beside it.

    `generate(idle)` runs the load with the connections that `idle` says left idle.
    """
    samples = record(tools, name, server, lambda: generate("even"))
    if mixes_sides(samples):
        samples = record(tools, name, server, lambda: generate("odd"))
    tools.write_result(f"{name}.svg", flame_graph.svg(f"{name}: CPU time of the server", samples))
    by_thread = collections.defaultdict(collections.Counter)
    for thread, frames in samples:
        by_thread[thread][stage_of(thread, frames)] += 1
    total = collections.Counter()
    for stages in by_thread.values():
        share_out(stages)
        total.update(stages)
    count = sum(total.values())
    return {stage: samples / count for stage, samples in total.items() if stage}


def mixes_sides(samples):
    """True when one thread both accepts and sends, as far as its samples tell."""
    sides = collections.defaultdict(collections.Counter)
    for thread, frames in samples:
        side = SIDES.get(stage_of(thread, frames))
        if thread.startswith("shard") and side:
            sides[thread][side] += 1
    return any(min(count["accept"], count["send"]) * 10 > max(count["accept"], count["send"])
               for count in sides.values())


def share_out(stages):
    """Gives samples that no rule knows to the sides of their thread, as those are to one another."""
    unknown = stages.pop(None, 0)
    sides = collections.Counter()
    for stage, count in stages.items():
        sides[SIDES.get(stage, stage)] += count
    known = sum(sides.values())
    for side, count in sides.items():
        stages[side] += unknown * count / known
