"""What is shipped in Resources/Models."""

from __future__ import annotations

import json

import pytest

from ScarSegLogic.models.catalogue import list_packages
from ScarSegLogic.models.package import ModelPackage, load_weights, verify
from ScarSegLogic.models.requirements import REQUIRED_NUMBERS, require_task

MEGABYTE = 1_000_000
PACKAGES = list_packages()

each_package = pytest.mark.parametrize("package", PACKAGES, ids=[package.manifest.name for package in PACKAGES])


def test_the_ventricle_has_two_pairs_and_the_atrium_a_cavity():
    tasks = sorted(package.manifest.task for package in PACKAGES)
    assert tasks == ["la_cavity", "lv_anatomy", "lv_anatomy", "lv_scar", "lv_scar"]


@pytest.mark.parametrize(("organ", "megabytes"), [("lv", 20), ("la", 30)])
def test_all_weights_of_an_organ_together_stay_small(organ, megabytes):
    own = [package for package in PACKAGES if package.manifest.task.startswith(organ)]
    assert 0 < sum(package.weights_path.stat().st_size for package in own) < megabytes * MEGABYTE


@each_package
def test_the_folder_is_named_as_the_package_and_the_weights_are_whole(package: ModelPackage):
    assert package.folder.name == package.manifest.name
    verify(package)


@each_package
def test_the_manifest_holds_what_the_task_needs(package: ModelPackage):
    assert package.manifest.task in REQUIRED_NUMBERS
    require_task(package, package.manifest.task)


@each_package
def test_the_weights_fill_the_network_and_are_finite(package: ModelPackage):
    import numpy as np
    import torch

    from ScarSegLogic.inference.network import network_of

    network_of(package, torch.device("cpu"))
    assert all(np.isfinite(tensor).all() for tensor in load_weights(package).values())


@each_package
def test_weights_from_patients_say_so_and_the_others_are_free(package: ModelPackage):
    manifest = package.manifest
    if manifest.task == "la_cavity":
        assert manifest.licence == "LicenseRef-research-only-NC"
        assert "for research only; cite Xiong" in manifest.notice
    elif manifest.training_cases:
        assert manifest.licence == "CC-BY-NC-SA-4.0"
        assert "not for commercial use" in manifest.notice
        assert "1.40625" in manifest.training_data
    else:
        assert (manifest.licence, manifest.notice) == ("Apache-2.0", "")
    assert manifest.recipe["command"].startswith("scarseg-train run small_")


@pytest.mark.real_data
@each_package
def test_no_test_case_was_trained_on(package: ModelPackage, shared_data):
    data = "la2018" if package.manifest.task == "la_cavity" else "emidec_png"
    split = json.loads((shared_data / data / "split.json").read_text(encoding="utf-8"))
    manifest = package.manifest
    assert not set(split["test"]) & {*manifest.training_cases, *manifest.recipe["validation_cases"]}
    assert set(manifest.training_cases) <= set(split["train"])
