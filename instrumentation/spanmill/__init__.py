"""Instrumentation shim of spanmill: sends OpenTelemetry spans of LLM applications to its collector."""
