"""What `spanmill doctor --app` is made of."""

import sys
from pathlib import Path

import pytest

from spanmill._target import resolve
from spanmill.doctor.catalogue import KNOWN
from spanmill.doctor.content import content
from spanmill.doctor.destination import address
from spanmill.doctor.interpreter import python_of
from spanmill.doctor.variables import variables, without, without_secrets


class TestVariables:
    """As anybody may see them."""

    def test_those_that_matter(self) -> None:
        """By their prefixes, in order, and as they are."""
        environment = {"PATH": "p", "SPANMILL_ENDPOINT": "http://h:1", "OTEL_SERVICE_NAME": "shop"}
        assert variables(environment) == {"OTEL_SERVICE_NAME": "shop", "SPANMILL_ENDPOINT": "http://h:1"}

    @pytest.mark.parametrize(
        ("name", "value", "shown"),
        [
            ("SPANMILL_API_KEY", "s3cret", "…"),
            ("OTEL_EXPORTER_OTLP_HEADERS", "authorization=Bearer s3cret,tenant=s3cret", "authorization=…, tenant=…"),
            ("OTEL_EXPORTER_OTLP_TRACES_HEADERS", "no header", ""),
            ("OTEL_EXPORTER_OTLP_ENDPOINT", "https://user:s3cret@host:4318/v1?key=s3cret", "https://…@host:4318/v1?…"),
            ("SPANMILL_CLICKHOUSE", "http://default:s3cret@[::1]:8123/spanmill", "http://…@[::1]:8123/spanmill"),
            ("OTEL_PYTHON_SOME_TOKEN", "s3cret", "…"),
        ],
    )
    def test_no_secret_is_shown(self, name: str, value: str, shown: str) -> None:
        """Neither keys, nor what headers say, nor what addresses hide."""
        assert variables({name: value}) == {name: shown}

    def test_an_address_that_is_none(self) -> None:
        """Is not shown at all, for who knows what it is."""
        assert without_secrets("http://[") == "…"

    def test_what_others_say(self) -> None:
        """Loses the secrets in it, the longest first."""
        assert without("Bearer ab, a", ["a", "Bearer ab", ""]) == "…, …"


class TestContent:
    """Whether it is captured, and who says so."""

    def test_by_default(self) -> None:
        """It is."""
        found = content({})
        assert (found.is_captured, found.because, found.exceptions) == (True, "by default", ())

    def test_forbidden(self) -> None:
        """By spanmill's own variable."""
        found = content({"SPANMILL_CAPTURE_CONTENT": "no"})
        assert (found.is_captured, found.because) == (False, "SPANMILL_CAPTURE_CONTENT is 'no'")

    @pytest.mark.parametrize(
        ("name", "value", "whose"),
        [
            ("OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT", "NO_CONTENT", "OpenTelemetry's"),
            ("OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT", "event_only", "OpenTelemetry's"),
            ("OTEL_SEMCONV_STABILITY_OPT_IN", "http", "OpenTelemetry's"),
            ("OPENINFERENCE_HIDE_INPUTS", "True", "OpenInference's"),
            ("TRACELOOP_TRACE_CONTENT", "false", "OpenLLMetry's"),
        ],
    )
    def test_forbidden_to_some(self, name: str, value: str, whose: str) -> None:
        """Each by the variable of its maker, which is named."""
        found = content({name: value})
        [exception] = found.exceptions
        assert found.is_captured
        assert exception.startswith(f"{whose} instrumentors record no")
        assert name in exception


@pytest.mark.parametrize(
    ("environment", "url"),
    [
        ({}, "http://127.0.0.1:4317"),
        ({"OTEL_EXPORTER_OTLP_PROTOCOL": "http/protobuf"}, "http://127.0.0.1:4318/v1/traces"),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://h:4318/"}, "http://h:4318/v1/traces"),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://h:4317"}, "http://h:4317"),
        ({"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://h/t", "OTEL_EXPORTER_OTLP_ENDPOINT": "http://x"}, "http://h/t"),
    ],
)
def test_the_address(environment: dict[str, str], url: str) -> None:
    """Is known where the exporter takes it from a standard variable by itself, too."""
    assert address(resolve(None, None, None, environment), environment) == url


class TestInterpreters:
    """Of programs."""

    def test_python_itself(self) -> None:
        """By its path or its name."""
        assert python_of(sys.executable) == sys.executable

    @pytest.mark.parametrize("first", [f"#!{sys.executable}", f"#!/usr/bin/env {sys.executable}"])
    def test_scripts(self, tmp_path: Path, first: str) -> None:
        """By their first line, which may name `env`."""
        script = tmp_path / "shopd"
        script.write_text(f"{first}\nprint()\n")
        script.chmod(0o755)
        assert python_of(str(script)) == sys.executable

    @pytest.mark.parametrize("first", ["#!/bin/sh", "#!", "\x7fELF", ""])
    def test_others(self, tmp_path: Path, first: str) -> None:
        """Are none."""
        script = tmp_path / "other"
        script.write_text(f"{first}\n")
        script.chmod(0o755)
        assert python_of(str(script)) is None
        assert python_of("no-such-program") is None


def test_the_catalogue() -> None:
    """Says of every library what to do, and where several packages make one library, names it once for each."""
    assert all(bool(known.instrumentor) != bool(known.hint) for known in KNOWN)
    packages = [package for known in KNOWN for package in known.packages]
    assert len(packages) == len(set(packages))
