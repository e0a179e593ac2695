"""What an application may tell `spanmill.init`, completed from the environment."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

ENDPOINT = "SPANMILL_ENDPOINT"
API_KEY = "SPANMILL_API_KEY"
CAPTURE_CONTENT = "SPANMILL_CAPTURE_CONTENT"

_NO = frozenset({"0", "false", "no", "off"})


@dataclass(frozen=True, slots=True)
class Options:
    """The arguments of `spanmill.init`; None means that the caller left the choice to the environment."""

    service_name: str | None = None
    endpoint: str | None = None
    headers: Mapping[str, str] | None = None
    api_key: str | None = None
    capture_content: bool | None = None
    exit_timeout_s: float = 2.0

    def completed(self, environment: Mapping[str, str]) -> "Options":
        """These options with what is still open taken from the ``SPANMILL_`` variables."""
        captured = environment.get(CAPTURE_CONTENT, "").strip().lower() not in _NO
        return replace(
            self,
            endpoint=self.endpoint or environment.get(ENDPOINT) or None,
            api_key=self.api_key or environment.get(API_KEY) or None,
            capture_content=captured if self.capture_content is None else self.capture_content,
        )
