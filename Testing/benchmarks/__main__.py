"""`make bench`: ratios of things measured in one run, written to benchmarks.json."""

from __future__ import annotations

import json
import platform
from pathlib import Path

import torch

from ScarSegLogic.version import VERSION
from Testing.benchmarks import lv, mrml, training, wall, worker

OUTPUT = Path("benchmarks.json")


def main() -> None:
    torch.set_num_threads(2)
    phantom = lv.study_of_twelve_slices()
    processes = lv.process_figures(phantom)
    pipeline = lv.pipeline_seconds(phantom)
    nnunet = lv.nnunet_shaped_seconds(phantom)
    scene, workers = mrml.mrml_seconds(), worker.worker_figures(phantom)
    learning, atrial_wall = training.training_figures(), wall.wall_figures()
    figures = {
        "schema_version": 1,
        "software_version": VERSION,
        "machine": f"{platform.machine()}, {torch.get_num_threads()} torch threads",
        "lv_study_s": pipeline,
        "nnunet_shaped_s": nnunet,
        "nnunet_shaped_over_lv_study": nnunet / pipeline["end_to_end"],
        "quantification_share_of_study": pipeline["quantification"] / pipeline["end_to_end"],
        "processes": processes,
        "worker_s": workers,
        "mrml_s": scene,
        "training": learning,
        "la_wall": atrial_wall,
        "help_over_bare_python": processes["help"] / processes["bare_python"],
    }
    OUTPUT.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    rows = [
        ("LV study, 12 x 256 x 256, warm, end to end", f"{pipeline['end_to_end']:.2f} s", "goal under 3 s"),
        ("  of it quantification", f"{pipeline['quantification']:.3f} s", "goal under 0.3 s"),
        ("nnU-Net-shaped 2D network, mirrored", f"{nnunet:.1f} s", ""),
        ("  over the LV study", f"{figures['nnunet_shaped_over_lv_study']:.1f} x", "goal at least 10 x"),
        ("scarseg lv as a process: peak memory", f"{processes['command_line_peak_gib']:.2f} GiB", "goal under 2"),
        ("scarseg --help", f"{processes['help']:.2f} s", "goal under 0.5 s"),
        ("  over a bare interpreter", f"{figures['help_over_bare_python']:.1f} x", ""),
        *worker.rows(workers),
        *mrml.mrml_rows(scene),
        *training.rows(learning),
        *wall.rows(atrial_wall),
    ]
    for name, value, goal in rows:
        print(f"{name:46} {value:>12}   {goal}")


if __name__ == "__main__":
    main()
