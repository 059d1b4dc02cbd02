#!/usr/bin/env python3
"""Kills the server at random moments while returns live in it, and checks what is left of them.

Staff give commands, carriers scan parcels, a test clock runs timers, a payout service pays (or
refuses, or pays and is cut off before it can say so), and the server is killed with SIGKILL again
and again. At the end, when the clock has passed everything that was to come:

  * what an answer showed is in the log of events;
  * the events of each return come in an order that docs/returns.md allows, and the return is what
    they come to, field by field;
  * each countdown has ended, once;
  * no payout was made twice, none of a closed return is missing, none is shown that was not made;
  * all that tests/crash/kill_test.py checks of deliveries.
"""
import argparse
import asyncio
import collections
import datetime
import json
import os
import random
import shutil
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
SUPPORT = os.path.join(HERE, "..", "support")
sys.path.insert(0, SUPPORT)
from killed_server import ADMIN_KEY, CONNECTION_LOST, Server  # noqa: E402
from loopback_http import Client  # noqa: E402
from promises import Promises  # noqa: E402
from return_story import ReturnStory  # noqa: E402
from sink import SECRET, Sink  # noqa: E402

HOUR = datetime.timedelta(hours=1)
WORKERS = 6
OPEN_RETURNS_OF_WORKER = 6
# Made in all: more would take longer to check than the kills take.
RETURNS_MAX = 250
PAYOUT_SECRET = "whsec_" + "cGF5b3V0cyBvZiB0aGUgY3Jhc2ggdGVzdHM="
SETTINGS = {"auto_close": {"enabled": True, "trigger": "delivered", "delay_hours": 1},
            "instant_exchange": True, "after_close_check_seconds": 300}
# What becomes of a refund by its amount; all others follow the mood of the service.
MODE_OF_AMOUNT = {"44.00": "refuse_402", "55.00": "settle_later", "66.00": "fail_later"}
AMOUNTS = ["44.00", "55.00", "66.00", *["77.00"] * 7]
# The service is cut off in the middle of late_execute by a kill: it has paid, nobody knows.
MOODS = ["ok"] * 4 + ["fail_500", "late_execute"]
# What is tried, and how often: most countdowns are to run out, and each other end to be seen.
COMMANDS = {"label": 8, "in_transit": 8, "delivered": 12, "process": 2, "close": 1, "pause": 1,
            "resume": 6, "flag_fraud": 0.5, "clear_fraud": 2, "mark_needs_review": 0.5,
            "clear_needs_review": 2, "cancel": 0.3, "reset": 0.5, "complete": 3, "pay": 3,
            "rearm_auto_close": 4, "cancel_auto_close": 0.5, "lose_tracking": 0.5,
            "restore_tracking": 2, "pause_order": 0.3, "resume_order": 2}
SCANS = ("in_transit", "delivered")
# What only an event changes. The rest also moves without one: alerts, notes, scans, payouts and
# the gift cards that they are.
FIELDS_OF_EVENTS = ("id", "number", "iteration", "revision", "kind", "status", "previous_status",
                    "created_at", "completed_at", "processed_at", "closed_at", "canceled_at",
                    "closed_by", "order", "customer", "items", "exchange", "labels", "pause")


def parse_time(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))


def show_time(moment):
    return moment.astimezone(datetime.timezone.utc).isoformat(timespec="milliseconds")


def moved_by_events(name, value):
    """The part of a field that only events change."""
    if name != "items":
        return value
    return [{k: v for k, v in item.items() if k != "gift_card"} for item in value]


def kroner(amount):
    return {"amount": amount, "currency": "DKK"}


def new_return(order):
    """The body of a return: refunds, exchanges and gift cards, some with a fee that is due."""
    action = random.choice(["refund", "refund", "refund", "exchange", "gift_card"])
    item = {"sku": f"SKU-{random.randrange(1000)}", "action": action,
            "prices": {"unit_price": kroner(random.choice(AMOUNTS))}}
    if action == "exchange":
        item["exchange_to"] = {"sku": "SKU-L", "list_price": item["prices"]["unit_price"],
                               "charged_price": item["prices"]["unit_price"]}
    body = {"order": {"id": order, "currency": "DKK"}, "customer": {"email": "a@example.com"},
            "items": [item]}
    if random.random() < 0.2:
        body |= {"return_label_fee": kroner("39.00"), "payment_due": kroner("39.00")}
    return body


class PayoutProcess:
    """tests/support/payout_service.py, which outlives every kill of the server."""

    async def start(self, folder):
        self.process = await asyncio.create_subprocess_exec(
            sys.executable, os.path.join(SUPPORT, "payout_service.py"), "--secret", PAYOUT_SECRET,
            "--journal", os.path.join(folder, "payouts.ndjson"), stdout=asyncio.subprocess.PIPE)
        line = await asyncio.wait_for(self.process.stdout.readline(), 30)
        self.url = line.decode().split()[-1]
        self.client = Client("127.0.0.1", int(self.url.rsplit(":", 1)[1]), "")
        for amount, mode in MODE_OF_AMOUNT.items():
            await self.control(amount=amount, mode=mode)

    @property
    def settings(self):
        return {"url": self.url + "/", "secret": PAYOUT_SECRET}

    async def control(self, **wanted):
        status, answer = await self.client.request("POST", "/control", wanted)
        if status != 200:
            raise SystemExit(f"the payout service refused {wanted}: {answer}")

    async def ledger(self):
        return (await self.client.request("GET", "/ledger"))[1]

    async def stop(self):
        self.client.close()
        self.process.kill()
        await self.process.wait()


class Worker:
    """Staff and carriers: opens returns and gives them commands, through all kills."""

    def __init__(self, run, number):
        self.run, self.number = run, number
        self.client = Client("127.0.0.1", run.server.port, ADMIN_KEY)
        self.open = []  # The newest snapshots known.
        self.made = 0

    async def work(self):
        while self.run.working:
            await self.run.ready.wait()
            try:
                await asyncio.wait_for(self.one_step(), 30)
            except CONNECTION_LOST:
                self.client.close()
                self.run.answers["unknown"] += 1
                await asyncio.sleep(0.01)
        self.client.close()

    async def one_step(self):
        if len(self.open) < OPEN_RETURNS_OF_WORKER and self.run.returns_made < RETURNS_MAX:
            self.run.returns_made += 1
            self.made += 1
            order = f"{self.number}-{self.made // 2}"  # Two returns for each order.
            await self.ask("/v1/returns", new_return(order))
        elif self.open:
            chosen = random.choice(self.open)
            name = random.choices(list(COMMANDS), weights=COMMANDS.values())[0]
            await self.ask(*self.request_for(chosen, name))
        else:
            await asyncio.sleep(0.01)

    def request_for(self, returned, name):
        if name in SCANS:
            label = next((one for one in reversed(returned["labels"])), None)
            if label is None:
                name = "label"
            else:
                at = self.run.clock_at - random.random() * HOUR
                return "/v1/scans", {"tracking_number": label["tracking_number"], "status": name,
                                     "occurred_at": show_time(at)}
        target = f"/v1/returns/{returned['id']}/{name}"
        if name == "label":
            return target, {"carrier": "gls_dk", "tracking_number": f"{random.getrandbits(48):x}"}
        if name.endswith("_order"):
            return f"/v1/orders/{returned['order']['id']}/{name.removesuffix('_order')}", {}
        return target, {}

    async def ask(self, target, body):
        status, answer = await self.client.request("POST", target, body)
        self.run.answers[status] += 1
        if status in (200, 201, 202):
            for snapshot in answer["data"] if target.startswith("/v1/orders/") else [answer]:
                self.take(snapshot)
        elif status == 502:
            self.take(answer["return"])
        elif status not in (404, 409, 503):  # 404: the scan of a label whose answer was lost.
            raise SystemExit(f"POST {target} answered {status}: {answer}")
        await asyncio.sleep(random.uniform(0, 0.03))

    def take(self, snapshot):
        self.run.shown.append(snapshot)
        self.open = [one for one in self.open if one["id"] != snapshot["id"]]
        if snapshot["status"] not in ("closed", "canceled"):
            self.open.append(snapshot)


class Run:
    def __init__(self, options):
        self.options = options
        self.folder = tempfile.mkdtemp(prefix="returnflows-crash-")
        self.server = Server(os.path.abspath(options.binary), os.path.join(self.folder, "data"),
                             ["--test-clock"])
        self.sinks = [Sink("steady", 0.0, self.server), Sink("refusing", 0.03, self.server)]
        self.promises = Promises(self.server, self.sinks)
        self.payouts = PayoutProcess()
        self.clock_at = None  # What the server's clock has reached, or was last told to reach.
        self.ready = asyncio.Event()  # The server is up, and its clock is where it was.
        self.working = True
        self.returns_made = 0
        self.shown = []  # Every snapshot of every answer.
        self.answers = collections.Counter()

    async def call(self, method, path, body=None, expected=200):
        client = Client("127.0.0.1", self.server.port, ADMIN_KEY)
        try:
            status, answer = await client.request(method, path, body)
        finally:
            client.close()
        if status != expected:
            raise SystemExit(f"{method} {path} answered {status}: {answer}")
        return answer

    # --- Time, moods and kills ---

    async def start(self):
        """Starts the server and brings its test clock, which begins anew, to where it was."""
        if not await self.server.start():
            raise SystemExit("the server did not start; see its message by running it by hand")
        now = parse_time((await self.call("GET", "/v1/test-clock"))["now"])
        if self.clock_at and self.clock_at > now:
            await self.advance((self.clock_at - now).total_seconds())
        self.clock_at = max(self.clock_at or now, now)
        self.ready.set()

    async def advance(self, seconds):
        await self.call("POST", "/v1/test-clock", {"advance_seconds": int(seconds) + 1})

    async def run_clock(self):
        """Moves the clock a little at a time, through all kills."""
        while self.working:
            await self.ready.wait()
            step = random.randrange(60, 1800)
            try:
                self.clock_at += datetime.timedelta(seconds=step)
                await asyncio.wait_for(self.advance(step), 30)
            except CONNECTION_LOST:
                pass
            await asyncio.sleep(random.uniform(0.02, 0.1))

    async def kill(self):
        await asyncio.sleep(random.uniform(0.05, 0.6))
        await self.payouts.control(mode=random.choice(MOODS))
        await asyncio.sleep(random.uniform(0.05, 0.3))
        self.ready.clear()
        await self.server.kill()
        # Settled soon: the server asks for a day of its own time what came of a payout.
        await self.payouts.control(mode="ok", settle=True)
        await self.start()

    # --- The whole ---

    async def main(self):
        for sink in self.sinks:
            await sink.start()
        await self.payouts.start(self.folder)
        await self.start()
        for sink in self.sinks:
            await self.call("POST", "/v1/endpoints", {
                "url": f"http://127.0.0.1:{sink.port}/hook", "secret": SECRET,
                "description": sink.name, "retry_delays": [1] * 30}, 201)
        await self.call("PATCH", "/v1/settings", SETTINGS | {"payouts": self.payouts.settings})
        tasks = [asyncio.create_task(Worker(self, i).work()) for i in range(WORKERS)]
        tasks.append(asyncio.create_task(self.run_clock()))
        started, kills = time.monotonic(), 0
        while kills < self.options.kills and time.monotonic() - started < self.options.seconds:
            await self.kill()
            kills += 1
            for task in tasks:
                if task.done():
                    await task  # It only ends by an error while the killing goes on.
        self.working = False
        await asyncio.gather(*tasks)
        await self.come_to_rest()
        await self.check_everything()
        code = await self.server.terminate()
        self.promises.check("the last SIGTERM ends with exit code 0", code == 0,
                            f"exit code {code}")
        await self.payouts.stop()
        return self.report(kills)

    async def come_to_rest(self):
        """Every payout is answered, every timer has come, every delivery is made."""
        for amount in MODE_OF_AMOUNT:
            await self.payouts.control(amount=amount, mode=None)
        await self.payouts.control(mode="ok", settle=True)
        for _ in range(6):
            await self.advance(HOUR.total_seconds() * 8)
            await self.until_paid()
        await self.promises.wait_until_settled(30)

    async def until_paid(self):
        """Nothing is under way at the payout service any more: no timer waits for an answer."""
        deadline = time.monotonic() + 15
        while time.monotonic() < deadline:
            under_way = [one["id"] for one in await self.promises.read_all("/v1/returns")
                         if any(payout["status"] == "under_way" for payout in one["payouts"])]
            if not under_way:
                return
            await asyncio.sleep(0.1)
        self.promises.check_none("no payout stays under way", under_way)

    # --- What must be true at the end ---

    async def check_everything(self):
        log = await self.promises.read_all("/v1/events")
        returns = {one["id"]: one for one in await self.promises.read_all("/v1/returns")}
        self.promises.check_events(log)
        self.check_answers(log, returns)
        self.check_stories(log, returns)
        self.check_payouts(returns, await self.payouts.ledger())

    def check_answers(self, log, returns):
        at = {(e["subject"]["id"], e["subject"]["sequence"]): e["type"] for e in log}
        lost = [(one["id"], line["sequence"], line["type"]) for one in self.shown
                for line in one["timeline"] if "." in line["type"]  # Others are notes.
                and at.get((one["id"], line["sequence"])) != line["type"]]
        self.promises.check_none(f"what {len(self.shown)} answers showed is in the log", lost)
        unknown = [one["id"] for one in self.shown if one["id"] not in returns]
        self.promises.check_none("every return that was answered is there", unknown)

    def check_stories(self, log, returns):
        stories, newest = collections.defaultdict(ReturnStory), {}
        for event in log:
            stories[event["subject"]["id"]].take(event)
            newest[event["subject"]["id"]] = event["data"]["return"]
        self.types = collections.Counter(event["type"] for event in log)
        self.promises.check_none(
            f"the events of each of {len(stories)} returns come in an order that the rules allow",
            [(i, story.violations[0]) for i, story in stories.items() if story.violations])
        self.promises.check("every return has events, and every event a return",
                            set(stories) == set(returns), str(set(stories) ^ set(returns)))
        self.promises.check_none("every return is what its events come to", [
            (i, story.difference(returns[i])) for i, story in stories.items()
            if story.difference(returns[i])])
        self.promises.check_none("every return has the fields of its newest event", [
            (i, name, returns[i][name], newest[i][name]) for i in newest
            for name in FIELDS_OF_EVENTS
            if moved_by_events(name, returns[i][name]) != moved_by_events(name, newest[i][name])])
        self.promises.check_none(
            f"each of {sum(one.countdowns for one in stories.values())} countdowns ended, once",
            [i for i, one in stories.items() if one.counting or one.countdowns != one.endings])
        for name in ("return.auto_close_completed", "return.auto_close_cancelled",
                     "return.auto_close_failed", "return.instant_exchange", "return.closed"):
            self.promises.check(f"the run saw {name}", self.types[name] > 0)

    def check_payouts(self, returns, ledger):
        paid = {}  # (return, payout) → execution.
        twice = []
        for execution in ledger["executions"]:
            return_id, _, payout_id = execution["key"].split("/")
            if (return_id, payout_id) in paid:
                twice.append(execution["key"])
            paid[return_id, payout_id] = execution
        self.promises.check_none(f"none of {len(paid)} payouts was made twice", twice)
        self.promises.check_none("no payout was asked for twice at the same time", [
            key for key, count in ledger["at_once_max"].items() if count > 1])
        wrong, shown = [], set()
        for returned in returns.values():
            for payout in returned["payouts"]:
                key = (returned["id"], payout["id"])
                execution = paid.get(key)
                shown.add(key)
                told = self.status_of(execution)
                if payout["status"] not in told:
                    wrong.append((*key, payout["status"], execution))
                elif execution and execution["amount"] != payout["amount"]["amount"]:
                    wrong.append((*key, payout["amount"], execution["amount"]))
        self.promises.check_none("every return shows of each payout what was done", wrong)
        self.promises.check_none("every payout that was made belongs to a return",
                                 [key for key in paid if key not in shown])
        self.promises.check_none("every closed return has paid all that it owes", [
            one["id"] for one in returns.values() if one["status"] == "closed"
            and any((one["id"], p["id"]) not in paid for p in one["payouts"])])
        closed = sum(1 for one in returns.values() if one["status"] == "closed" and one["payouts"])
        self.promises.check(f"the arrival of payouts was asked for after {closed} closes",
                            ledger["questions"] >= closed, str(ledger["questions"]))
        self.ledger = ledger

    @staticmethod
    def status_of(execution):
        """What a return may say of a payout, by what the service knows of it."""
        if execution is None:
            return ("pending", "failed", "canceled")
        return ("failed",) if execution["status"] == "failed" else ("succeeded",)

    def report(self, kills):
        unanswered = sum(1 for one in self.ledger["executions"] if one["answers"] == 0)
        ready = sorted(self.server.ready_seconds)
        print(f"\nkills {kills}; answers {dict(self.answers)}; events {dict(self.types)}; "
              f"payouts {len(self.ledger['executions'])} in {self.ledger['orders']} requests, "
              f"{unanswered} of them only heard of by asking; "
              f"ready after {ready[len(ready) // 2] * 1000:.0f} ms (median of {len(ready)})")
        return self.promises.close()

    def end(self):
        for process in (self.server.process, getattr(self.payouts, "process", None)):
            if process and process.returncode is None:
                process.kill()
        shutil.rmtree(self.folder, ignore_errors=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--binary", required=True)
    parser.add_argument("--kills", type=int, default=25)
    parser.add_argument("--seconds", type=float, default=25, help="kill no longer than this")
    parser.add_argument("--seed", type=int, default=random.randrange(1 << 30))
    options = parser.parse_args()
    random.seed(options.seed)
    print(f"seed {options.seed}, up to {options.kills} kills", flush=True)
    run = Run(options)
    try:
        return asyncio.run(run.main())
    finally:
        run.end()


if __name__ == "__main__":
    sys.exit(main())
