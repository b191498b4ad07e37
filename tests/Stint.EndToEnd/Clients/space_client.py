"""The device API as a Space's Python code speaks it: httpx, a new client for every call, query strings only, and a reader of
the waiting stream that takes each chunk of text for one event, without mercy. What a real Space would choke on raises Broken,
and so does a refusal that would tell its visitor what cannot be true.
"""

import datetime
import json
import time

import httpx

TIMEOUT = 60
DEFAULT_SECONDS = 60
AUTHENTICATED = (None, "regular", "pro")
QUEUING_REASONS = (None, "node", "concurrency")


class Broken(Exception):
    """A real Space would raise here."""


class Disconnected(Exception):
    """The connection went away in the middle of an answer."""


def now():
    """Milliseconds of the machine's monotonic clock, which the hub measures by too."""
    return time.monotonic_ns() / 1e6


def client(base):
    return httpx.Client(base_url=base, timeout=TIMEOUT, verify=False)


def call(base, method, path, query, headers=None):
    """Any call that is answered at once."""
    sent = now()
    try:
        with client(base) as http:
            answer = http.request(method, path, params=query, headers=headers)
    except httpx.TransportError as error:
        raise Disconnected(str(error)) from error
    return {"status": known(answer.status_code), "headers": pairs(answer), "body": answer.text, "sentAt": sent, "answeredAt": now()}


def schedule(base, query, is_gone=lambda: False, headers=None, on_event=lambda event: None):
    """Asks for a GPU and waits for it. The result says what came, byte for byte, and what a Space would make of it."""
    asked = float(query.get("durationSeconds", DEFAULT_SECONDS))
    result = {"sentAt": now(), "asked": asked, "chunks": [], "verdict": None, "lease": None, "quota": None}
    with client(base) as http:
        request = http.build_request("POST", "/schedule", params=query, headers=headers)
        answer = send(http, request)
        try:
            result.update(status=known(answer.status_code), headers=pairs(answer), httpVersion=answer.http_version)
            read_verdict(answer, result, is_gone, on_event)
        except httpx.TransportError as error:
            raise Disconnected(str(error)) from error
        finally:
            answer.close()
            result["answeredAt"] = now()
    return result


def send(http, request):
    try:
        return http.send(request, stream=True)
    except httpx.TransportError as error:
        raise Disconnected(str(error)) from error


def read_verdict(answer, result, is_gone, on_event):
    check(answer.headers.get("X-Authenticated") in AUTHENTICATED, "X-Authenticated is none of the known words")
    check(answer.headers.get("X-Queuing-Reason") in QUEUING_REASONS, "X-Queuing-Reason is none of the known words")
    check("content-encoding" not in answer.headers, "the answer is compressed")
    if answer.status_code == 200:
        # A missing header is a KeyError in the Space.
        if "text/event-stream" in answer.headers["content-type"]:
            follow(answer, result, is_gone, on_event)
        else:
            result.update(verdict="granted", lease=lease_of(answer.read().decode()))
    elif answer.status_code == 429:
        check("text/event-stream" not in answer.headers["content-type"], "a refusal is no stream")
        result.update(verdict="refused", quota=quota_of(answer.read().decode(), result["asked"]))
    else:
        result.update(verdict="refused", body=answer.read().decode())


def follow(answer, result, is_gone, on_event):
    for text in answer.iter_text():
        if text == "":
            break
        result["chunks"].append(text)
        event, payload = event_of(text)
        on_event(event)
        if event == "ping":
            if is_gone():
                answer.close()
                result["verdict"] = "left"
                return
        elif event == "failed":
            result["verdict"] = "failed"
            return
        else:
            result.update(verdict="granted", lease=lease_of(payload))
            return
    raise Broken("Unexpected end of stream")


def event_of(chunk):
    lines = chunk.split("\n")
    check(lines[-2:] == ["", ""], f"an event does not end with an empty line: {chunk!r}")
    lines = lines[:-2]
    check(lines[0].startswith("event:"), f"a chunk does not begin with its event: {chunk!r}")
    event = lines[0][len("event:"):].strip()
    if event in ("ping", "failed"):
        check(len(lines) == 1, f"{event} has more than one line: {chunk!r}")
        return event, None
    check(event == "succeeded", f"there is no event {event!r}")
    check(len(lines) == 2 and lines[1].startswith("data:"), f"succeeded has not exactly one data line: {chunk!r}")
    return event, lines[1][len("data:"):].strip()


def lease_of(text):
    lease = json.loads(text)
    fields = {"idle": bool, "nvidiaIndex": int, "nvidiaUUID": str, "allowToken": str}
    for name, kind in fields.items():
        check(name in lease and type(lease[name]) is kind, f"{name} is no {kind.__name__}: {text}")
    check(lease["nvidiaUUID"] != "" and lease["allowToken"] != "", f"an empty name: {text}")
    return lease


def quota_of(text, asked):
    quota = json.loads(text)
    check(type(quota.get("left")) is int, f"left is no whole number: {text}")
    check(type(quota.get("wait")) is int, f"wait is no whole number of seconds: {text}")
    check(quota["wait"] != 0, f"try again in 0:00:00: {text}")
    # Below nothing the client speaks of a duration that is never granted, and of no quota.
    check(quota["wait"] < 0 or asked > quota["left"], f"{asked}s requested vs. {quota['left']}s left")
    quota["waitShown"] = str(datetime.timedelta(seconds=quota["wait"]))
    return quota


def known(status):
    # An unknown number raises ValueError in the Space.
    return int(httpx.codes(status))


def pairs(answer):
    return [[name.decode(), value.decode()] for name, value in answer.headers.raw]


def check(holds, says):
    if not holds:
        raise Broken(says)
