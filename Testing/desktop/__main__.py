"""`python -m Testing.desktop --module ScarSegLV [--study DIR|FILE] [--screenshot out.png]`."""

from __future__ import annotations

import argparse
from pathlib import Path

from Testing.desktop.application import Desktop
from Testing.desktop.study import load_study


def main() -> None:
    """Open a module on a study; with `--screenshot`, save a picture and leave."""
    parser = argparse.ArgumentParser(prog="python -m Testing.desktop", description=__doc__)
    parser.add_argument("--module", default="ScarSegLV", help="module to open (default: %(default)s)")
    parser.add_argument("--study", type=Path, help="image file or DICOM folder (default: a phantom)")
    parser.add_argument("--screenshot", type=Path, help="save a picture of the window here and leave")
    arguments = parser.parse_args()
    desktop = Desktop.start(record_popups=arguments.screenshot is not None)
    load_study(desktop, arguments.study)
    desktop.open_module(arguments.module)
    if arguments.screenshot is None:
        desktop.app.exec()
    else:
        print(desktop.screenshot(arguments.screenshot))
    desktop.stop()


if __name__ == "__main__":
    main()
