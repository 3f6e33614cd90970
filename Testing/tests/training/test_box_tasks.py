"""Scar boxes and Segment Anything: detector, Box-SAM and both together."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scarseg_training.augmentation.draws import Draws
from scarseg_training.recipes.box_sam import TINY_SAM, TINY_YOLO
from scarseg_training.tasks.box_sam import BoxSamTask, box_of
from scarseg_training.tasks.scar_detector import ScarDetectorTask
from scarseg_training.tasks.yolo_sam import YoloSamTask
from torch import Tensor, nn

from ScarSegLogic import networks
from ScarSegLogic.errors import ScarSegError
from ScarSegLogic.inference.box_prompts import SamInput, probabilities_in_boxes
from ScarSegLogic.networks.sam.mask_decoder import SamMasks
from ScarSegLogic.networks.yolo.maps import DetectionMaps, grid_points
from ScarSegLogic.preprocessing.slice_frame import SliceFrame
from Testing.tests.training.paper_cases import left_ventricle

SIZE = 64
FIELDS = {"frame_size": SIZE, "image_size": SIZE, "pixel_values": "unit"}


class FillsItsBox(nn.Module):
    """A Segment Anything that calls the whole box scar, at a quarter of the size as the real one does."""

    def __init__(self) -> None:
        super().__init__()
        self.unused = nn.Parameter(torch.zeros(1))

    def encode(self, images: Tensor) -> Tensor:
        return images

    def decode(self, embeddings: Tensor, prompts) -> SamMasks:
        side = embeddings.shape[-1] // 4
        centres = (torch.arange(side) + 0.5) * 4 - 0.5
        x1, y1, x2, y2 = (each.view(-1, 1, 1) for each in prompts.boxes.unbind(1))
        rows, columns = centres.view(1, -1, 1), centres.view(1, 1, -1)
        inside = (rows >= y1) & (rows <= y2) & (columns >= x1) & (columns <= x2)
        return SamMasks((inside.float() * 20 - 10)[:, None], torch.ones(len(prompts), 1))

    def forward(self, images: Tensor, prompts) -> SamMasks:
        return self.decode(self.encode(images), prompts)


class KnowsOneBox(nn.Module):
    """A detector that is sure of one box, the same in every slice."""

    def __init__(self, box: tuple[float, float, float, float]) -> None:
        super().__init__()
        self.box = nn.Parameter(torch.tensor(box))

    def forward(self, images: Tensor) -> DetectionMaps:
        side = images.shape[-1]
        points, strides = grid_points([(2, 2)], [side // 2], images.device)
        lengths = torch.cat([points - self.box[:2], self.box[2:] - points], dim=1) / strides[:, None]
        bins = torch.arange(3.0)
        # Logits of a distribution over 0, 1, 2 strides whose mean is the length.
        share = (1 - (lengths[..., None] - bins).abs()).clamp(min=1e-6)
        confidence = torch.tensor([4.0, -9.0, -9.0, -9.0]).expand(len(images), 4)
        return DetectionMaps(confidence, share.log().expand(len(images), 4, 4, 3), points, strides)

    detect = forward


def test_every_island_is_a_sample_with_a_box_of_its_own():
    samples = BoxSamTask(frame_size=SIZE).samples([left_ventricle("two", islands=2), left_ventricle("none", islands=0)])
    assert samples.cases == ("two",) * 6
    assert samples.slices == (0, 0, 1, 1, 2, 2)
    assert torch.equal(samples["image"][0], samples["image"][1])
    assert not (samples["scar"][0] & samples["scar"][1]).any()


def test_the_box_of_a_mask_holds_its_outer_edges():
    masks = torch.zeros(3, 1, 8, 10)
    masks[0, 0, 2:5, 3:9] = 1
    masks[1, 0, 7, 0] = 0.3  # nothing reaches one half: what is there counts
    assert box_of(masks).tolist() == [[3, 2, 9, 5], [0, 7, 1, 8], [0, 0, 10, 8]]


def test_a_jittered_box_lies_near_its_island():
    task = BoxSamTask(**FIELDS)
    samples = task.samples([left_ventricle("ill")])
    batch = task.batch(samples, Draws([1, 2, 3]))
    exact = box_of(batch["scar"])
    assert (batch["boxes"] != exact).any()
    # 2.5 px at 256 are 0.6 px here; a box grows by up to 1.3, to both sides together.
    sides = (exact[:, 2:] - exact[:, :2]).amax()
    assert (batch["boxes"] - exact).abs().max() < 0.7 + 0.15 * sides + 1


def test_slices_in_a_frame_lie_between_zero_and_one():
    samples = BoxSamTask(frame_size=SIZE).samples([left_ventricle("ill")])
    assert samples["image"].min() == 0
    assert samples["image"].max() == 1


def test_pixel_edges_become_the_indices_that_the_network_counts():
    prompts = SamInput(128, "unit").prompts(torch.tensor([[2.0, 4.0, 3.0, 8.0]]), 64)
    assert prompts.boxes.tolist() == [[4.0, 8.0, 5.0, 15.0]]


def test_drawn_boxes_fill_the_cells_of_a_mask_by_the_share_they_cover():
    # Twice as many pixels in the network: 16 to 44 along x, cells 4 to 10; 12 to 14 along y, half of cell 3.
    masks = SamInput(64, "unit", draw_boxes=True).prompts(torch.tensor([[8.0, 6.0, 22.0, 7.0]]), 32).masks
    expected = torch.full((1, 1, 16, 16), -1.0)
    expected[0, 0, 3, 4:11] = 0  # covered by half, neither in nor out
    assert torch.equal(masks, expected)


def test_boxes_are_drawn_only_for_networks_that_learnt_with_them():
    assert SamInput(64).prompts(torch.tensor([[8.0, 6.0, 22.0, 7.0]]), 32).masks is None
    assert BoxSamTask(draw_boxes=True).sam_input.draw_boxes
    assert BoxSamTask(draw_boxes=True).manifest_parts().preprocessing["draw_boxes"]


def test_slices_without_a_box_stay_empty_and_boxes_of_a_slice_are_joined():
    slices = np.zeros((3, SIZE, SIZE), np.float32)
    boxes = [np.zeros((0, 4)), np.array([[0, 0, 16, 16], [32, 32, 48, 48]]), np.array([[0, 0, 64, 64]])]
    found = probabilities_in_boxes(FillsItsBox(), slices, boxes, SamInput(SIZE, "unit"), device=torch.device("cpu"))
    assert not found[0].any()
    assert found[1, 8, 8] > 0.9
    assert found[1, 40, 40] > 0.9
    assert found[1, 8, 40] < 0.1
    assert found[2].mean() > 0.9


def test_box_sam_predicts_every_island_of_a_slice_on_the_cases_grid():
    task, case = BoxSamTask(**FIELDS), left_ventricle("two", islands=2)
    predicted = task.predict(FillsItsBox(), case, {"infarct": 0.5})["scar"]
    truth = case.masks["scar"]
    assert predicted.shape == truth.shape
    # A filled box, told apart by a network of 4-pixel steps, covers most of its island and little else.
    assert (predicted & truth).sum() / truth.sum() > 0.75
    assert (predicted & truth).sum() / predicted.sum() > 0.4
    assert (predicted[:, :20] & truth[:, :20]).any()
    assert (predicted[:, 30:] & truth[:, 30:]).any()


@pytest.mark.parametrize(("image_size", "expected"), [(SIZE, [20]), (512, [8, 8, 4])])
def test_large_inputs_are_judged_a_few_rows_at_a_time(image_size, expected):
    class Counts(FillsItsBox):
        rows: tuple[int, ...] = ()

        def encode(self, images: Tensor) -> Tensor:
            self.rows += (len(images),)
            return images

    task, network = BoxSamTask(**FIELDS | {"image_size": image_size}), Counts()
    samples = task.samples([left_ventricle("ill")]).rows([0] * 20)
    assert task.sample_losses(network, samples).shape == (20,)
    assert list(network.rows) == expected


def test_yolo_sam_predicts_in_the_detectors_box_alone():
    class Both(FillsItsBox):
        def __init__(self) -> None:
            super().__init__()
            self.detect = KnowsOneBox((10.0, 20.0, 30.0, 44.0))

    task, case = YoloSamTask(**FIELDS), left_ventricle("two", islands=2, shape=(3, SIZE, SIZE))
    predicted = task.predict(Both(), case, {"infarct": 0.5, "scar_box": 0.5})["scar"]
    rows, columns = np.flatnonzero(predicted[1].any(1)), np.flatnonzero(predicted[1].any(0))
    # The network answers in steps of 4 pixels.
    ends = [rows[0], rows[-1], columns[0], columns[-1]]
    np.testing.assert_allclose(ends, [20, 43, 10, 29], atol=4)
    assert not task.predict(Both(), case, {"infarct": 0.5, "scar_box": 0.99})["scar"].any()


def test_a_detector_that_knows_the_box_has_an_average_precision_of_one():
    task = ScarDetectorTask(frame_size=SIZE)
    samples = task.samples([left_ventricle("ill", shape=(3, SIZE, SIZE))])
    network = KnowsOneBox(tuple(box_of(samples["scar"][:1].float())[0].tolist()))
    assert task.validate(network, samples)["score"] == pytest.approx(1.0)
    assert task.thresholds(network, samples)["scar_box"] == pytest.approx(torch.tensor(4.0).sigmoid().item())


def test_scar_free_slices_teach_the_detector_too():
    samples = ScarDetectorTask(frame_size=SIZE).samples([left_ventricle("none", islands=0)])
    assert len(samples) == 3
    network = networks.build("yolo", **TINY_YOLO)
    assert torch.isfinite(ScarDetectorTask(frame_size=SIZE).sample_losses(network, samples)).all()


def test_the_detector_of_yolo_sam_stays_as_it_was_trained():
    network = networks.build("yolo_sam", detector=TINY_YOLO, sam=TINY_SAM)
    names = {name.split(".")[0] for name, _ in network.named_parameters()}
    assert names == {"detector", "sam"}


def test_a_frame_about_the_heart_needs_its_wall():
    frame = SliceFrame(region="heart")
    with pytest.raises(ScarSegError, match="framed by the heart, but the myocardium is not drawn"):
        frame.box((64, 64), (1.0, 1.0))
    assert BoxSamTask(region="heart").needs == ("myocardium", "scar")
    with pytest.raises(ScarSegError, match="framed by 'thorax': expected slice or heart"):
        SliceFrame(region="thorax")


def test_the_frame_in_the_manifest_reads_back():
    frame = SliceFrame(128, "heart", 1.7)
    assert SliceFrame.from_manifest(frame.as_manifest()) == frame
