"""The ports: OTLP over gRPC and over HTTP, health and metrics."""
