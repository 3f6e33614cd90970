"""Measuring what a person edited."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from ScarSegLogic.errors import ScarSegError
from ScarSegLogic.quantification.request import LVRequest, ScarMethod
from ScarSegLogic.quantification.result import ModelUse
from ScarSegLogic.workflow.lv import measure_lv, run_lv

NSD = LVRequest(method=ScarMethod.NSD, rv_insertion_ras=(0.0, 40.0, 30.0))
A_MODEL = ModelUse("lv_scar", "1.0", "lv_scar", "Apache-2.0", "phantoms", "ab" * 32)


def test_measuring_an_unedited_result_gives_its_own_numbers(a_study):
    found = run_lv(a_study.image, NSD, myocardium=a_study.labels)
    measured = measure_lv(a_study.image, found.segmentation, NSD)
    assert measured.burden == found.burden
    assert measured.aha17 == found.aha17
    assert measured.shapes == found.shapes
    assert measured.remote == found.remote
    np.testing.assert_array_equal(measured.segmentation.array, found.segmentation.array)
    assert (found.edited_by_hand, measured.edited_by_hand) == (False, True)


@pytest.mark.parametrize(("axes", "flips"), [((0, 1, 2), (True, False, True)), ((2, 0, 1), (False, True, False))])
def test_an_edit_counts_voxel_by_voxel_however_the_study_is_stored(a_study, axes, flips):
    stored = a_study.stored(axes, flips)
    edited = stored.labels.array.copy()
    normal = np.argwhere(edited == 2)[:25]
    edited[tuple(normal.T)] = 3
    before = measure_lv(stored.image, stored.labels, NSD)
    after = measure_lv(stored.image, replace(stored.labels, array=edited), NSD)
    added_ml = 25 * stored.image.geometry.voxel_volume_ml
    assert after.burden.scar_volume_ml - before.burden.scar_volume_ml == pytest.approx(added_ml)
    assert after.burden.myocardium_volume_ml == pytest.approx(before.burden.myocardium_volume_ml)
    np.testing.assert_array_equal(after.segmentation.array, edited)


def test_the_models_behind_the_edit_are_kept(a_study):
    assert measure_lv(a_study.image, a_study.labels, NSD, models=(A_MODEL,)).models == (A_MODEL,)


def test_an_insertion_that_nobody_confirmed_stays_a_prediction(a_study):
    confirmed = measure_lv(a_study.image, a_study.labels, NSD)
    predicted = measure_lv(a_study.image, a_study.labels, replace(NSD, rv_insertion_confirmed=False))
    assert confirmed.aha17.rv_insertion_source == "given"
    assert predicted.aha17.rv_insertion_source == "predicted"
    assert confirmed.aha17.segments == predicted.aha17.segments


def test_a_segmentation_with_other_values_is_refused(a_study):
    wrong = replace(a_study.labels, array=a_study.labels.array + 5)
    with pytest.raises(ScarSegError, match="holds the values"):
        measure_lv(a_study.image, wrong, NSD)


def test_an_edit_that_moves_the_cavity_out_of_the_wall_is_refused_with_what_to_do(a_study):
    moved = a_study.labels.array.copy()
    cavity = moved == 1
    moved[cavity] = 0
    beside = np.roll(cavity, 40, axis=2) & (moved == 0)
    moved[beside] = 1
    with pytest.raises(ScarSegError, match=r"only .*% of the cavity of .* lies inside its myocardium: correct the two"):
        measure_lv(a_study.image, replace(a_study.labels, array=moved), NSD)


def test_progress_ends_with_one(a_study):
    told: list[float] = []
    measure_lv(a_study.image, a_study.labels, NSD, progress=lambda share, _: told.append(share))
    assert told == sorted(told)
    assert told[-1] == 1.0


def test_a_remote_point_is_found_again_however_the_study_is_stored(a_study):
    wall = np.argwhere(a_study.labels.array == 2)
    point = tuple(float(value) for value in a_study.image.geometry.index_to_ras(wall[len(wall) // 2]))
    request = replace(NSD, remote_ras=point)
    stored = a_study.stored((1, 2, 0), (True, False, True))
    expected = run_lv(a_study.image, request, myocardium=a_study.labels)
    found = run_lv(stored.image, request, myocardium=stored.labels)
    assert found.remote.mean == pytest.approx(expected.remote.mean, rel=1e-6)
    assert found.remote.voxel_count == expected.remote.voxel_count
    assert found.burden.infarct_volume_ml == pytest.approx(expected.burden.infarct_volume_ml)
