"""The drawn pictures: what stands where, and whether colour-blind readers can tell it apart."""

from __future__ import annotations

import dataclasses
import itertools

import numpy as np
import pytest
from PIL import Image

from ScarSegLogic.report import colours
from ScarSegLogic.report.bullseye import draw_bullseye, segment_sector
from ScarSegLogic.report.montage import join_rows
from ScarSegLogic.report.overlays import draw_overlays
from ScarSegLogic.report.slices_plot import draw_slices
from ScarSegLogic.volume import LabelMap

# Machado, Oliveira and Fernandes 2009, table 1, severity 1.0.
COLOUR_BLINDNESS = {
    "protanopia": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deuteranopia": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    "tritanopia": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
}
OVERLAY_COLOURS = {
    "scar": colours.SCAR,
    "MVO": colours.MVO,
    "endocardium": colours.ENDOCARDIUM,
    "normal": colours.NORMAL_MYOCARDIUM,
}


@pytest.mark.parametrize("kind", COLOUR_BLINDNESS)
@pytest.mark.parametrize("pair", itertools.combinations(OVERLAY_COLOURS, 2), ids="-".join)
def test_colours_stay_apart_for_colour_blind_readers(kind, pair):
    first, second = (_lab(np.array(COLOUR_BLINDNESS[kind]) @ _linear(OVERLAY_COLOURS[name])) for name in pair)
    # Areas apart by 20 in CIE76 are told apart at a glance; 2.3 is just noticeable.
    assert np.linalg.norm(first - second) > 20


def test_the_bulls_eye_colours_darken_steadily():
    from matplotlib import colormaps

    shades = colormaps[colours.BURDEN_COLOUR_MAP](np.linspace(0, 1, 21))[:, :3]
    lightness = [_lab(_linear_rgb(shade))[0] for shade in shades]
    assert all(np.diff(lightness) < 0)


@pytest.mark.parametrize(
    ("number", "angle"), [(1, 90), (2, 150), (4, 270), (6, 390), (7, 90), (13, 90), (14, 180), (15, 270)]
)
def test_segments_stand_where_cerqueira_puts_them(number, angle):
    _, _, first, last = segment_sector(number)
    assert (first + last) / 2 == angle


def test_septal_segments_lie_left_and_lateral_segments_right():
    def middle(number: int) -> float:
        _, _, first, last = segment_sector(number)
        return float(np.cos(np.deg2rad((first + last) / 2)))

    assert all(middle(number) < 0 for number in (2, 3, 8, 9, 14))
    assert all(middle(number) > 0 for number in (5, 6, 11, 12, 16))


def test_the_sectors_tile_the_disc_without_overlap():
    area = sum(
        (outer**2 - inner**2) * (last - first) / 360.0
        for inner, outer, first, last in (segment_sector(number) for number in range(1, 18))
    )
    assert area == pytest.approx(16.0)


@pytest.mark.parametrize("number", [0, 18])
def test_a_segment_that_does_not_exist_is_refused(number):
    with pytest.raises(ValueError, match=f"numbered 1 to 17, got {number}"):
        segment_sector(number)


def test_the_bulls_eye_shows_a_scarred_segment_dark_and_a_healthy_one_light(a_study):
    picture = np.asarray(draw_bullseye(a_study[0]), dtype=float).mean(axis=2)
    height, width = picture.shape
    # Segment 11 (95 %) lies low right of the centre, segment 9 (0 %) low left; both in the mid ring.
    centre_x, centre_y, unit = 0.42 * width, 0.5 * height, height / (2 * 4.62)

    def shade(number: int) -> float:
        inner, outer, first, _ = segment_sector(number)
        # A quarter of the way along the sector there is no writing.
        angle, radius = np.deg2rad(first + 8), (inner + outer) / 2
        x, y = int(centre_x + unit * radius * np.cos(angle)), int(centre_y - unit * radius * np.sin(angle))
        return float(picture[y - 2 : y + 3, x - 2 : x + 3].mean())

    assert shade(9) > 220
    assert shade(11) < 90


def test_without_segments_the_bulls_eye_differs_and_is_drawn(a_study, a_scar_free_study):
    with_segments, without = draw_bullseye(a_study[0]), draw_bullseye(a_scar_free_study[0])
    assert with_segments.size == without.size
    assert with_segments.tobytes() != without.tobytes()


def test_a_reason_with_dollar_signs_is_written_as_it_is(a_scar_free_study):
    """Matplotlib would read what stands between two dollar signs as a formula, and fail on this one."""
    result, _ = a_scar_free_study
    reason = r"the model in /home/$user_/\frac$ is unknown"
    assert draw_bullseye(dataclasses.replace(result, aha17_reason=reason)).size == draw_bullseye(result).size


def test_the_overlay_shows_scar_red_and_mvo_yellow(a_study):
    montage = np.asarray(join_rows(draw_overlays(*a_study))).astype(int)
    red, green, blue = montage[..., 0], montage[..., 1], montage[..., 2]
    assert ((red - green > 60) & (red - blue > 60)).sum() > 2000
    assert ((red > 120) & (green > 100) & (red - blue > 60) & (red - green < 60)).sum() > 300


def test_the_overlay_of_a_scar_free_heart_is_red_in_the_legend_only(a_scar_free_study):
    rows = draw_overlays(*a_scar_free_study)
    pictures = np.asarray(join_rows(rows[:-1])).astype(int)
    assert not ((pictures[..., 0] - pictures[..., 1] > 60) & (pictures[..., 0] - pictures[..., 2] > 60)).any()


def test_overlay_rows_hold_two_slices_each_and_the_legend(a_study):
    rows = draw_overlays(*a_study)
    assert len(rows) == 8 // 2 + 1
    assert len({row.width for row in rows}) == 1


def test_pixels_keep_their_shape_when_the_grid_is_anisotropic(a_study):
    """The fixture's endocardium is a circle in millimetres: on the picture it must be one too."""
    result, image = a_study
    labels = np.where(result.segmentation.array == 1, 3, 0).astype(np.uint8)
    labels[..., :3] = labels[..., 4:] = 0
    only = dataclasses.replace(
        result, segmentation=LabelMap(labels, image.geometry), slices=(result.slices[3],), remote_mask=None
    )
    picture = np.asarray(draw_overlays(only, image)[0]).astype(int)
    hit = picture[..., 0] - picture[..., 2] > 60
    height, width = np.ptp(np.flatnonzero(hit.any(axis=1))), np.ptp(np.flatnonzero(hit.any(axis=0)))
    assert width / height == pytest.approx(1.0, abs=0.08)


def test_a_study_without_myocardium_yields_a_picture_that_says_so(a_study):
    result, image = a_study
    empty = dataclasses.replace(
        result, slices=(), segmentation=LabelMap(np.zeros_like(result.segmentation.array), image.geometry)
    )
    assert len(draw_overlays(empty, image)) == 1
    assert isinstance(draw_slices(empty, image), Image.Image)


@pytest.mark.parametrize("count", [1, 17])
def test_one_slice_and_many_slices_fit_the_montage(a_study, count):
    result, image = a_study
    entries = tuple(dataclasses.replace(result.slices[1 + index % 7]) for index in range(count))
    rows = draw_overlays(dataclasses.replace(result, slices=entries), image)
    assert len(rows) == (1 if count == 1 else 6) + 1


def test_the_same_study_gives_the_same_picture(a_study):
    assert draw_slices(*a_study).tobytes() == draw_slices(*a_study).tobytes()


def _linear(colour: str) -> np.ndarray:
    return _linear_rgb(np.array(colours.rgb(colour)))


def _linear_rgb(rgb: np.ndarray) -> np.ndarray:
    return np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)


def _lab(linear: np.ndarray) -> np.ndarray:
    """CIE L*a*b* (D65) of linear RGB."""
    to_xyz = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
    x, y, z = np.cbrt(np.maximum(to_xyz @ np.clip(linear, 0, 1) / (0.9505, 1.0, 1.089), 0.008856))
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])
