"""Published checkpoints of the Segment Anything family: recognised, read safely, fitted to a network's input size."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from torch import Tensor, nn

from ScarSegLogic.errors import ScarSegError
from ScarSegLogic.networks.published import PublishedFile, identify, load_into, read_tensors
from ScarSegLogic.networks.sam.config import PATCH, SamConfig
from ScarSegLogic.networks.sam.image_encoder_vit import ImageEncoderViT
from ScarSegLogic.networks.sam.pixel_values import PixelValues
from ScarSegLogic.networks.sam.positions import resize_position_grid, resize_relative_positions

if TYPE_CHECKING:
    from ScarSegLogic.networks.sam.sam import Sam

PUBLISHED_FILES = (
    PublishedFile(
        "sam_vit_b_01ec64.pth",
        "https://github.com/facebookresearch/segment-anything (Kirillov 2023)",
        "Apache-2.0",
        sha256="ec2df62732614e57411cdcf32a23ffdf28910380d03139ee0f4fcbe91eb8c912",
    ),
    PublishedFile(
        "mobile_sam.pt",
        "https://github.com/ChaoningZhang/MobileSAM (Zhang 2023)",
        "Apache-2.0",
        sha256="6dbb90523a35330fedd7f1d3dfc66f995213d81b29a5ca8108dbcdd4e37d6c2f",
        git_blob_id="7ef2d090979fd9853adf17b7a99c8b94a1c5a6a7",
    ),
)
"""Those whose checksums are known; ``medsam_vit_b.pth`` and ``sam-med2d_b.pth`` load too, with a warning."""

# MobileSAM keeps TinyViT's ImageNet classifier, and older copies an index that follows from the window's size.
_UNUSED = re.compile(r"image_encoder\.(norm_head|head)\.|\.attention_bias_idxs$")
_WRAPPER = "module."  # what DataParallel puts before every name of a fine-tuned copy
_ENCODER = "image_encoder."
_ADAPTER = re.compile(r"blocks\.\d+\.Adapter\.")
_NATIVE_SIZE = 1024  # of TinyViT, whose weights do not tell


@dataclass(frozen=True, eq=False)
class PublishedSam:
    """A checkpoint of the family.

    Attributes:
        path: Where it lies.
        file: Which published file it is, or None.
        config: The architecture its parameters make, at the input size they were trained for.
        pixel_values: How grey values enter (see ``pixel_values``).
        state: Its parameters by name.
    """

    path: Path
    file: PublishedFile | None
    config: SamConfig
    pixel_values: PixelValues
    state: Mapping[str, Tensor]


def read_published(path: Path) -> PublishedSam:
    """Read a checkpoint of Segment Anything, MedSAM, MobileSAM or SAM-Med2D, or a fine-tuned copy of one.

    MedSAM is told from Segment Anything, whose architecture it shares, by its file's name.

    Raises:
        ScarSegError: The file cannot be read, is cut short or holds code, or its parameters are not of the family.
    """
    file = identify(path, PUBLISHED_FILES)
    names = {name.removeprefix(_WRAPPER): tensor for name, tensor in read_tensors(path).items()}
    state = {name: tensor for name, tensor in names.items() if not _UNUSED.search(name)}
    return PublishedSam(path, file, _config_of(state, path), pixel_values_of(path), state)


def pixel_values_of(path: Path) -> PixelValues:
    """How the weights of a checkpoint want their input: MedSAM's, known by their file's name, as 0 to 1."""
    return "unit" if path.name.lower().startswith("medsam") else "imagenet"


def load_published(network: Sam, path: Path) -> PublishedSam:
    """Give a network the parameters of a published checkpoint, positions fitted to its input size.

    A network with adapters keeps its own where the checkpoint has none, which is how SAM-Med2D starts.

    Raises:
        ScarSegError: As ``read_published``, or the checkpoint is of another architecture.
    """
    published = read_published(path)
    ours, theirs = network.config, published.config
    if ours.encoder != theirs.encoder:
        raise ScarSegError(
            f"the weights {path} are of a {theirs.encoder} image encoder, this network has a {ours.encoder}: "
            f"build it with encoder={theirs.encoder}"
        )
    load_into(network, _fitted(published.state, network), path)
    return published


def load_published_encoder(encoder: ImageEncoderViT, path: Path) -> PublishedSam:
    """Give an image encoder alone, as ScarNet has one, the parameters of a published ViT checkpoint.

    Raises:
        ScarSegError: As ``load_published``.
    """
    published = read_published(path)
    state = {
        name.removeprefix(_ENCODER): tensor for name, tensor in published.state.items() if name.startswith(_ENCODER)
    }
    load_into(encoder, _fitted(state, encoder), path)
    return published


def _config_of(state: Mapping[str, Tensor], path: Path) -> SamConfig:
    """The architecture that these parameters make.

    Raises:
        ScarSegError: They are not of the family.
    """
    if any(name.startswith(f"{_ENCODER}layers.") for name in state):
        return SamConfig.mobile(_NATIVE_SIZE)
    positions = state.get(f"{_ENCODER}pos_embed")
    if positions is None or positions.dim() != 4:
        raise ScarSegError(
            f"the weights {path} are not of the Segment Anything family: they have neither the positions of its ViT "
            "nor the layers of MobileSAM; expected sam_vit_b, medsam_vit_b, mobile_sam, sam-med2d_b or a copy of one"
        )
    grid, width = positions.shape[1], positions.shape[-1]
    offsets = {
        int(name.split(".")[2]): tensor
        for name, tensor in state.items()
        if name.startswith(f"{_ENCODER}blocks.") and name.endswith(".attn.rel_pos_h")
    }
    if not offsets or any(tensor.dim() != 2 for tensor in offsets.values()):
        raise ScarSegError(f"the weights {path} have no relative positions, which Segment Anything's ViT has")
    windowed = {len(tensor) for tensor in offsets.values()} - {2 * grid - 1}
    encoder = {
        "width": width,
        "depth": len(offsets),
        "heads": width // offsets[min(offsets)].shape[1],
        "global_attention_indexes": tuple(
            sorted(index for index, tensor in offsets.items() if len(tensor) == 2 * grid - 1)
        ),
        "window": (min(windowed) + 1) // 2 if windowed else grid,
        "adapters": any(_ADAPTER.search(name) for name in state),
    }
    return SamConfig(grid * PATCH, "vit", encoder)


def _fitted(state: Mapping[str, Tensor], network: nn.Module) -> dict[str, Tensor]:
    """The state with positions of the network's size and, where it has none, the network's own adapters."""
    fitted = dict(state)
    for name, own in network.state_dict().items():
        found = state.get(name)
        if found is None:
            if _ADAPTER.search(name) and not any(_ADAPTER.search(other) for other in state):
                fitted[name] = own
        elif name.endswith("pos_embed") and found.dim() == 4:
            fitted[name] = resize_position_grid(found.float(), tuple(own.shape[1:3]))
        elif name.endswith((".rel_pos_h", ".rel_pos_w")) and found.dim() == 2:
            fitted[name] = resize_relative_positions(found.float(), len(own))
    return fitted
