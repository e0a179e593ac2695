"""
Masking: what must not leave the process is replaced, visibly, before anything is sent.

It runs on the thread that exports, on copies; the host's own spans, and what its other exporters see, stay as they are.
Only `mask`, what an application may say about it, is loaded by `import spanmill`.
"""

from spanmill.masking.mask import Mask

__all__ = ["Mask"]
