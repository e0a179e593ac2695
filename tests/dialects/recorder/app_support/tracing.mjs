// OpenTelemetry for Node as its documentation sets it up: OTLP over HTTP, to where the environment says.
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-proto";
import { resourceFromAttributes } from "@opentelemetry/resources";
import { BatchSpanProcessor, NodeTracerProvider } from "@opentelemetry/sdk-trace-node";

export function tracing(processor = new BatchSpanProcessor(new OTLPTraceExporter())) {
  const provider = new NodeTracerProvider({
    resource: resourceFromAttributes({ "service.name": "support-bot" }),
    spanProcessors: [processor],
  });
  provider.register();
  return provider;
}
