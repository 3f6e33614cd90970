"""`python -m Testing.screenshots [--out docs/images]`."""

from __future__ import annotations

import argparse
import time
from pathlib import Path

from Testing.screenshots.picture import Album
from Testing.screenshots.tour import take_pictures

IMAGES = Path(__file__).resolve().parents[2] / "docs" / "images"


def main() -> None:
    """Take every picture and say how large each is."""
    parser = argparse.ArgumentParser(prog="python -m Testing.screenshots", description=__doc__)
    parser.add_argument("--out", type=Path, default=IMAGES, help="folder for the pictures (default: %(default)s)")
    album = Album(parser.parse_args().out)
    start_s = time.monotonic()
    take_pictures(album)
    print(f"{len(album.sizes)} pictures, {sum(album.sizes.values()) / 1e6:.2f} MB, {time.monotonic() - start_s:.0f} s")


if __name__ == "__main__":
    main()
