#!/usr/bin/env python3
"""Shows the whole path: a server, a receiver that verifies signatures, all 16 events, a retry.

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

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "tests", "support"))
from loopback_http import Client, serve  # noqa: E402

FAILURES = 2  # The receiver refuses its third request this many times, so that a retry is seen.
ORDER = ["return.created", "return.completed", "return.label_generated", "return.paused",
         "return.resumed", "shipment.event.in_transit", "return.instant_exchange",
         "shipment.event.delivered", "return.auto_close_initiated", "return.auto_close_cancelled",
         "return.auto_close_failed", "return.processed", "return.closed",
         "return.auto_close_completed", "return.reset", "return.canceled"]


def say(text=""):
    print(text, flush=True)


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
            say("  receiver: signature is WRONG, answering 401")
            return 401
        event = json.loads(body)
        line = (f"  receiver: {event['type']:<30} sequence {event['subject']['sequence']:>2}, "
                f"attempt {headers['x-returnflows-attempt']}, signature good")
        if len(self.taken) == 2 and self.failures_left:
            self.failures_left -= 1
            say(line + "  -> answers 500, as if it were broken")
            return 500
        self.taken.append(event["id"])
        say(line + "  -> 200 OK")
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
                 "--egress-allow", "127.0.0.0/8", "--admin-key", self.key],
                stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
            line = self.process.stdout.readline()
            if line.startswith("listening on "):
                break
        else:
            raise SystemExit("the server did not start; run './dev serve' to see why")
        self.url = line.split()[-1]
        say(f"  {line.strip()}   (loopback is allowed as a destination, for this demo)\n")
        host, port = self.url.removeprefix("http://").rsplit(":", 1)
        self.client = Client(host, int(port), self.key)

    async def call(self, method, path, body=None, expected=200):
        status, answer = await self.client.request(method, path, body)
        if status != expected:
            raise SystemExit(f"{method} {path} answered {status}: {answer}")
        return answer

    async def subscribe(self):
        say("2. Make an endpoint: a URL, a secret key, and the events that it wants.\n")
        _, port = await serve(self.receiver.handle)
        endpoint = await self.call("POST", "/v1/endpoints", {
            "url": f"http://127.0.0.1:{port}/hook", "secret": self.secret, "event_types": ORDER,
            "description": "Sample receiver", "retry_delays": [1, 1, 2, 4]}, 201)
        say(f"  {endpoint['id']} -> {endpoint['url']}, {len(ORDER)} event types\n")

    async def publish(self):
        say("3. Publish all 16 events of one return. Each 202 means: on disk, deliveries included.")
        say("   The receiver verifies and prints them. It refuses the third one twice: the events")
        say("   behind it wait, because order per return is kept, and then arrive in order.\n")
        for name in ORDER:
            described = await self.call("GET", f"/v1/event-types/{name}")
            await self.call("POST", "/v1/events",
                            {"type": name, "data": described["example"]["data"]}, 202)
        for _ in range(600):
            if len(self.receiver.taken) == len(ORDER):
                return
            await asyncio.sleep(0.05)
        raise SystemExit("not all events arrived within 30 seconds")

    async def show(self):
        say("\n4. What happened is on record: each delivery, each attempt, why it counts as it does.\n")
        page = await self.call("GET", "/v1/deliveries?order=asc")
        for delivery in page["data"]:
            say(f"  {delivery['id']}  {delivery['event_type']:<30} {delivery['status']:<10} "
                f"{delivery['attempts_made']} attempt(s)")
        retried = max(page["data"], key=lambda d: d["attempts_made"])
        say(f"\n  The attempts of {retried['id']} ({retried['event_type']}):")
        for attempt in (await self.call("GET", f"/v1/deliveries/{retried['id']}"))["attempts"]:
            say(f"    {attempt['number']}. {attempt['started_at']}  HTTP {attempt['status']}  "
                f"{attempt['summary']}")

    async def wait(self):
        say("\n5. The server goes on running. Try it from another terminal:\n")
        say(f"  export RETURNFLOWS_URL={self.url} RETURNFLOWS_API_KEY={self.key}")
        say(f"  {self.binary} trigger return.created")
        say(f"  {self.binary} deliveries list\n")
        say("Ctrl-C ends the demo and removes its data.")
        while True:
            await asyncio.sleep(3600)

    async def run(self, once):
        await self.start()
        await self.subscribe()
        await self.publish()
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
