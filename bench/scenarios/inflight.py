"""Ten thousand receivers that take their time, all at once."""
import time

import payload
import processes
import shops
from results import Row

ENDPOINTS = 10_000
EVENTS = 3  # For each endpoint, one behind the other.
SLOW_MS = 3_000


def measure(tools):
    count = tools.scaled(ENDPOINTS)
    event_file = tools.file("inflight.json", payload.small() + "\n")
    sink = processes.Sink(tools, slow_ms=SLOW_MS)
    server = processes.Server(tools, tools.new_data_dir(), flags=("--max-in-flight", str(count)))
    try:
        shops.add_endpoints(server, lambda number: sink.url(f"/slow/{number}"), count,
                            attempt_timeout_ms=30_000)
        rounds = [one_round(tools, server, sink, event_file, count, number)
                  for number in range(tools.rounds)]
    finally:
        server.stop()
        sink.stop()
        server.remove_data()
    tools.keep("inflight", rounds)
    ideal = EVENTS * SLOW_MS / 1e3
    return [Row("inflight", f"to {count:,} receivers of {SLOW_MS / 1e3:g} s: at once", "requests",
                [one["open_max"] for one in rounds], "asked for", [count],
                costs=[one["usage"] for one in rounds]),
            Row("inflight", f"{EVENTS} to each, until the last is settled", "s",
                [one["seconds"] for one in rounds], "receivers' own time", [ideal])]


def one_round(tools, server, sink, event_file, count, number):
    sink.clear()
    before = server.metrics().delivered
    usage = processes.Usage(server)
    started = time.monotonic()
    processes.generate(tools, server.port, event_file, events=EVENTS, connections=1,
                       first_number=number * EVENTS)
    ended = server.wait_until(lambda now: now.delivered - before >= count * EVENTS, every=0.1)
    arrived = sink.report()["slow"]
    tools.say(f"inflight, round {number + 1}: {arrived['open_max']:,} at once, "
              f"{ended - started:.1f} s")
    return {"seconds": ended - started, "open_max": arrived["open_max"], "arrived": arrived,
            "usage": usage.end(count * EVENTS)}
