/* package
{
  "dependencies": {
    "@langfuse/tracing": "5.11.1",
    "@langfuse/otel": "5.11.1",
    "@opentelemetry/api": "1.9.0",
    "@opentelemetry/core": "2.12.0",
    "@opentelemetry/sdk-trace-base": "2.12.0",
    "@opentelemetry/sdk-trace-node": "2.12.0",
    "@opentelemetry/exporter-trace-otlp-http": "0.223.1"
  },
  "environment": {
    "LANGFUSE_BASE_URL": "{receiver}",
    "LANGFUSE_PUBLIC_KEY": "pk-lf-fake",
    "LANGFUSE_SECRET_KEY": "sk-lf-fake"
  }
}
*/
// Langfuse's SDK for JavaScript: observations of several types, a generation with usage and cost of its own.
import { LangfuseSpanProcessor } from "@langfuse/otel";
import { propagateAttributes, startActiveObservation } from "@langfuse/tracing";
import { NodeTracerProvider } from "@opentelemetry/sdk-trace-node";
import { lookUp, METADATA, MODEL, QUESTION } from "./conversation.mjs";

const provider = new NodeTracerProvider({ spanProcessors: [new LangfuseSpanProcessor()] });
provider.register();
const { sessionId, userId, tags } = METADATA;
const usageDetails = { input: 200, input_cached_tokens: 1000, output: 50, output_reasoning_tokens: 30, total: 1280 };

await propagateAttributes({ sessionId, userId, tags, metadata: { plan: "gold" } }, () =>
  startActiveObservation(
    "support",
    async (root) => {
      root.update({ input: QUESTION });
      const tool = root.startObservation("order_lookup", { input: { order: "KC-7" } }, { asType: "tool" });
      tool.update({ output: await lookUp({ order: "KC-7" }) }).end();
      const generation = root.startObservation("answer", { model: MODEL, input: QUESTION }, { asType: "generation" });
      generation.update({ output: "It is on its way.", usageDetails, costDetails: { total: 0.000153 } }).end();
      root.update({ output: "It is on its way." });
    },
    { asType: "agent" },
  ),
);
await provider.shutdown();
