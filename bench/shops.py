"""Many merchants or endpoints, made through the API by several connections at a time."""
import concurrent.futures
import json

import processes

CALLERS = 8


def in_parallel(port, count, make):
    """Calls `make(caller, number)` for each number below `count`; returns what it returned."""
    def some(first):
        caller = processes.Caller(port)
        return [(number, make(caller, number)) for number in range(first, count, CALLERS)]
    with concurrent.futures.ThreadPoolExecutor(CALLERS) as pool:
        made = [pair for part in pool.map(some, range(CALLERS)) for pair in part]
    return [value for _, value in sorted(made, key=lambda pair: pair[0])]


def add_endpoints(server, url_of, count, **settings):
    """`count` endpoints of the one merchant."""
    def make(caller, number):
        answer = caller.call("POST", "/v1/endpoints", {"url": url_of(number), **settings})
        return json.loads(answer)["id"]
    return in_parallel(server.port, count, make)


def add_shops(server, url_of, count):
    """`count` merchants with an endpoint each; returns the merchants' ids."""
    def make(caller, number):
        merchant = json.loads(caller.call("POST", "/v1/merchants", {
            "name": f"Bench {number}", "slug": f"bench-{number}"}))["id"]
        caller.call("POST", "/v1/endpoints", {"url": url_of(number)},
                    {"returnflows-merchant": merchant})
        return merchant
    return in_parallel(server.port, count, make)
