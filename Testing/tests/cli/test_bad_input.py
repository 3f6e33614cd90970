"""Every bad input ends in one sentence, a non-zero exit and no output."""

from __future__ import annotations

import gzip
import re
import struct
from pathlib import Path

import numpy as np
import pytest

FWHM = ("--method", "fwhm")


def assert_refused(outcome, out: Path, match: str, *, code: int = 1) -> None:
    """One sentence on stderr that matches, the exit code, and nothing left beside the output folder."""
    sentence = next((line for line in outcome.err.splitlines() if line.startswith("Error: ")), "")
    assert re.search(match, sentence), f"expected /{match}/ in: {outcome.err}"
    assert outcome.code == code
    assert "Traceback" not in outcome.err
    assert not out.exists()
    assert not [path for path in out.parent.iterdir() if "partial" in path.name]


def test_a_file_that_does_not_exist_is_named(scarseg, a_study, out):
    missing = a_study.image.with_name("missing.nrrd")
    assert_refused(scarseg("lv", missing, "--myocardium", a_study.labels, *FWHM, "--out", out), out, "missing.nrrd")


def test_a_file_that_is_no_image_is_refused(scarseg, a_study, out, tmp_path):
    text = tmp_path / "notes.nrrd"
    text.write_text("these are notes", encoding="utf-8")
    assert_refused(scarseg("lv", text, "--myocardium", a_study.labels, *FWHM, "--out", out), out, "notes.nrrd")


def test_a_truncated_file_is_refused(scarseg, a_study, out, tmp_path, write_image):
    whole = write_image(tmp_path / "whole.nii", a_study.pixels)
    cut = tmp_path / "cut.nii"
    cut.write_bytes(whole.read_bytes()[:-5000])
    assert_refused(scarseg("lv", cut, "--myocardium", a_study.labels, *FWHM, "--out", out), out, r"cut\.nii")


@pytest.mark.parametrize("dimensions", [2, 4])
def test_an_image_that_is_not_three_dimensional_is_refused(scarseg, a_study, out, tmp_path, write_image, dimensions):
    pixels = a_study.pixels[0] if dimensions == 2 else np.stack([a_study.pixels, a_study.pixels])
    path = write_image(tmp_path / "flat.nrrd", pixels, spacing=(1.5,) * dimensions)
    outcome = scarseg("lv", path, "--myocardium", a_study.labels, *FWHM, "--out", out)
    assert_refused(outcome, out, r"flat\.nrrd.*(dimension|2D|4D|slice|phase)")


def test_nan_intensities_are_refused(scarseg, a_study, out, tmp_path, write_image):
    pixels = a_study.pixels.copy()
    pixels[2, 30, 30] = np.nan
    path = write_image(tmp_path / "holes.nrrd", pixels)
    assert_refused(
        scarseg("lv", path, "--myocardium", a_study.labels, *FWHM, "--out", out), out, r"holes\.nrrd.*(NaN|finite)"
    )


def test_constant_intensities_are_refused(scarseg, a_study, out, tmp_path, write_image):
    path = write_image(tmp_path / "grey.nrrd", np.full_like(a_study.pixels, 7.0))
    assert_refused(
        scarseg("lv", path, "--myocardium", a_study.labels, *FWHM, "--out", out),
        out,
        r"grey\.nrrd.*(constant|same|one value|7)",
    )


@pytest.mark.parametrize("pixdim", [-1.5, 0.0, 4000.0], ids=["negative", "zero", "absurd"])
def test_a_spacing_that_cannot_be_is_refused(scarseg, a_study, out, tmp_path, write_image, pixdim):
    path = write_image(tmp_path / "spacing.nii", a_study.pixels)
    content = bytearray(path.read_bytes())
    # NIfTI-1: pixdim[1] is a float32 at byte 80; qform_code and sform_code at 252 and 254 must not overrule it.
    struct.pack_into("<f", content, 80, pixdim)
    struct.pack_into("<hh", content, 252, 0, 0)
    path.write_bytes(content)
    outcome = scarseg("lv", path, "--myocardium", a_study.labels, *FWHM, "--out", out)
    assert_refused(outcome, out, r"(?i)spacing\.nii.*(spacing|pixdim|voxel)")


def test_a_mask_on_a_disjoint_grid_is_refused(scarseg, a_study, out, tmp_path, write_image):
    path = write_image(tmp_path / "elsewhere.nrrd", a_study.label_array, origin=(900.0, 900.0, 900.0))
    outcome = scarseg("lv", a_study.image, "--myocardium", path, *FWHM, "--out", out)
    assert_refused(outcome, out, r"Error: the label map elsewhere\.nrrd \(--myocardium\).*overlap")


def test_an_empty_mask_is_refused(scarseg, a_study, out, tmp_path, write_image):
    path = write_image(tmp_path / "nothing.nrrd", np.zeros_like(a_study.label_array))
    assert_refused(scarseg("lv", a_study.image, "--myocardium", path, *FWHM, "--out", out), out, "nothing.* is empty")


def test_a_myocardium_without_cavity_is_refused_where_one_is_needed(
    scarseg, a_study, out, tmp_path, write_image, make_package
):
    path = write_image(tmp_path / "wall.nrrd", np.where(a_study.label_array == 1, 0, a_study.label_array))
    outcome = scarseg(
        "lv", a_study.image, "--myocardium", path, "--method", "model", "--out", out, "--model", make_package("lv_scar")
    )
    assert_refused(outcome, out, "wall.* no cavity")


def test_a_convention_whose_cavity_lies_outside_its_myocardium_is_refused(scarseg, a_study, out, tmp_path, write_image):
    # Where the emidec cavity (1) and the normal myocardium (2) change places, the cavity surrounds the wall.
    swapped = np.select([a_study.label_array == 1, a_study.label_array >= 2], [2, 1], 0).astype(np.uint8)
    path = write_image(tmp_path / "swapped.nrrd", swapped)
    outcome = scarseg("lv", a_study.image, "--myocardium", path, *FWHM, "--out", out)
    assert_refused(outcome, out, "cavity of swapped.* lies inside its myocardium.*--labels")


def test_raw_fwhm_on_an_offset_image_is_refused_with_the_reason(scarseg, a_study, out, tmp_path, write_image):
    path = write_image(tmp_path / "psir.nrrd", a_study.pixels + 4096.0)
    outcome = scarseg("lv", path, "--myocardium", a_study.labels, *FWHM, "--baseline", "raw", "--out", out)
    assert_refused(outcome, out, r"psir\.nrrd: FWHM with a raw baseline .* offset")


def test_a_remote_region_outside_the_wall_is_refused_with_the_name_of_the_study(scarseg, a_study, out, write_image):
    path = write_image(a_study.image.with_name("blood.nrrd"), (a_study.label_array == 1).astype(np.uint8))
    outcome = scarseg(
        "lv", a_study.image, "--myocardium", a_study.labels, "--method", "nsd", "--remote", path, "--out", out
    )
    assert_refused(outcome, out, r"a study\]/image\.nrrd: the given remote region has no voxel in the myocardium")


def test_a_mask_with_the_name_of_its_image_is_told_from_it(scarseg, a_study, out, tmp_path, write_image):
    folder = tmp_path / "masks"
    folder.mkdir()
    path = write_image(folder / "image.nrrd", np.zeros_like(a_study.label_array))
    outcome = scarseg("lv", a_study.image, "--myocardium", path, *FWHM, "--out", out)
    assert_refused(outcome, out, r"Error: the label map image\.nrrd \(--myocardium\) is empty")


def test_a_header_that_claims_12_gb_is_refused_before_it_is_read(scarseg, a_study, out, tmp_path):
    path = tmp_path / "huge.nrrd"
    path.write_bytes(
        b"NRRD0004\ntype: float\ndimension: 3\nsizes: 2048 2048 768\nspacings: 1 1 1\nencoding: raw\nendian: little\n\n"
    )
    assert_refused(scarseg("lv", path, "--myocardium", a_study.labels, *FWHM, "--out", out), out, r"huge\.nrrd")


def test_a_compressed_file_whose_content_is_cut_is_refused(scarseg, a_study, out, tmp_path, write_image):
    whole = write_image(tmp_path / "whole.nii", a_study.pixels)
    cut = tmp_path / "cut.nii.gz"
    cut.write_bytes(gzip.compress(whole.read_bytes())[:-2000])
    assert_refused(scarseg("lv", cut, "--myocardium", a_study.labels, *FWHM, "--out", out), out, r"cut\.nii\.gz")


def test_an_output_folder_that_is_a_file_is_refused_before_anything_is_computed(scarseg, a_study, tmp_path):
    file = tmp_path / "a file"
    file.write_text("mine", encoding="utf-8")
    outcome = scarseg("lv", a_study.image, "--myocardium", a_study.labels, *FWHM, "--out", file / "out")
    assert outcome.code == 1
    assert re.search(r"Error: .*a file.*choose another folder", outcome.err)
    assert "reading" not in outcome.err
    assert file.read_text(encoding="utf-8") == "mine"


@pytest.mark.skipif(not Path("/proc/self").is_dir(), reason="needs a folder that not even root can write to")
def test_an_output_folder_that_is_not_writable_is_refused_before_anything_is_computed(scarseg, a_study):
    outcome = scarseg("lv", a_study.image, "--myocardium", a_study.labels, *FWHM, "--out", "/proc/self/out")
    assert outcome.code == 1
    assert re.search("Error: .*/proc/self/out is not writable .*choose another folder", outcome.err)
    assert "reading" not in outcome.err


def test_an_unknown_model_is_refused_with_the_known_names(scarseg, a_study, out):
    outcome = scarseg("lv", a_study.image, "--myocardium", a_study.labels, "--model", "nonsense", "--out", out)
    assert_refused(outcome, out, "unknown model 'nonsense': expected")


def test_corrupted_weights_are_refused_by_their_checksum(scarseg, a_study, out, make_package):
    damaged = make_package("lv_scar")
    content = bytearray((damaged / "weights.safetensors").read_bytes())
    content[-1] ^= 0xFF
    (damaged / "weights.safetensors").write_bytes(content)
    outcome = scarseg("lv", a_study.image, "--myocardium", a_study.labels, "--model", damaged, "--out", out)
    assert_refused(outcome, out, "weights.safetensors are damaged.*SHA-256")
    verified = scarseg("models", "verify", damaged)
    assert verified.code == 1
    assert "SHA-256" in verified.err


def test_an_unknown_label_convention_is_refused_with_the_known_names(scarseg, a_study, out):
    outcome = scarseg("lv", a_study.image, "--myocardium", a_study.labels, "--labels", "mine", *FWHM, "--out", out)
    assert_refused(outcome, out, "unknown label convention 'mine': expected one of emidec")


@pytest.mark.parametrize(
    ("options", "match"),
    [
        (("--n-sd", "9"), "n_sd is 9: expected a value from 2 to 6"),
        (("--method", "manual"), "needs a threshold"),
        (("--maximum-mvo-mm2", "1001"), "maximum_mvo_mm2 is 1001: expected a value from 0 to 1000"),
        (("--device", "abacus"), "unknown device 'abacus'"),
        (("--exclude-slices", "77"), r"excluded slices \[77\] do not exist"),
        (("--exclude-slices", "0,1,2,3,4,5"), "every slice .* is excluded"),
    ],
)
def test_a_value_out_of_range_is_refused(scarseg, a_study, out, options, match):
    arguments = ("--method", "nsd") if "--method" not in options else ()
    outcome = scarseg("lv", a_study.image, "--myocardium", a_study.labels, *arguments, *options, "--out", out)
    assert_refused(outcome, out, match)


@pytest.mark.parametrize(
    ("options", "match"),
    [
        (("--rv-insertion", "1,2"), "expected R,A,S in mm"),
        (("--rv-insertion", "1,2,nan"), "expected R,A,S in mm"),
        (("--exclude-slices", "-1"), "expected indices from 0"),
        (("--method", "guess"), "guess"),
        (("--phase", "0"), "phase"),
    ],
)
def test_a_wrong_command_line_exits_with_2(scarseg, a_study, out, options, match):
    outcome = scarseg("lv", a_study.image, "--myocardium", a_study.labels, *options, "--out", out)
    assert outcome.code == 2
    assert re.search(match, outcome.err)
    assert not out.exists()
