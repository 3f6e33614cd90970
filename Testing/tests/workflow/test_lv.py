from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest

from ScarSegLogic.errors import ScarSegError
from ScarSegLogic.geometry import Geometry
from ScarSegLogic.quantification.request import LVRequest, ScarMethod
from ScarSegLogic.volume import LabelMap
from ScarSegLogic.workflow.lv import run_lv

NSD = LVRequest(method=ScarMethod.NSD, rv_insertion_ras=(0.0, 40.0, 30.0))
OTSU = LVRequest(method=ScarMethod.OTSU, rv_insertion_ras=(0.0, 40.0, 30.0))


def elsewhere(labels: LabelMap, offset_mm: float) -> LabelMap:
    matrix = np.array(labels.geometry.ijk_to_ras)
    matrix[:3, 3] += offset_mm
    return replace(labels, geometry=Geometry(labels.geometry.shape_kji, matrix))


@pytest.fixture(scope="session")
def nsd_result(a_study):
    return run_lv(a_study.image, NSD, myocardium=a_study.labels)


def test_the_volume_of_the_given_myocardium_is_measured(a_study, nsd_result):
    voxels = int((a_study.labels.array >= 2).sum())
    assert nsd_result.burden.myocardium_volume_ml == pytest.approx(voxels * a_study.image.geometry.voxel_volume_ml)
    assert nsd_result.burden.infarct_volume_ml > 0
    assert set(np.unique(nsd_result.segmentation.array)) <= {0, 1, 2, 3, 4}


@pytest.mark.parametrize("request_", [NSD, OTSU], ids=["nsd", "otsu"])
@pytest.mark.parametrize(
    ("axes", "flips"),
    [
        ((0, 1, 2), (True, False, False)),
        ((0, 2, 1), (False, True, False)),
        ((1, 0, 2), (False, False, True)),
        ((2, 1, 0), (True, True, False)),
        ((1, 2, 0), (False, False, False)),
    ],
)
def test_numbers_do_not_depend_on_how_the_study_is_stored(a_study, turn, request_, axes, flips):
    expected = run_lv(a_study.image, request_, myocardium=a_study.labels)
    stored = a_study.stored(axes, flips)
    found = run_lv(stored.image, request_, myocardium=stored.labels)
    assert found.burden.infarct_volume_ml == pytest.approx(expected.burden.infarct_volume_ml, rel=1e-6)
    assert found.burden.mvo_volume_ml == pytest.approx(expected.burden.mvo_volume_ml, rel=1e-6)
    assert found.burden.myocardium_volume_ml == pytest.approx(expected.burden.myocardium_volume_ml, rel=1e-6)
    np.testing.assert_array_equal(found.segmentation.array, turn(expected.segmentation, axes, flips).array)
    assert found.segmentation.geometry == stored.image.geometry


def test_the_remote_mask_of_the_result_lies_on_the_input_grid(a_study):
    stored = a_study.stored((2, 1, 0), (False, True, False))
    result = run_lv(stored.image, NSD, myocardium=stored.labels)
    assert result.remote_mask.shape == stored.image.array.shape
    assert (stored.labels.array[result.remote_mask] >= 2).all()


def test_a_label_map_in_another_order_of_axes_is_brought_onto_the_image(a_study, turn, nsd_result):
    labels = turn(a_study.labels, (2, 0, 1), (True, False, True))
    result = run_lv(a_study.image, NSD, myocardium=labels)
    np.testing.assert_array_equal(result.segmentation.array, nsd_result.segmentation.array)


@pytest.mark.parametrize("shift_kji", [(0.0, 0.0, 0.0), (0.3, -0.4, 0.2)])
def test_a_finer_and_shifted_label_map_gives_nearly_the_same_volumes(a_study, cut_finer, nsd_result, shift_kji):
    result = run_lv(a_study.image, NSD, myocardium=cut_finer(a_study.labels, (2, 2, 3), shift_kji))
    expected = nsd_result.burden
    assert result.burden.myocardium_volume_ml == pytest.approx(expected.myocardium_volume_ml, rel=0.01)
    assert result.burden.infarct_volume_ml == pytest.approx(expected.infarct_volume_ml, rel=0.05)


def test_a_nearly_isotropic_label_map_with_its_axes_turned_is_read_along_the_slices_of_the_image(
    a_study, cut_finer, turn, nsd_result
):
    slice_mm, row_mm, _ = a_study.image.geometry.spacing_kji_mm
    labels = turn(cut_finer(a_study.labels, (round(slice_mm / row_mm), 1, 1)), (1, 2, 0), (False, False, False))
    result = run_lv(a_study.image, NSD, myocardium=labels)
    expected = nsd_result.burden
    assert result.burden.myocardium_volume_ml == pytest.approx(expected.myocardium_volume_ml, rel=0.01)


def test_a_disjoint_label_map_is_refused(a_study):
    with pytest.raises(ScarSegError, match=r"do not overlap enough: .* another study or series"):
        run_lv(a_study.image, NSD, myocardium=elsewhere(a_study.labels, 1000.0))


def test_a_label_map_that_loses_a_part_outside_the_image_says_how_much(a_study, nsd_result):
    slice_mm = a_study.image.geometry.spacing_kji_mm[0]
    result = run_lv(a_study.image, NSD, myocardium=elsewhere(a_study.labels, 3 * slice_mm))
    assert result.burden.myocardium_volume_ml < nsd_result.burden.myocardium_volume_ml
    assert any("part of the map may lie outside" in warning for warning in result.warnings)


def test_a_wrong_convention_is_refused(a_study):
    with pytest.raises(ScarSegError, match="which 'mask' does not know"):
        run_lv(a_study.image, replace(NSD, labels="mask"), myocardium=a_study.labels)
    swapped = np.select([a_study.labels.array == 1, a_study.labels.array >= 2], [2, 1], 0).astype(np.uint8)
    with pytest.raises(
        ScarSegError, match=r"of the cavity of .* lies inside its myocardium: .* which is probably not 'emidec'"
    ):
        run_lv(a_study.image, NSD, myocardium=replace(a_study.labels, array=swapped))


def test_a_remote_mask_on_a_finer_grid_is_used_as_given(a_study, cut_finer):
    geometry = a_study.labels.geometry
    mask = np.zeros_like(a_study.labels.array)
    middle = len(mask) // 2
    mask[middle] = a_study.labels.array[middle] == 2
    result = run_lv(
        a_study.image, NSD, myocardium=a_study.labels, remote=cut_finer(LabelMap(mask, geometry), (2, 2, 1))
    )
    values = a_study.image.array[mask > 0]
    assert result.remote.source == "given"
    assert result.remote.mean == pytest.approx(values.mean(), rel=1e-5)
    assert result.remote.sd == pytest.approx(values.std(ddof=1), rel=1e-4)
    assert result.threshold.value == pytest.approx(values.mean() + 5 * values.std(ddof=1), rel=1e-4)


def test_a_remote_mask_elsewhere_is_refused(a_study):
    remote = elsewhere(replace(a_study.labels, array=(a_study.labels.array == 2).astype(np.uint8)), 1000.0)
    with pytest.raises(ScarSegError, match="the given remote region has no voxel in the myocardium"):
        run_lv(a_study.image, NSD, myocardium=a_study.labels, remote=remote)


def test_excluded_slices_are_counted_along_the_slices_wherever_they_are_stored(a_study):
    stored = a_study.stored((1, 0, 2), (False, False, False))
    occupied = np.flatnonzero((a_study.labels.array >= 2).any(axis=(1, 2)))
    first = int(occupied[0])
    result = run_lv(stored.image, replace(NSD, excluded_slices=(first,)), myocardium=stored.labels)
    left = int((a_study.labels.array[occupied[1:]] >= 2).sum())
    assert result.burden.myocardium_volume_ml == pytest.approx(left * a_study.image.geometry.voxel_volume_ml)
    assert not result.segmentation.array[:, first].any()
    assert [entry.index for entry in result.slices if entry.excluded] == [first]


def test_progress_rises_and_ends_with_one(a_study):
    told: list[tuple[float, str]] = []
    run_lv(a_study.image, NSD, myocardium=a_study.labels, progress=lambda share, message: told.append((share, message)))
    shares = [share for share, _ in told]
    assert shares == sorted(shares)
    assert shares[0] >= 0
    assert told[-1] == (1.0, "done")


def test_warnings_of_every_source_reach_the_result_once(a_study):
    image = replace(a_study.image, warnings=("the sform is wrong",))
    labels = replace(a_study.labels, warnings=("the sform is wrong", "the labels were rounded"))
    result = run_lv(image, NSD, myocardium=labels)
    assert result.warnings[:2] == ("the sform is wrong", "the labels were rounded")
    assert len(set(result.warnings)) == len(result.warnings)


def test_times_are_told_by_step(nsd_result):
    assert set(nsd_result.elapsed_s) == {"anatomy", "scar", "quantification"}


def test_a_missing_anatomy_model_only_costs_the_insertion_point(a_study):
    request = LVRequest(method=ScarMethod.OTSU, anatomy_model="nonsense")
    result = run_lv(a_study.image, request, myocardium=a_study.labels)
    assert result.burden.infarct_volume_ml > 0
    assert result.aha17 is None
    assert re.search("not given and could not be predicted: unknown model 'nonsense'", result.aha17_reason)
