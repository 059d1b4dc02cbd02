"""What the server promises about events and their delivery, checked after a run of kills."""
import asyncio
import collections
import json
import time

from killed_server import ADMIN_KEY
from loopback_http import Client

# A delivery whose answer came longer than this before a kill was on disk: the group commit of a
# busy server takes some tens of milliseconds.
IN_FLIGHT_SECONDS = 2.0


class Promises:
    """Collects what held and what did not, and prints each as it is found out."""

    def __init__(self, server, sinks):
        self.server, self.sinks = server, sinks
        self.results = []

    def check(self, name, good, detail=""):
        self.results.append((name, good))
        print(f"{'ok  ' if good else 'FAIL'} {name}{'' if good else ': ' + detail}", flush=True)

    def check_none(self, name, found):
        """`found` are the cases against it."""
        self.check(name, not found, f"{len(found)}, first {found[:3]}")

    async def wait_until_settled(self, seconds=120):
        client = Client("127.0.0.1", self.server.port, ADMIN_KEY)
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            _, answer = await client.request("GET", "/v1/deliveries?status=pending&limit=1")
            if not answer["data"]:
                break
            await asyncio.sleep(0.2)
        else:
            self.check(f"all deliveries settle within {seconds} s", False, json.dumps(answer))
        client.close()

    async def read_all(self, target):
        """All pages of a list, over the API."""
        client = Client("127.0.0.1", self.server.port, ADMIN_KEY)
        entries, path = [], f"{target}?limit=250"
        while True:
            status, answer = await client.request("GET", path)
            if status != 200:
                raise SystemExit(f"reading {target} failed: {status} {answer}")
            entries += answer["data"]
            if not answer["next_cursor"]:
                client.close()
                return entries
            path = f"{target}?limit=250&cursor={answer['next_cursor']}"

    def check_events(self, log):
        """`log`: the whole event log, oldest first."""
        sequences = collections.defaultdict(list)
        for event in log:
            sequences[event["subject"]["id"]].append(event["subject"]["sequence"])
        gaps = [r for r, s in sequences.items() if s != list(range(1, len(s) + 1))]
        self.check_none("sequences of every return are 1, 2, 3, … without gaps", gaps)
        in_log = {event["id"] for event in log}
        for sink in self.sinks:
            self._check_sink(sink, in_log)

    def _check_sink(self, sink, in_log):
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
        self.check_none(f"{name}: every event arrived", [e for e in in_log if e not in delivered])
        self.check_none(f"{name}: nothing arrived that is not in the log",
                        [e for e in hashes if e not in in_log])
        self.check_none(f"{name}: in order per return, repeats included", out_of_order)
        self.check(f"{name}: the same bytes on every try",
                   all(len(h) == 1 for h in hashes.values()))
        self.check(f"{name}: every signature is good", sink.bad_signatures == 0,
                   str(sink.bad_signatures))
        self._check_repeats(name, delivered)

    def _check_repeats(self, name, delivered):
        repeats, wrong = 0, []
        for event_id, receipts in delivered.items():
            for first, second in zip(receipts, receipts[1:]):
                repeats += 1
                killed_at = self.server.ended_at.get(first.life)
                if (first.life == second.life or killed_at is None
                        or killed_at - first.at > IN_FLIGHT_SECONDS):
                    wrong.append((event_id, first.life, second.life))
        self.check_none(f"{name}: delivered twice only what was in flight at a kill ({repeats})",
                        wrong)

    def close(self):
        """Prints the closing line. Returns the exit code."""
        failed = sum(1 for _, good in self.results if not good)
        print(f"{len(self.results) - failed} passed, {failed} failed", flush=True)
        return 1 if failed else 0
