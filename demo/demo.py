#!/usr/bin/env python3
"""Walks a refund and an instant exchange through their whole lives, in front of a sample receiver.

Usage: demo.py --binary PATH [--once]     --once ends after the tour instead of waiting for Ctrl-C
"""
import argparse
import asyncio
import base64
import hmac
import json
import os
import secrets
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "tests", "support"))
from loopback_http import Client, serve  # noqa: E402

FAILURES = 2  # The receiver refuses its third request this many times, so that a retry is seen.
ARRIVAL_SECONDS_MAX = 20
SETTINGS = {"auto_close": {"enabled": True, "trigger": "delivered", "delay_hours": 12},
            "instant_exchange": True}


def say(text=""):
    print(text, flush=True)


def money(value):
    return f"{value['amount']} {value['currency']}"


def note(event):
    """What is worth seeing in this event, in a few words."""
    returned, detail = event["data"]["return"], event["data"].get("detail", {})
    if event["type"] == "return.auto_close_initiated":
        return f"closes at {detail['closes_at']}"
    if event["type"] == "return.instant_exchange":
        return f"{detail['exchange_order_number']} may be sent"
    if event["type"] == "return.closed":
        paid = " and ".join(money(payout["amount"]) for payout in returned["payouts"])
        return f"paid out {paid}" if paid else "nothing to pay out"
    return ""


class Receiver:
    """A sample endpoint: checks the signature, prints the event, answers 200 (or 500 a few times)."""

    def __init__(self, secret):
        self.key = base64.b64decode(secret.removeprefix("whsec_"))
        self.taken, self.failures_left = [], FAILURES

    async def handle(self, headers, body, _tag):
        signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
        expected = "v1," + base64.b64encode(hmac.digest(self.key, signed, "sha256")).decode()
        if not any(hmac.compare_digest(expected, given)
                   for given in headers["webhook-signature"].split(" ")):
            say("    receiver: the signature is WRONG, answers 401")
            return 401
        event = json.loads(body)
        line = (f"    receiver: {event['data']['return']['number']}  "
                f"{event['subject']['sequence']:>2}  {event['type']:<28}")
        if len(self.taken) == 2 and self.failures_left:
            self.failures_left -= 1
            say(line + " 500, as if it were broken")
            return 500
        self.taken.append(event)
        say(f"{line} 200  {note(event)}".rstrip())
        return 200


class Demo:
    def __init__(self, binary):
        self.binary, self.key = binary, "rf_" + secrets.token_urlsafe(32)
        self.data_dir = tempfile.mkdtemp(prefix="returnflows-demo-")
        self.secret = "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()
        self.receiver = Receiver(self.secret)
        self.process = None

    async def start(self):
        say("1. Start the server: one binary, one folder of data.\n")
        for listen in ("127.0.0.1:8080", "127.0.0.1:0"):  # 8080 may be taken.
            self.process = subprocess.Popen(
                [self.binary, "serve", "--listen", listen, "--data-dir", self.data_dir,
                 "--egress-allow", "127.0.0.0/8", "--admin-key", self.key, "--test-clock"],
                stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
            line = self.process.stdout.readline()
            if line.startswith("listening on "):
                break
        else:
            raise SystemExit("the server did not start; run './dev serve' to see why")
        self.url = line.split()[-1]
        say(f"  {line.strip()}")
        say("  For this demo it may send to loopback, and --test-clock lets its time be moved.\n")
        host, port = self.url.removeprefix("http://").rsplit(":", 1)
        self.client = Client(host, int(port), self.key)

    async def call(self, method, path, body=None, expected=200):
        status, answer = await self.client.request(method, path, body)
        if status != expected:
            raise SystemExit(f"{method} {path} answered {status}: {answer}")
        return answer

    async def subscribe(self):
        say("2. Make an endpoint, a URL and a secret key, and say how returns are handled.\n")
        _, port = await serve(self.receiver.handle)
        endpoint = await self.call("POST", "/v1/endpoints", {
            "url": f"http://127.0.0.1:{port}/hook", "secret": self.secret, "event_types": ["*"],
            "description": "Sample receiver", "retry_delays": [1, 1, 2, 4]}, 201)
        say(f"  {endpoint['id']} -> {endpoint['url']}, all event types")
        await self.call("PATCH", "/v1/settings", SETTINGS)
        say("  Auto-Close 12 hours after the delivery, Instant Exchange on\n")

    # --- The steps of a return ---

    async def create(self, file):
        say(f"  POST /v1/returns  < demo/{file}")
        with open(os.path.join(HERE, file), encoding="utf-8") as body:
            return await self.call("POST", "/v1/returns", json.load(body), 201)

    async def label(self, returned, tracking_number):
        say(f"  POST /v1/returns/{returned['id']}/label  {tracking_number}")
        await self.call("POST", f"/v1/returns/{returned['id']}/label",
                        {"carrier": "gls_dk", "tracking_number": tracking_number})

    async def scan(self, tracking_number, status):
        """The carrier tells where the parcel is, as of the server's time."""
        now = (await self.call("GET", "/v1/test-clock"))["now"]
        say(f"  POST /v1/scans  {tracking_number} {status}, {now}")
        await self.call("POST", "/v1/scans", {"tracking_number": tracking_number, "status": status,
                                              "occurred_at": now})

    async def let_pass(self, hours):
        say(f"  POST /v1/test-clock  {hours} hours pass")
        await self.call("POST", "/v1/test-clock", {"advance_seconds": hours * 3600})

    async def arrived(self, returned, *types):
        """Waits until the receiver has exactly these events of the return, in this order."""
        came = []
        for _ in range(ARRIVAL_SECONDS_MAX * 20):
            came = [event["type"] for event in self.receiver.taken
                    if event["subject"]["id"] == returned["id"]]
            if len(came) >= len(types):
                break
            await asyncio.sleep(0.05)
        if came != list(types):
            raise SystemExit(f"the receiver should have {list(types)}; it has {came}")

    async def live(self, file, tracking_number, at_hand_in=()):
        """A whole life. `at_hand_in`: the events that follow when the parcel is handed in."""
        returned = await self.create(file)
        created = ["return.created", "return.completed"]
        await self.arrived(returned, *created)
        await self.label(returned, tracking_number)
        await self.scan(tracking_number, "in_transit")
        under_way = [*created, "return.label_generated", "shipment.event.in_transit", *at_hand_in]
        await self.arrived(returned, *under_way)
        await self.let_pass(24)
        await self.scan(tracking_number, "delivered")
        back = [*under_way, "shipment.event.delivered", "return.auto_close_initiated"]
        await self.arrived(returned, *back)
        await self.let_pass(12)
        await self.arrived(returned, *back, "return.processed", "return.closed",
                           "return.auto_close_completed")

    async def refund(self):
        say("3. A refund: Anna sends her jeans back. When a request is answered, its events")
        say("   and their deliveries are on disk. The receiver verifies and prints each event,")
        say("   with its number in the return. It refuses the third one twice: what is behind")
        say("   it waits.\n")
        await self.live("refund.json", "JD0001")

    async def exchange(self):
        say("\n4. An instant exchange: Bo's tee is too small. The larger one is released as soon")
        say("   as the parcel is handed in, and not once more when the return closes.\n")
        await self.live("exchange.json", "JD0002", at_hand_in=["return.instant_exchange"])

    # --- What is left of it ---

    async def show(self):
        say("\n5. What happened is on record: each return, each delivery, each attempt.\n")
        for returned in (await self.call("GET", "/v1/returns?order=asc"))["data"]:
            exchange = returned["exchange"]
            say(f"  {returned['id']}  {returned['number']}  {returned['status']}, refund "
                f"{money(returned['totals']['refund_total'])}"
                + (f", exchange {exchange['status']}" if exchange else ""))
        deliveries = await self.deliveries_made()
        retried = max(deliveries, key=lambda one: one["attempts_made"])
        say(f"  {len(deliveries)} deliveries made\n")
        say(f"  The attempts of {retried['id']} ({retried['event_type']}):")
        for attempt in (await self.call("GET", f"/v1/deliveries/{retried['id']}"))["attempts"]:
            say(f"    {attempt['number']}. {attempt['started_at']}  HTTP {attempt['status']}  "
                f"{attempt['summary']}")

    async def deliveries_made(self):
        """All deliveries, once the last answer of the receiver has been recorded."""
        for _ in range(ARRIVAL_SECONDS_MAX * 20):
            deliveries = (await self.call("GET", "/v1/deliveries?limit=100"))["data"]
            if all(one["status"] == "delivered" for one in deliveries):
                return deliveries
            await asyncio.sleep(0.05)
        raise SystemExit("some deliveries were not made")

    async def wait(self):
        say("\n6. The server goes on running. Try it from another terminal:\n")
        say(f"  export RETURNFLOWS_URL={self.url} RETURNFLOWS_API_KEY={self.key}")
        say(f"  {self.binary} trigger return.created")
        say(f"  {self.binary} deliveries list\n")
        say("Ctrl-C ends the demo and removes its data.")
        while True:
            await asyncio.sleep(3600)

    async def run(self, once):
        await self.start()
        await self.subscribe()
        await self.refund()
        await self.exchange()
        await self.show()
        if not once:
            await self.wait()

    def close(self):
        if self.process:
            self.process.terminate()
            self.process.wait()
        shutil.rmtree(self.data_dir, ignore_errors=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--binary", required=True)
    parser.add_argument("--once", action="store_true", help="end after the tour")
    options = parser.parse_args()
    demo = Demo(os.path.abspath(options.binary))
    try:
        asyncio.run(demo.run(options.once))
    except KeyboardInterrupt:
        say("\nstopping")
    finally:
        demo.close()


if __name__ == "__main__":
    main()
