// Follows a JSON stream by the public client, as SSE or by long poll, and prints what comes, a
// line each, until the stream is closed.
import { stream } from "@durable-streams/client";

const [url, live] = process.argv.slice(2);
const followed = await stream({ url, offset: "-1", live, json: true });
followed.subscribeJson(async (batch) => {
  for (const item of batch.items) console.log(JSON.stringify(item));
});
await followed.closed;
console.log("closed");
