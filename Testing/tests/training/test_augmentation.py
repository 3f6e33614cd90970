from __future__ import annotations

import dataclasses

import numpy as np
import pytest

torch = pytest.importorskip("torch")
from scarseg_training import augmentation  # noqa: E402
from scarseg_training.augmentation import WarpRanges  # noqa: E402

from ScarSegLogic.preprocessing.intensity import normalise_slices  # noqa: E402

RIGID = WarpRanges(scale=(1.0, 1.0), stretch=0.0, shift=0.0, elastic_pixels=0.0)


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def test_training_normalises_exactly_as_inference_does():
    planes = np.random.default_rng(1).gamma(2.0, 100.0, (6, 40, 40)).astype(np.float32)
    planes[2] = 5.0
    planes[3] += 4096
    found = augmentation.normalise(torch.from_numpy(planes).reshape(2, 3, 40, 40)).reshape(6, 40, 40)
    np.testing.assert_allclose(found.numpy(), normalise_slices(planes), atol=1e-3)
    assert not found[2].any()


def test_a_constant_plane_stays_finite():
    assert not augmentation.standardise(torch.full((1, 2, 4, 4), 7.0)).any()


def test_the_same_generator_gives_the_same_view():
    def view(seed: int) -> torch.Tensor:
        chance = generator(seed)
        canvas = torch.rand(3, 3, 64, 64, generator=generator(9))
        grid = augmentation.random_grid(3, 32, 0.5, WarpRanges(), chance)
        return augmentation.swap_neighbours(augmentation.shade(augmentation.warp(canvas, grid), chance), chance)

    torch.testing.assert_close(view(1), view(1), rtol=0, atol=0)
    assert not torch.equal(view(1), view(2))


def test_image_and_labels_move_alike():
    plane = torch.rand(4, 1, 64, 64, generator=generator())
    grid = augmentation.random_grid(4, 32, 0.5, WarpRanges(), generator(1))
    warped = augmentation.warp(torch.cat([plane, plane], dim=1), grid)
    torch.testing.assert_close(warped[:, 0], warped[:, 1], rtol=0, atol=0)


def test_labels_stay_between_zero_and_one():
    canvas = (torch.rand(4, 2, 64, 64, generator=generator()) > 0.5).float()
    warped = augmentation.warp(canvas, augmentation.random_grid(4, 32, 0.5, WarpRanges(), generator(1)))
    assert warped.min() >= 0
    assert warped.max() <= 1


def test_a_rigid_grid_keeps_distances_and_centre_and_mirrors_half():
    size, reach = 32, 0.5
    grid = augmentation.random_grid(400, size, reach, RIGID, generator())
    torch.testing.assert_close(grid.mean((1, 2)), torch.zeros(400, 2), atol=1e-5, rtol=0)
    across, down = grid[:, 0, 1] - grid[:, 0, 0], grid[:, 1, 0] - grid[:, 0, 0]
    # A pixel of the crop is one of the canvas: 2 units over size / reach pixels.
    step = torch.full((400,), 2 * reach / size)
    torch.testing.assert_close(across.norm(dim=1), step)
    torch.testing.assert_close(down.norm(dim=1), step)
    turning = across[:, 0] * down[:, 1] - across[:, 1] * down[:, 0]
    assert 0.4 < (turning < 0).float().mean() < 0.6


def test_zoom_stretch_and_shift_stay_in_their_ranges():
    ranges = WarpRanges(scale=(0.8, 1.25), stretch=0.25, shift=0.1, elastic_pixels=0.0)
    grid = augmentation.random_grid(500, 16, 1.0, ranges, generator())
    across, down = grid[:, 0, 1] - grid[:, 0, 0], grid[:, 1, 0] - grid[:, 0, 0]
    matrices = torch.stack([across, down], dim=2) / (2 / 16)
    singular = torch.linalg.svdvals(matrices)
    zoom = singular.prod(1).sqrt()
    aspect = singular[:, 0] / singular[:, 1]
    assert zoom.min() >= 0.799
    assert zoom.max() <= 1.251
    assert 1.2 < aspect.max() <= 1.251
    # A shift is a share of the side, which is two units long.
    assert 0.18 < grid.mean((1, 2)).abs().max() <= 0.2001


def test_the_elastic_field_has_the_asked_order_of_magnitude():
    field = augmentation.smooth_displacement(200, 32, 2.0, generator())
    assert field.shape == (200, 32, 32, 2)
    assert 1.2 < field.std().item() < 2.2
    # Smooth: neighbours differ by much less than the field itself.
    assert field.diff(dim=1).std().item() < 1.0


def test_a_grid_is_bent_by_the_elastic_field_in_crop_pixels():
    ranges = [dataclasses.replace(RIGID, elastic_pixels=pixels) for pixels in (0.0, 2.0)]
    rigid, bent = (augmentation.random_grid(100, 32, 0.5, each, generator(4)) for each in ranges)
    field = augmentation.smooth_displacement(100, 32, 2.0, generator(5))
    assert (bent - rigid).std().item() == pytest.approx(field.std().item() * (2 * 0.5 / 32), rel=0.1)


def test_swapping_neighbours_keeps_the_middle_slice():
    images = torch.arange(3.0).reshape(1, 3, 1, 1).repeat(200, 1, 1, 1)
    swapped = augmentation.swap_neighbours(images, generator())
    assert (swapped[:, 1] == 1).all()
    turned = (swapped[:, 0] == 2).float().mean().item()
    assert 0.35 < turned < 0.65
    assert ((swapped[:, 0] + swapped[:, 2]) == 2).all()


def test_shading_leaves_its_input_and_stays_finite():
    images = torch.randn(8, 3, 16, 16, generator=generator())
    before = images.clone()
    shaded = augmentation.shade(images, generator(1))
    assert torch.equal(images, before)
    assert torch.isfinite(shaded).all()
    assert not torch.allclose(shaded, images, atol=0.05)
