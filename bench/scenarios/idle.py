"""What a server costs that has nothing to do."""
import time

import payload
import proc_files
import processes
from results import Row

EVENTS = 1_000  # Delivered before, so that it has all its threads, connections and buffers.


def measure(tools):
    event_file = tools.file("idle.json", payload.small() + "\n")
    sink = processes.Sink(tools)
    server = processes.Server(tools, tools.new_data_dir())
    try:
        fresh_mib = proc_files.resident_mib(server.pid)
        server.add_endpoint(sink.url("/ok/0"))
        processes.generate(tools, server.port, event_file, events=EVENTS, connections=8)
        server.wait_until(lambda now: now.delivered >= EVENTS)
        time.sleep(tools.seconds)
        rounds = [watch(tools, server) for _ in range(tools.rounds)]
    finally:
        server.stop()
        sink.stop()
        server.remove_data()
    tools.keep("idle", {"fresh_mib": fresh_mib, "rounds": rounds})
    return [Row("idle", "memory just after the start", "MiB", [fresh_mib]),
            Row("idle", f"memory after {EVENTS:,} events", "MiB", [one["mib"] for one in rounds]),
            Row("idle", "wake-ups of all threads", "a second", [one["wake_ups"] for one in rounds]),
            Row("idle", "CPU", "µs/s", [one["cpu_us"] for one in rounds])]


def watch(tools, server):
    wake_ups, cpu = proc_files.wake_ups(server.pid), proc_files.thread_cpu(server.pid)
    started = time.monotonic()
    time.sleep(tools.seconds)
    seconds = time.monotonic() - started
    used = sum(proc_files.thread_cpu(server.pid).values()) - sum(cpu.values())
    return {"wake_ups": (proc_files.wake_ups(server.pid) - wake_ups) / seconds,
            "cpu_us": used * 1e6 / seconds, "mib": proc_files.resident_mib(server.pid)}
