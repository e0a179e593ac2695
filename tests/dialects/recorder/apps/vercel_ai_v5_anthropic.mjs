/* package
{
  "dependencies": {
    "ai": "5.0.277",
    "@ai-sdk/anthropic": "2.0.112",
    "@opentelemetry/api": "1.9.0",
    "@opentelemetry/sdk-trace-node": "2.12.0",
    "@opentelemetry/resources": "2.12.0",
    "@opentelemetry/exporter-trace-otlp-proto": "0.223.1",
    "zod": "4.1.13"
  }
}
*/
// Vercel's AI SDK 5 with Anthropic, whose input tokens leave out the cached ones.
import { createAnthropic } from "@ai-sdk/anthropic";
import { generateText, stepCountIs, streamText, tool } from "ai";
import { z } from "zod";
import { lookUp, METADATA, QUESTION, SYSTEM } from "./conversation.mjs";
import { tracing } from "./tracing.mjs";

const provider = tracing();
const anthropic = createAnthropic({ baseURL: `${process.env.ANTHROPIC_BASE_URL}/v1` });
const telemetry = { isEnabled: true, functionId: "support_bot", metadata: METADATA };
const model = anthropic("claude-sonnet-4-5");
const asked = { model, system: SYSTEM, prompt: QUESTION, experimental_telemetry: telemetry };
const inputSchema = z.object({ order: z.string() });
const order_lookup = tool({ description: "Finds an order.", inputSchema, execute: lookUp });

await generateText({ ...asked, tools: { order_lookup }, stopWhen: stepCountIs(3) });
await streamText(asked).consumeStream();
await provider.shutdown();
