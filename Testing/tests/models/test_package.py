from __future__ import annotations

import dataclasses
import hashlib

import numpy as np
import pytest

from ScarSegLogic.errors import ScarSegError
from ScarSegLogic.models.manifest import write_manifest
from ScarSegLogic.models.package import load_weights, open_package, save_package, verify
from ScarSegLogic.models.requirements import REQUIRED_NUMBERS, require_task
from Testing.tests.models.tiny_packages import a_manifest

WEIGHTS = {
    "kernel": np.linspace(-1, 1, 24, dtype=np.float32).reshape(2, 3, 4),
    "count": np.array([7], dtype=np.int64),
}


@pytest.fixture
def package(tmp_path):
    return save_package(a_manifest(), WEIGHTS, tmp_path / "package")


def rehashed(package):
    """The package again, with the checksum of the weights as they are now."""
    digest = hashlib.sha256(package.weights_path.read_bytes()).hexdigest()
    write_manifest(dataclasses.replace(package.manifest, sha256=digest), package.folder)
    return open_package(package.folder)


def test_weights_come_back_as_float32_within_half_precision_and_integers_stay(package):
    loaded = load_weights(open_package(package.folder))
    assert loaded["kernel"].dtype == np.float32
    np.testing.assert_allclose(loaded["kernel"], WEIGHTS["kernel"], atol=2**-11)
    assert loaded["count"].dtype == np.int64
    assert loaded["count"].tolist() == [7]


def test_a_flipped_bit_is_found_by_the_checksum(package):
    content = bytearray(package.weights_path.read_bytes())
    content[-1] ^= 1
    package.weights_path.write_bytes(content)
    with pytest.raises(ScarSegError, match=r"weights\.safetensors are damaged: their SHA-256 is .* copy the model"):
        verify(package)
    with pytest.raises(ScarSegError, match="SHA-256"):
        load_weights(package)


def test_missing_weights_are_named(package):
    package.weights_path.unlink()
    with pytest.raises(ScarSegError, match=r"tiny_lv_scar has no weights: .*weights\.safetensors is missing"):
        verify(package)


@pytest.mark.parametrize("kept", [0, 5, 100])
def test_a_truncated_file_whose_checksum_fits_is_no_safetensors_file(package, kept):
    package.weights_path.write_bytes(package.weights_path.read_bytes()[:kept])
    with pytest.raises(ScarSegError, match=r"weights\.safetensors are not a safetensors file"):
        load_weights(rehashed(package))


def test_a_pickle_is_never_opened(package):
    package.weights_path.write_bytes(b"\x80\x04\x95cposix\nsystem\n(S'touch /tmp/never'\ntR.")
    with pytest.raises(ScarSegError, match="not a safetensors file"):
        load_weights(rehashed(package))


@pytest.mark.parametrize("value", [np.nan, np.inf, 1e6])
def test_weights_that_half_precision_cannot_hold_are_not_saved(tmp_path, value):
    with (
        np.errstate(over="ignore"),
        pytest.raises(ScarSegError, match="kernel of tiny_lv_scar are not finite in half precision"),
    ):
        save_package(a_manifest(), {"kernel": np.array([value], np.float32)}, tmp_path)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("task", REQUIRED_NUMBERS)
def test_a_complete_manifest_serves_its_task(tmp_path, task):
    require_task(save_package(a_manifest(task), WEIGHTS, tmp_path), task)


@pytest.mark.parametrize(
    ("task", "part", "name"),
    [(task, part, name) for task, parts in REQUIRED_NUMBERS.items() for part, names in parts.items() for name in names],
)
@pytest.mark.parametrize("value", [None, "96", 0, -1.0, True])
def test_a_number_the_task_needs_is_refused_by_name_where_it_is_missing_or_senseless(tmp_path, task, part, name, value):
    numbers = dict(getattr(a_manifest(task), part))
    if value is None:
        del numbers[name]
    else:
        numbers[name] = value
    package = save_package(a_manifest(task, **{part: numbers}), WEIGHTS, tmp_path)
    with pytest.raises(ScarSegError, match=rf"manifest\.json lacks a positive number as {part}\.{name}:"):
        require_task(package, task)


def test_a_package_of_another_task_is_refused(package):
    with pytest.raises(ScarSegError, match=r"manifest\.json is for lv_scar, here a model for lv_anatomy is needed"):
        require_task(package, "lv_anatomy")


def test_a_scar_package_without_mvo_needs_no_threshold_for_it(tmp_path):
    manifest = a_manifest(labels=("infarct",), thresholds={"infarct": 0.5})
    require_task(save_package(manifest, WEIGHTS, tmp_path), "lv_scar")


def test_a_scar_package_with_mvo_needs_its_threshold(tmp_path):
    package = save_package(a_manifest(thresholds={"infarct": 0.5}), WEIGHTS, tmp_path)
    with pytest.raises(ScarSegError, match=r"lacks a positive number as thresholds\.mvo"):
        require_task(package, "lv_scar")


def test_a_scar_package_with_other_outputs_is_refused(tmp_path):
    package = save_package(a_manifest(labels=("oedema",)), WEIGHTS, tmp_path)
    with pytest.raises(ScarSegError, match=r"names the outputs \(oedema\) as labels, expected \(infarct\) or"):
        require_task(package, "lv_scar")
