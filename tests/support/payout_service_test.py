#!/usr/bin/env python3
"""Tests of the payout service. Closes with `N passed, N failed`."""
import base64
import hashlib
import hmac
import http.client
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
SECRET = "a secret of mine"
KEY = "ret_1/1/pay_rf_1"


def order(amount="719.10", kind="refund"):
    return json.dumps({"payout": {"id": "pay_rf_1", "kind": kind,
                                  "amount": {"amount": amount, "currency": "DKK"}},
                       "return": {"id": "ret_1"}}).encode()


def signed(key, body, secret=SECRET, now=None):
    stamp = str(int(now or time.time()))
    digest = hmac.new(secret.encode(), f"{key}.{stamp}.".encode() + body, hashlib.sha256).digest()
    return {"webhook-id": key, "webhook-timestamp": stamp,
            "webhook-signature": "v1," + base64.b64encode(digest).decode(),
            "X-Returnflows-Signature":
                "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()}


class ServiceTest(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.process = None
        self.addCleanup(self.kill)

    def start(self, *arguments):
        self.kill()
        self.process = subprocess.Popen(
            [sys.executable, os.path.join(HERE, "payout_service.py"), *arguments],
            stdout=subprocess.PIPE, text=True)
        line = self.process.stdout.readline()
        self.port = int(re.fullmatch(r"listening on http://127\.0\.0\.1:(\d+)\n", line).group(1))

    def start_with_journal(self):
        self.start("--journal", os.path.join(self.folder.name, "journal"))

    def kill(self):
        if self.process:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait()
            self.process.stdout.close()
            self.process = None

    def request(self, method, path, body=b"", headers=None, timeout=10):
        """(status, JSON)"""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        try:
            connection.request(method, path, body, headers or {})
            answer = connection.getresponse()
            return answer.status, json.loads(answer.read())
        finally:
            connection.close()

    def pay(self, key=KEY, body=None, timeout=10):
        return self.request("POST", "/", body or order(), {"Idempotency-Key": key}, timeout)

    def control(self, **wanted):
        return self.request("POST", "/control", json.dumps(wanted).encode())[0]

    def ledger(self):
        return self.request("GET", "/ledger")[1]

    def test_executes_once_per_key_and_counts_each_order(self):
        self.start()
        first = self.pay()
        self.assertEqual(first[0], 200)
        self.assertEqual(self.pay(), first)
        self.pay("ret_2/1/pay_rf_1")
        ledger = self.ledger()
        self.assertEqual([one["key"] for one in ledger["executions"]], [KEY, "ret_2/1/pay_rf_1"])
        self.assertEqual(ledger["executions"][0]["answers"], 2)
        self.assertEqual(ledger["executions"][0]["amount"], "719.10")
        self.assertEqual(ledger["orders"], 3)

    def test_executes_once_when_orders_come_at_once(self):
        self.start()
        threads = [threading.Thread(target=self.pay) for _ in range(20)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(len(self.ledger()["executions"]), 1)
        self.assertEqual(self.ledger()["orders"], 20)

    def test_says_what_came_of_a_key(self):
        self.start()
        self.assertEqual(self.request("GET", "/" + KEY)[0], 404)
        self.pay()
        status, answer = self.request("GET", "/" + KEY)
        self.assertEqual((status, answer["status"]), (200, "settled"))
        self.assertEqual(self.ledger()["questions"], 2)

    def test_executes_only_what_is_signed(self):
        self.start("--secret", SECRET)
        good = {"Idempotency-Key": KEY, **signed(KEY, order())}
        for headers in ({"Idempotency-Key": KEY},
                        {**good, **signed(KEY, order(), "another secret")},
                        {**good, **signed(KEY, order(), now=time.time() - 600)},
                        {**good, "X-Returnflows-Signature": "sha256=00"}):
            self.assertEqual(self.request("POST", "/", order(), headers)[0], 401)
        self.assertEqual(
            self.request("POST", "/", order(), {**good, "Idempotency-Key": "other"})[0], 400)
        self.assertEqual(self.ledger()["executions"], [])
        self.assertEqual(self.ledger()["refused_signatures"], 4)
        self.assertEqual(self.request("POST", "/", order(), good)[0], 200)

    def test_answers_only_questions_that_are_signed(self):
        self.start("--secret", SECRET)
        self.assertEqual(self.request("GET", "/" + KEY)[0], 401)
        self.assertEqual(self.request("GET", "/" + KEY, headers=signed(KEY, b""))[0], 404)

    def test_fails_and_refuses_without_executing(self):
        self.start()
        for mode, status in (("fail_500", 500), ("refuse_402", 402)):
            self.control(mode=mode)
            self.assertEqual(self.pay()[0], status)
        self.assertEqual(self.ledger()["executions"], [])
        self.control(mode="ok")
        self.assertEqual(self.pay()[0], 200)

    def test_hangs_without_executing(self):
        self.start()
        self.control(mode="hang")
        with self.assertRaises(TimeoutError):
            self.pay(timeout=0.3)
        self.assertEqual(self.request("GET", "/" + KEY)[0], 404)

    def test_executes_late_without_answering(self):
        self.start()
        self.control(mode="late_execute")
        with self.assertRaises(TimeoutError):
            self.pay(timeout=0.3)
        self.assertEqual(self.request("GET", "/" + KEY)[1]["status"], "settled")

    def test_settles_or_fails_later(self):
        self.start()
        for mode, key, end in (("settle_later", "a", "settled"), ("fail_later", "b", "failed")):
            self.control(mode=mode)
            self.assertEqual(self.pay(key)[0], 202)
            self.assertEqual(self.request("GET", "/" + key)[1]["status"], "pending")
            self.control(settle=True)
            self.assertEqual(self.request("GET", "/" + key)[1]["status"], end)
        self.assertEqual(self.request("GET", "/b")[1]["error"]["code"], "sent_back")

    def test_has_modes_for_single_amounts(self):
        self.start()
        self.control(mode="refuse_402", amount="1.00")
        self.assertEqual(self.pay("a", order("1.00"))[0], 402)
        self.assertEqual(self.pay("b", order("2.00"))[0], 200)
        self.control(mode=None, amount="1.00")
        self.assertEqual(self.pay("a", order("1.00"))[0], 200)

    def test_refuses_what_is_no_mode_and_no_payout(self):
        self.start()
        self.assertEqual(self.control(mode="generous"), 400)
        self.assertEqual(self.pay(body=b"{}")[0], 400)
        self.assertEqual(self.pay(body=b"x")[0], 400)
        self.assertEqual(self.request("POST", "/", order())[0], 400)

    def test_shows_the_end_of_a_gift_cards_code(self):
        self.start()
        self.assertTrue(self.pay(body=order(kind="gift_card"))[1]["last_characters"])
        self.assertNotIn("last_characters", self.pay("other")[1])

    def test_remembers_after_a_kill(self):
        self.start_with_journal()
        self.control(mode="fail_later")
        first = self.pay()
        self.control(settle=True)
        self.start_with_journal()
        status, answer = self.request("GET", "/" + KEY)
        self.assertEqual((status, answer["status"]), (200, "failed"))
        self.assertEqual(self.pay()[1]["external_id"], first[1]["external_id"])
        self.assertEqual(len(self.ledger()["executions"]), 1)

    def test_forgets_a_line_that_was_cut_short(self):
        self.start_with_journal()
        self.pay()
        self.kill()
        with open(os.path.join(self.folder.name, "journal"), "a", encoding="utf-8") as journal:
            journal.write('{"key": "half')
        self.start_with_journal()
        self.pay("other")
        self.start_with_journal()
        self.assertEqual([one["key"] for one in self.ledger()["executions"]], [KEY, "other"])


if __name__ == "__main__":
    result = unittest.TextTestRunner().run(
        unittest.defaultTestLoader.loadTestsFromTestCase(ServiceTest))
    bad = len(result.failures) + len(result.errors)
    print(f"{result.testsRun - bad} passed, {bad} failed")
    sys.exit(1 if bad else 0)
