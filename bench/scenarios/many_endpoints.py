"""Ten thousand shops with an endpoint each, and events for all of them in turn."""
import time

import payload
import processes
import shops
from results import Row
from scenarios import throughput

SHOPS = 10_000


def measure(tools):
    count = tools.scaled(SHOPS)
    event_file = tools.file("many.json", payload.small() + "\n")
    plan = throughput.plans()["single"][0]
    sink = processes.Sink(tools)
    server = processes.Server(tools, tools.new_data_dir())
    rounds, limits = [], []
    try:
        merchants = shops.add_shops(server, lambda number: sink.url("/ok/0"), count)
        merchants_file = tools.file("merchants", "\n".join(merchants) + "\n")
        for number in range(tools.rounds):
            limits.append(throughput.limit_pass_through(tools, plan, event_file, None))
            rounds.append(one_round(tools, server, event_file, merchants_file, number))
            tools.say(f"many-endpoints, round {number + 1}: {rounds[-1]['rate']:,.0f}/s")
        arrived = sink.report()["ok"]
    finally:
        server.stop()
        sink.stop()
        server.remove_data()
    tools.keep("many-endpoints", {"rounds": rounds, "limits": limits, "arrived": arrived})
    return [Row("many-endpoints", f"1 KiB, {count:,} shops in turn", "events/s",
                [one["rate"] for one in rounds], "pass-through", [one["rate"] for one in limits],
                costs=[one["usage"] for one in rounds])]


def one_round(tools, server, event_file, merchants_file, number):
    before = server.metrics().delivered
    usage = processes.Usage(server)
    started = time.monotonic()
    load = processes.generate(tools, server.port, event_file, seconds=tools.seconds,
                              merchants=merchants_file, first_number=number * 10_000_000)
    events = load["events_accepted"]
    seconds = server.wait_until(lambda now: now.delivered - before >= events) - started
    return {"rate": events / seconds, "load": load, "usage": usage.end(events)}
