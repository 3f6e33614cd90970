"""`make accuracy-la`: measure the networks of the left atrium, write docs/accuracy_la.md and the shipped manifests."""

from __future__ import annotations

import argparse
import dataclasses
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scarseg_training.datasets.dataset import open_dataset

from ScarSegLogic.inference.la_cavity import find_la_cavity
from ScarSegLogic.inference.la_scar import find_la_scar
from ScarSegLogic.io.images import read_label_map, read_volume
from ScarSegLogic.metrics.distances import surface_distances
from ScarSegLogic.metrics.overlap import overlap
from ScarSegLogic.models.catalogue import list_packages
from ScarSegLogic.models.manifest import write_manifest
from ScarSegLogic.models.package import ModelPackage
from ScarSegLogic.phantom.la_config import LAPhantomConfig
from ScarSegLogic.phantom.la_phantom import LAPhantom, make_la_phantom
from ScarSegLogic.volume import Volume
from ScarSegLogic.wall.distances import CavityDistances
from Testing.accuracy.emidec import mean_with_interval
from Testing.accuracy.studies import SHARED_DATA

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "accuracy_la.md"
LA2018 = SHARED_DATA / "la2018"
FIRST_SEED = 900_000
"""Of the unseen phantoms: no recipe learns from these."""
WALL_MM = 2.5
"""Outer border of the wall that scar counts in (SCIENCE section 7); the inner one is the cavity's surface."""

SCAR_SENTENCE = (
    "Scar is looked for about the true cavity and counts within its wall (0 to 2.5 mm). Studies without scar have no "
    "Dice.\n\n"
)


@dataclass(frozen=True)
class AtriumScore:
    """One study.

    Attributes:
        case: Its name.
        cavity_dice, hausdorff_95_mm, average_mm: Of the cavity, on the study's own grid.
        true_ml, found_ml: Volume of the cavity.
        scar_dice: Of the scar in the wall of the true cavity; None where nobody drew scar.
        scar_error_points: Scar found less true scar, in percent of that wall.
    """

    case: str
    cavity_dice: float | None
    hausdorff_95_mm: float | None
    average_mm: float | None
    true_ml: float
    found_ml: float
    scar_dice: float | None = None
    scar_error_points: float | None = None


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--phantoms", type=int, default=10, help="unseen phantoms")
    options = parser.parse_args()
    packages = {package.manifest.task: package for package in list_packages()}
    cavity, scar = packages["la_cavity"], packages.get("la_scar")
    real = list(_la2018_scores(cavity))
    phantoms = list(_phantom_scores(options.phantoms, cavity, scar))
    sections = [
        "# Accuracy in the left atrium",
        "Made by `make accuracy-la`. The test cases of la2018 and these phantoms were never trained or tuned on. Means "
        "over patients with 95 % bootstrap intervals, on each study's own grid, by the code that `scarseg la` runs.",
        "## Cavity: the 10 test cases of la2018\n" + _table(real),
        f"## {len(phantoms)} unseen LA phantoms\n" + (SCAR_SENTENCE if scar else "") + _table(phantoms),
    ]
    DOCUMENT.write_text("\n\n".join(sections) + "\n", encoding="utf-8")
    _write_metrics(cavity, real, f"{len(real)} test cases of la2018")
    if scar is not None:
        _write_metrics(scar, phantoms, f"{len(phantoms)} unseen LA phantoms, the true cavity given")
    print(f"written: {DOCUMENT}")


def _la2018_scores(package: ModelPackage) -> Iterator[AtriumScore]:
    for entry in open_dataset(LA2018).of_split("test"):
        yield _cavity_score(entry.case, *_la2018_study(entry.case), package)


def _la2018_study(case: str) -> tuple[Volume, NDArray[np.bool_]]:
    return read_volume(LA2018 / f"{case}_image.nii.gz"), read_label_map(LA2018 / f"{case}_cavity.nii.gz").array > 0


def _phantom_scores(count: int, cavity: ModelPackage, scar: ModelPackage | None) -> Iterator[AtriumScore]:
    for seed in range(FIRST_SEED, FIRST_SEED + count):
        phantom = make_la_phantom(LAPhantomConfig(seed=seed, observer_count=0, with_truth=False))
        score = _cavity_score(f"phantom {seed}", phantom.image, phantom.cavity.array > 0, cavity)
        yield score if scar is None else _with_scar(score, phantom, scar)


def _cavity_score(case: str, image: Volume, true: NDArray[np.bool_], package: ModelPackage) -> AtriumScore:
    found = find_la_cavity(image, package, "cpu")
    distances = surface_distances(found, true, image.geometry.spacing_kji_mm)
    voxel_ml = image.geometry.voxel_volume_ml
    score = AtriumScore(
        case,
        overlap(found, true).dice,
        distances.hausdorff_95_mm,
        distances.average_mm,
        float(true.sum() * voxel_ml),
        float(found.sum() * voxel_ml),
    )
    print(score, flush=True)
    return score


def _with_scar(score: AtriumScore, phantom: LAPhantom, package: ModelPackage) -> AtriumScore:
    cavity, true = phantom.cavity.array > 0, phantom.scar.array > 0
    distances = CavityDistances.of(cavity, phantom.image.geometry, reach_mm=WALL_MM)
    wall = distances.restore(distances.wall(0.0, WALL_MM))
    probability = find_la_scar(phantom.image, cavity, package, "cpu")
    found = (probability > package.manifest.thresholds["la_scar"]) & wall
    true &= wall
    return dataclasses.replace(
        score,
        scar_dice=overlap(found, true).dice if true.any() else None,
        scar_error_points=100 * (int(found.sum()) - int(true.sum())) / int(wall.sum()),
    )


def _table(rows: Sequence[AtriumScore]) -> str:
    with_scar = any(row.scar_error_points is not None for row in rows)
    head = ["case", "cavity Dice", "HD95, mm", "ASD, mm", "true ml", "found ml"]
    head += ["scar Dice", "scar error, points of wall"] if with_scar else []
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    lines += ["| " + " | ".join(_cells(row)[: len(head)]) + " |" for row in rows]
    columns = ("cavity_dice", "hausdorff_95_mm", "average_mm")
    means = ["**mean**", *(mean_with_interval(getattr(row, name) for row in rows) for name in columns), "", ""]
    if with_scar:
        means += [mean_with_interval(getattr(row, name) for row in rows) for name in ("scar_dice", "scar_error_points")]
    return "\n".join([*lines, "| " + " | ".join(means) + " |"])


def _cells(row: AtriumScore) -> list[str]:
    numbers = (
        (row.cavity_dice, 3), (row.hausdorff_95_mm, 1), (row.average_mm, 2), (row.true_ml, 1), (row.found_ml, 1),
        (row.scar_dice, 3), (row.scar_error_points, 2),
    )  # fmt: skip
    return [row.case, *("-" if value is None else f"{value:.{digits}f}" for value, digits in numbers)]


def _write_metrics(package: ModelPackage, rows: Sequence[AtriumScore], measured_on: str) -> None:
    """Put what a package reached into its manifest."""
    metrics: dict[str, object] = {"measured_on": f"{measured_on}; mean [95 % bootstrap interval]"}
    metrics["command"] = "make accuracy-la"
    if package.manifest.task == "la_cavity":
        metrics["la_cavity_dice"] = mean_with_interval(row.cavity_dice for row in rows)
        metrics["la_cavity_hd95_mm"] = mean_with_interval(row.hausdorff_95_mm for row in rows)
    else:
        metrics["la_scar_dice"] = mean_with_interval(row.scar_dice for row in rows)
        metrics["la_scar_error_points_of_wall"] = mean_with_interval(row.scar_error_points for row in rows)
    write_manifest(dataclasses.replace(package.manifest, metrics=json.loads(json.dumps(metrics))), package.folder)


if __name__ == "__main__":
    main()
