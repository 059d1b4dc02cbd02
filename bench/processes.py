"""The programs that a measurement starts: each on loopback, on a port of its own, ended after it."""
import http.client
import json
import os
import shutil
import subprocess
import time

import proc_files

ADMIN_KEY = "rf_bench_key_0123456789abcdef"
START_PATIENCE = 120  # Seconds: opening a database of millions counts.


class Child:
    """A process that says on its standard output when it is ready."""

    def __init__(self, arguments, ready):
        self.process = subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                        text=True)
        for line in self.process.stdout:
            if line.startswith(ready):
                self.ready_line = line.strip()
                return
        raise SystemExit(f"{arguments[0]} did not start:\n{self.process.stderr.read()}")

    @property
    def pid(self):
        return self.process.pid

    def stop(self, kill=False):
        if kill:
            self.process.kill()
        else:
            self.process.terminate()
        self.process.communicate()


class Caller:
    """One keep-alive connection for calls that are not measured."""

    def __init__(self, port):
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)

    def call(self, method, path, body=None, headers=None):
        text = None if body is None else json.dumps(body)
        self.connection.request(method, path, text, {
            "authorization": "Bearer " + ADMIN_KEY, "content-type": "application/json",
            **(headers or {})})
        answer = self.connection.getresponse()
        content = answer.read().decode()
        if answer.status >= 300:
            raise SystemExit(f"{method} {path} was answered {answer.status}: {content}")
        return content


class Sink(Child):
    """The receiver (sink.cc)."""

    def __init__(self, tools, port=0, tls=None, slow_ms=5000):
        arguments = [tools.program("sink"), "--port", str(port), "--slow-ms", str(slow_ms)]
        if tls:
            arguments += ["--certificate", tls.certificate, "--private-key", tls.private_key]
        super().__init__(arguments, "listening ")
        self.port, control_port = (int(word) for word in self.ready_line.split()[1:])
        self.control = Caller(control_port)
        self.scheme = "https" if tls else "http"

    def url(self, path):
        return f"{self.scheme}://127.0.0.1:{self.port}{path}"

    def report(self):
        return json.loads(self.control.call("GET", "/report"))

    def clear(self):
        self.control.call("POST", "/clear")


class PassThrough(Child):
    """Our server and client without a store (pass_through.cc)."""

    def __init__(self, tools, url, tls=None):
        arguments = [tools.program("pass_through"), "--url", url, "--threads", str(tools.threads)]
        if tls:
            arguments += ["--ca-file", tls.certificate]
        super().__init__(arguments, "listening on ")
        self.port = int(self.ready_line.rsplit(":", 1)[1])


class Server(Child):
    """Returnflows on a data directory, with what is in it."""

    def __init__(self, tools, data_dir, tls=None, flags=(), prefix=()):
        arguments = [*prefix, tools.server, "serve", "--listen", "127.0.0.1:0", "--data-dir", data_dir,
                     "--egress-allow", "127.0.0.0/8", "--admin-key", ADMIN_KEY,
                     "--threads", str(tools.threads), "--log-level", "error", *flags]
        if tls:
            arguments += ["--ca-file", tls.certificate]
        super().__init__(arguments, "listening on ")
        self.data_dir = data_dir
        self.port = int(self.ready_line.rsplit(":", 1)[1])
        self.caller = Caller(self.port)
        self.call = self.caller.call

    def add_endpoint(self, url, merchant=None, **settings):
        headers = {"returnflows-merchant": merchant} if merchant else {}
        return json.loads(self.call("POST", "/v1/endpoints", {"url": url, **settings}, headers))["id"]

    def switch(self, endpoint, verb):
        """Pauses or resumes an endpoint."""
        self.call("POST", f"/v1/endpoints/{endpoint}/{verb}", {})

    def metrics(self):
        return Metrics(self.call("GET", "/metrics"))

    def wait_until(self, done, patience=600, every=0.05):
        """Waits until `done(metrics)`; returns when that was seen, by the monotonic clock."""
        deadline = time.monotonic() + patience
        while time.monotonic() < deadline:
            if done(self.metrics()):
                return time.monotonic()
            time.sleep(every)
        raise SystemExit(f"the server was not done within {patience} s:\n{self.metrics().text}")

    def remove_data(self):
        shutil.rmtree(self.data_dir, ignore_errors=True)


class Metrics:
    """One answer of /metrics."""

    def __init__(self, text):
        self.text = text

    def sum(self, name):
        """The sum of all series whose name (with labels) starts with `name`."""
        return sum(float(line.rsplit(" ", 1)[1]) for line in self.text.splitlines()
                   if line.startswith(name) and not line.startswith("#"))

    @property
    def accepted(self):
        return self.sum("returnflows_events_accepted_total")

    @property
    def delivered(self):
        return self.sum('returnflows_deliveries_settled_total{outcome="delivered"')

    @property
    def settled(self):
        return self.sum("returnflows_deliveries_settled_total")

    @property
    def commits(self):
        return self.sum("returnflows_store_commits_total")

    @property
    def in_flight(self):
        return self.sum("returnflows_attempts_in_flight")


class Usage:
    """What a server used between its making and end()."""

    def __init__(self, server):
        self.server = server
        self.metrics = server.metrics()
        self.threads = proc_files.thread_cpu(server.pid)
        self.written = proc_files.bytes_written(server.pid)

    def end(self, events):
        """Per event, but for memory."""
        metrics = self.server.metrics()
        threads = proc_files.thread_cpu(self.server.pid)
        spent = {name: (seconds - self.threads[name]) * 1e6 / events
                 for name, seconds in threads.items() if seconds > self.threads[name]}

        def counted(name):
            return (metrics.sum(name) - self.metrics.sum(name)) / events

        return {"cpu_us": sum(spent.values()), "cpu_us_by_thread": spent,
                "statements": counted("returnflows_store_statements_total"),
                "commits": counted("returnflows_store_commits_total"),
                "bytes_written": (proc_files.bytes_written(self.server.pid) - self.written) / events,
                "resident_mib": proc_files.resident_mib(self.server.pid, peak=True)}


class Tls:
    """A certificate for 127.0.0.1, made for this run."""

    def __init__(self, folder):
        self.certificate = os.path.join(folder, "sink.pem")
        self.private_key = os.path.join(folder, "sink.key")
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                        "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj", "/CN=bench",
                        "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", self.private_key,
                        "-out", self.certificate], check=True, capture_output=True)


def run_json(arguments, timeout=900):
    """Runs a program that reports one line of JSON."""
    done = subprocess.run(arguments, capture_output=True, text=True, timeout=timeout)
    if done.returncode != 0:
        raise SystemExit(f"{arguments[0]}: {done.stderr}")
    return json.loads(done.stdout)


def generate(tools, port, event_file, **options):
    """Runs the load generator (load_generator.cc): `batch=100` is `--batch 100`."""
    arguments = [tools.program("load_generator"), "--port", str(port), "--key", ADMIN_KEY,
                 "--event", event_file]
    for name, value in options.items():
        if value is not None:
            arguments += ["--" + name.replace("_", "-"), str(value)]
    return run_json(arguments)
