from __future__ import annotations

import numpy as np
import pytest

from ScarSegLogic.errors import ScarSegError
from ScarSegLogic.preprocessing.intensity import normalise_slices
from ScarSegLogic.preprocessing.scar_input import InputForm, ScarInput


@pytest.fixture
def a_ring():
    """Image, cavity and myocardium of three slices; the cavity's radius is 8 pixels, the wall's 14."""
    rows, columns = np.indices((40, 48))
    radius = np.broadcast_to(np.hypot(rows - 18, columns - 25), (3, 40, 48))
    image = (3 * rows + columns + np.random.default_rng(0).normal(size=radius.shape)).astype(np.float32)
    return image, radius < 8, (radius >= 8) & (radius < 14)


def test_each_form_has_the_channels_it_promises(a_ring):
    for form in InputForm:
        prepared = ScarInput(form, 32, 1.5).prepare(*a_ring)
        assert prepared.inputs.shape == (3, form.channels, 32, 32)
        assert prepared.inputs.dtype == np.float32


def test_the_masked_crop_is_the_plain_crop_inside_the_myocardium_and_zero_elsewhere(a_ring):
    masked = ScarInput(InputForm.MASKED_HEART_CROP, 64, 1.1).prepare(*a_ring)
    plain = ScarInput(InputForm.HEART_CROP, 64, 1.1).prepare(*a_ring)
    wall = masked.box.crop(a_ring[2].astype(np.float32), 64)[:, None] > 0.5
    np.testing.assert_array_equal(masked.inputs[wall], plain.inputs[wall])
    assert not masked.inputs[~wall].any()
    np.testing.assert_array_equal(plain.inputs[:, 0], normalise_slices(plain.box.crop(a_ring[0], 64)))


def test_only_the_form_that_sees_the_cavity_is_framed_by_it(a_ring):
    _, cavity, myocardium = a_ring
    moved = np.roll(cavity, 12, axis=1)
    assert ScarInput(InputForm.HEART_CROP, 64, 1.0).box(moved, myocardium) == ScarInput(
        InputForm.HEART_CROP, 64, 1.0
    ).box(cavity, myocardium)
    with_masks = ScarInput(InputForm.HEART_CROP_WITH_MASKS, 64, 1.0)
    assert with_masks.box(moved, myocardium) != with_masks.box(cavity, myocardium)


def test_answers_come_back_in_place_and_never_outside_the_myocardium(a_ring):
    image, cavity, myocardium = a_ring
    scar_input = ScarInput(InputForm.HEART_CROP, 64, 1.5)
    prepared = scar_input.prepare(image, cavity, myocardium)
    answers = np.stack([prepared.box.crop(image, 64), np.ones((3, 64, 64), np.float32)], axis=1)
    first, second = ScarInput.on_grid(answers, prepared.box, myocardium)
    np.testing.assert_array_equal(second, myocardium)
    assert not first[~myocardium].any()
    np.testing.assert_allclose(first[myocardium], image[myocardium], atol=5)


def test_an_empty_myocardium_has_no_input(a_ring):
    image, cavity, myocardium = a_ring
    assert ScarInput(InputForm.MASKED_HEART_CROP).prepare(image, cavity, np.zeros_like(myocardium)) is None


def test_the_manifest_keeps_the_form_and_old_packages_are_read_as_the_shipped_form():
    written = ScarInput(InputForm.MASKED_HEART_CROP, 64, 1.1)
    assert ScarInput.from_manifest(written.as_manifest()) == written
    assert ScarInput.from_manifest({"crop_size": 96, "heart_margin": 1.75}) == ScarInput()


def test_an_unknown_form_is_refused_by_name():
    with pytest.raises(ScarSegError, match="'polar_crop', which is unknown: expected one of heart_crop_with_masks"):
        ScarInput.from_manifest({"input_form": "polar_crop", "crop_size": 64, "heart_margin": 1.1})
