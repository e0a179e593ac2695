/* package
{
  "dependencies": {
    "ai": "3.4.33",
    "@ai-sdk/openai": "0.0.72",
    "@opentelemetry/api": "1.9.0",
    "@opentelemetry/sdk-trace-node": "2.12.0",
    "@opentelemetry/resources": "2.12.0",
    "@opentelemetry/exporter-trace-otlp-proto": "0.223.1",
    "react": "18.3.1",
    "zod": "3.25.76"
  }
}
*/
// Vercel's AI SDK 3 with its own telemetry, whose results have names of their own.
import { createOpenAI } from "@ai-sdk/openai";
import { embed, generateText, streamText, tool } from "ai";
import { z } from "zod";
import { EMBEDDING_MODEL, lookUp, METADATA, MODEL, QUESTION, SYSTEM } from "./conversation.mjs";
import { tracing } from "./tracing.mjs";

const provider = tracing();
const openai = createOpenAI({ baseURL: process.env.OPENAI_BASE_URL, compatibility: "strict" });
const telemetry = { isEnabled: true, functionId: "support_bot", metadata: METADATA };
const asked = { model: openai(MODEL), system: SYSTEM, prompt: QUESTION, experimental_telemetry: telemetry };
const parameters = z.object({ order: z.string() });
const order_lookup = tool({ description: "Finds an order.", parameters, execute: lookUp });

await generateText({ ...asked, tools: { order_lookup }, maxSteps: 3 });
const { textStream } = await streamText(asked);
for await (const text of textStream) if (text.includes("\0")) break;
await embed({ model: openai.embedding(EMBEDDING_MODEL), value: QUESTION, experimental_telemetry: telemetry });
await provider.shutdown();
