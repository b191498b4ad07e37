// Draws by calling this app's own Gradio API. Every address is relative, so that the page works below any path.
const byId = (id) => document.getElementById(id);
const inputs = { x: byId("x"), y: byId("y"), zoom: byId("zoom"), seconds: byId("seconds") };
const start = { x: inputs.x.value, y: inputs.y.value, zoom: inputs.zoom.value };
const render = { index: 0, name: "Rendering" };
const zoom = { index: 1, name: "Zooming" };
const widthAtZoomOne = 3.6; // as in the painter: the width of the picture at zoom 1
const framesOfZoom = 8, stepOfZoom = 1.4;

let run = null; // { session, eventId, index, stream } while something is drawn

function say(text) { byId("status").textContent = text; }

function showProblem(title, text) {
  byId("problem-title").textContent = title;
  byId("problem-text").replaceChildren(...withLinks(text));
  byId("problem").hidden = false;
  say("");
}

// The text comes from elsewhere: it stays text. Only plain addresses in it become links.
function withLinks(text) {
  return text.split(/(https?:\/\/[^\s<>"']+[^\s<>"'.,;:!?)\]])/).map((part, index) => {
    if (index % 2 === 0) return part;
    const link = document.createElement("a");
    link.href = part;
    link.textContent = part;
    link.target = "_blank";
    link.rel = "noopener noreferrer";
    return link;
  });
}

function addNotice(level, title, text) {
  const line = document.createElement("li");
  line.dataset.level = level;
  const head = document.createElement("b");
  head.textContent = title;
  line.append(head, ...withLinks(text));
  byId("notices").append(line);
  say(text);
}

function showPicture(values) {
  const [picture, text] = values;
  if (!picture?.path) return;
  byId("picture").src = "gradio_api/file=" + picture.path.split("/").map(encodeURIComponent).join("/");
  byId("picture").alt = `The Mandelbrot set around ${inputs.x.value} + ${inputs.y.value}i`;
  byId("picture").hidden = false;
  byId("empty").hidden = true;
  say(text);
}

function setBusy(busy) {
  byId("render").disabled = byId("dive").disabled = byId("reset").disabled = busy;
  byId("cancel").disabled = !busy;
  byId("progress").hidden = !busy;
  byId("progress").removeAttribute("value");
  byId("view").setAttribute("aria-busy", String(busy));
}

function finish() {
  run = null;
  setBusy(false);
}

async function post(path, body, headers = {}) {
  const answer = await fetch(path, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify(body),
  });
  const content = await answer.json().catch(() => null);
  if (!answer.ok) throw refusal(answer.status, content);
  return content;
}

// Gradio says {detail: "…"}, a sign-in wall {detail: {error, auth_message}}, problem details {title, detail}.
function refusal(status, content) {
  const detail = content?.detail;
  const text = typeof detail === "string" ? detail : detail?.auth_message ?? detail?.error ?? content?.error;
  const error = new Error(text ?? `The app answered with status ${status}.`);
  error.title = content?.title ?? detail?.error ?? "Not accepted";
  return error;
}

async function draw(task) {
  if (run || !byId("controls").reportValidity()) return;
  const mine = { session: crypto.getRandomValues(new Uint32Array(2)).join(""), index: task.index, frames: [] };
  run = mine;
  setBusy(true);
  byId("problem").hidden = true;
  byId("notices").replaceChildren();
  say(`${task.name}…`);
  try {
    const joined = await post("gradio_api/queue/join", {
      data: Object.values(inputs).map((input) => Number(input.value)),
      fn_index: task.index,
      session_hash: mine.session,
      event_data: null,
      trigger_id: null,
    }, { "x-gradio-user": "app" });
    if (run === mine) follow(mine, joined.event_id);
  } catch (error) {
    if (run === mine) finish();
    showProblem(error.title ?? "No connection", error.title ? error.message : "The app could not be reached. Is it still running?");
  }
}

function follow(mine, eventId) {
  mine.eventId = eventId;
  mine.stream = new EventSource(`gradio_api/queue/data?session_hash=${mine.session}`);
  mine.stream.onmessage = (event) => {
    if (run === mine) receive(JSON.parse(event.data));
  };
  mine.stream.onerror = () => {
    mine.stream.close(); // The app ends the stream behind the last message; the browser would connect again.
    if (run !== mine) return;
    finish();
    showProblem("Connection lost", "The app closed the connection before the picture was done.");
  };
}

const receivers = {
  estimation: (message) => say(`Place ${message.rank + 1} of ${message.queue_size} in this app’s queue`),
  process_starts: () => say("Started…"),
  log: (message) => addNotice(message.level, message.title, message.log),
  progress: ({ progress_data: [step] }) => {
    byId("progress").value = step.progress;
    say(step.desc);
  },
  process_generating: (message) => showPicture(advance(message.output.data)),
  process_completed: complete,
  unexpected_error: (message) => {
    run.stream.close();
    finish();
    showProblem("Unexpected error", message.message);
  },
};

function receive(message) { receivers[message.msg]?.(message); }

// The first frame comes whole; after it each output is a list of changes, of which this app uses only "replace all".
function advance(values) {
  const isFirst = run.frames.length === 0;
  const frame = isFirst ? values : values.map((changes, index) => changes[0]?.[2] ?? run.frames.at(-1)[index]);
  run.frames.push(frame);
  byId("progress").value = run.frames.length / framesOfZoom;
  return frame;
}

function complete(message) {
  const wasZoom = run.index === zoom.index;
  finish();
  if (!message.success) {
    showProblem(message.title ?? "Error", message.output?.error ?? "The app gave no reason.");
  } else if (message.output?.data) {
    if (wasZoom) inputs.zoom.value = Number((Number(inputs.zoom.value) * stepOfZoom ** framesOfZoom).toPrecision(4));
    showPicture(message.output.data);
  }
}

function cancel() {
  if (!run) return;
  const { session, index, eventId, stream } = run;
  // Closing the stream alone would end the work too, but only when every proxy in between has noticed.
  stream?.close();
  if (eventId) post("gradio_api/cancel", { session_hash: session, fn_index: index, event_id: eventId }).catch(() => {});
  finish();
  say("Cancelled.");
}

function move(acrossWidths, upWidths) {
  const width = widthAtZoomOne / Number(inputs.zoom.value);
  const digits = 4 + Math.max(0, Math.ceil(Math.log10(1 / width)));
  inputs.x.value = (Number(inputs.x.value) + acrossWidths * width).toFixed(Math.min(digits, 18));
  inputs.y.value = (Number(inputs.y.value) + upWidths * width).toFixed(Math.min(digits, 18));
}

const keys = {
  ArrowLeft: () => move(-0.1, 0),
  ArrowRight: () => move(0.1, 0),
  ArrowUp: () => move(0, 0.1),
  ArrowDown: () => move(0, -0.1),
  "+": () => { inputs.zoom.value = Number(inputs.zoom.value) * 2; },
  "-": () => { inputs.zoom.value = Number(inputs.zoom.value) / 2; },
  Enter: () => draw(render),
};

byId("view").addEventListener("keydown", (event) => {
  if (run || event.ctrlKey || event.metaKey || event.altKey || !keys[event.key]) return;
  event.preventDefault();
  keys[event.key]();
  if (event.key !== "Enter") say(`Centre ${inputs.x.value} + ${inputs.y.value}i, zoom ${inputs.zoom.value}. Enter draws.`);
});

byId("view").addEventListener("click", (event) => {
  if (run || !(Number(inputs.zoom.value) > 0)) return;
  const box = byId("view").getBoundingClientRect();
  move((event.clientX - box.left) / box.width - 0.5, (0.5 - (event.clientY - box.top) / box.height) * (box.height / box.width));
  draw(render);
});

byId("controls").addEventListener("submit", (event) => {
  event.preventDefault();
  draw(render);
});
byId("dive").addEventListener("click", () => draw(zoom));
byId("cancel").addEventListener("click", cancel);
byId("reset").addEventListener("click", () => {
  for (const name of Object.keys(start)) inputs[name].value = start[name];
  draw(render);
});
