"""What scenarios share: where programs and files are, how long to measure, where results go."""
import json
import os
import shutil
import statistics
import sys
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
RESULTS = os.path.join(ROOT, "bench", "results")


class Tools:
    """Thread: one. Everything made is gone after close()."""

    def __init__(self, options):
        self.build = options.build
        self.server = os.path.join(options.build, "returnflows")
        self.rounds = options.rounds
        self.seconds = options.seconds
        self.limit_seconds = max(1.0, options.seconds / 2)
        self.profile_seconds = options.seconds
        self.scale = options.scale
        self.threads = options.threads
        self.folder = tempfile.mkdtemp(prefix="returnflows-bench-", dir=options.work_dir)
        self.folders_made = 0
        self.kept = {}

    def program(self, name):
        return os.path.join(self.build, "bench", name)

    def path(self, name):
        return os.path.join(self.folder, name)

    def file(self, name, text):
        with open(self.path(name), "w", encoding="utf-8") as out:
            out.write(text)
        return self.path(name)

    def new_data_dir(self):
        self.folders_made += 1
        return self.path(f"data-{self.folders_made}")

    def remove(self, folder):
        shutil.rmtree(folder, ignore_errors=True)

    def scaled(self, count):
        """A size of a scenario, as --scale asks."""
        return max(1, int(count * self.scale))

    def say(self, text):
        print(text, file=sys.stderr, flush=True)

    def keep(self, name, values):
        """Keeps what a scenario measured beside the table, as bench/results/<name>.json."""
        self.kept[name] = values
        self.write_result(f"{name}.json", json.dumps(values, indent=1) + "\n")

    def write_result(self, name, text):
        os.makedirs(RESULTS, exist_ok=True)
        with open(os.path.join(RESULTS, name), "w", encoding="utf-8") as out:
            out.write(text)

    def fsync_times(self, count=200):
        """What this disk takes for one fdatasync after 8 KiB: the floor of every 202."""
        times = []
        with open(self.path("fsync"), "wb", buffering=0) as out:
            for _ in range(count):
                out.write(b"\0" * 8192)
                started = time.perf_counter_ns()
                os.fdatasync(out.fileno())
                times.append((time.perf_counter_ns() - started) / 1e3)
        cuts = statistics.quantiles(times, n=100)
        return {"p50_us": cuts[49], "p99_us": cuts[98]}

    def close(self):
        shutil.rmtree(self.folder, ignore_errors=True)
