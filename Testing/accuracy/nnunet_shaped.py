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
from scarseg_training.augmentation.draws import Draws
from scarseg_training.augmentation.normalisation import standardise
from scarseg_training.augmentation.points import random_points, resample
from scarseg_training.augmentation.shading import Shading
from scarseg_training.augmentation.tables import heart_view
from scarseg_training.datasets.case import Case
from scarseg_training.datasets.dataset import open_dataset
from scarseg_training.losses.soft_dice import soft_dice_loss
from torch import Tensor
from torch.nn import functional

from ScarSegLogic.metrics.overlap import overlap
from ScarSegLogic.preprocessing.slice_box import SliceBox
from Testing.accuracy.emidec import mean_with_interval
from Testing.accuracy.studies import EMIDEC_PNG, emidec_test_cases
from Testing.benchmarks.nnunet_shaped import PATCH_SIZE, nnunet_shaped_network, predict_slices

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "accuracy_nnunet_shaped.md"
BATCH_SIZE = 6
LEARNING_RATE, POWER = 0.01, 0.9
SAVE_EVERY_S = 60.0
VIEW = heart_view(step=(0.7, 1.4), shift=0.05)


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
    dataset = open_dataset(EMIDEC_PNG)
    canvases = torch.cat([_canvas(case) for case in dataset.read_all(dataset.of_split("train"))])
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
        draws = Draws(range(step * BATCH_SIZE, (step + 1) * BATCH_SIZE))
        loss = _loss(network, canvases[draws.integers(0, len(canvases))], draws)
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
        slices = standardise(torch.from_numpy(study.image.array)[:, None])
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


def _canvas(case: Case) -> Tensor:
    """(K, 1 + 5, 256, 256): image and one-hot labels, cut or padded about the middle."""
    scar, mvo = case.masks["scar"], case.masks["mvo"]
    structures = (case.masks["cavity"], case.masks["myocardium"] & ~scar, scar & ~mvo, mvo)
    background = ~np.logical_or.reduce(structures)
    box = SliceBox(((case.image.shape[1] - 1) / 2, (case.image.shape[2] - 1) / 2), (PATCH_SIZE, PATCH_SIZE))
    planes = [box.crop(each.astype(np.float32), PATCH_SIZE) for each in (case.image, background, *structures)]
    return torch.from_numpy(np.stack(planes, axis=1).astype(np.float32))


def _loss(network: torch.nn.Module, canvas: Tensor, draws: Draws) -> Tensor:
    canvas = resample(canvas, random_points(VIEW, draws, (PATCH_SIZE, PATCH_SIZE)))
    image, targets = standardise(canvas[:, :1]), canvas[:, 1:]
    image = standardise(Shading.apply(image, Shading().sample(draws, image.shape[1:])))
    with torch.autocast("cpu", torch.bfloat16):
        logits = network(image)
    logits = logits.float()
    entropy = functional.cross_entropy(logits, targets)
    return soft_dice_loss(logits.softmax(1)[:, 1:], targets[:, 1:]) + entropy


if __name__ == "__main__":
    main()
