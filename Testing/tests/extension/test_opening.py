"""Opening the module is quick and loads nothing heavy, and nothing that Slicer lacks before the first Apply."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[3]

OPEN = """
import json, sys, time
from Testing.desktop.application import Desktop

desktop = Desktop.start(quiet=True)
started_s = time.perf_counter()
desktop.open_module("ScarSegLV")
opened_s = time.perf_counter() - started_s
heavy = ("torch", "monai", "transformers", "matplotlib", "SimpleITK", "highdicom", "skimage", "cc3d", "jinja2",
    "safetensors")
print("ANSWER", json.dumps({"opened_s": opened_s, "heavy": [name for name in heavy if name in sys.modules]}))
"""


def test_opening_is_quick_and_loads_no_network_library(record_property) -> None:
    run = subprocess.run(
        [sys.executable, "-c", OPEN], cwd=REPOSITORY, capture_output=True, text=True, timeout=120, check=False
    )
    lines = [line for line in run.stdout.splitlines() if line.startswith("ANSWER ")]
    assert lines, run.stderr[-2000:]
    answer = json.loads(lines[0].removeprefix("ANSWER "))
    record_property("opened_s", answer["opened_s"])
    print(f"opening the module took {answer['opened_s']:.3f} s")
    assert answer["heavy"] == []
    # The goal is 0.3 s; the bound leaves room for a busy machine.
    assert answer["opened_s"] < 3.0
