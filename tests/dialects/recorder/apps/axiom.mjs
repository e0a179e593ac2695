/* package
{
  "dependencies": {
    "axiom": "0.52.2",
    "ai": "6.0.326",
    "@ai-sdk/openai": "3.0.141",
    "@opentelemetry/api": "1.9.0",
    "@opentelemetry/sdk-trace-node": "2.12.0",
    "@opentelemetry/resources": "2.12.0",
    "@opentelemetry/exporter-trace-otlp-proto": "0.223.1",
    "zod": "4.1.13"
  }
}
*/
// Axiom's SDK around Vercel's AI SDK: a span with capability and step, a wrapped model, a wrapped tool.
import { createOpenAI } from "@ai-sdk/openai";
import { trace } from "@opentelemetry/api";
import { generateText, stepCountIs, tool } from "ai";
import { initAxiomAI, withSpan, wrapAISDKModel, wrapTools } from "axiom/ai";
import { z } from "zod";
import { lookUp, MODEL, QUESTION, SYSTEM } from "./conversation.mjs";
import { tracing } from "./tracing.mjs";

const provider = tracing();
initAxiomAI({ tracer: trace.getTracer("support_bot") });
const openai = createOpenAI({ baseURL: process.env.OPENAI_BASE_URL });
const model = wrapAISDKModel(openai.chat(MODEL));
const inputSchema = z.object({ order: z.string() });
const tools = wrapTools({
  order_lookup: tool({ description: "Finds an order.", inputSchema, execute: lookUp }),
});

await withSpan({ capability: "support", step: "answer" }, async () =>
  generateText({ model, system: SYSTEM, prompt: QUESTION, tools, stopWhen: stepCountIs(3) }),
);
await provider.shutdown();
