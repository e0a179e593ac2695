"""What an application may tell `spanmill.init`, completed from the environment."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from spanmill.masking.mask import Mask
from spanmill.sampling.share import Sampling

if TYPE_CHECKING:
    from spanmill.masking.capture import Capture

ENDPOINT = "SPANMILL_ENDPOINT"
API_KEY = "SPANMILL_API_KEY"
CAPTURE_CONTENT = "SPANMILL_CAPTURE_CONTENT"
SPOOL_DIR = "SPANMILL_SPOOL_DIR"


@dataclass(frozen=True, slots=True)
class Options:
    """The arguments of `spanmill.init`; None means that the caller left the choice to the environment."""

    service_name: str | None = None
    endpoint: str | None = None
    headers: Mapping[str, str] | None = None
    api_key: str | None = None
    capture_content: bool | Mapping[str, bool] | None = None
    mask: Mask | None = None
    sample: float | Sampling | None = None
    exit_timeout_s: float = 2.0
    spool: str | os.PathLike[str] | None = None

    def completed(self, environment: Mapping[str, str]) -> "Options":
        """These options with what is still open taken from the ``SPANMILL_`` variables."""
        return replace(
            self,
            endpoint=self.endpoint or environment.get(ENDPOINT) or None,
            api_key=self.api_key or environment.get(API_KEY) or None,
            spool=self.spool or environment.get(SPOOL_DIR) or None,
        )

    def capture(self, environment: Mapping[str, str]) -> "Capture":
        """Of which libraries content is captured."""
        from spanmill.masking.capture import chosen  # noqa: PLC0415 - `import spanmill` should not pay for it

        return chosen(self.capture_content, environment.get(CAPTURE_CONTENT, ""))
