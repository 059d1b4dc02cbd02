#!/usr/bin/env python3
"""Measures Returnflows beside its limits, on loopback, and prints one table.

Every scenario starts what it needs (server, load generator, sink) on ports and folders of its own
and removes it afterwards. Rounds of the server and of its limits alternate. Nothing here passes or
fails by a time. What each figure means: docs/performance.md. Raw figures: bench/results/*.json.
"""
import argparse
import datetime
import json
import os
import platform
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import results  # noqa: E402
from scenarios import (backlog, growth, idle, inflight, isolation, latency,  # noqa: E402
                       many_endpoints, returns, throughput)
from tools import ROOT, Tools  # noqa: E402


def throughput_of(name):
    return lambda tools: [row for plan in throughput.plans()[name]
                          for row in throughput.measure(tools, plan)]


# In the order of the table: name → (what it measures, how).
SCENARIOS = {
    "single": ("one event per POST, 1 KiB, one endpoint", throughput_of("single")),
    "many-producers": ("the same from three times as many connections",
                       throughput_of("many-producers")),
    "batch": ("100 events per POST", throughput_of("batch")),
    "latency": ("post → receiver at 1,000 and 5,000 events/s", latency.measure),
    "fanout": ("three endpoints for each event", throughput_of("fanout")),
    "payload": ("the product's sample, about 7 KiB", throughput_of("payload")),
    "tls": ("receivers behind TLS", throughput_of("tls")),
    "backlog": ("a million deliveries waiting: memory, restart, draining", backlog.measure),
    "inflight": ("10,000 slow receivers at once", inflight.measure),
    "growth": ("from ten thousand to ten million stored events", growth.measure),
    "failing": ("a third of the answers are 500, retried after a second", throughput_of("failing")),
    "many-endpoints": ("10,000 shops with an endpoint each", many_endpoints.measure),
    "idle": ("memory and wake-ups with nothing to do", idle.measure),
    "returns": ("commands on returns beside events; a million timers", returns.measure),
    "isolation": ("a healthy endpoint beside black holes", isolation.measure),
}


def parse(arguments):
    listing = "\n".join(f"  {name:16}{what}" for name, (what, _) in SCENARIOS.items())
    parser = argparse.ArgumentParser(
        prog="./dev bench", description=__doc__, formatter_class=argparse.RawTextHelpFormatter,
        epilog=f"scenarios (default: all, in this order, under 30 minutes):\n{listing}")
    parser.add_argument("scenario", nargs="*", choices=[[], *SCENARIOS], metavar="scenario")
    parser.add_argument("--seconds", type=float, default=4, help="of load per round (4)")
    parser.add_argument("--rounds", type=int, default=3, help="per scenario (3)")
    parser.add_argument("--scale", type=float, default=1,
                        help="sizes of backlog, growth and the like; 0.01 for a trial (1)")
    parser.add_argument("--quick", action="store_true",
                        help="one round of a second, a hundredth of the sizes: does it run at all?")
    parser.add_argument("--threads", type=int, default=min(4, os.cpu_count() or 2),
                        help="of the server (one per core, at most 4)")
    parser.add_argument("--build", default=os.path.join(ROOT, "build", "release"),
                        help="folder of the programs (build/release)")
    parser.add_argument("--work-dir", help="where databases go: the disk to be measured (TMPDIR)")
    options = parser.parse_args(arguments)
    if options.quick:
        options.seconds, options.rounds, options.scale = 1, 1, 0.01
    return options


def machine(tools):
    """What the figures depend on beside the program."""
    with open("/proc/cpuinfo", encoding="utf-8") as cpu:
        model = next((line.split(":")[1].strip() for line in cpu if line.startswith("model name")),
                     platform.machine())
    fsync = tools.fsync_times()
    return {"cpu": model, "cores": os.cpu_count(), "kernel": platform.release(),
            "fsync_p50_us": fsync["p50_us"], "fsync_p99_us": fsync["p99_us"],
            "at": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")}


def main():
    options = parse(sys.argv[1:])
    tools = Tools(options)
    try:
        about = machine(tools)
        rows = []
        for name in options.scenario or SCENARIOS:
            rows += SCENARIOS[name][1](tools)
        about_line = (f"{about['cpu']}, {about['cores']} cores, Linux {about['kernel']}, fsync p50 "
                      f"{about['fsync_p50_us']:.0f} µs, p99 {about['fsync_p99_us']:.0f} µs; "
                      f"{options.rounds} rounds of {options.seconds:g} s")
        print(f"\n{about_line}\n\n{results.text_table(rows)}")
        tools.write_result("table.md", f"{about_line}\n\n{results.markdown_table(rows)}")
        tools.write_result("about.json", json.dumps(about, indent=1) + "\n")
        tools.say("\nraw figures: bench/results/*.json; this table for docs: bench/results/table.md")
    finally:
        tools.close()


if __name__ == "__main__":
    main()
