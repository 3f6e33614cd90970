"""The program as a function, and a small study on disk whose scar every method can find."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk
from typer.testing import CliRunner

from ScarSegLogic.cli.app import app
from ScarSegLogic.models.manifest import Manifest
from ScarSegLogic.models.package import save_package

SPACING_IJK_MM = (1.5, 1.5, 9.0)


@dataclass(frozen=True)
class Outcome:
    """What a run of the program left: exit code and the text of both streams."""

    code: int
    out: str
    err: str


@dataclass(frozen=True)
class StudyFiles:
    """Paths of the study: image, label map (emidec) and arrays (K, J, I)."""

    image: Path
    labels: Path
    pixels: np.ndarray
    label_array: np.ndarray


@pytest.fixture
def scarseg(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., Outcome]:
    """Run `scarseg` in this process; its log goes into the test's folder."""
    monkeypatch.setenv("SCARSEG_LOG_DIR", str(tmp_path / "log"))

    def run(*arguments: object) -> Outcome:
        done = CliRunner().invoke(app, [str(argument) for argument in arguments])
        return Outcome(done.exit_code, done.stdout, done.stderr)

    return run


@pytest.fixture
def a_study(tmp_path: Path) -> StudyFiles:
    """Rings with a bright sector (1 cavity, 2 normal, 3 scar), in a folder with a space, brackets and an umlaut."""
    shape = (6, 72, 72)
    rows, columns = np.meshgrid(np.arange(72) - 36, np.arange(72) - 34, indexing="ij")
    radius, angle = np.hypot(rows, columns) * 1.5, np.rad2deg(np.arctan2(rows, columns))
    labels = np.zeros(shape, dtype=np.uint8)
    for index in range(shape[0]):
        inner, outer = 24.0 - 2 * index, 35.0 - 2 * index
        labels[index][radius < inner] = 1
        wall = (radius >= inner) & (radius < outer)
        labels[index][wall] = 2
        labels[index][wall & (np.abs(angle) < 40) & (radius < inner + 7)] = 3
    means = np.array([60.0, 380.0, 100.0, 420.0])
    pixels = np.random.default_rng(3).normal(means[labels], 8.0).astype(np.float32)
    folder = tmp_path / "Köln [a study]"
    folder.mkdir()
    return StudyFiles(write(folder / "image.nrrd", pixels), write(folder / "labels.nrrd", labels), pixels, labels)


@pytest.fixture
def out(tmp_path: Path) -> Path:
    """An output folder that does not exist yet."""
    return tmp_path / "out put"


def write(path: Path, array: np.ndarray, **changes: tuple[float, ...]) -> Path:
    """Write an array (K, J, I) with the study's spacing; ``spacing`` or ``origin`` may be changed."""
    image = sitk.GetImageFromArray(array, isVector=False)
    image.SetSpacing(changes.get("spacing", SPACING_IJK_MM[: array.ndim]))
    if "origin" in changes:
        image.SetOrigin(changes["origin"])
    sitk.WriteImage(image, str(path))
    return path


@pytest.fixture
def write_image() -> Callable[..., Path]:
    """The function ``write`` for tests that make their own files."""
    return write


@pytest.fixture
def make_package(tmp_path: Path) -> Callable[[str], Path]:
    """Make a package of a task, with a restricted licence and weights that fit no network."""

    def make(task: str) -> Path:
        manifest = Manifest(
            name="toy",
            version="0",
            task=task,
            network="none",
            network_config={},
            preprocessing={},
            thresholds={},
            labels=("cavity",),
            recipe={},
            training_data="nothing",
            licence="CC-BY-NC-SA-4.0",
            sha256="",
            notice="not for commercial use",
            metrics={"scar_dice_automatic": "0.72 [0.65, 0.78], n = 7", "measured_on": "toys", "command": "make toys"},
        )
        return save_package(manifest, {"weight": np.ones(3, dtype=np.float32)}, tmp_path / f"toy {task}").folder

    return make
