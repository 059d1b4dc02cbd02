"""The cost of an event and of looking things up as the store grows (store_growth.cc)."""
import json
import os
import subprocess

import payload
from results import Row

SIZES = (10_000, 100_000, 1_000_000, 10_000_000)


def measure(tools):
    event_file = tools.file("growth.json", payload.small() + "\n")
    folder = tools.new_data_dir()
    os.makedirs(folder)
    sizes = [tools.scaled(size) for size in SIZES]
    steps = []
    try:
        with subprocess.Popen([tools.program("store_growth"), "--data-dir", folder, "--event",
                               event_file, "--sizes", ",".join(str(size) for size in sizes)],
                              stdout=subprocess.PIPE, text=True) as growing:
            for line in growing.stdout:
                steps.append(json.loads(line))
                tools.say(f"growth: {steps[-1]['events']:,} events stored")
        if len(steps) != len(SIZES):
            raise SystemExit("store_growth ended early")
    finally:
        tools.remove(folder)
    tools.keep("growth", steps)
    return [row for measure_of in (cost_rows, ask_rows) for row in measure_of(steps)]


def cost_rows(steps):
    """Each beside a store of ten thousand events that was measured in the same moments."""
    def of(probes, name):
        return [probe[name] for probe in probes]
    return [Row("growth", f"{step['events']:,} stored: {what} per event", "µs",
                of(step["probes"], name), "at 10,000", of(step["young_probes"], name))
            for name, what in (("cpu_us", "CPU"), ("time_us", "time")) for step in steps[1:]]


def ask_rows(steps):
    first, last = steps[0], steps[-1]
    return [Row("growth", f"{last['events']:,} stored: {name.replace('_', ' ')}, p50", "ms",
                [answer["p50_us"] / 1e3], f"at {first['events']:,}",
                [first["asks"][name]["p50_us"] / 1e3])
            for name, answer in last["asks"].items()]
