"""Made-up packages with instrumentors, for a process to find on its path."""

from pathlib import Path

INSTRUMENTOR = """
class Instrumentor:
    is_instrumented_by_opentelemetry = False
    def instrument(self, **options):
        {body}
"""


class Packages:
    """A folder of them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def add(self, module: str, library: str, body: str = "", requires: str = "", name: str = "") -> None:
        """Install the package *name*, whose instrumentor for *library* does *body*; ``import``: it cannot be loaded."""
        text = INSTRUMENTOR.format(body=body or f"print('on: {module}')")
        path = self.folder.joinpath(*module.split(".")).with_suffix(".py")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text if body != "import" else "import not_there")
        self.describe(name or module, f"[opentelemetry_instrumentor]\n{library} = {module}:Instrumentor\n", requires)

    def describe(self, name: str, entry_points: str = "", requires: str = "", version: str = "1.0") -> None:
        """Install metadata only."""
        info = self.folder / f"{name.replace('-', '_')}-{version}.dist-info"
        info.mkdir()
        info.joinpath("METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n{requires}")
        info.joinpath("entry_points.txt").write_text(entry_points)


def instruments(*needed: str, extra: str = "instruments") -> str:
    """Lines of metadata: what an instrumentor is for."""
    return "".join(f"Requires-Dist: {one}; extra == '{extra}'\n" for one in needed)
