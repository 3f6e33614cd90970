from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from scarseg_training.augmentation.control_point_elastic import ControlPointElastic
from scarseg_training.augmentation.draws import Draws
from scarseg_training.augmentation.elastic import Elastic
from scarseg_training.augmentation.flip import Flip
from scarseg_training.augmentation.points import centred_points, random_points, resample
from scarseg_training.augmentation.rotation import Rotation, RotationParameters
from scarseg_training.augmentation.shift import Shift
from scarseg_training.augmentation.tables import heart_view, progressive_la
from scarseg_training.augmentation.zoom import ScaleParameters, Stretch, Zoom

CPU = torch.device("cpu")


def noise(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.rand(shape, generator=torch.Generator().manual_seed(seed))


def moved(transform: object, count: int, shape: tuple[int, ...]) -> torch.Tensor:
    return random_points((transform,), Draws(range(count)), shape)


@pytest.mark.parametrize("shape", [(5, 8), (3, 5, 8)])
def test_points_that_nobody_moved_read_the_input_itself(shape):
    image = noise(2, 3, *shape)
    torch.testing.assert_close(resample(image, centred_points(2, shape)), image, atol=1e-6, rtol=0)


def test_a_smaller_output_reads_the_middle():
    image = noise(1, 1, 12, 9)
    torch.testing.assert_close(resample(image, centred_points(1, (4, 5))), image[..., 4:8, 2:7], atol=1e-6, rtol=0)


def test_a_quarter_turn_is_rot90():
    image = noise(1, 2, 3, 7, 7)
    points = Rotation.apply(centred_points(1, (3, 7, 7)), RotationParameters(torch.tensor([math.pi / 2])))
    turned = resample(image, points)
    assert any(torch.allclose(turned, torch.rot90(image, turns, (-2, -1)), atol=1e-5) for turns in (1, -1))


def test_rotation_agrees_with_monai():
    from monai import transforms

    image, angle = noise(1, 2, 9, 14), 0.3
    found = resample(image, Rotation.apply(centred_points(1, (9, 14)), RotationParameters(torch.tensor([angle]))))
    # MONAI's positive angle turns the other way.
    expected = transforms.Rotate(-angle, mode="bilinear", padding_mode="border", align_corners=False)(image[0])
    torch.testing.assert_close(found[0], torch.as_tensor(expected.array), atol=1e-4, rtol=0)


def test_zoom_agrees_with_monai():
    from monai import transforms

    image = noise(1, 2, 3, 9, 14)
    found = resample(image, Zoom.apply(centred_points(1, (3, 9, 14)), ScaleParameters(torch.full((1, 3), 1 / 1.1))))
    affine = transforms.Affine(scale_params=(1 / 1.1,) * 3, mode="bilinear", padding_mode="border", image_only=True)
    torch.testing.assert_close(found[0], torch.as_tensor(affine(image[0]).array), atol=1e-4, rtol=0)


def test_flips_mirror_half_of_the_samples():
    image = noise(1, 1, 4, 6).expand(300, 1, 4, 6)
    flipped = resample(image, moved(Flip(), 300, (4, 6)))
    mirrored = [torch.allclose(each, image[0].flip(-1), atol=1e-6) for each in flipped]
    kept = [torch.allclose(each, image[0], atol=1e-6) for each in flipped]
    assert all(one != other for one, other in zip(mirrored, kept, strict=True))
    assert 0.4 < sum(mirrored) / 300 < 0.6


@pytest.mark.parametrize(
    "transform",
    [
        Rotation(30, probability=0.25),
        Zoom((0.5, 0.9), probability=0.25),
        ControlPointElastic(2.0, probability=0.25),
        Elastic((2, 3), ((2, 3), (2, 3)), probability=0.25),
    ],
    ids=["rotation", "zoom", "control_points", "elastic"],
)
def test_a_quarter_of_the_samples_moves(transform):
    shift = moved(transform, 400, (8, 8)) - centred_points(400, (8, 8))
    assert shift.flatten(1).any(1).float().mean().item() == pytest.approx(0.25, abs=0.07)


def test_zoom_stretch_and_shift_stay_in_their_ranges():
    points = random_points((Zoom((0.8, 1.25)), Stretch(0.25), Shift(0.1)), Draws(range(500)), (16, 24))
    steps = torch.stack([points[:, 1, 0, 0] - points[:, 0, 0, 0], points[:, 0, 1, 1] - points[:, 0, 0, 1]], dim=1)
    zoom, aspect = steps.prod(1).sqrt(), steps[:, 1] / steps[:, 0]
    for values, largest in ((zoom, 1.25), (aspect, 1.25)):
        assert 1.2 < values.max() <= largest + 1e-4
        assert 1 / largest - 1e-4 <= values.min() < 1 / 1.2
    largest_shift = points.mean((1, 2)).abs().amax(0)
    assert 1.5 < largest_shift[0] <= 1.6001
    assert 2.25 < largest_shift[1] <= 2.4001


def test_the_longest_elastic_displacement_is_the_drawn_one_along_each_axis():
    elastic = Elastic(sigma=(3, 5), largest=((2, 5), (3, 6), (3, 6)))
    parameters = elastic.sample(Draws(range(12)), (12, 20, 24))
    field = parameters.displacement(CPU).abs().flatten(2).amax(2)
    for axis, (low, high) in enumerate(elastic.largest):
        assert low - 1e-4 <= field[:, axis].min() < field[:, axis].max() <= high + 1e-4


def test_an_elastic_field_is_as_smooth_as_its_gaussian():
    field = Elastic(sigma=(4, 4), largest=((3, 3), (3, 3))).sample(Draws([0, 1]), (64, 64)).displacement(CPU)
    # White noise smoothed by sigma: neighbours correlate by exp(-1 / (4 sigma^2)).
    correlation = np.corrcoef(field[..., 1:].flatten(), field[..., :-1].flatten())[0, 1]
    assert correlation == pytest.approx(math.exp(-1 / 64), abs=0.005)


def test_control_points_displace_by_pixels():
    field = ControlPointElastic(2.0).sample(Draws(range(200)), (32, 32)).displacement((32, 32), CPU)
    assert field.shape == (200, 2, 32, 32)
    assert 1.2 < field.std().item() < 2.2
    assert field.diff(dim=2).std().item() < 1.0


def test_a_heart_view_can_turn_a_heart_any_way():
    draws = Draws(range(300))
    points = random_points(heart_view(step=(1, 1), stretch=0, shift=0, elastic_pixels=0), draws, (8, 8))
    across, down = points[:, 0, 1] - points[:, 0, 0], points[:, 1, 0] - points[:, 0, 0]
    torch.testing.assert_close(across.norm(dim=1), torch.ones(300))
    torch.testing.assert_close(down.norm(dim=1), torch.ones(300))
    angle = torch.atan2(across[:, 0], across[:, 1])
    for quarter in range(4):
        low = -math.pi + quarter * math.pi / 2
        assert 0.15 < ((angle >= low) & (angle < low + math.pi / 2)).float().mean() < 0.35
    turning = down[:, 0] * across[:, 1] - down[:, 1] * across[:, 0]
    assert 0.4 < (turning < 0).float().mean() < 0.6


def test_masks_stay_masks_and_move_with_their_image():
    mask = torch.zeros(2, 1, 6, 20, 20, dtype=torch.bool)
    mask[..., 2:5, 4:15, 6:12] = True
    augmentation = progressive_la()
    found = augmentation.apply(
        {"image": mask.float(), "scar": mask, "soft": mask.float()},
        augmentation.sample(Draws([3, 11]), (1, 6, 20, 20)),
    )
    assert found["scar"].dtype == torch.bool
    torch.testing.assert_close(found["scar"], found["soft"] > 0.5)
