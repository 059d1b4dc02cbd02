"""How many events a second go all the way: accepted on disk, delivered, and the outcome on disk.

Each round measures the limits and the server one after the other, so that whatever the machine does
meanwhile happens to all of them alike.
"""
import dataclasses
import os
import shutil
import time

import payload
import processes
import stages
from results import Row


@dataclasses.dataclass
class Plan:
    """One scenario of this kind."""
    name: str
    figure: str
    event: str
    paths: tuple = ("/ok/0",)  # Endpoints, by their path at the sink (sink_ledger.h).
    batch: int = 1
    connections: int = 64
    tls: bool = False
    retry_delays: list | None = None
    limits: tuple = ("generator → sink", "pass-through", "store alone")
    unit: str = "events/s"  # Or deliveries/s, or attempts/s while the load lasts.


def plans():
    small = payload.small()
    sample = payload.sample()
    three = ("/ok/0", "/ok/1", "/ok/2")
    both = ("pass-through", "store alone")
    return {
        "single": [Plan("single", "1 KiB, one event a request", small)],
        "many-producers": [Plan("many-producers", "1 KiB, one event a request, 192 connections",
                                small, connections=192, limits=both)],
        "batch": [Plan("batch", "1 KiB, 100 events a request", small, batch=100, connections=16,
                       limits=("store alone",))],
        "fanout": [Plan("fanout", "1 KiB, 3 endpoints", small, paths=three,
                        limits=("pass-through",), unit="deliveries/s")],
        "payload": [Plan("payload", f"sample of {len(sample):,} bytes", sample, limits=both)],
        "tls": [Plan("tls", "1 KiB by TLS 1.3", small, tls=True, limits=("pass-through",))],
        "failing": [Plan("failing", "a third of the answers are 500", small, paths=("/third/0",),
                         retry_delays=[1, 1, 1], limits=("pass-through",), unit="attempts/s")],
    }


def manner(plan):
    return plan.paths[0].split("/")[1]


def measure(tools, plan):
    """Rows of one plan: the server beside each of its limits."""
    event_file = tools.file(f"{plan.name}.json", plan.event + "\n")
    tls = processes.Tls(tools.folder) if plan.tls else None
    measured = {name: [] for name in plan.limits}
    servers = []
    for number in range(tools.rounds):
        for name in plan.limits:
            measured[name].append(LIMITS[name](tools, plan, event_file, tls))
        servers.append(measure_server(tools, plan, event_file, tls))
        tools.say(f"{plan.name}, round {number + 1}: {servers[-1]['rate']:,.0f}/s; limits: " +
                  ", ".join(f"{name} {values[-1]['rate']:,.0f}/s"
                            for name, values in measured.items()))
    rows = [Row(plan.name, plan.figure if i == 0 else "", plan.unit,
                [server["rate"] for server in servers], name,
                [limit["rate"] for limit in measured[name]])
            for i, name in enumerate(plan.limits)]
    rows[0].costs = [server["usage"] for server in servers]
    rows[0].stages = profile(tools, plan, event_file, tls, rows[0])
    if shutil.which("strace"):
        rows[0].fsyncs = (fsyncs_per_commit(tools, plan, event_file, tls) *
                          rows[0].cost("commits"))
    tools.keep(plan.name, {"rounds": servers, "limits": measured, "stages_us": rows[0].stages,
                           "fsyncs": rows[0].fsyncs})
    return rows


def load_options(tools, plan, seconds):
    return {"path": "/v1/events/batch" if plan.batch > 1 else "/v1/events", "batch": plan.batch,
            "connections": plan.connections, "seconds": seconds}


def start_server(tools, plan, sink, tls, **options):
    server = processes.Server(tools, tools.new_data_dir(), tls, **options)
    settings = {} if plan.retry_delays is None else {"retry_delays": plan.retry_delays}
    for path in plan.paths:
        server.add_endpoint(sink.url(path), **settings)
    return server


def run_through(server, plan, sink, generate):
    """Runs a load and waits until all of it is settled; returns (events, seconds, load, what had
    arrived when the load ended)."""
    started = time.monotonic()
    load = generate()
    at_end = sink.report()[manner(plan)]
    events = load["events_accepted"]
    ended = server.wait_until(lambda now: now.settled >= events * len(plan.paths))
    return events, ended - started, load, at_end


def measure_server(tools, plan, event_file, tls):
    sink = processes.Sink(tools, tls=tls)
    server = start_server(tools, plan, sink, tls)
    try:
        usage = processes.Usage(server)
        events, seconds, load, at_end = run_through(server, plan, sink, lambda: processes.generate(
            tools, server.port, event_file, **load_options(tools, plan, tools.seconds)))
        rate = {"events/s": events / seconds,
                "deliveries/s": events * len(plan.paths) / seconds,
                "attempts/s": at_end["requests"] / load["duration_s"]}[plan.unit]
        arrived = sink.report()[manner(plan)]
        return {"rate": rate, "usage": usage.end(events), "load": load,
                "arrived": arrived, "missing": server.metrics().delivered - arrived["delivered"]}
    finally:
        server.stop()
        sink.stop()
        server.remove_data()


def limit_sink(tools, plan, event_file, _tls):
    sink = processes.Sink(tools)
    try:
        load = processes.generate(tools, sink.port, event_file,
                                  **{**load_options(tools, plan, tools.limit_seconds),
                                     "path": plan.paths[0]})
        return {"rate": load["events_accepted"] / load["duration_s"], "load": load}
    finally:
        sink.stop()


def limit_pass_through(tools, plan, event_file, tls):
    """One webhook for each request, whatever the plan has."""
    sink = processes.Sink(tools, tls=tls)
    passing = processes.PassThrough(tools, sink.url("/ok/0"), tls)
    try:
        load = processes.generate(tools, passing.port, event_file, connections=plan.connections,
                                  seconds=tools.limit_seconds)
        return {"rate": load["events_accepted"] / load["duration_s"], "load": load}
    finally:
        passing.stop(kill=True)
        sink.stop()


def limit_store(tools, plan, event_file, _tls):
    folder = tools.new_data_dir()
    os.makedirs(folder)
    try:
        return processes.run_json([
            tools.program("store_alone"), "--data-dir", folder, "--event", event_file,
            "--batch", str(plan.batch), "--producers", str(plan.connections),
            "--events", str(int(20_000 * tools.limit_seconds))])
    finally:
        tools.remove(folder)


LIMITS = {"generator → sink": limit_sink, "pass-through": limit_pass_through,
          "store alone": limit_store}


def profile(tools, plan, event_file, tls, row):
    """CPU µs per event by stage; {} where the machine cannot profile."""
    if not stages.available():
        return {}
    sink = processes.Sink(tools, tls=tls)
    server = start_server(tools, plan, sink, tls)
    try:
        shares = stages.shares(tools, plan.name, server, lambda idle: processes.generate(
            tools, server.port, event_file, idle=idle,
            **load_options(tools, plan, tools.profile_seconds)))
        return {stage: share * row.cost("cpu_us") for stage, share in shares.items()}
    finally:
        server.stop()
        sink.stop()
        server.remove_data()


def fsyncs_per_commit(tools, plan, event_file, tls):
    """Counted by strace in a short run of its own: it slows the server down, so that there the
    groups have another size, but not what a commit and its share of a checkpoint sync."""
    counts = tools.path(f"{plan.name}.strace")
    sink = processes.Sink(tools, tls=tls)
    server = start_server(tools, plan, sink, tls, prefix=(
        "strace", "-D", "-f", "--seccomp-bpf", "-qq", "-e", "trace=fsync,fdatasync", "-e",
        "signal=none", "-o", counts))
    try:
        syncs, commits = lines_of(counts), server.metrics().commits
        run_through(server, plan, sink, lambda: processes.generate(
            tools, server.port, event_file, **load_options(tools, plan, tools.limit_seconds)))
        return (lines_of(counts) - syncs) / (server.metrics().commits - commits)
    finally:
        server.stop()
        sink.stop()
        server.remove_data()


def lines_of(file):
    with open(file, encoding="utf-8") as lines:
        return sum("sync(" in line for line in lines)
