"""The rules of docs/returns.md about the order of a return's events, as a fold over them.

It shares nothing with the server's code: what the server did is held against what is written.
"""

READY = ("completed", "processed")
OPEN = ("created", *READY)


class ReturnStory:
    """Takes the events of one return, oldest first. `violations` says what must not be."""

    def __init__(self):
        self.status, self.revision = None, 1
        self.paused = self.counting = self.released = False
        self.closed_by, self.last_type = None, None
        self.countdowns = self.endings = 0
        self.attempts, self.late_failures = set(), set()
        self.in_transit, self.delivered = set(), set()
        self.violations = []

    def expect(self, good, what):
        if not good:
            self.violations.append(f"{what} (status {self.status}, after {self.last_type})")

    def take(self, event):
        name, before = event["type"], self.status
        returned, detail = event["data"]["return"], event["data"].get("detail") or {}
        if self.status is None:
            self.expect(name == "return.created", f"{name} is the first event")
        if self.last_type == "return.closed" and self.closed_by == "auto_close":
            self.expect(name == "return.auto_close_completed", f"{name} before the completion")
        take = getattr(self, "_" + name.replace("return.", "").replace("shipment.event.", ""))
        take(detail)
        self.expect(event["previous_status"] == before,
                    f"{name} says that the status was {event['previous_status']}")
        self.expect(returned["status"] == self.status,
                    f"{name} shows the status {returned['status']}")
        self.expect(event["subject"]["revision"] == self.revision,
                    f"{name} has the revision {event['subject']['revision']}")
        self.last_type = name

    def difference(self, snapshot):
        """Where the return as the server shows it is not what its events come to."""
        found = []
        for name, shown, told in (
                ("status", snapshot["status"], self.status),
                ("revision", snapshot["revision"], self.revision),
                ("paused", snapshot["flags"]["paused"], self.paused),
                ("countdown", snapshot["auto_close"]["status"] in ("counting_down", "executing"),
                 self.counting)):
            if shown != told:
                found.append(f"{name} is {shown}, its events come to {told}")
        exchange = snapshot["exchange"]
        if exchange and (exchange["status"] == "released") != self.released:
            found.append(f"exchange is {exchange['status']}, released: {self.released}")
        return found

    # --- One method for each type ---

    def _move(self, name, origins, to):
        self.expect(self.status in origins, f"{name} from {self.status}")
        self.status = to

    def _end_countdown(self, name):
        self.expect(self.counting, f"{name} without a countdown")
        self.counting = False
        self.endings += 1

    def _created(self, _):
        self._move("created", (None,), "created")

    def _completed(self, _):
        self._move("completed", ("created",), "completed")
        self.expect(not self.paused, "completed while paused")

    def _processed(self, _):
        self._move("processed", ("completed",), "processed")
        self.expect(not self.paused, "processed while paused")

    def _closed(self, detail):
        self._move("closed", ("processed",), "closed")
        self.expect(not self.paused, "closed while paused")
        self.closed_by = detail["closed_by"]
        self.expect(self.counting == (self.closed_by == "auto_close"),
                    f"closed by {self.closed_by}, countdown: {self.counting}")
        if detail["exchange_released"]:
            self._release("the close")

    def _canceled(self, _):
        self._move("canceled", OPEN, "canceled")
        self.expect(not self.counting, "canceled in a countdown")
        self.paused = False

    def _paused(self, _):
        self._move("paused", OPEN, self.status)
        self.expect(not self.paused and not self.counting, "paused twice or in a countdown")
        self.paused = True

    def _resumed(self, _):
        self._move("resumed", OPEN, self.status)
        self.expect(self.paused, "resumed without a pause")
        self.paused = False

    def _reset(self, detail):
        self._move("reset", READY, "created")
        self.expect(not self.paused and not self.counting, "reset while paused or in a countdown")
        self.expect(detail["revision_before"] == self.revision, "reset of another revision")
        self.revision += 1
        self.attempts = set()

    def _label_generated(self, _):
        self._move("label_generated", READY, self.status)
        self.expect(not self.paused, "a label while paused")

    def _release(self, what):
        self.expect(not self.released, f"{what} releases the exchange a second time")
        self.released = True

    def _instant_exchange(self, _):
        self._move("instant_exchange", READY, self.status)
        self.expect(not self.paused, "released while paused")
        self.expect(self.in_transit, "released before a hand-in")
        self._release("instant_exchange")

    def _auto_close_initiated(self, detail):
        self._move("auto_close_initiated", READY, self.status)
        self.expect(not self.paused, "a countdown while paused")
        self.expect(not self.counting, "two countdowns at once")
        self.expect(detail["attempt"] not in self.attempts, "the same attempt twice")
        self.attempts.add(detail["attempt"])
        self.counting = True
        self.countdowns += 1

    def _auto_close_cancelled(self, _):
        self._move("auto_close_cancelled", READY, self.status)
        self._end_countdown("auto_close_cancelled")

    def _auto_close_completed(self, _):
        self.expect(self.last_type == "return.closed", "auto_close_completed without a close")
        self._end_countdown("auto_close_completed")

    def _auto_close_failed(self, detail):
        if detail["phase"] == "execute":
            self._move("auto_close_failed", ("processed",), "processed")
            self._end_countdown("auto_close_failed")
            return
        self._move("auto_close_failed of the check", ("closed",), "closed")
        self.expect(self.closed_by == "auto_close", "a late failure after a close by staff")
        payout = detail["error"]["payout_id"]
        self.expect(payout not in self.late_failures, "a payout failed twice after the close")
        self.late_failures.add(payout)

    def _in_transit(self, detail):
        self.expect(detail["shipment_id"] not in self.in_transit, "handed in twice")
        self.in_transit.add(detail["shipment_id"])

    def _delivered(self, detail):
        self.expect(detail["shipment_id"] in self.in_transit, "delivered before the hand-in")
        self.expect(detail["shipment_id"] not in self.delivered, "delivered twice")
        self.delivered.add(detail["shipment_id"])
