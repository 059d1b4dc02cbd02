"""How many commands on returns a second go all the way, beside events of the same size that come
from outside; and what a million waiting timers cost.

A command is one POST /v1/returns: it makes two events, return.created and return.completed, each
with the whole return in it. Both rates count deliveries, so that they can be compared.
"""
import glob
import json
import os
import sqlite3
import time

import payload
import proc_files
import processes
from results import Row

TIMERS = 1_000_000
EVENTS_PER_COMMAND = 2
FAR_AHEAD_MS = 4_000_000_000_000  # In the year 2096.


def creation():
    """A return of three items, as a shop would send it. The mark stands in the order's id."""
    def item(sku, action, more):
        return {"sku": sku, "title": "Basic Tee", "quantity": 1, "action": action,
                "reason": {"code": "too_small", "label": "Too small"},
                "prices": {"unit_price": {"amount": "200.00", "currency": "DKK"},
                           "tax": {"rate": "0.25"}}, **more}
    return payload.line_of({
        "order": {"id": payload.BLANK_MARK, "name": "#10234", "currency": "DKK"},
        "customer": {"email": "anna@example.com", "first_name": "Anna", "last_name": "Jensen"},
        "items": [item("TEE-WHT-S", "refund", {}), item("TEE-WHT-M", "refund", {}),
                  item("TEE-WHT-L", "gift_card", {})]})


def measure(tools):
    return measure_commands(tools) + measure_timers(tools)


def measure_commands(tools):
    commands_file = tools.file("returns.json", creation() + "\n")
    events_file = tools.file("returns-events.json", emitted_event(tools, commands_file) + "\n")
    commands, events = [], []
    for number in range(tools.rounds):
        events.append(run_load(tools, events_file, "/v1/events", 1))
        commands.append(run_load(tools, commands_file, "/v1/returns", EVENTS_PER_COMMAND))
        tools.say(f"returns, round {number + 1}: {commands[-1]['rate']:,.0f} deliveries/s by "
                  f"commands, {events[-1]['rate']:,.0f} by events of the same size")
    tools.keep("returns", {"commands": commands, "events": events})
    return [Row("returns", "POST /v1/returns, 2 events each", "deliveries/s",
                [one["rate"] for one in commands], "events published",
                [one["rate"] for one in events], costs=[one["usage"] for one in commands]),
            Row("returns", "", "commands/s", [one["rate"] / EVENTS_PER_COMMAND
                                              for one in commands])]


def emitted_event(tools, commands_file):
    """One event as such a command makes it, to be published from outside: its return's id is the
    blank mark."""
    server = processes.Server(tools, tools.new_data_dir())
    try:
        with open(commands_file, encoding="utf-8") as file:
            made = json.loads(server.call("POST", "/v1/returns", json.loads(file.read())))
        made["id"] = payload.BLANK_MARK
        made["order"]["id"] = "1001"
        return payload.line_of({"type": "return.created", "data": {"return": made}})
    finally:
        server.stop()
        server.remove_data()


def run_load(tools, file, path, events_per_request):
    sink = processes.Sink(tools)
    server = processes.Server(tools, tools.new_data_dir())
    server.add_endpoint(sink.url("/ok/0"))
    try:
        usage = processes.Usage(server)
        started = time.monotonic()
        load = processes.generate(tools, server.port, file, path=path, batch=1, connections=64,
                                  seconds=tools.seconds)
        deliveries = load["events_accepted"] * events_per_request
        ended = server.wait_until(lambda now: now.settled >= deliveries)
        return {"rate": deliveries / (ended - started), "usage": usage.end(deliveries),
                "load": load}
    finally:
        server.stop()
        sink.stop()
        server.remove_data()


def measure_timers(tools):
    count = tools.scaled(TIMERS)
    data_dir = tools.new_data_dir()
    try:
        processes.Server(tools, data_dir).stop()
        with_none = [start(tools, data_dir) for _ in range(tools.rounds)]
        set_timers(data_dir, count)
        with_all = [start(tools, data_dir) for _ in range(tools.rounds)]
    finally:
        tools.remove(data_dir)
    tools.keep("timers", {"none": with_none, "all": with_all})
    what = f"{count:,} waiting timers: "
    return [Row("returns", what + "start → listening", "ms", [one["ms"] for one in with_all],
                "without", [one["ms"] for one in with_none]),
            Row("returns", what + "memory", "MiB", [one["mib"] for one in with_all],
                "without", [one["mib"] for one in with_none])]


def set_timers(data_dir, count):
    """Straight into the table: a million returns to set them would be 20 GB. The server reads of
    them what it would read anyway, when the next one is due."""
    file = glob.glob(os.path.join(data_dir, "*.db"))[0]
    with sqlite3.connect(file) as database:
        database.executemany("INSERT INTO timers(return, kind, due_ms) VALUES(?, 2, ?)",
                             ((number, FAR_AHEAD_MS + number) for number in range(1, count + 1)))
    database.close()


def start(tools, data_dir):
    started = time.monotonic()
    server = processes.Server(tools, data_dir)
    milliseconds = (time.monotonic() - started) * 1e3
    try:
        return {"ms": milliseconds, "mib": proc_files.resident_mib(server.pid)}
    finally:
        server.stop()
