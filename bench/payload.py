"""Events for the load generator: one line of JSON whose return id is a blank mark (event_mark.h)."""
import json
import os

BLANK_MARK = "ret_bench_000000000000_0000000000000000000"
SAMPLES = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))),
                       "src", "returnflows", "events", "samples")


def line_of(event):
    return json.dumps(event, separators=(",", ":"), ensure_ascii=False)


def small(event_type="return.created", size=1024):
    """An event of `size` bytes as published."""
    data = {"return": {"id": BLANK_MARK, "number": "RF-10234-1", "status": "created",
                       "source": "customer_portal", "customer_note": ""}}
    event = {"type": event_type, "data": data}
    data["return"]["customer_note"] = "n" * max(0, size - len(line_of(event)))
    return line_of(event)


def sample(event_type="return.created"):
    """The product's own sample of this type, as a producer would send it: about 7 KiB."""
    with open(os.path.join(SAMPLES, event_type + ".json"), encoding="utf-8") as file:
        data = json.load(file)["data"]
    data["return"]["id"] = BLANK_MARK
    return line_of({"type": event_type, "data": data})
