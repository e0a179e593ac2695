// OpenTelemetry for Node as its documentation sets it up, and the conversation that the apps have.
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-proto";
import { resourceFromAttributes } from "@opentelemetry/resources";
import { BatchSpanProcessor, NodeTracerProvider } from "@opentelemetry/sdk-trace-node";

export const MODEL = "gpt-4o-mini";
export const EMBEDDING_MODEL = "text-embedding-3-small";
export const SYSTEM = "Be brief.";
export const QUESTION = "Where is my order KC-7?";
export const METADATA = { sessionId: "conversation-1", userId: "ana", tags: ["vip", "beta"] };

export function tracing(processor = new BatchSpanProcessor(new OTLPTraceExporter())) {
  const provider = new NodeTracerProvider({
    resource: resourceFromAttributes({ "service.name": "support-bot" }),
    spanProcessors: [processor],
  });
  provider.register();
  return provider;
}

export async function lookUp({ order }) {
  await new Promise((resolve) => setTimeout(resolve, 20));
  return { status: order === "KC-7" ? "shipped" : "unknown" };
}
