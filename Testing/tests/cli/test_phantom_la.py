"""`phantom la`."""

from __future__ import annotations

import json

import pytest


def test_a_left_atrium_is_written_with_image_masks_readers_and_truth(scarseg, out):
    outcome = scarseg(
        "phantom", "la", "--seed", "7", "--pattern", "ablation", "--sampling", "isotropic", "--contrast", "magnitude",
        "--matrix", "160", "--observers", "1", "--out", out,
    )  # fmt: skip
    assert outcome.code == 0, outcome.err
    names = {path.name for path in out.iterdir()}
    assert names == {"image.nrrd", "cavity.nrrd", "wall.nrrd", "scar.nrrd", "observer_1.nrrd", "truth.json"}
    truth = json.loads((out / "truth.json").read_text(encoding="utf-8"))
    assert (truth["seed"], truth["pattern"], truth["sampling"]) == (7, "ablation", "isotropic")
    assert 0.0 < truth["scar_percent_of_shell"] < 60.0


@pytest.mark.parametrize(
    ("option", "value"), [("--tier", "brutal"), ("--pattern", "lad"), ("--sampling", "fine"), ("--contrast", "t9")]
)
def test_an_unknown_kind_of_atrium_is_refused(scarseg, out, option, value):
    outcome = scarseg("phantom", "la", option, value, "--out", out)
    assert outcome.code == 1
    assert f"'{value}': expected one of" in outcome.err
    assert not out.exists()


def test_a_matrix_too_small_for_an_atrium_is_refused(scarseg, out):
    outcome = scarseg("phantom", "la", "--matrix", "64", "--out", out)
    assert outcome.code == 1
    assert "matrix size is 64: expected 208 to 1024" in outcome.err
