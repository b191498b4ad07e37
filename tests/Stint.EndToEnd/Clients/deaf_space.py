"""A Space that never notices that its visitor has left: it speaks Gradio's HTTP API and leases a GPU for its one function, and
then works on until somebody ends it. Its worker does not hear SIGTERM either. Who leaves such a Space stops paying by the hub's
doing alone.
"""

import argparse
import http.server
import json
import os
import signal
import socketserver
import sys
import threading
import time
import urllib.parse
import uuid

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import space_client  # noqa: E402

LONGEST_LIFE = 600
PREFIX = "/gradio_api"
DECLARED = 30

PAGE = b"""<!doctype html><title>deaf</title><body><p id="state">idle</p><script>
const go = async () => {
  const session_hash = crypto.randomUUID ? crypto.randomUUID() : String(Math.random());
  const joined = await fetch("gradio_api/queue/join", { method: "POST", headers: { "content-type": "application/json" },
    body: JSON.stringify({ data: [], fn_index: 0, session_hash }) });
  window.event_id = (await joined.json()).event_id;
  const stream = new EventSource("gradio_api/queue/data?session_hash=" + session_hash);
  stream.onmessage = () => { document.getElementById("state").textContent = "working"; };
};
</script><button onclick="go()">Work</button></body>"""

events = {}


class Event:
    def __init__(self, token, session):
        self.token, self.session, self.id = token, session, uuid.uuid4().hex


class App(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    device = ""

    def do_GET(self):
        path = urllib.parse.urlsplit(self.path)
        if path.path == "/":
            self.answer(PAGE, "text/html")
        elif path.path == "/config":
            functions = [{"id": 0, "api_name": "work", "inputs": [], "outputs": [], "backend_fn": True, "queue": True, "types": {"generator": False, "cancel": False}}]
            self.answer({"version": "5.12.0", "api_prefix": PREFIX, "protocol": "sse_v3", "root": f"http://{self.headers['Host']}", "components": [], "dependencies": functions})
        elif path.path == f"{PREFIX}/info":
            self.answer({"named_endpoints": {"/work": {"parameters": [], "returns": []}}, "unnamed_endpoints": {}})
        elif path.path == f"{PREFIX}/queue/data":
            session = urllib.parse.parse_qs(path.query)["session_hash"][0]
            self.stream(next(event for event in events.values() if event.session == session), of_session=True)
        elif path.path.startswith(f"{PREFIX}/call/work/"):
            self.stream(events[path.path.rsplit("/", 1)[1]], of_session=False)
        else:
            self.send_error(404)

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers.get("Content-Length", 0))) or b"{}")
        if self.path == f"{PREFIX}/cancel":
            # It says so, and does nothing.
            self.answer({"success": True})
            return
        event = Event(self.headers["X-IP-Token"], body.get("session_hash", ""))
        events[event.id] = event
        threading.Thread(target=work, args=(self.device, event.token), daemon=True).start()
        self.answer({"event_id": event.id})

    def stream(self, event, of_session):
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream; charset=utf-8")
        self.send_header("Connection", "close")
        self.end_headers()
        started = f'data: {json.dumps({"msg": "process_starts", "event_id": event.id, "eta": None})}\n\n' if of_session else "event: heartbeat\ndata: null\n\n"
        try:
            self.wfile.write(started.encode())
            self.wfile.flush()
            time.sleep(LONGEST_LIFE)
        except OSError:
            pass

    def answer(self, body, kind="application/json"):
        body = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def work(device, token):
    """What `spaces` does for one call, but for the looks whether the visitor is still there."""
    query = {"cgroupPath": "/", "taskId": 1, "enableQueue": "true", "tokenVersion": 2, "durationSeconds": DECLARED, "token": token}
    lease = space_client.schedule(device, query)["lease"]
    if lease is None:
        return
    pid = os.fork()
    if pid == 0:
        os.closerange(3, 4096)
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        space_client.call(device, "POST", "/allow", {"allowToken": lease["allowToken"], "pid": os.getpid()})
        time.sleep(LONGEST_LIFE)
        os._exit(0)


class Server(socketserver.ThreadingMixIn, http.server.HTTPServer):
    daemon_threads = True


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--listen", type=int, required=True)
    arguments.add_argument("--device", required=True)
    chosen = arguments.parse_args()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    App.device = chosen.device
    Server(("127.0.0.1", chosen.listen), App).serve_forever()


main()
