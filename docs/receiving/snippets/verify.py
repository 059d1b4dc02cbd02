#!/usr/bin/env python3
"""Verifies a captured Returnflows request. Standard library only; Python 3.8 or newer.

  verify.py --secret S --id I --timestamp T --signature SIG --body-file F [--now N]
  verify.py --secret S --short-signature SIG [--short-previous SIG] --body-file F

Prints `ok` (exit code 0) or `refused: why` (exit code 1).
"""
import argparse
import sys

# [snippet begin]
import base64
import binascii
import hashlib
import hmac
import re
import time

TOLERANCE_SECONDS = 300


def key_of(secret):
    if not secret.startswith("whsec_"):
        return secret.encode("utf-8")
    try:
        key = base64.b64decode(secret[len("whsec_"):], validate=True)
    except binascii.Error:
        key = b""
    if not key:
        raise ValueError("the secret is not whsec_ and base64")
    return key


def refusal(secret, headers, body, now=None):
    """Recommended. `headers` with lower-case names, `body` the bytes as received.

    Returns why the request is refused, or None when the signature is good.
    """
    event_id = headers.get("webhook-id")
    timestamp = headers.get("webhook-timestamp")
    signature = headers.get("webhook-signature")
    if not event_id or not timestamp or not signature:
        return "a webhook header is missing"
    if not re.fullmatch("[0-9]{1,12}", timestamp):
        return "the timestamp is not a number"
    if abs((time.time() if now is None else now) - int(timestamp)) > TOLERANCE_SECONDS:
        return "the timestamp is more than 5 minutes off"
    signed = f"{event_id}.{timestamp}.".encode() + body
    expected = b"v1," + base64.b64encode(hmac.new(key_of(secret), signed, hashlib.sha256).digest())
    for entry in signature.split(" "):
        if hmac.compare_digest(entry.encode(), expected):
            return None
    return "no signature fits"


def short_refusal(secret, headers, body):
    """The short way: the body alone, so that an old request cannot be told from a new one."""
    names = ("x-returnflows-signature", "x-returnflows-signature-previous")
    given = [headers[name] for name in names if headers.get(name)]
    if not given:
        return "a webhook header is missing"
    expected = "sha256=" + hmac.new(secret.encode("utf-8"), body, hashlib.sha256).hexdigest()
    for entry in given:
        if hmac.compare_digest(entry.encode(), expected.encode()):
            return None
    return "no signature fits"
# [snippet end]


def captured_request():
    parser = argparse.ArgumentParser()
    for name in ("secret", "id", "timestamp", "signature", "short-signature", "short-previous",
                 "body-file"):
        parser.add_argument("--" + name)
    parser.add_argument("--now", type=int)
    return parser.parse_args()


def judge(given):
    with open(given.body_file, "rb") as file:
        body = file.read()
    if given.short_signature:
        return short_refusal(given.secret, {
            "x-returnflows-signature": given.short_signature,
            "x-returnflows-signature-previous": given.short_previous,
        }, body)
    return refusal(given.secret, {
        "webhook-id": given.id,
        "webhook-timestamp": given.timestamp,
        "webhook-signature": given.signature,
    }, body, given.now)


def main():
    try:
        why = judge(captured_request())
    except ValueError as error:
        why = str(error)
    print(f"refused: {why}" if why else "ok")
    return 1 if why else 0


if __name__ == "__main__":
    sys.exit(main())
