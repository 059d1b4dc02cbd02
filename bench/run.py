#!/usr/bin/env python3
"""Measures Returnflows beside its bare limit, in one run, on loopback.

Usage: run.py [single]   [--seconds N] [--rounds N] [--connections N] [--bytes N]

single   one event per POST, 1 KiB, fan-out 1: accepted durably, delivered and settled.
         Limit: the same load generator straight into the same sink, without Returnflows.

The load generator is wrk, the sink nginx (both from Debian). Each round measures the limit and the
server one after the other; the table shows the median of the rounds, their spread and the ratio.
Nothing here passes or fails by a time.
"""
import argparse
import json
import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
ADMIN_KEY = "rf_bench_key_0123456789abcdef"
NGINX = """
worker_processes 1;
daemon off;
error_log stderr crit;
pid {folder}/nginx.pid;
events {{ worker_connections 4096; }}
http {{
  access_log off;
  keepalive_requests 1000000000;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
  server {{ listen 127.0.0.1:{port} backlog=4096; location / {{ return 200 "ok"; }} }}
}}
"""


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Sink:
    """nginx, answering 200 to everything."""

    def __init__(self, folder):
        self.port = free_port()
        config = os.path.join(folder, "nginx.conf")
        with open(config, "w", encoding="utf-8") as out:
            out.write(NGINX.format(folder=folder, port=self.port))
        self.process = subprocess.Popen(["nginx", "-e", "stderr", "-c", config])
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return
            except OSError:
                time.sleep(0.02)
        raise SystemExit("the sink (nginx) did not start")

    def stop(self):
        self.process.terminate()
        self.process.wait()


class Server:
    """Returnflows on an empty data directory, with one endpoint."""

    def __init__(self, binary, data_dir, sink_port):
        self.process = subprocess.Popen(
            [binary, "serve", "--listen", "127.0.0.1:0", "--data-dir", data_dir,
             "--egress-allow", "127.0.0.0/8", "--admin-key", ADMIN_KEY],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        for line in self.process.stdout:
            if line.startswith("listening on "):
                break
        else:
            raise SystemExit("the server did not start")
        self.url = line.split()[-1]
        self.call("POST", "/v1/endpoints", {"url": f"http://127.0.0.1:{sink_port}/hook"})

    def call(self, method, path, body=None):
        request = urllib.request.Request(
            self.url + path, method=method, data=None if body is None else json.dumps(body).encode(),
            headers={"authorization": "Bearer " + ADMIN_KEY, "content-type": "application/json"})
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.read().decode()

    def metric(self, name):
        """The sum of all series whose name (with labels) starts with `name`."""
        return sum(float(line.rsplit(" ", 1)[1]) for line in self.call("GET", "/metrics").splitlines()
                   if line.startswith(name) and not line.startswith("#"))

    def usage(self):
        """CPU seconds and resident bytes of the process, from /proc."""
        with open(f"/proc/{self.process.pid}/stat", encoding="utf-8") as stat:
            fields = stat.read().rsplit(")", 1)[1].split()
        ticks = os.sysconf("SC_CLK_TCK")
        return ((int(fields[11]) + int(fields[12])) / ticks,
                int(fields[21]) * os.sysconf("SC_PAGE_SIZE"))

    def stop(self):
        self.process.terminate()
        self.process.wait()


def load(url, options, run):
    """Runs wrk; returns what bench/post_events.lua reports."""
    done = subprocess.run(
        ["wrk", "-t1", f"-c{options.connections}", f"-d{options.seconds}s", "-s",
         os.path.join(ROOT, "bench", "post_events.lua"), url, "--", ADMIN_KEY, str(options.bytes),
         str(run)],
        capture_output=True, text=True, check=True)
    line = next(line for line in done.stdout.splitlines() if line.startswith("RESULT "))
    return json.loads(line[len("RESULT "):])


def measure_limit(options, sink, run):
    result = load(f"http://127.0.0.1:{sink.port}/v1/events", options, run)
    return {"rate": result["requests"] / result["duration_us"] * 1e6, "p99_ms": result["p99_us"] / 1e3}


def wait_until_settled(server, events):
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        if server.metric('returnflows_deliveries_settled_total{outcome="delivered"') >= events:
            return time.monotonic()
        time.sleep(0.02)
    raise SystemExit("deliveries did not settle within two minutes")


def measure_server(options, binary, folder, sink, run):
    data_dir = os.path.join(folder, f"data-{run}")
    server = Server(binary, data_dir, sink.port)
    try:
        cpu_before, _ = server.usage()
        started = time.monotonic()
        result = load(server.url + "/v1/events", options, run)
        accepted = server.metric("returnflows_events_accepted_total")
        ended = wait_until_settled(server, accepted)
        cpu_after, resident = server.usage()
        return {
            "rate": accepted / (ended - started),
            "accepted_rate": result["requests"] / result["duration_us"] * 1e6,
            "errors": result["errors"], "p50_ms": result["p50_us"] / 1e3,
            "p99_ms": result["p99_us"] / 1e3,
            "cpu_us": (cpu_after - cpu_before) / accepted * 1e6,
            "resident_mib": resident / 2**20,
            "statements": server.metric("returnflows_store_statements_total") / accepted,
            "commits": server.metric("returnflows_store_commits_total") / accepted,
            "bytes": sum(os.path.getsize(os.path.join(data_dir, f))
                         for f in os.listdir(data_dir)) / accepted,
        }
    finally:
        server.stop()
        shutil.rmtree(data_dir, ignore_errors=True)


def spread(rows, key):
    values = [row[key] for row in rows]
    return statistics.median(values), min(values), max(values)


def report(options, limits, servers):
    rate, low, high = spread(servers, "rate")
    limit, limit_low, limit_high = spread(limits, "rate")
    print(f"\nsingle: {options.bytes} bytes, {options.connections} connections, "
          f"{options.seconds} s × {options.rounds} rounds, durable (fsync), fan-out 1\n")
    print(f"{'':34}{'median':>12}{'lowest':>12}{'highest':>12}")
    print(f"{'limit: generator → sink, /s':34}{limit:12.0f}{limit_low:12.0f}{limit_high:12.0f}")
    print(f"{'returnflows, settled /s':34}{rate:12.0f}{low:12.0f}{high:12.0f}")
    print(f"{'ratio':34}{rate / limit:12.2f}")
    for key, name, digits in (("accepted_rate", "accepted /s", 0), ("p50_ms", "answer p50, ms", 2),
                              ("p99_ms", "answer p99, ms", 2), ("cpu_us", "CPU per event, µs", 1),
                              ("statements", "statements per event", 3),
                              ("commits", "commits per event", 4), ("bytes", "bytes on disk per event", 0),
                              ("resident_mib", "resident memory, MiB", 0), ("errors", "errors", 0)):
        middle, least, most = spread(servers, key)
        print(f"{name:34}{middle:12.{digits}f}{least:12.{digits}f}{most:12.{digits}f}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("scenario", nargs="?", default="single", choices=["single"])
    parser.add_argument("--binary", default=os.path.join(ROOT, "build", "release", "returnflows"))
    parser.add_argument("--seconds", type=int, default=10)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--connections", type=int, default=64)
    parser.add_argument("--bytes", type=int, default=1024)
    options = parser.parse_args()
    folder = tempfile.mkdtemp(prefix="returnflows-bench-")
    sink = Sink(folder)
    try:
        limits, servers = [], []
        for run in range(options.rounds):
            limits.append(measure_limit(options, sink, run))
            servers.append(measure_server(options, options.binary, folder, sink, run))
            print(f"round {run + 1}: limit {limits[-1]['rate']:.0f}/s, "
                  f"returnflows {servers[-1]['rate']:.0f}/s", flush=True)
        report(options, limits, servers)
        results = os.path.join(ROOT, "bench", "results")
        os.makedirs(results, exist_ok=True)
        with open(os.path.join(results, "single.json"), "w", encoding="utf-8") as out:
            json.dump({"options": {k: v for k, v in vars(options).items() if k != "binary"},
                       "limit": limits, "returnflows": servers}, out, indent=2)
        print("\nwritten to bench/results/single.json")
    finally:
        sink.stop()
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
