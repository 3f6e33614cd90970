"""The training and validation slices of a run, split by patient."""

from __future__ import annotations

from itertools import chain
from pathlib import Path

from scarseg_training.recipes import FIRST_TRAINING_SEED, RunConfig
from scarseg_training.samples import SliceSamples, slice_samples
from scarseg_training.studies import emidec_split, phantom_studies, read_emidec_cases
from ScarSegLogic.errors import ScarSegError


def samples_of_run(config: RunConfig, data: Path | None) -> tuple[SliceSamples, SliceSamples]:
    """Read and make what the recipe learns from. EMIDEC's test cases are never read.

    Raises:
        ScarSegError: The recipe needs EMIDEC and no folder was given, or there are too few cases to hold one out.
    """
    if config.emidec and data is None:
        raise ScarSegError(f"the recipe {config.recipe} needs EMIDEC: give its folder of PNG slices with --data")
    cases = sorted(emidec_split(data)["train"]) if config.emidec else []
    studies = chain(
        read_emidec_cases(data, cases) if config.emidec else (),
        phantom_studies(config.phantoms, FIRST_TRAINING_SEED),
    )
    samples = slice_samples(studies, config.framing)
    # EMIDEC's names sort the healthy (N) before the patients (P), so every n-th case keeps their proportion.
    pool = cases or sorted(set(samples.cases))
    held_out = set(pool[config.validation_every // 2 :: config.validation_every])
    if not held_out:
        raise ScarSegError(f"{len(pool)} cases are too few to hold every {config.validation_every}th out: give more")
    return samples.of_cases(set(samples.cases) - held_out), samples.of_cases(held_out)
