"""Where spans go, and by which protocol."""

import pytest

from spanmill._target import Target, resolve


@pytest.mark.parametrize(
    ("endpoint", "environment", "expected"),
    [
        (None, {}, Target("grpc", "http://127.0.0.1:4317", {})),
        (
            None,
            {"OTEL_EXPORTER_OTLP_PROTOCOL": "http/protobuf"},
            Target("http/protobuf", "http://127.0.0.1:4318/v1/traces", {}),
        ),
        ("http://c:4317", {}, Target("grpc", "http://c:4317", {})),
        ("c:4317", {}, Target("grpc", "http://c:4317", {})),
        ("http://c:4318", {}, Target("http/protobuf", "http://c:4318/v1/traces", {})),
        ("http://c:4318/", {}, Target("http/protobuf", "http://c:4318/v1/traces", {})),
        ("https://c/v1/traces", {}, Target("http/protobuf", "https://c/v1/traces", {})),
        ("https://c", {}, Target("grpc", "https://c", {})),
        (
            "http://c:9999",
            {"OTEL_EXPORTER_OTLP_PROTOCOL": "http/protobuf"},
            Target("http/protobuf", "http://c:9999/v1/traces", {}),
        ),
        ("http://c:4318", {"OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"}, Target("grpc", "http://c:4318", {})),
        (
            "http://c:9999",
            {"OTEL_EXPORTER_OTLP_TRACES_PROTOCOL": "grpc", "OTEL_EXPORTER_OTLP_PROTOCOL": "http/protobuf"},
            Target("grpc", "http://c:9999", {}),
        ),
        ("http://c:1", {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://other:4318"}, Target("grpc", "http://c:1", {})),
        (None, {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://other:4317"}, Target("grpc", None, {})),
        (None, {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://other:4318"}, Target("http/protobuf", None, {})),
        (None, {"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://o:80/x"}, Target("http/protobuf", None, {})),
    ],
)
def test_endpoint(endpoint: str | None, environment: dict[str, str], expected: Target) -> None:
    """An endpoint in code wins over the standard variables; the protocol is named, or guessed from the URL."""
    assert resolve(endpoint, None, None, environment) == expected


def test_headers() -> None:
    """Headers of our own are added to the standard ones; with none of our own, the exporter reads them itself."""
    environment = {"OTEL_EXPORTER_OTLP_HEADERS": "tenant=a,other=b"}
    assert resolve(None, None, None, environment).headers == {}
    headers = resolve(None, {"Tenant": "c"}, "secret", environment).headers
    assert headers == {"tenant": "c", "other": "b", "authorization": "Bearer secret"}
