/* package
{
  "dependencies": {
    "genkit": "1.42.0",
    "@genkit-ai/compat-oai": "1.42.0",
    "@opentelemetry/api": "1.9.0",
    "@opentelemetry/sdk-trace-node": "1.25.1",
    "@opentelemetry/exporter-trace-otlp-proto": "0.52.1"
  }
}
*/
// Genkit's own telemetry, sent by OTLP: a flow that generates with a tool.
import { openAI } from "@genkit-ai/compat-oai/openai";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-proto";
import { BatchSpanProcessor } from "@opentelemetry/sdk-trace-node";
import { genkit, z } from "genkit";
import { enableTelemetry, flushTracing } from "genkit/tracing";
import { lookUp, QUESTION, SYSTEM } from "./conversation.mjs";

await enableTelemetry({ spanProcessors: [new BatchSpanProcessor(new OTLPTraceExporter())] });
const ai = genkit({ plugins: [openAI({ apiKey: "none", baseURL: process.env.OPENAI_BASE_URL })] });
const inputSchema = z.object({ order: z.string() });
const order_lookup = ai.defineTool({ name: "order_lookup", description: "Finds an order.", inputSchema }, lookUp);
const support = ai.defineFlow("support", async (question) => {
  const model = openAI.model("gpt-4o-mini");
  const { text } = await ai.generate({ model, system: SYSTEM, prompt: question, tools: [order_lookup] });
  return text;
});

await support(QUESTION);
await flushTracing();
process.exit(0);
