/* package
{
  "dependencies": {
    "ai": "6.0.326",
    "@ai-sdk/openai": "3.0.141",
    "@arizeai/openinference-vercel": "2.8.1",
    "@opentelemetry/api": "1.9.0",
    "@opentelemetry/sdk-trace-node": "2.12.0",
    "@opentelemetry/resources": "2.12.0",
    "@opentelemetry/exporter-trace-otlp-proto": "0.223.1",
    "zod": "4.1.13"
  }
}
*/
// Vercel's AI SDK 6 whose spans Arize's processor gives OpenInference's attributes too.
import { createOpenAI } from "@ai-sdk/openai";
import { OpenInferenceSimpleSpanProcessor } from "@arizeai/openinference-vercel";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-proto";
import { embed, generateText, stepCountIs, streamText, tool } from "ai";
import { z } from "zod";
import { EMBEDDING_MODEL, lookUp, METADATA, MODEL, QUESTION, SYSTEM } from "./conversation.mjs";
import { tracing } from "./tracing.mjs";

const provider = tracing(new OpenInferenceSimpleSpanProcessor({ exporter: new OTLPTraceExporter() }));
const openai = createOpenAI({ baseURL: process.env.OPENAI_BASE_URL });
const telemetry = { isEnabled: true, functionId: "support_bot", metadata: METADATA };
const asked = { model: openai(MODEL), system: SYSTEM, prompt: QUESTION, experimental_telemetry: telemetry };
const order_lookup = tool({
  description: "Finds an order.",
  inputSchema: z.object({ order: z.string() }),
  execute: lookUp,
});

await generateText({ ...asked, tools: { order_lookup }, stopWhen: stepCountIs(3) });
await streamText({ ...asked, model: openai.chat(MODEL) }).consumeStream();
await embed({ model: openai.embedding(EMBEDDING_MODEL), value: QUESTION, experimental_telemetry: telemetry });
await provider.shutdown();
