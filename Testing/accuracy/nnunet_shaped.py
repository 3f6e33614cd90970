"""`make accuracy-nnunet`: train the nnU-Net-shaped network for as long as ScarSeg's pair, and judge it alike.

Same EMIDEC train cases, same augmentation, nnU-Net's optimiser and schedule (SGD, Nesterov 0.99, polynomial decay from
0.01; Isensee 2021), Dice plus cross-entropy, one core, a budget in minutes. Writes docs/accuracy_nnunet_shaped.md.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from time import process_time

import numpy as np
import torch
from scarseg_training import augmentation
from scarseg_training.augmentation import WarpRanges
from scarseg_training.losses import soft_dice_loss
from scarseg_training.studies import emidec_split, read_emidec_cases
from torch import Tensor
from torch.nn import functional

from ScarSegLogic.metrics.overlap import overlap
from ScarSegLogic.preprocessing.slice_box import SliceBox
from Testing.accuracy.emidec import mean_with_interval
from Testing.accuracy.studies import EMIDEC_PNG, emidec_test_cases
from Testing.benchmarks.nnunet_shaped import CLASSES, PATCH_SIZE, nnunet_shaped_network, predict_slices

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "accuracy_nnunet_shaped.md"
BATCH_SIZE = 6
LEARNING_RATE, POWER = 0.01, 0.9
SAVE_EVERY_S = 60.0
WARP = WarpRanges(scale=(0.7, 1.4), stretch=0.25, shift=0.05)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, required=True, help="training time, that of ScarSeg's EMIDEC pair")
    parser.add_argument("--out", type=Path, default=Path("runs/nnunet_shaped"), help="checkpoint folder, resumed")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    network, draws = train(options.minutes * 60, options.out / "last.ckpt")
    DOCUMENT.write_text(judge(network.eval(), options.minutes, draws), encoding="utf-8")
    print(f"written: {DOCUMENT}")


def train(budget_s: float, checkpoint: Path) -> tuple[torch.nn.Module, int]:
    """Train until the budget is spent, resuming from the checkpoint; returns the network and the slices drawn."""
    torch.set_flush_denormal(True)
    torch.manual_seed(0)
    canvases = torch.cat([_canvas(study.image, study.labels) for study in
                          read_emidec_cases(EMIDEC_PNG, sorted(emidec_split(EMIDEC_PNG)["train"]))])  # fmt: skip
    network = nnunet_shaped_network()
    optimizer = torch.optim.SGD(network.parameters(), LEARNING_RATE, momentum=0.99, nesterov=True, weight_decay=3e-5)
    spent_s, step = 0.0, 0
    if checkpoint.exists():
        state = torch.load(checkpoint, weights_only=True)
        network.load_state_dict(state["network"])
        optimizer.load_state_dict(state["optimizer"])
        spent_s, step = state["spent_s"], state["step"]
    saved_s = spent_s
    while spent_s < budget_s:
        started = process_time()
        for group in optimizer.param_groups:
            group["lr"] = LEARNING_RATE * (1 - spent_s / budget_s) ** POWER
        generator = torch.Generator().manual_seed(step)
        loss = _loss(network, canvases[torch.randint(len(canvases), (BATCH_SIZE,), generator=generator)], generator)
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), 12.0)
        optimizer.step()
        step += 1
        spent_s += process_time() - started
        if spent_s - saved_s > SAVE_EVERY_S or spent_s >= budget_s:
            saved_s = spent_s
            state = {"network": network.state_dict(), "optimizer": optimizer.state_dict()}
            torch.save(state | {"spent_s": spent_s, "step": step}, checkpoint.with_suffix(".new"))
            checkpoint.with_suffix(".new").replace(checkpoint)
            print(f"{spent_s / 60:.0f} min, step {step}, loss {loss.item():.3f}", flush=True)
    return network, step * BATCH_SIZE


def judge(network: torch.nn.Module, minutes: float, draws: int) -> str:
    """The document: Dice on EMIDEC's 14 test cases."""
    wall, scar = [], []
    for study in emidec_test_cases():
        expert = study.labels.array
        slices = augmentation.standardise(torch.from_numpy(study.image.array)[:, None])
        found = predict_slices(network, slices).argmax(1).numpy()
        wall.append(overlap(found >= 2, expert >= 2).dice)
        if (expert >= 3).any():
            scar.append(overlap(found >= 3, expert >= 3).dice)
    return (
        "# A nnU-Net-shaped network at equal training time\n\n"
        "Made by `make accuracy-nnunet`. PlainConvUNet with nnU-Net v2's 2D plan and optimiser, trained on EMIDEC's "
        f"train cases for {minutes:g} minutes of one core ({draws} slices), as long as ScarSeg's EMIDEC pair, and run "
        "fully automatically on the 14 test cases. nnU-Net's own schedule is far longer: this compares what the same "
        "small budget buys, not what nnU-Net can reach.\n\n"
        "| structure | Dice per patient |\n|---|---|\n"
        f"| whole myocardium (2 + 3 + 4) | {mean_with_interval(wall)} |\n"
        f"| scar (3 + 4), the patients with scar | {mean_with_interval(scar)} |\n"
    )


def _canvas(image: np.ndarray, labels: np.ndarray) -> Tensor:
    """(K, 1 + 5, 256, 256): image and one-hot labels, cut or padded about the middle."""
    box = SliceBox(((image.shape[1] - 1) / 2, (image.shape[2] - 1) / 2), (PATCH_SIZE, PATCH_SIZE))
    planes = [box.crop((labels == value).astype(np.float32), PATCH_SIZE)[:, None] for value in range(CLASSES)]
    return torch.from_numpy(np.concatenate([box.crop(image, PATCH_SIZE)[:, None], *planes], axis=1).astype(np.float32))


def _loss(network: torch.nn.Module, canvas: Tensor, generator: torch.Generator) -> Tensor:
    canvas = augmentation.warp(canvas, augmentation.random_grid(len(canvas), PATCH_SIZE, 1.0, WARP, generator))
    image = augmentation.standardise(augmentation.shade(augmentation.standardise(canvas[:, :1]), generator))
    targets = canvas[:, 1:]
    with torch.autocast("cpu", torch.bfloat16):
        logits = network(image)
    logits = logits.float()
    entropy = functional.cross_entropy(logits, targets)
    return soft_dice_loss(logits.softmax(1)[:, 1:], targets[:, 1:]) + entropy


if __name__ == "__main__":
    main()
