"""Records what published instrumentations really send: runs a small app of each against a fake API, keeps its OTLP."""
