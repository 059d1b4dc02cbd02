"""An endpoint that writes down what it received, and in which life of the server."""
import base64
import hashlib
import hmac
import json
import os
import random
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from loopback_http import serve  # noqa: E402

SECRET_BYTES = bytes(range(32))
SECRET = "whsec_" + base64.b64encode(SECRET_BYTES).decode()


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
