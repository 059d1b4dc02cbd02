"""How long an event takes at a fixed rate, from when it was to be posted to the receiver.

The load generator keeps a timetable and counts from it, so that a stalled server cannot slow the
generator down and hide what it did to the events that should have come meanwhile.
"""
import payload
import processes
from results import Row

RATES = (1_000, 5_000)


def measure(tools):
    event_file = tools.file("latency.json", payload.small() + "\n")
    rounds = {rate: [] for rate in RATES}
    for number in range(tools.rounds):
        for rate in RATES:
            limit = measure_direct(tools, event_file, rate)
            rounds[rate].append({"limit": limit, **measure_server(tools, event_file, rate),
                                 "fsync": tools.fsync_times()})
            tools.say(f"latency, round {number + 1}, {rate}/s: receiver p50 "
                      f"{rounds[rate][-1]['arrived']['latency']['p50_us'] / 1e3:.2f} ms, p99 "
                      f"{rounds[rate][-1]['arrived']['latency']['p99_us'] / 1e3:.2f} ms")
    tools.keep("latency", {str(rate): measured for rate, measured in rounds.items()})
    return [row for rate in RATES for row in rows_of(rate, rounds[rate])]


def rows_of(rate, rounds):
    rows = []
    for share in ("p50", "p99"):
        def of(histograms):
            return [histogram[f"{share}_us"] / 1e3 for histogram in histograms]
        rows.append(Row("latency", f"{rate:,}/s: post → receiver, {share}", "ms",
                        of(one["arrived"]["latency"] for one in rounds), "generator → sink",
                        of(one["limit"]["latency"] for one in rounds)))
        rows.append(Row("latency", f"{rate:,}/s: post → 202, {share}", "ms",
                        of(one["load"]["answer"] for one in rounds), "fsync",
                        of(one["fsync"] for one in rounds)))
    rows[0].costs = [one["usage"] for one in rounds]
    return rows


def measure_direct(tools, event_file, rate):
    sink = processes.Sink(tools)
    try:
        processes.generate(tools, sink.port, event_file, path="/ok/0", rate=rate,
                           seconds=tools.limit_seconds)
        return sink.report()["ok"]
    finally:
        sink.stop()


def measure_server(tools, event_file, rate):
    sink = processes.Sink(tools)
    server = processes.Server(tools, tools.new_data_dir())
    server.add_endpoint(sink.url("/ok/0"))
    try:
        # Connections to both sides are there, and the file has its first pages, as in daily life.
        warm = processes.generate(tools, server.port, event_file, rate=rate, seconds=0.5)
        server.wait_until(lambda now: now.delivered >= warm["events_accepted"])
        sink.clear()
        usage = processes.Usage(server)
        load = processes.generate(tools, server.port, event_file, rate=rate, seconds=tools.seconds)
        events = load["events_accepted"]
        server.wait_until(lambda now: now.delivered >= events + warm["events_accepted"])
        return {"load": load, "arrived": sink.report()["ok"], "usage": usage.end(events)}
    finally:
        server.stop()
        sink.stop()
        server.remove_data()
