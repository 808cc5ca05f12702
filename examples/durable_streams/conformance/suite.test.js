// The public suite of the protocol, against the server at CONFORMANCE_URL.
import { runConformanceTests } from "@durable-streams/server-conformance-tests";
import { Agent, setGlobalDispatcher } from "undici";

// A connection a request: PitLive closes one that was idle for three seconds, and where a test keeps
// Node busy for longer than that, its next request goes into a connection that is closed already.
setGlobalDispatcher(new Agent({ pipelining: 0 }));

runConformanceTests({ baseUrl: process.env.CONFORMANCE_URL });
