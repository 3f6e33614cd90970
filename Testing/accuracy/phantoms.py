"""Accuracy on unseen phantoms, against their continuous truth."""

from __future__ import annotations

from dataclasses import dataclass, replace

from ScarSegLogic.errors import ScarSegError
from ScarSegLogic.labels import MVO, SCAR
from ScarSegLogic.metrics.overlap import overlap
from ScarSegLogic.phantom import LVPhantom, LVPhantomConfig, make_lv_phantom
from ScarSegLogic.quantification.request import LVRequest, ScarMethod
from ScarSegLogic.workflow.lv import run_lv
from Testing.accuracy.emidec import METHODS

TIERS = ("easy", "medium", "hard")
FIRST_TEST_SEED = 1000
"""Training uses seeds from 100 000 on."""
MODELS = ("model", "model, phantom-only")
TIER_METHODS = ("model", "nsd 2", "nsd 5", "fwhm remote", "otsu", "ewa")
LINE_BURDENS_PERCENT = tuple(range(16))
"""The burdens at which the 5 % line is tried."""


@dataclass(frozen=True)
class BurdenReading:
    """One phantom read by one method; ``burden_percent`` is None where the method refused."""

    seed: int
    tier: str
    method: str
    true_percent: float
    burden_percent: float | None
    scar_dice: float | None = None


@dataclass(frozen=True)
class RemoteReading:
    """The proposed remote of one phantom against the truth, in units of the true SD and burden points."""

    seed: int
    tier: str
    mean_error_sd: float
    sd_ratio: float
    burden_2sd_proposed: float
    burden_2sd_true: float


def tier_phantom(index: int) -> LVPhantom:
    """One unseen phantom; the tiers take turns."""
    return make_lv_phantom(
        LVPhantomConfig(seed=FIRST_TEST_SEED + index, tier=TIERS[index % len(TIERS)], observer_count=0)
    )


def line_phantom(index: int) -> LVPhantom:
    """One unseen phantom; the burdens of 0 to 15 % take turns."""
    burden = LINE_BURDENS_PERCENT[index % len(LINE_BURDENS_PERCENT)]
    seed = FIRST_TEST_SEED + 10_000 + index
    return make_lv_phantom(LVPhantomConfig(seed=seed, target_burden_percent=burden, observer_count=0))


def read(phantom: LVPhantom, method: str, *, automatic: bool = False) -> BurdenReading:
    """Measure the burden, with the true myocardium or fully automatic."""
    truth = phantom.truth
    label = f"{method}, automatic" if automatic else method
    tier = str(truth.tier)
    true_percent = truth.volumes.scar_fraction_percent
    request = replace(METHODS[method], rv_insertion_ras=truth.shape.anterior_insertion_ras)
    try:
        result = run_lv(phantom.image, request, myocardium=None if automatic else phantom.labels)
    except ScarSegError:
        return BurdenReading(truth.seed, tier, label, true_percent, None)
    found, expert = result.segmentation.array, phantom.labels.array
    score = overlap((found == SCAR) | (found == MVO), (expert == SCAR) | (expert == MVO))
    return BurdenReading(truth.seed, tier, label, true_percent, result.burden.scar_fraction_percent, score.dice)


def read_remote(phantom: LVPhantom) -> RemoteReading | None:
    """Compare the proposed remote with the true one; None where the phantom has no pure remote voxel."""
    truth, labels = phantom.truth, phantom.labels.array
    if truth.remote is None:
        return None
    request = LVRequest(
        method=ScarMethod.NSD,
        n_sd=2,
        minimum_component_mm2=0,
        propose_mvo=False,
        rv_insertion_ras=truth.shape.anterior_insertion_ras,
    )
    result = run_lv(phantom.image, request, myocardium=phantom.labels)
    wall = labels >= 2
    above = phantom.image.array[wall] >= truth.remote.mean + 2 * truth.remote.sd
    return RemoteReading(
        truth.seed,
        str(truth.tier),
        (result.remote.mean - truth.remote.mean) / truth.remote.sd,
        result.remote.sd / truth.remote.sd,
        result.burden.scar_fraction_percent,
        100.0 * float(above.mean()),
    )


def read_tier_phantom(index: int, automatic: bool) -> tuple[list[BurdenReading], RemoteReading | None]:
    """Everything that is measured on one phantom of the tiers."""
    phantom = tier_phantom(index)
    rows = [read(phantom, method) for method in TIER_METHODS]
    if automatic:
        rows += [read(phantom, method, automatic=True) for method in MODELS]
    return rows, read_remote(phantom)


def read_line_phantom(index: int) -> list[BurdenReading]:
    """Everything that is measured on one phantom at the line."""
    phantom = line_phantom(index)
    return [read(phantom, MODELS[0]), *(read(phantom, method, automatic=True) for method in MODELS)]
