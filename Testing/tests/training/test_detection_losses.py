from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest
import torch
from scarseg_training.losses.ciou import ciou_loss
from scarseg_training.losses.detection import (
    detection_loss,
    detection_terms,
    distances_in_strides,
    distribution_focal_loss,
)
from scarseg_training.losses.detection_targets import DetectionTargets, padded, targets_of_masks
from scarseg_training.losses.task_alignment import assign

from ScarSegLogic import networks
from ScarSegLogic.networks.yolo import YoloConfig
from ScarSegLogic.networks.yolo.detect import detected_boxes, pairwise_iou
from ScarSegLogic.networks.yolo.maps import DetectionMaps, grid_points

BINS = 8


def maps_saying(lengths, confidence, points, strides):
    """Maps of one image whose points say these distances, in strides between 0 and 7, with these probabilities."""
    lengths = torch.as_tensor(lengths, dtype=torch.float32)
    below = lengths.long()
    share = lengths - below
    probabilities = torch.zeros(*lengths.shape, BINS).scatter_(-1, below[..., None], (1 - share)[..., None])
    probabilities.scatter_add_(-1, (below + 1).clamp(max=BINS - 1)[..., None], share[..., None])
    return DetectionMaps(
        confidence=torch.tensor([confidence]).logit(),
        distances=(probabilities + 1e-12).log()[None],
        points=torch.tensor(points),
        strides=torch.tensor(strides),
    )


def row_of_points(confidence, lengths):
    """Points at x = 4, 12, 20, ... on one row, y = 4, stride 8."""
    count = len(confidence)
    points = [[8.0 * k + 4, 4.0] for k in range(count)]
    return maps_saying(lengths, confidence, points, [8.0] * count)


def one_image(*boxes):
    return padded([torch.tensor(boxes, dtype=torch.float32).reshape(-1, 4)], torch.device("cpu"))


class TestCompleteOverlap:
    def test_equal_boxes_cost_nothing(self):
        box = torch.tensor([[3.0, 4, 9, 6]])
        assert ciou_loss(box, box).item() == pytest.approx(0, abs=1e-6)

    def test_boxes_apart_cost_their_distance_over_the_hulls_diagonal(self):
        # equal squares, no overlap: 1 + 6^2 / (8^2 + 2^2)
        loss = ciou_loss(torch.tensor([0.0, 0, 2, 2]), torch.tensor([6.0, 0, 8, 2]))
        assert loss.item() == pytest.approx(1 + 36 / 68)

    def test_the_aspect_costs_by_its_share(self):
        # concentric 4 x 2 and 2 x 4: overlap 4 of 12, v = 4/pi^2 (atan(1/2) - atan(2))^2
        v = 4 / math.pi**2 * (math.atan(1 / 2) - math.atan(2)) ** 2
        loss = ciou_loss(torch.tensor([0.0, 1, 4, 3]), torch.tensor([1.0, 0, 3, 4]))
        assert loss.item() == pytest.approx(2 / 3 + v**2 / (2 / 3 + v))

    def test_its_gradient_is_that_of_finite_differences_with_the_share_held(self):
        generator = np.random.default_rng(4)
        for _ in range(10):
            corner = generator.uniform(0, 10, (2, 2))
            boxes = np.concatenate([corner, corner + generator.uniform(2, 8, (2, 2))], axis=1)
            box = torch.tensor(boxes[0], requires_grad=True)
            ciou_loss(box, torch.tensor(boxes[1])).backward()
            share = oracle_share(*boxes)
            step = 1e-6
            for side in range(4):
                there, back = boxes[0].copy(), boxes[0].copy()
                there[side] += step
                back[side] -= step
                expected = (oracle_ciou(there, boxes[1], share) - oracle_ciou(back, boxes[1], share)) / (2 * step)
                assert box.grad[side].item() == pytest.approx(expected, abs=1e-6)

    def test_a_box_without_extent_keeps_a_finite_gradient(self):
        box = torch.tensor([5.0, 5, 5, 5], requires_grad=True)
        ciou_loss(box, torch.tensor([4.0, 4, 8, 8])).backward()
        assert box.grad.isfinite().all()


def oracle_overlap(box, target):
    width = max(0.0, min(box[2], target[2]) - max(box[0], target[0]))
    height = max(0.0, min(box[3], target[3]) - max(box[1], target[1]))
    area = (box[2] - box[0]) * (box[3] - box[1]) + (target[2] - target[0]) * (target[3] - target[1])
    return width * height / (area - width * height)


def oracle_aspect(box, target):
    turn = math.atan((target[2] - target[0]) / (target[3] - target[1])) - math.atan(
        (box[2] - box[0]) / (box[3] - box[1])
    )
    return 4 / math.pi**2 * turn**2


def oracle_share(box, target):
    aspect = oracle_aspect(box, target)
    return aspect / (1 - oracle_overlap(box, target) + aspect)


def oracle_ciou(box, target, share):
    """Zheng 2020 in plain numbers, with the share as a constant."""
    between = ((box[0] + box[2] - target[0] - target[2]) ** 2 + (box[1] + box[3] - target[1] - target[3]) ** 2) / 4
    hull_x = max(box[2], target[2]) - min(box[0], target[0])
    hull_y = max(box[3], target[3]) - min(box[1], target[1])
    return 1 - oracle_overlap(box, target) + between / (hull_x**2 + hull_y**2) + share * oracle_aspect(box, target)


class TestDistributionFocalLoss:
    def test_the_bins_on_both_sides_share_the_entropy_by_nearness(self):
        logits = torch.tensor([0.1, 0.2, 0.4, 0.3]).log()
        loss = distribution_focal_loss(logits[None], torch.tensor([1.25]))
        assert loss.item() == pytest.approx(-(0.75 * math.log(0.2) + 0.25 * math.log(0.4)))

    @pytest.mark.parametrize(("length", "bin_taken"), [(0.0, 0), (2.0, 2), (3.0, 3), (7.5, 3), (-1.0, 0)])
    def test_a_whole_length_takes_its_bin_and_one_out_of_reach_the_last(self, length, bin_taken):
        probabilities = [0.1, 0.2, 0.4, 0.3]
        loss = distribution_focal_loss(torch.tensor([probabilities]).log(), torch.tensor([length]))
        assert loss.item() == pytest.approx(-math.log(probabilities[bin_taken]))

    def test_its_gradient_is_that_of_finite_differences(self):
        generator = torch.Generator().manual_seed(0)
        logits = torch.randn(3, 5, generator=generator, dtype=torch.float64, requires_grad=True)
        lengths = torch.tensor([0.3, 2.0, 3.9], dtype=torch.float64)
        assert torch.autograd.gradcheck(lambda each: distribution_focal_loss(each, lengths), logits)

    def test_it_is_least_where_the_mean_of_the_distribution_is_the_length(self):
        logits = torch.zeros(1, 6, requires_grad=True)
        optimiser = torch.optim.Adam([logits], lr=0.5)
        for _ in range(60):
            optimiser.zero_grad()
            distribution_focal_loss(logits, torch.tensor([2.3])).sum().backward()
            optimiser.step()
        assert (logits.softmax(-1) * torch.arange(6)).sum().item() == pytest.approx(2.3, abs=0.02)

    def test_lengths_are_counted_in_strides_left_top_right_bottom(self):
        box, point = torch.tensor([[2.0, 6, 30, 14]]), torch.tensor([[10.0, 12]])
        assert distances_in_strides(box, point, torch.tensor([4.0])).tolist() == [[2, 1.5, 5, 0.5]]


class TestTaskAlignment:
    def test_points_within_a_box_answer_for_it_and_learn_their_share_of_its_best_overlap(self):
        # the box 0, 0, 24, 8 has the points at x = 4, 12, 20; the last point lies outside
        maps = row_of_points(
            [0.5, 0.5, 0.25, 0.9], [[0.5, 0.5, 2.5, 0.5], [1.5, 0.5, 0.5, 0.5], [2.5, 0.5, 0.5, 0.5], [3, 0, 1, 1]]
        )
        assignment = assign(maps, one_image([0, 0, 24, 8]))
        assert assignment.responsible.tolist() == [[True, True, True, False]]
        # overlaps 1, 2/3, 1; alignment .5, .5 (2/3)^6, .25; the best learns its overlap
        assert assignment.quality[0].tolist() == pytest.approx([1, (2 / 3) ** 6, 0.5, 0], abs=1e-4)
        assert assignment.boxes[0, :3].tolist() == [[0, 0, 24, 8]] * 3

    def test_the_best_point_learns_its_overlap_even_if_nothing_is_confident(self):
        # the only box is half covered at best: overlap 64 / 128
        maps = row_of_points([1e-7, 1e-7], [[0.5, 0.5, 0.5, 0.5], [0.25, 0.5, 0.25, 0.5]])
        assignment = assign(maps, one_image([0, 0, 16, 8]))
        assert assignment.quality[0].tolist() == pytest.approx([0.5, 0.25 * 0.5**5 * 2 * 0.5], abs=1e-4)

    def test_only_the_thirteen_best_points_answer(self):
        points, strides = grid_points([(5, 5)], (8,), torch.device("cpu"))
        confidence = [0.02 * (k + 1) for k in range(25)]
        maps = maps_saying([[2.0, 2, 2, 2]] * 25, confidence, points.tolist(), strides.tolist())
        assignment = assign(maps, one_image([0, 0, 40, 40]))
        assert assignment.responsible.sum() == 13

    def test_a_point_wanted_by_two_boxes_takes_the_one_it_overlaps_best(self):
        maps = row_of_points([0.5, 0.5], [[0.5, 0.5, 1.5, 0.5], [0.5, 0.5, 0.5, 0.5]])
        assignment = assign(maps, one_image([0, 0, 16, 8], [8, 0, 16, 8]))
        assert assignment.boxes[0].tolist() == [[0, 0, 16, 8], [8, 0, 16, 8]]
        assert assignment.quality[0].tolist() == pytest.approx([1, 1], abs=1e-4)

    @pytest.mark.parametrize("corner", [(0, 0), (7, 3), (8, 8), (15, 15), (3.5, 11)])
    def test_even_a_scar_of_one_pixel_has_a_point_that_answers(self, corner):
        points, strides = grid_points([(2, 2), (1, 1)], (8, 16), torch.device("cpu"))
        maps = maps_saying([[0.5] * 4] * 5, [0.01] * 5, points.tolist(), strides.tolist())
        x, y = corner
        assignment = assign(maps, one_image([x, y, x + 1, y + 1]))
        assert assignment.responsible.any()
        assert assignment.quality.max() > 0

    def test_padding_and_images_without_boxes_are_assigned_nothing(self):
        maps = row_of_points([0.5, 0.5], [[0.5] * 4] * 2)
        batch = DetectionMaps(maps.confidence.expand(2, -1), maps.distances.expand(2, -1, -1, -1), *maps[2:])
        boxes = [torch.tensor([[0.0, 0, 8, 8]]), torch.zeros(0, 4)]
        assignment = assign(batch, padded(boxes, torch.device("cpu")))
        assert assignment.responsible.tolist() == [[True, False], [False, False]]
        assert assignment.quality[1].tolist() == [0, 0]

    def test_images_do_not_influence_one_another(self):
        generator = torch.Generator().manual_seed(2)
        points, strides = grid_points([(4, 4)], (8,), torch.device("cpu"))
        confidence = torch.randn(2, 16, generator=generator)
        distances = torch.randn(2, 16, 4, BINS, generator=generator)
        boxes = [torch.tensor([[0.0, 0, 20, 9], [5, 12, 30, 30]]), torch.tensor([[3.0, 3, 9, 28]])]
        both = assign(DetectionMaps(confidence, distances, points, strides), padded(boxes, points.device))
        for image in range(2):
            alone = DetectionMaps(confidence[image : image + 1], distances[image : image + 1], points, strides)
            expected = assign(alone, padded(boxes[image : image + 1], points.device))
            assert torch.equal(both.responsible[image], expected.responsible[0])
            torch.testing.assert_close(both.quality[image], expected.quality[0])


class TestDetectionLoss:
    def test_the_terms_on_paper(self):
        # one point of two answers; it says 8 x 8 where 16 x 8 is true: overlap 1/2, quality 1/2, sum below 1
        maps = row_of_points([0.5, 0.5], [[0.5, 0.5, 0.5, 0.5], [0.5, 0.5, 0.5, 0.5]])
        maps = maps._replace(points=torch.tensor([[4.0, 4], [84, 84]]))
        terms = detection_terms(maps, one_image([0, 0, 16, 8]))
        assert terms.confidence.item() == pytest.approx(2 * math.log(2), abs=1e-4)
        aspect = 4 / math.pi**2 * (math.atan(2) - math.atan(1)) ** 2
        ciou = 0.5 + 4**2 / (16**2 + 8**2) + aspect**2 / (0.5 + aspect)
        assert terms.box.item() == pytest.approx(0.5 * ciou, abs=1e-4)
        # three sides halfway between two bins, as said: log 2 each; the right side is 1.5 strides away
        right = -(0.5 * math.log(0.5) + 0.5 * math.log(1e-12))
        assert terms.distance.item() == pytest.approx(0.5 * (3 * math.log(2) + right) / 4, abs=1e-3)
        expected = terms.confidence + 2.5 * terms.box + 0.5 * terms.distance
        assert terms.total().item() == pytest.approx(expected.item())

    def test_a_batch_without_scar_only_lowers_confidences(self):
        maps = row_of_points([0.2, 0.3], [[0.5] * 4] * 2)
        maps.distances.requires_grad_()
        terms = detection_terms(maps, targets_of_masks(torch.zeros(1, 8, 16)))
        terms.total().backward()
        assert terms.confidence.item() == pytest.approx(-math.log(0.8) - math.log(0.7))
        assert (terms.box.item(), terms.distance.item()) == (0, 0)
        assert maps.distances.grad.abs().max() == 0

    def test_its_gradient_is_that_of_finite_differences(self):
        generator = torch.Generator().manual_seed(5)
        points, strides = grid_points([(3, 3)], (8,), torch.device("cpu"))
        confidence = torch.randn(1, 9, generator=generator)
        distances = torch.randn(1, 9, 4, BINS, generator=generator).requires_grad_()
        targets = one_image([2, 3, 17, 21])
        detection_terms(DetectionMaps(confidence, distances, points, strides), targets).distance.backward()
        place = distances.grad.abs().flatten().argmax().item()
        step = 1e-2

        def moved(by):
            shifted = distances.detach().clone()
            shifted.view(-1)[place] += by
            maps = DetectionMaps(confidence, shifted, points, strides)
            fixed = assign(DetectionMaps(confidence, distances.detach(), points, strides), targets)
            chosen = fixed.responsible
            lengths = distances_in_strides(fixed.boxes[chosen], points[chosen[0]], strides[chosen[0]])
            losses = distribution_focal_loss(maps.distances[chosen], lengths).mean(-1)
            return (losses * fixed.quality[chosen]).sum() / fixed.quality.sum().clamp(min=1)

        expected = (moved(step) - moved(-step)) / (2 * step)
        assert distances.grad.flatten()[place].item() == pytest.approx(expected.item(), rel=1e-2)

    def test_masks_become_boxes_padded_to_the_fullest_image(self):
        masks = torch.zeros(3, 1, 8, 8)
        masks[0, 0, 1:3, 2:7] = 1
        masks[0, 0, 6, 0] = 1
        masks[2, 0, 4, 4] = 1
        targets = targets_of_masks(masks)
        assert targets.present.tolist() == [[True, True], [False, False], [True, False]]
        assert targets.boxes[0].tolist() == [[2, 1, 7, 3], [0, 6, 1, 7]]
        assert targets.boxes[2, 0].tolist() == [4, 4, 5, 5]
        assert targets_of_masks(masks, smallest_pixels=2).present.tolist() == [[True], [False], [False]]

    def test_the_detector_learns_every_scar_of_a_few_images_in_seconds(self):
        torch.manual_seed(0)
        masks = torch.zeros(4, 64, 64)
        masks[0, 10:22, 14:20] = 1
        masks[0, 40:50, 36:56] = 1
        masks[1, 30:34, 8:30] = 1
        masks[2, 48:54, 49:54] = 1
        images = (masks + 0.3 * torch.randn(masks.shape))[:, None]
        targets = targets_of_masks(masks)
        network = networks.build("yolo", **dataclasses.asdict(YoloConfig.small()))
        optimiser = torch.optim.AdamW(network.parameters(), lr=1e-2)
        for _ in range(40):
            optimiser.zero_grad()
            detection_loss(network(images), targets).backward()
            optimiser.step()
        for found, boxes, present in zip(detected_boxes(network(images), 0.4), *targets, strict=True):
            assert len(found) == present.sum()
            if len(found):
                assert (pairwise_iou(boxes[present], found[:, :4]).amax(1) > 0.6).all()


def test_targets_are_a_tuple_of_boxes_and_presence():
    targets = DetectionTargets(torch.zeros(1, 0, 4), torch.zeros(1, 0, dtype=torch.bool))
    assert detection_loss(row_of_points([0.5], [[0.5] * 4]), targets).item() == pytest.approx(math.log(2), abs=1e-5)
