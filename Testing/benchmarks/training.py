"""Training in 2D against what a user would otherwise write: MONAI's CacheDataset and DataLoader, the same steps."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from itertools import cycle, islice, repeat
from statistics import median
from time import perf_counter

import torch
from monai.data import CacheDataset, DataLoader
from monai.transforms import (
    Compose,
    NormalizeIntensityd,
    Rand2DElasticd,
    RandAdjustContrastd,
    RandFlipd,
    RandGaussianNoised,
    RandShiftIntensityd,
    ScaleIntensityRangePercentilesd,
)
from scarseg_training import tasks
from scarseg_training.augmentation.draws import Draws
from scarseg_training.datasets.dataset import open_dataset
from scarseg_training.samples import Samples
from scarseg_training.tasks import Progress, Task
from torch import Tensor, nn

from ScarSegLogic import networks
from ScarSegLogic.networks.attention_unet import AttentionUNetConfig

PHANTOMS = "phantoms:lv:4"
SLICES = 512
"""Of a timed epoch, 16 batches; the phantoms' slices are repeated up to it."""
BATCH_SIZE = 32
ROUNDS = 3
WORKERS = 2
PAPER_TRAINING_SLICES = round(0.8 * 4065)
"""Slices of the curriculum paper's training part (SCIENCE.md section 1)."""
CROP = 64
KEYS = ("image", "myocardium", "scar")

Step = Callable[[Mapping[str, Tensor]], None]


def training_figures() -> dict[str, object]:
    """Samples a second of both pipelines, their ratio, and what a step is spent on; on a GPU too, where there is one.

    The two take turns, so that other load on the machine meets both alike.
    """
    task = tasks.build("masked_scar", crop_size=CROP)
    samples = _repeated(task.samples(open_dataset(PHANTOMS).read_all()))
    step = _step(task, networks.build("attention_unet", **vars(AttentionUNetConfig.small())))
    loader = _monai_loader(samples)
    pipelines = {
        "ours": lambda: ((task.batch(*each)) for each in _batches(samples)),
        "monai": lambda: _masked(loader),
    }
    seconds: dict[str, list[tuple[float, float]]] = {name: [] for name in pipelines}
    made_s: dict[str, list[float]] = {name: [] for name in pipelines}
    for turn in range(ROUNDS + 1):
        for name, batches in pipelines.items():
            trained, made = _epoch_seconds(batches(), step), _epoch_seconds(batches(), lambda _: None)[0]
            if turn:
                seconds[name].append(trained)
                made_s[name].append(made)
    speed = {name: SLICES / median(total for total, _ in rounds) for name, rounds in seconds.items()}
    return {
        "samples_per_s": speed["ours"],
        "monai_samples_per_s": speed["monai"],
        "over_monai": speed["ours"] / speed["monai"],
        "batches_over_monai": median(made_s["monai"]) / median(made_s["ours"]),
        "augmentation_share_of_step": median(waited / total for total, waited in seconds["ours"]),
        "gpu": gpu_figures(task, samples) if torch.cuda.is_available() else None,
    }


def gpu_figures(task: Task, samples: Samples) -> dict[str, object]:
    """The paper's attention U-Net in bf16 on the GPU: samples a second, the network's share, an epoch's minutes.

    The CPU draws and queues while the GPU computes, so the share is the time of an epoch of one ready batch over the
    time of an epoch whose batches are made.
    """
    device = torch.device("cuda")
    step = _step(task, networks.build("attention_unet").to(device))
    on_device = samples.to(device)
    ready = task.batch(*next(_batches(on_device)))
    made_s, ready_s = [], []
    for turn in range(ROUNDS + 1):
        made = _epoch_seconds((task.batch(*each) for each in _batches(on_device)), step)[0]
        alone = _epoch_seconds(repeat(ready, SLICES // BATCH_SIZE), step)[0]
        if turn:
            made_s.append(made)
            ready_s.append(alone)
    speed = SLICES / median(made_s)
    return {
        "device": torch.cuda.get_device_name(device),
        "samples_per_s": speed,
        "network_share_of_step": median(ready_s) / median(made_s),
        "paper_epoch_minutes": PAPER_TRAINING_SLICES / speed / 60,
    }


def rows(figures: Mapping[str, object]) -> list[tuple[str, str, str]]:
    """Lines of the printed table."""
    lines = [
        ("training in 2D, small attention U-Net", f"{figures['samples_per_s']:.0f} / s", ""),
        ("  over MONAI CacheDataset + DataLoader", f"{figures['over_monai']:.1f} x", "goal at least 2 x"),
        ("  making batches alone, over MONAI", f"{figures['batches_over_monai']:.1f} x", ""),
        ("  augmentation, share of a step", f"{figures['augmentation_share_of_step']:.0%}", "goal at most 20 %"),
    ]
    gpu = figures["gpu"]
    if gpu is None:
        return [*lines, ("  on a GPU", "none here", "")]
    return [
        *lines,
        ("  network's share of a step on the GPU, bf16", f"{gpu['network_share_of_step']:.0%}", "goal at least 90 %"),
        ("  an epoch of the paper's size on the GPU", f"{gpu['paper_epoch_minutes']:.2f} min", ""),
    ]


def _repeated(samples: Samples) -> Samples:
    return samples.rows(list(islice(cycle(range(len(samples))), SLICES)))


def _batches(samples: Samples) -> Iterator[tuple[Samples, Draws]]:
    order = torch.randperm(len(samples)).tolist()
    for start in range(0, len(order), BATCH_SIZE):
        chosen = order[start : start + BATCH_SIZE]
        yield samples.rows(chosen), Draws(chosen)


def _step(task: Task, network: nn.Module) -> Step:
    """A step in bf16, as the shipped recipes train."""
    optimizer = torch.optim.Adam(network.parameters(), 1e-4)
    kind = next(network.parameters()).device.type

    def step(batch: Mapping[str, Tensor]) -> None:
        optimizer.zero_grad(set_to_none=True)
        with torch.autocast(kind, torch.bfloat16):
            loss = task.loss(network, batch, Progress(0, 1))
        loss.backward()
        optimizer.step()

    return step


def _epoch_seconds(batches: Iterator[Mapping[str, Tensor]], step: Step) -> tuple[float, float]:
    """Seconds of an epoch, and those of them that were spent waiting for batches."""
    _finish()
    started, waited = perf_counter(), 0.0
    while True:
        asked = perf_counter()
        batch = next(batches, None)
        waited += perf_counter() - asked
        if batch is None:
            _finish()
            return perf_counter() - started, waited
        step(batch)


def _finish() -> None:
    """Wait for what a GPU still has to do."""
    if torch.cuda.is_available():
        torch.cuda.synchronize()


def _monai_loader(samples: Samples) -> DataLoader:
    """The same canvases, cached, and the transforms of ``tables.heart_crop`` and of the task by MONAI's names."""
    items = [{key: samples[f"canvas_{key}"][row] for key in KEYS} for row in range(len(samples))]
    transforms = Compose(
        [
            RandFlipd(KEYS, prob=0.5, spatial_axis=0),
            RandFlipd(KEYS, prob=0.5, spatial_axis=1),
            Rand2DElasticd(
                KEYS, spacing=(9, 9), magnitude_range=(0.7, 0.7), prob=1.0, rotate_range=math.pi, scale_range=0.1,
                translate_range=0.04 * CROP, spatial_size=(CROP, CROP), padding_mode="border",
            ),
            RandAdjustContrastd("image", prob=0.5, gamma=(0.8, 1.25)),
            RandShiftIntensityd("image", prob=0.3, offsets=0.1),
            RandGaussianNoised("image", prob=0.3, std=0.1),
            ScaleIntensityRangePercentilesd("image", 0.5, 99.5, 0.0, 1.0, clip=True),
            NormalizeIntensityd("image"),
        ]
    )  # fmt: skip
    dataset = CacheDataset(items, transforms, progress=False)
    return DataLoader(dataset, batch_size=BATCH_SIZE, shuffle=True, num_workers=WORKERS, persistent_workers=True)


def _masked(loader: DataLoader) -> Iterator[dict[str, Tensor]]:
    for batch in loader:
        image, myocardium, scar = (batch[key].as_tensor() for key in KEYS)
        inside = (myocardium > 0.5).float()
        yield {"inputs": image * inside, "myocardium": inside, "scar": (scar > 0.5).float() * inside}
