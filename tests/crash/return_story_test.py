#!/usr/bin/env python3
"""The fold of a return's events notices what the crash test is there to find."""
import os
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from return_story import ReturnStory  # noqa: E402

STATUS = {"return.created": "created", "return.completed": "completed",
          "return.processed": "processed", "return.closed": "closed", "return.reset": "created",
          "return.canceled": "canceled"}
COUNTDOWN = ["return.created", "return.completed", ("return.auto_close_initiated", {"attempt": 1})]
BY_ITSELF = ("return.closed", {"closed_by": "auto_close", "exchange_released": False})


def told(*events):
    """The story of these events, each a type or (type, detail), with the statuses that go along."""
    story, status = ReturnStory(), None
    for event in events:
        name, detail = event if isinstance(event, tuple) else (event, {})
        before, status = status, STATUS.get(name, status)
        story.take({"type": name, "previous_status": before, "subject": {"revision": 1},
                    "data": {"return": {"status": status}, "detail": detail}})
    return story


class ReturnStoryTest(unittest.TestCase):
    def test_a_whole_life_is_allowed(self):
        story = told(*COUNTDOWN, "return.processed", BY_ITSELF, "return.auto_close_completed")
        self.assertEqual(story.violations, [])
        self.assertEqual((story.countdowns, story.endings, story.counting), (1, 1, False))

    def test_a_lost_timer_leaves_a_countdown_that_runs(self):
        self.assertTrue(told(*COUNTDOWN).counting)

    def test_a_timer_that_fires_twice_closes_twice(self):
        story = told(*COUNTDOWN, "return.processed", BY_ITSELF, "return.auto_close_completed",
                     BY_ITSELF)
        self.assertIn("closed from closed", story.violations[0])

    def test_a_countdown_has_one_ending(self):
        ending = ("return.auto_close_cancelled", {"reason": "staff"})
        self.assertIn("without a countdown", told(*COUNTDOWN, ending, ending).violations[0])

    def test_a_close_by_itself_is_followed_by_its_completion(self):
        story = told(*COUNTDOWN, "return.processed", BY_ITSELF, ("shipment.event.in_transit",
                                                                 {"shipment_id": "shp_01"}))
        self.assertIn("before the completion", story.violations[0])

    def test_nothing_is_processed_while_paused(self):
        story = told("return.created", "return.completed", "return.paused", "return.processed")
        self.assertIn("processed while paused", story.violations[0])

    def test_a_second_creation_is_noticed(self):
        story = told("return.created", "return.created")
        self.assertIn("created from created", story.violations[0])

    def test_a_return_that_says_otherwise_is_noticed(self):
        snapshot = {"status": "completed", "revision": 1, "flags": {"paused": False},
                    "auto_close": {"status": "armed"}, "exchange": None}
        self.assertEqual(told("return.created", "return.completed").difference(snapshot), [])
        found = told("return.created").difference(snapshot)
        self.assertEqual(found, ["status is completed, its events come to created"])


if __name__ == "__main__":
    unittest.main()
