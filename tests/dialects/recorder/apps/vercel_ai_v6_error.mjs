/* package
{
  "dependencies": {
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
// Vercel's AI SDK 6, where the API refuses.
import { createOpenAI } from "@ai-sdk/openai";
import { generateText } from "ai";
import { QUESTION } from "./conversation.mjs";
import { tracing } from "./tracing.mjs";

const provider = tracing();
const openai = createOpenAI({ baseURL: process.env.OPENAI_BASE_URL });
const asked = { model: openai.chat("no-such-model"), prompt: QUESTION };
await generateText({ ...asked, experimental_telemetry: { isEnabled: true } }).catch(() => "recorded");
await provider.shutdown();
