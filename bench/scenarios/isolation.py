"""What a healthy endpoint notices of others that take connections and never answer."""
import payload
import processes
from results import Row

HOLES = 3
WAITING = 100_000  # For each of them.
BATCH = 500
RATE = 1_000  # Events a second for the healthy one.
TIMEOUT_MS = 2_000


def measure(tools):
    waiting = max(BATCH, tools.scaled(WAITING) // BATCH * BATCH)
    healthy_file = tools.file("healthy.json", payload.small("return.created") + "\n")
    holes_file = tools.file("holes.json", payload.small("return.closed") + "\n")
    sink = processes.Sink(tools)
    server = processes.Server(tools, tools.new_data_dir())
    alone, beside = [], []
    try:
        server.add_endpoint(sink.url("/ok/0"), event_types=["return.created"])
        holes = [server.add_endpoint(sink.url(f"/hole/{number}"), event_types=["return.closed"],
                                     attempt_timeout_ms=TIMEOUT_MS) for number in range(HOLES)]
        switch(server, holes, "pause")
        processes.generate(tools, server.port, holes_file, path="/v1/events/batch", batch=BATCH,
                           connections=4, events=waiting)
        for number in range(tools.rounds):
            alone.append(one_round(tools, server, sink, healthy_file, number * 2))
            switch(server, holes, "resume")
            beside.append(one_round(tools, server, sink, healthy_file, number * 2 + 1))
            switch(server, holes, "pause")
            tools.say(f"isolation, round {number + 1}: p99 {beside[-1]['p99_us'] / 1e3:.2f} ms, "
                      f"alone {alone[-1]['p99_us'] / 1e3:.2f} ms")
    finally:
        server.stop(kill=True)
        sink.stop()
        server.remove_data()
    tools.keep("isolation", {"alone": alone, "beside": beside})
    what = f"{HOLES} black holes, {waiting:,} waiting for each: healthy "
    return [Row("isolation", what + share, "ms", [one[f"{share}_us"] / 1e3 for one in beside],
                "alone", [one[f"{share}_us"] / 1e3 for one in alone]) for share in ("p50", "p99")]


def switch(server, endpoints, verb):
    for endpoint in endpoints:
        server.switch(endpoint, verb)


def one_round(tools, server, sink, event_file, number):
    before = server.metrics().delivered
    sink.clear()
    load = processes.generate(tools, server.port, event_file, rate=RATE, seconds=tools.seconds,
                              first_number=number * 1_000_000)
    server.wait_until(lambda now: now.delivered - before >= load["events_accepted"])
    report = sink.report()
    return {**report["ok"]["latency"], "hole_requests": report["hole"]["requests"]}
