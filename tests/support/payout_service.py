#!/usr/bin/env python3
"""A small payout service for tests: executes each Idempotency-Key once and remembers it on disk.

Usage: payout_service.py [--port N] [--secret TEXT] [--journal FILE]
Prints `listening on http://127.0.0.1:PORT`. With --secret every request but those under /control
and /ledger must be signed with it. With --journal what was executed survives kill -9 and a restart.

  POST /          makes the payout of the body, once per Idempotency-Key; a second one gets the
                  first answer and is counted
  GET  /<key>     {"status": "settled"|"pending"|"failed", …}, 404 for a key that is not known
  POST /control   {"mode": MODE} for all payouts from now on; with "amount" ("719.10") only for
                  payouts of that amount, until {"amount": …, "mode": null}; {"settle": true} ends
                  what settle_later and fail_later left open
  GET  /ledger    {"executions": [{"key", "amount", "status", "answers"}], "orders", "questions",
                  "refused_signatures", "at_once_max": {key: n}}

Modes:
  ok              executes, answers 200
  fail_500        does not execute, answers 500
  refuse_402      does not execute, answers 402
  hang            does not execute, answers only when the client has gone
  late_execute    executes, answers only when the client has gone
  settle_later    executes, answers 202; asked, says pending until settled by /control
  fail_later      executes, answers 202; asked, says pending until failed by /control
"""
import argparse
import base64
import hashlib
import hmac
import json
import os
import select
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote, urlsplit

MODES = ("ok", "fail_500", "refuse_402", "hang", "late_execute", "settle_later", "fail_later")
# How far a timestamp may be from this machine's clock, as Standard Webhooks has it.
TOLERANCE_SECONDS = 300
BODY_BYTES_MAX = 1024 * 1024


class BadSignature(Exception):
    """The request was not made by somebody who knows the secret."""


def signing_key(secret):
    """The bytes that sign: those behind whsec_, or of the text as it was typed."""
    if secret.startswith("whsec_"):
        return base64.b64decode(secret[len("whsec_"):], validate=True)
    return secret.encode()


def verify(secret, headers, body, now):
    """Checks both signatures. Raises BadSignature that says what is wrong."""
    key, stamp = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    if not stamp.isdigit() or abs(now - int(stamp)) > TOLERANCE_SECONDS:
        raise BadSignature("the timestamp is absent or too old")
    signed = f"{key}.{stamp}.".encode() + body
    standard = base64.b64encode(
        hmac.new(signing_key(secret), signed, hashlib.sha256).digest()).decode()
    given = headers.get("webhook-signature", "").split(" ")
    if not any(hmac.compare_digest(f"v1,{standard}", one) for one in given):
        raise BadSignature("webhook-signature does not match")
    plain = "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    if not hmac.compare_digest(plain, headers.get("x-returnflows-signature", "")):
        raise BadSignature("X-Returnflows-Signature does not match")


class Ledger:
    """What was executed, on disk before it is told to anybody, and what was asked."""

    def __init__(self, path=None):
        self.lock = threading.Lock()
        self.executions = {}  # By key, in order.
        self.counts = {"orders": 0, "questions": 0, "refused_signatures": 0}
        self.under_way = {}
        self.at_once_max = {}
        self.default_mode = "ok"
        self.modes_by_amount = {}
        self.file = None
        if path:
            self._read(path)
            self.file = open(path, "a", encoding="utf-8")

    def _read(self, path):
        if not os.path.exists(path):
            return
        with open(path, "r+b") as file:
            whole = 0
            for line in file:
                # A line that a kill cut short was never answered: it did not happen.
                if not line.endswith(b"\n"):
                    break
                whole += len(line)
                self._take(json.loads(line))
            file.truncate(whole)

    def _take(self, entry):
        known = self.executions.setdefault(entry["key"], {"answers": 0})
        known.update(entry)

    def _write(self, entry):
        if self.file:
            self.file.write(json.dumps(entry) + "\n")
            self.file.flush()
            os.fsync(self.file.fileno())
        self._take(entry)

    def count(self, what):
        with self.lock:
            self.counts[what] += 1

    def enter(self, key):
        with self.lock:
            now = self.under_way[key] = self.under_way.get(key, 0) + 1
            self.at_once_max[key] = max(self.at_once_max.get(key, 0), now)

    def leave(self, key):
        with self.lock:
            self.under_way[key] -= 1

    def mode_of(self, amount):
        with self.lock:
            return self.modes_by_amount.get(amount, self.default_mode)

    def execute(self, key, payout, status, outcome):
        """Once per key, however many come at once. Returns the execution."""
        with self.lock:
            if key not in self.executions:
                self._write({"key": key, "amount": payout["amount"]["amount"],
                             "currency": payout["amount"]["currency"], "kind": payout.get("kind"),
                             "external_id": f"po_{len(self.executions) + 1}",
                             "status": status, "outcome": outcome})
            return self.executions[key]

    def find(self, key):
        with self.lock:
            return self.executions.get(key)

    def answered(self, key):
        with self.lock:
            self.executions[key]["answers"] += 1

    def control(self, wanted):
        """Raises ValueError for what is no such setting."""
        mode = wanted.get("mode")
        if mode is not None and mode not in MODES:
            raise ValueError(f"there is no mode {mode!r}; there are {', '.join(MODES)}")
        with self.lock:
            if "amount" in wanted and mode is None:
                self.modes_by_amount.pop(wanted["amount"], None)
            elif "amount" in wanted:
                self.modes_by_amount[wanted["amount"]] = mode
            elif mode is not None:
                self.default_mode = mode
            if wanted.get("settle"):
                for execution in list(self.executions.values()):
                    if execution["status"] == "pending":
                        self._write({"key": execution["key"], "status": execution["outcome"]})

    def report(self):
        with self.lock:
            return {"executions": list(self.executions.values()),
                    "at_once_max": dict(self.at_once_max), **self.counts}


class Handler(BaseHTTPRequestHandler):
    """One connection. The server carries `ledger` and `secret`."""

    protocol_version = "HTTP/1.1"

    def log_message(self, format, *args):  # pylint: disable=redefined-builtin
        pass

    def answer(self, status, content):
        body = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def refuse(self, status, code, message):
        self.answer(status, {"error": {"code": code, "message": message}})

    def read_body(self):
        size = int(self.headers.get("content-length") or 0)
        if size > BODY_BYTES_MAX:
            raise ValueError("the body is too large")
        return self.rfile.read(size)

    def is_signed(self, body):
        if self.server.secret is None:
            return True
        try:
            verify(self.server.secret, {k.lower(): v for k, v in self.headers.items()}, body,
                   time.time())
            return True
        except BadSignature as error:
            self.server.ledger.count("refused_signatures")
            self.refuse(401, "bad_signature", str(error))
            return False

    def wait_until_client_has_gone(self):
        while not self.server.stopping.is_set():
            readable, _, _ = select.select([self.connection], [], [], 0.1)
            if readable:
                break  # An end or a reset; nothing else is sent on this connection.
        self.close_connection = True

    def do_POST(self):
        try:
            body = self.read_body()
            path = urlsplit(self.path).path
            if path == "/control":
                self.server.ledger.control(json.loads(body))
                self.answer(200, {})
            elif path != "/":
                self.refuse(404, "not_found", "Payouts are posted to /.")
            elif self.is_signed(body):
                self.take_order(body)
        except (ValueError, KeyError, TypeError) as error:
            self.refuse(400, "bad_request", f"This is no payout: {error}.")

    def take_order(self, body):
        ledger = self.server.ledger
        key = self.headers.get("Idempotency-Key")
        if not key:
            self.refuse(400, "no_key", "The Idempotency-Key is absent.")
            return
        if self.server.secret is not None and key != self.headers.get("webhook-id"):
            self.refuse(400, "wrong_key", "The Idempotency-Key is not the one that was signed.")
            return
        order = json.loads(body)
        payout = order["payout"]
        ledger.count("orders")
        ledger.enter(key)
        try:
            self.pay(key, payout, ledger.mode_of(payout["amount"]["amount"]))
        finally:
            ledger.leave(key)

    def pay(self, key, payout, mode):
        ledger = self.server.ledger
        if ledger.find(key) is None:
            if mode == "fail_500":
                self.refuse(500, "out_of_order", "The payout service is out of order.")
                return
            if mode == "refuse_402":
                self.refuse(402, "card_closed", "The card of this payment is closed.")
                return
            if mode == "hang":
                self.wait_until_client_has_gone()
                return
        is_open = mode in ("settle_later", "fail_later")
        execution = ledger.execute(key, payout, "pending" if is_open else "settled",
                                   "failed" if mode == "fail_later" else "settled")
        if mode == "late_execute":
            self.wait_until_client_has_gone()
            return
        content = {"external_id": execution["external_id"], "status": execution["status"]}
        if execution["kind"] == "gift_card":
            content["last_characters"] = "GIFT-" + execution["external_id"].upper()
        ledger.answered(key)
        self.answer(202 if execution["status"] == "pending" else 200, content)

    def do_GET(self):
        path = urlsplit(self.path).path
        if path == "/ledger":
            self.answer(200, self.server.ledger.report())
            return
        if not self.is_signed(b""):
            return
        self.server.ledger.count("questions")
        execution = self.server.ledger.find(unquote(path[1:]))
        if execution is None:
            self.refuse(404, "unknown_payout", "There is no such payout.")
            return
        content = {"status": execution["status"], "external_id": execution["external_id"]}
        if execution["status"] == "failed":
            content["error"] = {"code": "sent_back", "message": "The bank sent the money back."}
        self.answer(200, content)


class PayoutService(ThreadingHTTPServer):
    """The service on a loopback port; 0 takes a free one."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, port=0, secret=None, journal=None):
        self.secret = secret
        self.ledger = Ledger(journal)
        self.stopping = threading.Event()
        super().__init__(("127.0.0.1", port), Handler)

    def handle_error(self, request, client_address):
        # A client that has gone is what several modes are for.
        if not isinstance(sys.exc_info()[1], OSError):
            super().handle_error(request, client_address)

    def stop(self):
        self.stopping.set()
        self.shutdown()
        self.server_close()


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--secret")
    parser.add_argument("--journal", help="file that keeps what was executed")
    options = parser.parse_args()
    service = PayoutService(options.port, options.secret, options.journal)
    print(f"listening on http://127.0.0.1:{service.server_address[1]}", flush=True)
    try:
        service.serve_forever()
    except KeyboardInterrupt:
        service.stop()


if __name__ == "__main__":
    main()
