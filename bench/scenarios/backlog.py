"""A million deliveries that wait: what they cost in memory, how soon a restarted server sends the
first of them, and how fast it gets rid of them."""
import time

import payload
import proc_files
import processes
from results import Row
from scenarios import throughput

EVENTS = 1_000_000
BATCH = 500


def measure(tools):
    count = max(BATCH, tools.scaled(EVENTS) // BATCH * BATCH)
    event_file = tools.file("backlog.json", payload.small() + "\n")
    sink = processes.Sink(tools)
    data_dir = tools.new_data_dir()
    try:
        loaded = load(tools, data_dir, sink, event_file, count)
        tools.say(f"backlog: {count:,} accepted at {loaded['rate']:,.0f}/s")
        starts = [restart(tools, data_dir, sink, kill=number + 1 < tools.rounds)
                  for number in range(tools.rounds)]
        empty = [start_empty(tools) for _ in range(tools.rounds)]
        drained = starts[-1]
        tools.say(f"backlog: drained at {drained['rate']:,.0f}/s")
    finally:
        sink.stop()
        tools.remove(data_dir)
    tools.keep("backlog", {"loaded": loaded, "starts": starts, "empty_starts_ms": empty})
    plan = throughput.plans()["single"][0]
    passed = throughput.limit_pass_through(tools, plan, event_file, None)
    what = f"{count:,} waiting: "
    return [Row("backlog", what + "accepting them, by 500", "events/s", [loaded["rate"]],
                costs=[loaded["usage"]]),
            Row("backlog", what + "memory", "MiB", [loaded["waiting_mib"]]),
            Row("backlog", what + "memory while draining", "MiB", [drained["peak_mib"]]),
            Row("backlog", what + "start → first send", "ms", [one["first_ms"] for one in starts],
                "empty start", empty),
            Row("backlog", what + "draining", "events/s", [drained["rate"]], "pass-through",
                [passed["rate"]], costs=[drained["usage"]])]


def load(tools, data_dir, sink, event_file, count):
    server = processes.Server(tools, data_dir)
    try:
        endpoint = server.add_endpoint(sink.url("/ok/0"))
        server.switch(endpoint, "pause")
        usage = processes.Usage(server)
        done = processes.generate(tools, server.port, event_file, path="/v1/events/batch",
                                  batch=BATCH, connections=4, events=count)
        result = {"rate": done["events_accepted"] / done["duration_s"], "usage": usage.end(count),
                  "load": done, "waiting_mib": proc_files.resident_mib(server.pid)}
        server.switch(endpoint, "resume")
        return result
    finally:
        server.stop(kill=True)


def restart(tools, data_dir, sink, kill):
    """Starts on what waits; with `kill`, ends at the first deliveries, otherwise after the last."""
    sink.clear()
    started = time.monotonic_ns()
    server = processes.Server(tools, data_dir)
    try:
        usage = processes.Usage(server)
        while sink.report()["ok"]["requests"] == 0:
            time.sleep(0.01)
        result = {"first_ms": (sink.report()["ok"]["first_at_ns"] - started) / 1e6}
        if kill:
            return result
        server.wait_until(lambda now: now.sum("returnflows_ordering_keys_open") == 0, every=0.5)
        arrived = sink.report()["ok"]
        seconds = (arrived["last_at_ns"] - arrived["first_at_ns"]) / 1e9
        return {**result, "arrived": arrived, "rate": arrived["requests"] / seconds,
                "usage": usage.end(arrived["requests"]),
                "peak_mib": proc_files.resident_mib(server.pid, peak=True)}
    finally:
        server.stop(kill=kill)


def start_empty(tools):
    """Milliseconds until a server without data listens."""
    started = time.monotonic()
    server = processes.Server(tools, tools.new_data_dir())
    seconds = time.monotonic() - started
    server.stop()
    server.remove_data()
    return seconds * 1e3
