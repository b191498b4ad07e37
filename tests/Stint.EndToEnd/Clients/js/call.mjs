// One call of a Space by the real @gradio/client. Its order is one JSON object on standard input, its answer one on standard
// output. The client knows one hub by name; here that name leads to the hub under test, and to nothing outside this machine.
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const known = "https://huggingface.co";
const chunks = [];
for await (const chunk of process.stdin) chunks.push(chunk);
const order = JSON.parse(Buffer.concat(chunks));

const asked = [];
const fetchReal = globalThis.fetch;
globalThis.fetch = (input, init) => {
  const url = String(input?.url ?? input).replace(known, order.hub);
  if (new URL(url).hostname !== "127.0.0.1") throw new Error(`the client would leave this machine: ${new URL(url).origin}`);
  asked.push(new URL(url).pathname);
  return fetchReal(url, init);
};

const answer = (value) => process.stdout.write(JSON.stringify({ ...value, asked }) + "\n", () => process.exit(0));
try {
  const folder = createRequire(pathToFileURL(order.modules + "/")).resolve("@gradio/client");
  const { Client } = await import(pathToFileURL(folder.replace(/index\.cjs$/, "index.js")));
  const client = await Client.connect(order.target, { token: order.token ?? undefined });
  const result = await client.predict(order.endpoint, order.inputs);
  await answer({ succeeded: true, output: result.data });
} catch (error) {
  await answer({ succeeded: false, error: String(error?.message ?? error) });
}
