/* package
{
  "dependencies": {
    "ai": "7.0.173",
    "@ai-sdk/openai": "4.0.118",
    "@ai-sdk/otel": "1.0.173",
    "@opentelemetry/api": "1.9.1",
    "@opentelemetry/sdk-trace-node": "2.12.0",
    "@opentelemetry/resources": "2.12.0",
    "@opentelemetry/exporter-trace-otlp-proto": "0.223.1",
    "zod": "4.1.13"
  }
}
*/
// Vercel's AI SDK 7 with `@ai-sdk/otel`, and all that it can add switched on: the same calls as before.
import { createOpenAI } from "@ai-sdk/openai";
import { OpenTelemetry } from "@ai-sdk/otel";
import { embed, generateText, Output, registerTelemetry, stepCountIs, streamText, tool } from "ai";
import { z } from "zod";
import { EMBEDDING_MODEL, lookUp, METADATA, MODEL, QUESTION, SYSTEM } from "./conversation.mjs";
import { tracing } from "./tracing.mjs";

const provider = tracing();
const more = { usage: true, providerMetadata: true, embedding: true, runtimeContext: true, toolChoice: true };
registerTelemetry(new OpenTelemetry({ ...more, schema: true }));
const openai = createOpenAI({ baseURL: process.env.OPENAI_BASE_URL });
const telemetry = {
  functionId: "support_bot",
  includeRuntimeContext: { sessionId: true, userId: true, tags: true },
};
const asked = { model: openai(MODEL), instructions: SYSTEM, prompt: QUESTION, telemetry, runtimeContext: METADATA };
const order_lookup = tool({
  description: "Finds an order.",
  inputSchema: z.object({ order: z.string() }),
  execute: lookUp,
});

await generateText({ ...asked, tools: { order_lookup }, stopWhen: stepCountIs(3) });
await streamText({ ...asked, model: openai.chat(MODEL) }).consumeStream();
await generateText({ ...asked, output: Output.object({ schema: z.object({ status: z.string() }) }) });
await embed({ model: openai.embedding(EMBEDDING_MODEL), value: QUESTION, telemetry, runtimeContext: METADATA });
await provider.shutdown();
