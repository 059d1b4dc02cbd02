#!/usr/bin/env python3
"""Kills the server at random moments while it accepts and delivers, and checks what is left.

Several connections publish, two endpoints receive (one of them refuses a part at first), and the
server is killed with SIGKILL again and again (now and then stopped with SIGTERM instead). At the
end every promise is checked against what the receivers saw:

  * every event that was answered 202 was delivered to every subscribed endpoint;
  * an endpoint never gets an event of a return after a later one of the same return;
  * the same event has the same bytes on every try, and a good signature;
  * an event is delivered twice only when it was in flight at a kill;
  * sequences of a return have no gaps.

With --faulty the binary keeps unsynced writes in memory only, so that a kill loses them as a power
cut would, and some runs get a disk whose n-th sync fails: then the server must end by itself and
must not have answered 2xx for what is not there.
"""
import argparse
import asyncio
import base64
import collections
import hashlib
import hmac
import json
import os
import random
import shutil
import signal
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from loopback_http import Client, serve  # noqa: E402

ADMIN_KEY = "rf_crash_test_key_0123456789abcdef"
SECRET_BYTES = bytes(range(32))
SECRET = "whsec_" + base64.b64encode(SECRET_BYTES).decode()
TYPES = ["return.created", "return.completed", "return.label_generated",
         "shipment.event.in_transit", "shipment.event.delivered", "return.processed",
         "return.closed"]
# A delivery whose answer came longer than this before a kill was on disk: the group commit of a
# busy server takes some tens of milliseconds.
IN_FLIGHT_SECONDS = 2.0
# Published in one life of the server: the endpoint that refuses some holds up their returns, so a fast
# machine would otherwise pile up more than can settle in the time of a test.
EVENTS_PER_LIFE_MAX = 300
CONNECTION_LOST = (OSError, EOFError, asyncio.IncompleteReadError, asyncio.TimeoutError)


class Receipt:
    """One request that an endpoint received."""

    def __init__(self, event, status, life, body_hash):
        self.event_id = event["id"]
        self.return_id, self.sequence = event["subject"]["id"], event["subject"]["sequence"]
        self.status, self.life, self.body_hash = status, life, body_hash
        self.at = time.monotonic()


class Sink:
    """An endpoint that verifies, records, and refuses a given part of first tries."""

    def __init__(self, name, refuse, server):
        self.name, self.refuse, self.process = name, refuse, server
        self.receipts, self.bad_signatures, self.refused = [], 0, set()
        self.port = None

    async def start(self):
        self.server, self.port = await serve(self.handle, lambda: self.process.life)

    async def handle(self, headers, body, life):
        signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
        good = base64.b64encode(hmac.digest(SECRET_BYTES, signed, "sha256")).decode()
        if f"v1,{good}" not in headers["webhook-signature"].split(" "):
            self.bad_signatures += 1
            return 401
        event = json.loads(body)
        status = 200
        if event["id"] not in self.refused and random.random() < self.refuse:
            self.refused.add(event["id"])
            status = 500
        self.receipts.append(Receipt(event, status, life, hashlib.sha256(body).hexdigest()))
        return status


class Server:
    """The server under test, started and ended many times on one data directory."""

    def __init__(self, binary, data_dir):
        self.binary, self.data_dir = binary, data_dir
        self.process, self.port = None, 0
        # Which start of the process this is. A connection belongs to the life in which it was made,
        # even when what it brought is read after the kill.
        self.life = 0
        self.ended_at = {}  # By life: when it was killed.
        self.ready_seconds = []
        self.up = asyncio.Event()

    async def start(self, environment=None):
        started = time.monotonic()
        self.life += 1
        self.process = await asyncio.create_subprocess_exec(
            self.binary, "serve", "--listen", f"127.0.0.1:{self.port}", "--data-dir", self.data_dir,
            "--egress-allow", "127.0.0.0/8", "--admin-key", ADMIN_KEY, "--log-format", "json",
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
            env={**os.environ, **(environment or {})})
        while True:
            line = await asyncio.wait_for(self.process.stdout.readline(), 30)
            if not line:
                return False  # It ended before it was ready: a failing disk can do that.
            if line.startswith(b"listening on http://"):
                break
        self.port = int(line.decode().strip().rsplit(":", 1)[1])
        self.ready_seconds.append(time.monotonic() - started)
        self.up.set()
        return True

    async def kill(self):
        self.up.clear()
        self.ended_at[self.life] = time.monotonic()
        if self.process.returncode is None:
            self.process.kill()
        await self.process.wait()

    async def terminate(self):
        self.up.clear()
        self.process.send_signal(signal.SIGTERM)
        return await asyncio.wait_for(self.process.wait(), 60)


class Run:
    def __init__(self, options):
        self.options = options
        self.data_dir = tempfile.mkdtemp(prefix="returnflows-crash-")
        self.server = Server(os.path.abspath(options.binary), self.data_dir)
        self.sinks = [Sink("steady", 0.0, self.server), Sink("refusing", 0.05, self.server)]
        self.acknowledged = {}
        self.published = collections.Counter()
        self.published_in_life = collections.Counter()
        self.publishing = True
        self.disk_failures = self.graceful_stops = 0
        self.exit_codes = []
        self.results = []

    # --- What runs at the same time ---

    async def publisher(self, number):
        """Publishes one event after the other, single or in batches, through all kills."""
        client = Client("127.0.0.1", self.server.port, ADMIN_KEY)
        returns = [f"ret_crash_{number}_{i}" for i in range(6)]
        while self.publishing:
            await self.server.up.wait()
            if self.published_in_life[self.server.life] >= EVENTS_PER_LIFE_MAX:
                await asyncio.sleep(0.01)
                continue
            chosen = random.choice(returns)
            count = random.choice([1, 1, 1, 1, 5])
            self.published_in_life[self.server.life] += count
            events = [{"type": random.choice(TYPES),
                       "data": {"return": {"id": chosen, "note": "x" * random.randrange(800)}}}
                      for _ in range(count)]
            try:
                status, answer = await asyncio.wait_for(
                    client.request("POST", "/v1/events", events[0]) if count == 1
                    else client.request("POST", "/v1/events/batch", events), 20)
            except CONNECTION_LOST:
                client.close()
                self.published["unknown"] += count
                await asyncio.sleep(0.01)
                continue
            if status != 202:
                self.published[f"refused {status}"] += count
                await asyncio.sleep(0.01)
                continue
            for accepted in answer["data"] if count > 1 else [answer]:
                self.acknowledged[accepted["id"]] = accepted["subject"]["sequence"]
                self.published["acknowledged"] += 1
        client.close()

    async def one_life(self, number):
        """Lets the server live for a random while, ends it, and starts it again."""
        await asyncio.sleep(random.uniform(0.02, 0.6))
        if self.options.faulty and self.server.process.returncode is not None:
            self.disk_failures += 1
            self.exit_codes.append(self.server.process.returncode)
        if number % 10 == 9 and self.server.process.returncode is None and not self.options.faulty:
            code = await self.server.terminate()
            self.graceful_stops += 1
            self.check(f"SIGTERM number {self.graceful_stops} ends with exit code 0", code == 0,
                       f"exit code {code}")
        else:
            await self.server.kill()
        fails = self.options.faulty and number % 4 == 3
        environment = {"RF_FAULT_SYNC_AT": str(random.randrange(5, 60))} if fails else {}
        if not await self.server.start(environment):
            self.disk_failures += 1
            self.exit_codes.append(await self.server.process.wait())
            self.server.ended_at[self.server.life] = time.monotonic()
            if not await self.server.start():
                raise SystemExit("the server does not start again after a failed disk")

    async def main(self):
        for sink in self.sinks:
            await sink.start()
        if not await self.server.start():
            raise SystemExit("the server did not start; see its message by running it by hand")
        await self.create_endpoints()
        publishers = [asyncio.create_task(self.publisher(i)) for i in range(6)]
        for number in range(self.options.kills):
            await self.one_life(number)
        self.publishing = False
        # The last life is on a good disk: what is checked now must be able to settle.
        if self.server.process.returncode is None and self.options.faulty:
            await self.server.kill()
        if self.server.process.returncode is not None:
            await self.server.start()
        await asyncio.gather(*publishers)
        await self.wait_until_settled()
        await self.check_everything()
        code = await self.server.terminate()
        self.check("the last SIGTERM ends with exit code 0", code == 0, f"exit code {code}")
        return self.report()

    async def create_endpoints(self):
        client = Client("127.0.0.1", self.server.port, ADMIN_KEY)
        for sink in self.sinks:
            status, answer = await client.request("POST", "/v1/endpoints", {
                "url": f"http://127.0.0.1:{sink.port}/hook", "secret": SECRET,
                "description": sink.name, "retry_delays": [1] * 30})
            if status != 201:
                raise SystemExit(f"endpoint was refused: {status} {answer}")
        client.close()

    async def wait_until_settled(self):
        client = Client("127.0.0.1", self.server.port, ADMIN_KEY)
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline:
            _, answer = await client.request("GET", "/v1/deliveries?status=pending&limit=1")
            if not answer["data"]:
                break
            await asyncio.sleep(0.2)
        else:
            self.check("all deliveries settle within two minutes", False, json.dumps(answer))
        client.close()

    # --- What must be true at the end ---

    def check(self, name, good, detail=""):
        self.results.append((name, good))
        print(f"{'ok  ' if good else 'FAIL'} {name}{'' if good else ': ' + detail}", flush=True)

    async def read_log(self):
        """The whole event log, oldest first, over the API."""
        client = Client("127.0.0.1", self.server.port, ADMIN_KEY)
        events, path = [], "/v1/events?limit=250"
        while True:
            status, answer = await client.request("GET", path)
            if status != 200:
                raise SystemExit(f"reading the log failed: {status} {answer}")
            events += answer["data"]
            if not answer["next_cursor"]:
                client.close()
                return events
            path = f"/v1/events?limit=250&cursor={answer['next_cursor']}"

    async def check_everything(self):
        log = await self.read_log()
        in_log = {event["id"] for event in log}
        lost = [event_id for event_id in self.acknowledged if event_id not in in_log]
        self.check("every acknowledged event is in the log", not lost, f"{len(lost)} lost")
        sequences = collections.defaultdict(list)
        for event in log:
            sequences[event["subject"]["id"]].append(event["subject"]["sequence"])
        gaps = [r for r, s in sequences.items() if s != list(range(1, len(s) + 1))]
        self.check("sequences of every return are 1, 2, 3, … without gaps", not gaps, str(gaps[:3]))
        for sink in self.sinks:
            self.check_sink(sink, in_log)
        if self.options.faulty:
            self.check("a failed sync ended the server by itself, with an error",
                       self.disk_failures > 0 and all(c not in (0, -9) for c in self.exit_codes),
                       f"{self.disk_failures} failures, exit codes {self.exit_codes}")

    def check_sink(self, sink, in_log):
        name = f"endpoint '{sink.name}'"
        delivered = collections.defaultdict(list)
        hashes = collections.defaultdict(set)
        newest, out_of_order = collections.Counter(), []
        for receipt in sink.receipts:
            hashes[receipt.event_id].add(receipt.body_hash)
            if receipt.sequence < newest[receipt.return_id]:
                out_of_order.append((receipt.return_id, newest[receipt.return_id],
                                     receipt.sequence))
            newest[receipt.return_id] = max(newest[receipt.return_id], receipt.sequence)
            if receipt.status == 200:
                delivered[receipt.event_id].append(receipt)
        missing = [e for e in in_log if e not in delivered]
        self.check(f"{name}: every event arrived", not missing, f"{len(missing)} did not")
        strangers = [e for e in hashes if e not in in_log]
        self.check(f"{name}: nothing arrived that is not in the log", not strangers,
                   str(strangers[:3]))
        self.check(f"{name}: in order per return, repeats included", not out_of_order,
                   f"{len(out_of_order)}, first {out_of_order[:3]}")
        self.check(f"{name}: the same bytes on every try",
                   all(len(h) == 1 for h in hashes.values()))
        self.check(f"{name}: every signature is good", sink.bad_signatures == 0,
                   str(sink.bad_signatures))
        self.check_repeats(name, delivered)

    def check_repeats(self, name, delivered):
        repeats, wrong = 0, []
        for event_id, receipts in delivered.items():
            for first, second in zip(receipts, receipts[1:]):
                repeats += 1
                killed_at = self.server.ended_at.get(first.life)
                if (first.life == second.life or killed_at is None
                        or killed_at - first.at > IN_FLIGHT_SECONDS):
                    wrong.append((event_id, first.life, second.life))
        self.check(f"{name}: delivered twice only what was in flight at a kill ({repeats})",
                   not wrong, f"{len(wrong)}, first {wrong[:3]}")

    def report(self):
        ready = sorted(self.server.ready_seconds)
        receipts = {sink.name: len(sink.receipts) for sink in self.sinks}
        print(f"\nkills {len(self.server.ended_at)}, graceful stops {self.graceful_stops}, "
              f"failed disks {self.disk_failures}; published {dict(self.published)}; "
              f"requests received {receipts}; "
              f"ready after {ready[len(ready) // 2] * 1000:.0f} ms (median of {len(ready)})")
        failed = sum(1 for _, good in self.results if not good)
        print(f"{len(self.results) - failed} passed, {failed} failed", flush=True)
        return 1 if failed else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--binary", required=True)
    parser.add_argument("--kills", type=int, default=60)
    parser.add_argument("--seed", type=int, default=random.randrange(1 << 30))
    parser.add_argument("--faulty", action="store_true",
                        help="the binary drops unsynced writes at a kill; some runs fail a sync")
    options = parser.parse_args()
    random.seed(options.seed)
    print(f"seed {options.seed}, {options.kills} kills", flush=True)
    run = Run(options)
    try:
        code = asyncio.run(run.main())
    finally:
        if run.server.process and run.server.process.returncode is None:
            run.server.process.kill()
        shutil.rmtree(run.data_dir, ignore_errors=True)
    return code


if __name__ == "__main__":
    sys.exit(main())
