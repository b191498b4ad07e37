// Begins one call by the real @gradio/client and says when the Space's stream has told of it; whoever started this ends it, by cancelling or by force.
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const chunks = [];
for await (const chunk of process.stdin) {
  chunks.push(chunk);
  if (chunk.includes("\n")) break;
}
const order = JSON.parse(Buffer.concat(chunks).toString().split("\n")[0]);
const folder = createRequire(pathToFileURL(order.modules + "/")).resolve("@gradio/client");
const { Client } = await import(pathToFileURL(folder.replace(/index\.cjs$/, "index.js")));
const client = await Client.connect(order.target, { token: order.token, events: ["status", "data"] });
const job = client.submit(order.endpoint, []);
(async () => {
  for await (const event of job) {
    process.stdout.write(JSON.stringify({ type: event.type, stage: event.stage }) + "\n");
    if (event.original_msg === "process_starts") process.stdout.write("begun\n");
  }
})();
process.on("SIGUSR2", () => job.cancel());
setInterval(() => {}, 1000);
