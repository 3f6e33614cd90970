"""`scarseg la`: what it writes, and every bad input as one sentence that leaves nothing behind."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from ScarSegLogic.cli.app import app
from ScarSegLogic.geometry import Geometry
from ScarSegLogic.io.images import read_label_map, write_label_map, write_volume
from ScarSegLogic.surface.polydata import from_polydata
from ScarSegLogic.volume import LabelMap, Volume
from Testing.tests.atrium import LEFT, RIGHT, Atrium, grid

FLOOR = np.array([0.0, 0.0, -1.0])
ATRIUM = Atrium(grid((2.5, 1.25, 1.25)), {"LSPV": LEFT, "RSPV": RIGHT})
IMAGE = ATRIUM.image(ATRIUM.cap(FLOOR, 40.0))
FILES = {
    "cavity.nrrd", "wall.nrrd", "scar.nrrd", "shell.vtp", "result.json", "review.json", "report.html", "overlay.png",
    "shell.png", "sweep.png",
}  # fmt: skip
KEYS = {
    "schema_version", "cavity_volume_ml", "wall_volume_ml", "scar_volume_ml", "scar_percent_of_wall",
    "scar_percent_of_shell", "scar_area_cm2", "threshold", "scar_outside_wall_ml", "blood_pool_mean", "blood_pool_sd",
    "regions", "vein_rings", "utah_category", "utah_scale", "utah_reason",
}  # fmt: skip


@dataclass(frozen=True)
class Files:
    """Image and cavity of an oblique, anisotropic atrium with one scar at its floor."""

    image: Path
    cavity: Path


@dataclass(frozen=True)
class Measured:
    """One run by the preset 1.32 of a study declared pre-ablation: its folder and what it printed."""

    out: Path
    printed: str


@pytest.fixture(scope="module")
def measured(tmp_path_factory: pytest.TempPathFactory) -> Measured:
    folder = tmp_path_factory.mktemp("measured")
    files, out = study_in(folder), folder / "out put"
    options = ("--method", "iir", "--threshold", "1.32", "--pre-ablation", "--out", str(out), "--json")
    done = CliRunner().invoke(app, ["la", str(files.image), "--cavity", str(files.cavity), *options])
    assert done.exit_code == 0, done.stderr
    return Measured(out, done.stdout)


@pytest.fixture
def study(tmp_path: Path) -> Files:
    return study_in(tmp_path)


def study_in(parent: Path) -> Files:
    folder = parent / "Köln [a study]"
    folder.mkdir()
    return Files(write_image(folder / "lge.nrrd", IMAGE.array), write_mask(folder / "cavity.nrrd", ATRIUM.cavity))


def write_image(path: Path, array: np.ndarray) -> Path:
    write_volume(path, Volume(array.astype(np.float32), ATRIUM.geometry))
    return path


def write_mask(path: Path, mask: np.ndarray, geometry=ATRIUM.geometry) -> Path:
    write_label_map(path, LabelMap(mask.astype(np.uint8), geometry))
    return path


def test_a_study_gives_its_files_and_numbers(measured):
    out = measured.out
    assert {path.name for path in out.iterdir()} == FILES
    result = json.loads((out / "result.json").read_text(encoding="utf-8"))
    assert set(result) >= KEYS
    scar, wall = (read_label_map(out / f"{name}.nrrd") for name in ("scar", "wall"))
    assert scar.geometry.is_same_grid(ATRIUM.geometry)
    assert not ((scar.array > 0) & (wall.array == 0)).any()
    voxel_ml = ATRIUM.geometry.voxel_volume_ml
    assert result["scar_volume_ml"] == pytest.approx((scar.array > 0).sum() * voxel_ml)
    assert result["wall_volume_ml"] == pytest.approx((wall.array > 0).sum() * voxel_ml)
    assert result["threshold"]["iir"] == pytest.approx(1.32)
    assert result["utah_category"] in (1, 2, 3, 4)
    assert result["utah_scale"] == "5/20/35"


def test_the_numbers_go_to_stdout_alone(measured):
    assert json.loads(measured.printed) == json.loads((measured.out / "result.json").read_text(encoding="utf-8"))


def test_the_shell_opens_with_its_values(measured):
    from vtkmodules.vtkIOXML import vtkXMLPolyDataReader

    reader = vtkXMLPolyDataReader()
    reader.SetFileName(str(measured.out / "shell.vtp"))
    reader.Update()
    mesh, arrays = from_polydata(reader.GetOutput())
    assert {"IIR", "Scar", "Thickness_mm", "Region", "Excluded"} <= set(arrays)
    result = json.loads((measured.out / "result.json").read_text(encoding="utf-8"))
    assert mesh.area_of_cm2(arrays["Scar"] > 0) == pytest.approx(result["scar_area_cm2"], rel=1e-3)


def test_the_report_stands_alone_and_says_how(measured):
    html = (measured.out / "report.html").read_text(encoding="utf-8")
    assert 'src="data:image/png' in html
    assert not any(text in html for text in ('src="http', "href=", "<script"))
    for text in ("DRAFT", "For research use only", "Benito 2017", "uncalibrated", "pre-ablation", "Category", "mitral"):
        assert text in html


def test_a_named_reader_ends_the_draft(scarseg, study, out):
    given = ("--cavity", study.cavity, "--method", "otsu", "--accepted-by", "Dr. A. Reader", "--out", out)
    assert scarseg("la", study.image, *given).code == 0
    html = (out / "report.html").read_text(encoding="utf-8")
    assert "DRAFT" not in html
    assert "Dr. A. Reader" in html
    result = json.loads((out / "result.json").read_text(encoding="utf-8"))
    assert (result["utah_category"], result["undefined"]["utah_category"]) == (None, result["utah_reason"])
    assert "not declared pre-ablation" in result["utah_reason"]


def test_a_given_wall_is_searched_as_it_is(scarseg, study, out, tmp_path):
    wall = ATRIUM.wall & (ATRIUM.points[..., 2] < ATRIUM.points[..., 2].mean())
    path = write_mask(tmp_path / "wall.nrrd", wall)
    outcome = scarseg("la", study.image, "--cavity", study.cavity, "--wall", path, "--method", "sd", "--out", out)
    assert outcome.code == 0, outcome.err
    np.testing.assert_array_equal(read_label_map(out / "wall.nrrd").array > 0, wall)


def test_a_cavity_on_another_grid_is_brought_to_the_image(scarseg, study, out, tmp_path):
    other = Atrium(grid((1.5, 1.5, 1.5), np.eye(3)), ATRIUM.veins)
    path = write_mask(tmp_path / "other.nrrd", other.cavity, other.geometry)
    outcome = scarseg("la", study.image, "--cavity", path, "--method", "sd", "--out", out)
    assert outcome.code == 0, outcome.err
    found = read_label_map(out / "cavity.nrrd")
    assert found.geometry.is_same_grid(ATRIUM.geometry)
    assert (found.array > 0).sum() == pytest.approx(ATRIUM.cavity.sum(), rel=0.03)


def refused(outcome, out: Path, *sentences: str) -> None:
    """One sentence, exit code 1, and no output folder."""
    assert outcome.code == 1, outcome.out + outcome.err
    told = [line for line in outcome.err.splitlines() if line.startswith("Error: ")]
    assert len(told) == 1
    for sentence in sentences:
        assert sentence in told[0]
    assert not out.exists()


@pytest.fixture
def no_models(monkeypatch, tmp_path):
    """A build that left the model packages out."""
    (tmp_path / "Resources" / "Models").mkdir(parents=True)
    monkeypatch.setattr("ScarSegLogic.models.catalogue.RESOURCES_FOLDER", tmp_path / "Resources")


@pytest.mark.usefixtures("no_models")
def test_without_a_cavity_and_a_model_it_says_what_to_give(scarseg, study, out):
    refused(scarseg("la", study.image, "--method", "iir", "--out", out), out, "--cavity")


@pytest.mark.usefixtures("no_models")
def test_the_method_model_without_a_model_names_the_others(scarseg, study, out):
    refused(
        scarseg("la", study.image, "--cavity", study.cavity, "--method", "model", "--out", out),
        out,
        "'iir', 'sd' or 'otsu'",
    )


def test_an_empty_cavity_is_refused(scarseg, study, out, tmp_path):
    path = write_mask(tmp_path / "none.nrrd", np.zeros_like(ATRIUM.cavity))
    refused(scarseg("la", study.image, "--cavity", path, "--method", "sd", "--out", out), out, "the cavity is empty")


def test_a_cavity_of_another_study_is_refused(scarseg, study, out, tmp_path):
    matrix = np.array(ATRIUM.geometry.ijk_to_ras)
    matrix[:3, 3] += 400
    path = write_mask(tmp_path / "far.nrrd", ATRIUM.cavity, Geometry(ATRIUM.geometry.shape_kji, matrix))
    refused(
        scarseg("la", study.image, "--cavity", path, "--method", "sd", "--out", out),
        out, "far.nrrd (--cavity) and the image do not overlap enough", "another study or series",
    )  # fmt: skip


def test_a_wall_that_is_not_about_the_cavity_is_refused(scarseg, study, out, tmp_path):
    wall = np.zeros_like(ATRIUM.cavity)
    wall[:2, :4, :4] = True
    path = write_mask(tmp_path / "wall.nrrd", wall)
    given = ("--cavity", study.cavity, "--wall", path, "--method", "sd", "--out", out)
    refused(scarseg("la", study.image, *given), out, "wall.nrrd (--wall)", "within 10 mm of the cavity")


def test_an_empty_wall_is_refused(scarseg, study, out, tmp_path):
    path = write_mask(tmp_path / "wall.nrrd", np.zeros_like(ATRIUM.cavity))
    given = ("--cavity", study.cavity, "--wall", path, "--method", "sd", "--out", out)
    refused(scarseg("la", study.image, *given), out, "the wall is empty")


def test_a_cavity_without_blood_after_erosion_is_refused_where_blood_is_needed(scarseg, study, out):
    given = ("--cavity", study.cavity, "--method", "iir", "--blood-pool-erosion-mm", 10, "--out", out)
    thin = ATRIUM.depth_mm
    write_mask(study.cavity, (thin <= 0) & (thin > -6))
    refused(scarseg("la", study.image, *given), out, "needs a blood pool", "erode it less")


@pytest.mark.parametrize("change", [lambda image: (image - image.mean()) / image.std(), lambda image: image - 80])
def test_ratios_are_refused_where_intensities_fall_to_zero_and_sd_is_offered(scarseg, study, out, change):
    write_image(study.image, change(IMAGE.array))
    given = ("la", study.image, "--cavity", study.cavity)
    outcome = scarseg(*given, "--method", "iir", "--out", out)
    refused(outcome, out, "the method 'iir' is refused", "z-scored", "(method 'sd')")
    assert scarseg(*given, "--method", "sd", "--out", out).code == 0
    result = json.loads((out / "result.json").read_text(encoding="utf-8"))
    assert result["threshold"]["iir"] is None
    assert result["undefined"]["threshold.iir"]
    assert result["scar_percent_of_wall"] > 0


def test_a_wall_too_thin_for_its_voxels_is_refused(scarseg, study, out):
    given = ("--cavity", study.cavity, "--method", "sd", "--outer-mm", 0.5, "--out", out)
    refused(scarseg("la", study.image, *given), out, "holds no voxel", "make it thicker")


def test_a_cavity_that_meets_the_border_in_parts_is_measured_and_told(scarseg, study, out):
    cavity = ATRIUM.cavity.copy()
    cavity[:3, 30:34, 30:34] = True
    write_mask(study.cavity, cavity)
    outcome = scarseg("la", study.image, "--cavity", study.cavity, "--method", "sd", "--inner-mm", 6, "--out", out)
    assert outcome.code == 0, outcome.err
    for sentence in ("reaches the border of the volume (first slice)", "has 2 separate parts"):
        assert sentence in outcome.out
        assert sentence in (out / "report.html").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (("--method", "otsu", "--threshold", "3"), "--threshold goes with --method iir or sd"),
        (("--method", "sd", "--preset", "benito_1.20"), "--preset benito_1.20 is an IIR"),
        (("--method", "iir", "--preset", "benito_1.20", "--threshold", "1.1"), "exclude each other"),
    ],
)
def test_options_that_do_not_fit_are_refused(scarseg, study, out, options, sentence):
    outcome = scarseg("la", study.image, "--cavity", study.cavity, *options, "--out", out)
    assert outcome.code == 2
    assert sentence in " ".join(outcome.err.replace("│", " ").split())
    assert not out.exists()


def test_a_failed_run_leaves_an_earlier_result_as_it_was(scarseg, study, out):
    given = ("la", study.image, "--cavity", study.cavity, "--out", out)
    assert scarseg(*given, "--method", "sd").code == 0
    before = {path.name: path.read_bytes() for path in out.iterdir()}
    write_image(study.image, IMAGE.array - 80)
    assert scarseg(*given, "--method", "iir").code == 1
    assert {path.name: path.read_bytes() for path in out.iterdir()} == before
