"""An HTML page as a picture, by the browser that is installed."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory

from PIL import Image

from Testing.screenshots.picture import Picture

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome")
PAGE_SIZE = (1000, 990)
"""The head of the report and its first slices."""
PICTURE_SIZE = (760, 752)
TIMEOUT_S = 90


def browser() -> str | None:
    """A browser that draws pages without a window, or None."""
    return next((path for path in map(shutil.which, BROWSERS) if path), None)


def of_page(path: Path, program: str) -> Picture:
    """The upper part of a page, scaled down.

    Raises:
        RuntimeError: The browser drew nothing.
    """
    with TemporaryDirectory() as folder:
        target = Path(folder) / "page.png"
        options = ("--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", f"--user-data-dir={folder}")
        size = f"--window-size={PAGE_SIZE[0]},{PAGE_SIZE[1]}"
        command = [program, *options, size, f"--screenshot={target}", path.resolve().as_uri()]
        ended = subprocess.run(command, capture_output=True, text=True, timeout=TIMEOUT_S, check=False)
        if not target.is_file():
            raise RuntimeError(f"{program} drew nothing: {ended.stderr[-500:]}")
        return Image.open(target).convert("RGB").resize(PICTURE_SIZE, Image.Resampling.LANCZOS)
