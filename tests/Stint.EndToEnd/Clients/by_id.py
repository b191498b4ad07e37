"""One call of a Space by its id, request for request as `gradio_client` 2.6 makes it: the hub is asked where the Space is, and
the Space is sent the token in a header of its own. Its order is one JSON object on standard input, its answer one on standard
output.
"""

import json
import sys
import uuid

import httpx

AGENT = "gradio_client/2.6.0; hf_hub/1.29.0; python/3.11.2"


def main():
    order = json.load(sys.stdin)
    space, token = order["space"], f"Bearer {order['token']}"
    with httpx.Client(base_url=order["hub"], headers={"user-agent": AGENT, "authorization": token}, timeout=60) as hub:
        host = asked(hub.get(f"/api/spaces/{space}"))["host"]
        stage = asked(hub.get(f"/api/spaces/{space}/runtime"))["stage"]
    assert stage == "RUNNING", stage
    with httpx.Client(base_url=host, headers={"user-agent": AGENT, "x-hf-authorization": token}, timeout=60) as app:
        config = asked(app.get("/config"))
        prefix = config["api_prefix"]
        asked(app.get(f"{prefix}/info?serialize=False"))
        function = next(one["id"] for one in config["dependencies"] if one["api_name"] == order["endpoint"].lstrip("/"))
        session = str(uuid.uuid4())
        body = {"data": order["inputs"], "fn_index": function, "session_hash": session}
        event = asked(app.post(f"{prefix}/queue/join", json=body, headers={"x-gradio-user": "api"}))["event_id"]
        json.dump(ending(app, f"{prefix}/queue/data?session_hash={session}", event), sys.stdout)


def ending(app, path, event):
    """The last message of this event, as its user is told of it."""
    with app.stream("GET", path) as answer:
        for line in answer.iter_lines():
            if not line.startswith("data:"):
                continue
            message = json.loads(line[len("data:"):])
            if message["msg"] == "process_completed" and message["event_id"] == event:
                return {"succeeded": message["success"], "error": message["output"].get("error")}
    return {"succeeded": False, "error": "the stream ended without a result"}


def asked(answer):
    answer.raise_for_status()
    return answer.json()


main()
