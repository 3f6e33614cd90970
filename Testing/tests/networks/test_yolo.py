from __future__ import annotations

import dataclasses
import math

import pytest
import torch

from ScarSegLogic import networks
from ScarSegLogic.errors import ScarSegError
from ScarSegLogic.networks.yolo import YoloConfig
from ScarSegLogic.networks.yolo.detect import detected_boxes, pairwise_iou, without_repeats
from ScarSegLogic.networks.yolo.maps import DetectionMaps, grid_points

BINS = 8


def maps_of(boxes, confidences, *, points, side=96):
    """Maps of one square image, stride 8: its points say exactly these boxes, a last one in the corner nothing."""
    corner = [float(side - 4), float(side - 4)]
    points = torch.tensor([*points, corner])
    boxes = torch.tensor([*boxes, [*corner, *corner]])
    lengths = torch.cat([points - boxes[:, :2], boxes[:, 2:] - points], dim=1) / 8
    distances = torch.full((1, len(boxes), 4, BINS), -100.0)
    distances.scatter_(-1, lengths.long()[None, ..., None], 100.0)
    confidence = torch.tensor([[*confidences, 1e-6]]).logit()
    return DetectionMaps(confidence, distances, points, torch.full((len(points),), 8.0))


def test_the_published_ideas_make_a_compact_network_of_three_levels():
    with torch.device("meta"):
        network = networks.build("yolo")
    assert YoloConfig().strides == (8, 16, 32)
    assert sum(parameter.numel() for parameter in network.parameters()) == pytest.approx(11.6e6, rel=0.01)


def test_every_cell_of_every_level_is_a_point_at_its_centre():
    points, strides = grid_points([(2, 3), (1, 1)], (4, 8), torch.device("cpu"))
    assert points.tolist() == [[2, 2], [6, 2], [10, 2], [2, 6], [6, 6], [10, 6], [4, 4]]
    assert strides.tolist() == [4] * 6 + [8]


def test_answers_of_an_oblong_image_are_in_the_order_of_their_points():
    network = networks.build("yolo", **dataclasses.asdict(YoloConfig.small())).eval()
    maps = network(torch.zeros(2, 1, 64, 96))
    count = 16 * 24 + 8 * 12 + 4 * 6
    assert maps.confidence.shape == (2, count)
    assert maps.distances.shape == (2, count, 4, YoloConfig.small().distance_bins)
    assert maps.points.amax(0).tolist() == [94, 62]
    bright = torch.zeros(1, 1, 64, 96)
    bright[..., 10:14, 80:84] = 10
    change = (network(bright).distances - maps.distances[:1]).abs().sum((0, 2, 3))[: 16 * 24]
    x, y = maps.points[change.argmax()].tolist()
    assert abs(x - 82) <= 4
    assert abs(y - 12) <= 4


def test_an_untrained_network_is_confident_of_nothing_and_its_boxes_have_a_scars_size():
    torch.manual_seed(0)
    network = networks.build("yolo", **dataclasses.asdict(YoloConfig.small())).eval()
    maps = network(torch.randn(1, 1, 64, 64))
    assert maps.confidence.sigmoid().mean().item() == pytest.approx(0.01, rel=0.5)
    sides = (maps.boxes()[..., 2:] - maps.boxes()[..., :2]) / maps.strides[:, None]
    # geometric weights of ratio exp(-1/2): the mean of 8 bins is 1.392 on either side
    ratio = [math.exp(-0.5 * k) for k in range(YoloConfig.small().distance_bins)]
    expected = 2 * sum(k * weight for k, weight in enumerate(ratio)) / sum(ratio)
    assert sides.mean().item() == pytest.approx(expected, rel=0.2)


def test_every_parameter_learns():
    network = networks.build("yolo", widths=(4, 8, 16), depths=(1, 1), levels=2)
    maps = network(torch.randn(2, 1, 32, 32))
    (maps.boxes().mean() + maps.confidence.mean()).backward()
    assert [name for name, parameter in network.named_parameters() if parameter.grad is None] == []


def test_an_image_whose_sides_the_coarsest_stride_does_not_divide_is_refused():
    network = networks.build("yolo", **dataclasses.asdict(YoloConfig.small()))
    with pytest.raises(ScarSegError, match=r"multiples of 16, got \(64, 72\): pad or crop them"):
        network(torch.zeros(1, 1, 64, 72))


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ({"depths": (1, 1)}, "depths must be one fewer than widths, got 2 and 5"),
        ({"levels": 5}, "levels must be 1 to 4, got 5"),
    ],
)
def test_configurations_that_make_no_network_are_refused(config, message):
    with pytest.raises(ScarSegError, match=message):
        networks.build("yolo", **config)


def test_a_distance_is_the_mean_of_its_distribution_in_strides():
    distances = torch.full((1, 1, 4, 3), -100.0)
    distances[0, 0, 0, 1:] = 0.0  # half in bin 1, half in bin 2: 1.5 strides to the left
    distances[0, 0, 1, 0] = 0.0
    distances[0, 0, 2, 2] = 0.0
    distances[0, 0, 3, :] = 0.0  # even over 0, 1, 2: one stride down
    maps = DetectionMaps(torch.zeros(1, 1), distances, torch.tensor([[20.0, 12.0]]), torch.tensor([8.0]))
    assert maps.boxes()[0, 0].tolist() == pytest.approx([20 - 12, 12, 20 + 16, 12 + 8])


def test_overlaps_on_paper():
    first = torch.tensor([[0.0, 0.0, 4.0, 2.0], [1.0, 1.0, 1.0, 1.0]])
    second = torch.tensor([[2.0, 0.0, 6.0, 2.0], [0.0, 0.0, 4.0, 2.0], [4.0, 2.0, 5.0, 3.0], [1.0, 1.0, 1.0, 1.0]])
    expected = torch.tensor([[4 / 12, 1, 0, 0], [0, 0, 0, 0]])
    torch.testing.assert_close(pairwise_iou(first, second), expected)


def test_all_confident_boxes_are_found_not_only_the_best():
    maps = maps_of(
        [[4.0, 4, 20, 20], [60, 4, 76, 20], [4, 60, 20, 76]],
        [0.9, 0.4, 0.2],
        points=[[12.0, 12], [68, 12], [12, 68]],
    )
    (found,) = detected_boxes(maps, 0.3)
    torch.testing.assert_close(found, torch.tensor([[4.0, 4, 20, 20, 0.9], [60, 4, 76, 20, 0.4]]))


def test_of_two_boxes_about_one_scar_the_more_confident_stays():
    maps = maps_of([[4.0, 4, 20, 20], [4, 4, 28, 20]], [0.5, 0.8], points=[[12.0, 12], [12, 12]])
    # overlap 16 * 16 / (24 * 16) = 2/3
    (found,) = detected_boxes(maps, 0.1)
    assert found[:, :4].tolist() == [[4, 4, 28, 20]]
    assert len(detected_boxes(maps, 0.1, same_scar_iou=0.7)[0]) == 2


def test_a_suppressed_box_suppresses_nothing():
    chain = torch.tensor([[0.0, 0, 10, 10], [0, 3, 10, 13], [0, 6, 10, 16]])
    # neighbours overlap 70 / 130 = 0.54, the ends 40 / 160 = 0.25
    assert without_repeats(chain, 0.5).tolist() == [0, 2]


def test_boxes_end_at_the_border_of_the_image():
    maps = maps_of([[-12.0, -4, 28, 20]], [0.9], points=[[12.0, 12]], side=24)
    (found,) = detected_boxes(maps, 0.5)
    assert found[0, :4].tolist() == [0, 0, 24, 20]


def test_an_image_without_confident_points_has_no_boxes():
    maps = maps_of([[4.0, 4, 20, 20]], [0.2], points=[[12.0, 12]])
    (found,) = detected_boxes(maps, 0.3)
    assert found.shape == (0, 5)
