"""`python -m Testing.screenshots [--out docs/images]`."""

from __future__ import annotations

import argparse
import time
from pathlib import Path

from Testing.screenshots.picture import Album, of_file
from Testing.screenshots.tour import take_pictures

REPOSITORY = Path(__file__).resolve().parents[2]
IMAGES = REPOSITORY / "docs" / "images"
DEMO = REPOSITORY / "demo_output"
DEMO_PICTURES = ("overlay", "bullseye")
"""Pictures of the report of `make demo`."""


def main() -> None:
    """Take every picture and say how large each is."""
    parser = argparse.ArgumentParser(prog="python -m Testing.screenshots", description=__doc__)
    parser.add_argument("--out", type=Path, default=IMAGES, help="folder for the pictures (default: %(default)s)")
    album = Album(parser.parse_args().out)
    start_s = time.monotonic()
    for name in DEMO_PICTURES:
        album.add(name, of_file(DEMO / f"{name}.png"))
    take_pictures(album)
    print(f"{len(album.sizes)} pictures, {sum(album.sizes.values()) / 1e6:.2f} MB, {time.monotonic() - start_s:.0f} s")


if __name__ == "__main__":
    main()
