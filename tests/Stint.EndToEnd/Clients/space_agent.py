"""A Space in the hands of a test: it serves a port as an app does, forks workers as `spaces` does, and does what it is told
over a control connection, one JSON object a line. Started by a test (--listen), or by a hub as the command of a Space.
"""

import argparse
import http.server
import json
import os
import signal
import socket
import sys
import threading
import time
import traceback

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import space_client  # noqa: E402

LONGEST_LIFE = 600


class Agent:
    def __init__(self, host, control, base):
        self.base = base
        self.control = socket.create_connection((host, control))
        self.writing = threading.Lock()
        self.left = set()

    def serve(self):
        """Forks on this thread alone: the calls that wait have threads of their own."""
        self.say({"hello": os.getpid(), "uid": os.getuid(), "base": self.base})
        for line in self.control.makefile("r"):
            order = json.loads(line)
            verb = getattr(self, "do_" + order["do"])
            if order["do"] in ("schedule", "call"):
                threading.Thread(target=self.answer, args=(verb, order), daemon=True).start()
            else:
                self.answer(verb, order)

    def answer(self, verb, order):
        try:
            self.say({"id": order["id"], "result": verb(order)})
        except space_client.Disconnected as error:
            self.say({"id": order["id"], "disconnected": str(error)})
        except Exception:
            self.say({"id": order["id"], "error": traceback.format_exc()})

    def say(self, words):
        with self.writing:
            self.control.sendall((json.dumps(words) + "\n").encode())

    def do_schedule(self, order):
        def told(event):
            self.say({"event": event, "of": order["id"]})

        return space_client.schedule(
            order.get("base") or self.base, order["query"], lambda: order["id"] in self.left, order.get("headers"), told)

    def do_leave(self, order):
        """The visitor of that call is gone: noticed at the next ping, as `spaces` does."""
        self.left.add(order["call"])

    def do_call(self, order):
        return space_client.call(order.get("base") or self.base, order["method"], order["path"], order.get("query"), order.get("headers"))

    def do_fork(self, order):
        """A worker as `spaces` forks one: it calls /allow about itself, then works until it is told to stop."""
        readable, writable = os.pipe()
        pid = os.fork()
        if pid == 0:
            self.become_worker(order, writable)
        os.close(writable)
        with os.fdopen(readable) as pipe:
            line = pipe.readline()
        return {"pid": pid, **json.loads(line)}

    def do_kill(self, order):
        os.kill(order["pid"], order["signal"])

    def do_read(self, order):
        """Tries to read a path of this machine; says why not."""
        path = order["path"]
        try:
            if os.path.isdir(path):
                return {"read": os.listdir(path)}
            with open(path, "rb") as file:
                return {"read": len(file.read(64))}
        except OSError as error:
            return {"errno": error.errno}

    def become_worker(self, order, writable):
        try:
            close_all_but(writable)
            signal.signal(signal.SIGTERM, signal.SIG_IGN if order.get("ignoreTerm") else lambda *_: os._exit(0))
            said = {}
            if order.get("allowToken"):
                query = {"allowToken": order["allowToken"], "pid": os.getpid()}
                said["allow"] = space_client.call(order.get("base") or self.base, "POST", "/allow", query, order.get("headers"))
            pids = bomb(order.get("children", 0))
            os.write(writable, (json.dumps({**said, "children": pids}) + "\n").encode())
            os.close(writable)
            time.sleep(LONGEST_LIFE)
        finally:
            os._exit(1)


def bomb(count):
    """Children and children's children, in sessions of their own, deaf to SIGTERM."""
    if count == 0:
        return []
    readable, writable = os.pipe()
    breed(count, writable)
    os.close(writable)
    with os.fdopen(readable) as pipe:
        return [int(line) for line in pipe]


def breed(count, writable):
    """Two by two: each child gets half of what is still to come."""
    shares = [(count - 1) // 2, (count - 1) - (count - 1) // 2] if count > 1 else []
    pid = os.fork()
    if pid != 0:
        return
    os.setsid()
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    os.write(writable, f"{os.getpid()}\n".encode())
    for share in shares:
        if share > 0:
            breed(share, writable)
    os.close(writable)
    time.sleep(LONGEST_LIFE)
    os._exit(0)


def close_all_but(kept):
    """A worker inherits the app's sockets and closes them: else it would hold the app's port for as long as it lives."""
    limit = os.sysconf("SC_OPEN_MAX")
    os.closerange(3, kept)
    os.closerange(kept + 1, min(limit, 65536))


class App(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        body = b'{"version": "5.0.0", "api_prefix": "/gradio_api"}'
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--control", type=int, required=True)
    arguments.add_argument("--listen", type=int, default=int(os.environ.get("GRADIO_SERVER_PORT", 0)))
    arguments.add_argument("--host", default="127.0.0.1")
    chosen = arguments.parse_args()
    # Whoever dies is taken note of by the kernel: a worker that was killed must not stay behind as a zombie.
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    app = http.server.ThreadingHTTPServer(("127.0.0.1", chosen.listen), App)
    threading.Thread(target=app.serve_forever, daemon=True).start()
    Agent(chosen.host, chosen.control, os.environ.get("SPACES_ZERO_DEVICE_API_URL")).serve()


if __name__ == "__main__":
    main()
