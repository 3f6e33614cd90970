from __future__ import annotations

import pytest
import torch
from scarseg_training.augmentation.box_jitter import BoxJitter, BoxJitterParameters
from scarseg_training.augmentation.draws import Draws
from scarseg_training.augmentation.patch import LabelGuidedPatch, PatchParameters
from scarseg_training.augmentation.pipeline import Augmentation
from scarseg_training.augmentation.scar_paste import Hearts, ScarPaste, ScarPasteParameters
from scarseg_training.augmentation.tables import box_sam, heart_crop, progressive_la
from scarseg_training.samples import Samples
from scarseg_training.tasks.heart_slices import augmented_slices

from ScarSegLogic.errors import ScarSegError
from ScarSegLogic.preprocessing.scar_input import InputForm, ScarInput


def one_voxel(count: int, shape: tuple[int, ...], place: tuple[int, ...]) -> torch.Tensor:
    labels = torch.zeros(count, *shape, dtype=torch.bool)
    labels[(slice(None), *place)] = True
    return labels


def test_a_guided_patch_holds_the_labelled_voxel_wherever_it_lies():
    for place in ((0, 0, 0), (9, 19, 29), (5, 11, 3)):
        labels = one_voxel(20, (10, 20, 30), place)
        patch = LabelGuidedPatch((4, 8, 8), guided=1.0)
        cut = patch.apply({"scar": labels[:, None]}, patch.sample(Draws(range(20)), labels))["scar"]
        assert cut.shape == (20, 1, 4, 8, 8)
        assert (cut.flatten(1).sum(1) == 1).all()


def test_a_guided_patch_has_its_voxel_in_the_middle_where_there_is_room():
    labels = one_voxel(1, (10, 20, 30), (5, 11, 13))
    patch = LabelGuidedPatch((4, 8, 8), guided=1.0)
    cut = patch.apply({"scar": labels[:, None]}, patch.sample(Draws([1]), labels))["scar"]
    assert cut[0, 0].nonzero().tolist() == [[2, 4, 4]]


def test_the_guided_share_of_the_patches_is_guided():
    labels = one_voxel(600, (40, 40), (0, 0))
    patch = LabelGuidedPatch((4, 4), guided=2 / 3)
    cut = patch.apply({"scar": labels[:, None]}, patch.sample(Draws(range(600)), labels))["scar"]
    assert cut.flatten(1).any(1).float().mean().item() == pytest.approx(2 / 3, abs=0.06)


def test_every_labelled_voxel_can_be_the_middle():
    labels = torch.zeros(1, 12, dtype=torch.bool).expand(300, 12).clone()
    labels[:, 4:8] = True
    starts = LabelGuidedPatch((3,), guided=1.0).sample(Draws(range(300)), labels).corners
    assert sorted(starts.flatten().unique().tolist()) == [3, 4, 5, 6]


def test_without_labels_a_patch_comes_from_anywhere():
    starts = LabelGuidedPatch((4,), guided=1.0).sample(Draws(range(300)), torch.zeros(300, 8, dtype=torch.bool)).corners
    assert sorted(starts.flatten().unique().tolist()) == [0, 1, 2, 3, 4]


def test_a_patch_agrees_with_monais_crop():
    from monai import transforms

    volume = torch.rand(1, 2, 6, 9, 8, generator=torch.Generator().manual_seed(0))
    cut = LabelGuidedPatch((3, 4, 5)).apply({"image": volume}, PatchParameters(torch.tensor([[1, 2, 3]])))["image"]
    expected = transforms.SpatialCrop(roi_start=(1, 2, 3), roi_end=(4, 6, 8))(volume[0])
    torch.testing.assert_close(cut[0], torch.as_tensor(expected.array))


def test_a_patch_larger_than_its_volume_is_refused():
    with pytest.raises(ScarSegError, match=r"patch of \(4, 8\) voxels was asked of volumes of \(6, 7\); pad"):
        LabelGuidedPatch((4, 8)).sample(Draws([1]), torch.zeros(1, 6, 7, dtype=torch.bool))


def test_box_jitter_on_paper():
    # A box of 40 x 20 about (60, 50), moved by 1/64 of 256 = 4 px in x, grown by half.
    boxes = torch.tensor([[[40.0, 40, 80, 60]]])
    parameters = BoxJitterParameters(torch.tensor([[[1 / 64, 0.0]]]), torch.tensor([[1.5]]))
    assert BoxJitter.apply(boxes, parameters, 256).flatten().tolist() == [34, 35, 94, 65]


def test_box_jitter_stays_in_the_papers_range_at_any_size():
    boxes = torch.tensor([400.0, 440, 480, 500]).expand(500, 2, 4)
    found = BoxJitter.apply(boxes, BoxJitter().sample(Draws(range(500)), 2), 1024)
    shift = (found[..., :2] + found[..., 2:]) / 2 - torch.tensor([440.0, 470.0])
    growth = (found[..., 2] - found[..., 0]) / 80
    assert 9.5 < shift.abs().max() <= 10.001
    assert 0.999 <= growth.min() < 1.02
    assert 1.28 < growth.max() <= 1.3001


def test_a_jittered_box_stays_inside_its_image():
    boxes = torch.tensor([0.0, 0, 255, 256]).expand(50, 1, 4)
    found = BoxJitter.apply(boxes, BoxJitter().sample(Draws(range(50)), 1), 256)
    assert found.min() == 0
    assert found.max() == 256


def hearts(image: float, scar_at: slice | None, *, wall: float = 100.0) -> Hearts:
    """A heart of 9 x 9 pixels whose myocardium is the middle row; scar brighter than its wall by ``image``."""
    myocardium = torch.zeros(1, 1, 9, 9, dtype=torch.bool)
    myocardium[..., 4, :] = True
    scar = torch.zeros_like(myocardium)
    if scar_at is not None:
        scar[..., 4, scar_at] = True
    return Hearts(torch.where(scar, wall + image, wall * myocardium), myocardium, scar)


def pasted(receiver: Hearts, donor: Hearts, radians: float = 0.0) -> Hearts:
    first = torch.tensor([0])
    return ScarPaste.apply(receiver, donor, ScarPasteParameters(first, first, torch.tensor([radians])))


def test_scar_is_pasted_where_it_falls_on_the_wall():
    donor = hearts(300, slice(1, 3))
    found = pasted(hearts(0, None), donor)
    assert found.scar[0, 0, 4].nonzero().flatten().tolist() == [1, 2]
    scar, wall = found.image[0, 0, 4, 1], found.image[0, 0, 4, 5]
    assert scar > wall + 50
    assert wall == 100


def test_half_a_turn_pastes_on_the_other_side():
    found = pasted(hearts(0, None), hearts(300, slice(1, 3)), torch.pi)
    assert found.scar[0, 0, 4].nonzero().flatten().tolist() == [6, 7]


def test_nothing_changes_outside_the_myocardium():
    receiver = hearts(0, None)
    found = pasted(receiver, hearts(300, slice(0, 9)), 0.7)
    assert found.scar.any()
    assert not (found.scar & ~receiver.myocardium).any()
    outside = ~receiver.myocardium
    torch.testing.assert_close(found.image[outside], receiver.image[outside], rtol=0, atol=0)


def test_a_scar_that_misses_the_wall_changes_nothing():
    receiver = hearts(0, None)
    found = pasted(receiver, hearts(300, slice(0, 2)), torch.pi / 2)
    assert torch.equal(found.scar, receiver.scar)
    torch.testing.assert_close(found.image, receiver.image, rtol=0, atol=0)


def test_pasting_keeps_the_scar_that_was_there():
    found = pasted(hearts(250, slice(6, 8)), hearts(300, slice(1, 3)))
    assert found.scar[0, 0, 4].nonzero().flatten().tolist() == [1, 2, 6, 7]


def test_pasted_scar_is_carried_to_the_receivers_intensities():
    # The same donor heart in a scanner of twice the gain and another offset gives the same answer.
    receiver, donor = hearts(0, None), hearts(300, slice(1, 3))
    other = Hearts(donor.image * 2 + 40, donor.myocardium, donor.scar)
    torch.testing.assert_close(pasted(receiver, donor).image, pasted(receiver, other).image, rtol=1e-4, atol=1e-3)


def test_without_donors_nobody_receives_scar():
    assert len(ScarPaste(1.0).sample(Draws([1, 2]), 0).rows) == 0


def test_the_asked_share_of_hearts_receives_scar():
    parameters = ScarPaste(0.3).sample(Draws(range(400)), 7)
    assert len(parameters.rows) / 400 == pytest.approx(0.3, abs=0.07)
    assert sorted(parameters.donors.unique().tolist()) == list(range(7))


def slices_of(*parts: Hearts) -> Samples:
    canvases = {
        f"canvas_{name}": torch.cat([getattr(part, name) for part in parts]).float()
        for name in ("image", "myocardium", "scar")
    }
    names = tuple(map(str, range(len(parts))))
    return Samples(canvases, names, names, (0,) * len(parts), (None,) * len(parts))


@pytest.mark.parametrize(("share", "scarred"), [(0.0, 1), (1.0, 40)])
def test_slices_of_a_batch_share_their_scar_where_asked(share, scarred):
    samples = slices_of(hearts(300, slice(0, 9)), *[hearts(0, None)] * 39)
    scar_input = ScarInput(InputForm.MASKED_HEART_CROP, crop_size=9)
    seen = augmented_slices(samples, Draws(range(40)), scar_input, Augmentation(), scar_paste=share)
    assert seen["scar"].flatten(1).any(1).sum() == scarred
    assert (seen["scar"] <= seen["myocardium"]).all()


def test_a_batch_without_scar_has_none_to_share():
    samples = slices_of(hearts(0, None), hearts(0, None))
    scar_input = ScarInput(InputForm.MASKED_HEART_CROP, crop_size=9)
    seen = augmented_slices(samples, Draws([1, 2]), scar_input, Augmentation(), scar_paste=1.0)
    assert not seen["scar"].any()


@pytest.mark.parametrize(
    ("table", "shape"),
    [(progressive_la, (1, 8, 24, 28)), (box_sam, (1, 40, 48)), (heart_crop, (1, 32, 32))],
    ids=["progressive_la", "box_sam", "heart_crop"],
)
def test_a_table_replays_from_its_seeds_and_moves_its_samples(table, shape):
    augmentation: Augmentation = table()
    image = torch.rand(12, *shape, generator=torch.Generator().manual_seed(0))
    tensors = {"image": image, "scar": image > 0.7}
    first, again, part = (
        augmentation(tensors, Draws(range(12))),
        augmentation(tensors, Draws(range(12))),
        augmentation({name: tensor[7:] for name, tensor in tensors.items()}, Draws(range(7, 12))),
    )
    for name, tensor in tensors.items():
        assert first[name].shape == tensor.shape
        torch.testing.assert_close(first[name], again[name], rtol=0, atol=0)
        torch.testing.assert_close(first[name][7:], part[name], rtol=0, atol=1e-5)
        assert not torch.equal(first[name], tensor)


def test_an_augmentation_without_transforms_changes_nothing():
    tensors = {"image": torch.rand(2, 1, 5, 5), "scar": torch.rand(2, 1, 5, 5) > 0.5}
    for name, tensor in Augmentation()(tensors, Draws([1, 2])).items():
        torch.testing.assert_close(tensor, tensors[name], rtol=0, atol=0)


def test_an_augmentation_cuts_the_middle_of_a_canvas():
    canvas = torch.rand(1, 1, 8, 8)
    found = Augmentation().apply({"image": canvas}, Augmentation().sample(Draws([1]), (1, 4, 4)))
    torch.testing.assert_close(found["image"], canvas[..., 2:6, 2:6])
