#!/usr/bin/env python3
"""Kills the server while open returns follow a change of settings, and checks that all of them do.

A merchant with some hundred parcels on their way switches automatic closing on. The server is killed
with SIGKILL in the middle of it: either nothing of the change is there afterwards, or every return
counts down. Repeated until several changes had been committed and not answered.
"""
import argparse
import asyncio
import datetime
import os
import random
import shutil
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "support"))
from killed_server import ADMIN_KEY, CONNECTION_LOST, Server  # noqa: E402
from loopback_http import Client  # noqa: E402

RETURNS = 300  # Three commits: a review goes on by 128.
AUTO_CLOSE = {"auto_close": {"enabled": True, "trigger": "handed_in", "delay_hours": 700}}


class Shop:
    """A merchant of its own, with its open returns."""

    def __init__(self, server, number):
        self.server, self.slug = server, f"shop-{number}"

    async def call(self, method, path, body=None):
        client = Client("127.0.0.1", self.server.port, ADMIN_KEY)
        try:
            status, answer = await client.request(method, path, body,
                                                  {"Returnflows-Merchant": self.slug})
        finally:
            client.close()
        if status >= 300:
            raise SystemExit(f"{method} {path} answered {status}: {answer}")
        return answer

    async def open_returns(self):
        await self.call("POST", "/v1/merchants", {"name": self.slug, "slug": self.slug})
        await asyncio.gather(*(self.open_some(first) for first in range(6)))

    async def open_some(self, first):
        handed_in = datetime.datetime.now(datetime.UTC) - datetime.timedelta(hours=1)
        price = {"amount": "200.00", "currency": "DKK"}
        for number in range(first, RETURNS, 6):
            parcel = f"{self.slug}-{number}"
            made = await self.call("POST", "/v1/returns", {
                "order": {"id": parcel, "currency": "DKK"}, "customer": {"email": "a@example.com"},
                "items": [{"sku": "TEE", "action": "refund", "prices": {"unit_price": price}}]})
            await self.call("POST", f"/v1/returns/{made['id']}/label",
                            {"carrier": "gls_dk", "tracking_number": parcel})
            await self.call("POST", "/v1/scans",
                            {"tracking_number": parcel, "status": "in_transit",
                             "occurred_at": handed_in.isoformat()})

    async def counting_down(self):
        count, cursor = 0, ""
        while cursor is not None:
            page = await self.call("GET", "/v1/returns?limit=250" +
                                   (f"&cursor={cursor}" if cursor else ""))
            count += sum(1 for one in page["data"]
                         if one["auto_close"]["status"] == "counting_down")
            cursor = page["next_cursor"]
        return count


async def change_and_kill(server, shop, delay):
    """True when the change was answered before the kill came."""
    async def change():
        try:
            await shop.call("PATCH", "/v1/settings", AUTO_CLOSE)
            return True
        except CONNECTION_LOST:
            return False
    answer = asyncio.create_task(change())
    await asyncio.sleep(delay)
    await server.kill()
    return await answer


async def run(options, folder):
    server = Server(os.path.abspath(options.binary), folder)
    passed = failed = cut_off = number = 0
    longest = 0.02  # Of a change: where in it to kill.
    await server.start()
    try:
        while cut_off < options.cut_off and number < options.shops_max:
            number += 1
            shop = Shop(server, number)
            await shop.open_returns()
            answered = await change_and_kill(server, shop, random.uniform(0, longest))
            await server.start()
            is_on = (await shop.call("GET", "/v1/settings"))["auto_close"]["enabled"]
            followed = await shop.counting_down()
            right = followed == (RETURNS if is_on else 0) and (is_on or not answered)
            what = "answered" if answered else "committed, not answered" if is_on else "lost"
            print(f"{'ok  ' if right else 'FAIL'} change {what}: {followed} of {RETURNS} follow it")
            passed, failed = passed + right, failed + (not right)
            cut_off += is_on and not answered
            longest *= 0.7 if answered else 1.3 if not is_on else 1
        if cut_off < options.cut_off:
            print(f"FAIL only {cut_off} kills came between a change and its answer")
            failed += 1
    finally:
        await server.kill()
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--binary", required=True)
    parser.add_argument("--cut-off", type=int, default=3, help="changes to cut off")
    parser.add_argument("--shops-max", type=int, default=25, help="tries for that")
    parser.add_argument("--seed", type=int, default=random.randrange(1 << 30))
    options = parser.parse_args()
    random.seed(options.seed)
    print(f"seed {options.seed}", flush=True)
    folder = tempfile.mkdtemp(prefix="returnflows-crash-")
    try:
        return asyncio.run(run(options, os.path.join(folder, "data")))
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
