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
import collections
import os
import random
import shutil
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from killed_server import ADMIN_KEY, CONNECTION_LOST, Server  # noqa: E402
from loopback_http import Client  # noqa: E402
from promises import Promises  # noqa: E402
from sink import SECRET, Sink  # noqa: E402

TYPES = ["return.created", "return.completed", "return.label_generated",
         "shipment.event.in_transit", "shipment.event.delivered", "return.processed",
         "return.closed"]
# Published in one life of the server: the endpoint that refuses some holds up their returns, so a fast
# machine would otherwise pile up more than can settle in the time of a test.
EVENTS_PER_LIFE_MAX = 300


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
        self.promises = Promises(self.server, self.sinks)

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
            self.promises.check(f"SIGTERM number {self.graceful_stops} ends with exit code 0",
                                code == 0, f"exit code {code}")
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
        await self.promises.wait_until_settled()
        await self.check_everything()
        code = await self.server.terminate()
        self.promises.check("the last SIGTERM ends with exit code 0", code == 0,
                            f"exit code {code}")
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

    # --- What must be true at the end ---

    async def check_everything(self):
        log = await self.promises.read_all("/v1/events")
        in_log = {event["id"] for event in log}
        self.promises.check_none("every acknowledged event is in the log",
                                 [one for one in self.acknowledged if one not in in_log])
        self.promises.check_events(log)
        if self.options.faulty:
            self.promises.check(
                "a failed sync ended the server by itself, with an error",
                self.disk_failures > 0 and all(c not in (0, -9) for c in self.exit_codes),
                f"{self.disk_failures} failures, exit codes {self.exit_codes}")

    def report(self):
        ready = sorted(self.server.ready_seconds)
        receipts = {sink.name: len(sink.receipts) for sink in self.sinks}
        print(f"\nkills {len(self.server.ended_at)}, graceful stops {self.graceful_stops}, "
              f"failed disks {self.disk_failures}; published {dict(self.published)}; "
              f"requests received {receipts}; "
              f"ready after {ready[len(ready) // 2] * 1000:.0f} ms (median of {len(ready)})")
        return self.promises.close()


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
