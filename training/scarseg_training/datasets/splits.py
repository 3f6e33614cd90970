"""Which patients a network learns from, is tuned on and is judged on. All functions are pure: no file is read.

Whatever the way of splitting: a patient's cases stay together, patients are stratified by scar burden, and cases that
the dataset itself keeps for testing are never learnt from or tuned on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import get_args

import numpy as np

from scarseg_training.config import SplitConfig, SplitKind
from scarseg_training.datasets.entry import CaseEntry
from ScarSegLogic.errors import ScarSegError

Burdens = Mapping[str, float | None]
"""Scar burden in percent by case; None where no scar was marked. See ``burdens.burdens_of``."""
Fractions = tuple[float, float, float]
"""Shares of training, validation and test; they add up to 1."""

BURDEN_STRATA = 3
"""Patients with scar fall into so many strata of equal size; those without scar are one more (ours)."""


@dataclass(frozen=True)
class Split:
    """Case names of the three parts, each sorted."""

    train: tuple[str, ...]
    validation: tuple[str, ...]
    test: tuple[str, ...] = ()


def divide(entries: Sequence[CaseEntry], burdens: Burdens, config: SplitConfig, seed: int = 0) -> Split:
    """Divide the cases as a run's config says, before anything is learnt.

    Raises:
        ScarSegError: The division is impossible or leaks a patient; the sentence says why.
    """
    match config.kind:
        case "given":
            return given(entries, burdens, fractions=config.fractions, seed=seed)
        case "holdout":
            return holdout(entries, burdens, fractions=config.fractions, seed=seed)
        case "kfold":
            return kfold(entries, burdens, folds=config.folds, fold=config.fold, seed=seed)
        case "leave_cohort_out":
            cohorts = config.cohorts
            return leave_cohort_out(entries, burdens, cohorts=cohorts, fractions=config.fractions, seed=seed)
        case "chronic_to_acute":
            return chronic_to_acute(entries, burdens, fractions=config.fractions, seed=seed)
    raise ScarSegError(f"unknown way of splitting '{config.kind}': expected one of {', '.join(get_args(SplitKind))}")


def given(
    entries: Sequence[CaseEntry], burdens: Burdens, *, fractions: Fractions = (0.8, 0.2, 0.0), seed: int = 0
) -> Split:
    """The dataset's own split; where it names no validation cases, their share of the training cases is held out.

    A dataset without any split is divided by `holdout`.
    """
    if all(entry.split is None for entry in entries):
        return holdout(entries, burdens, fractions=fractions, seed=seed)
    held = [entry for entry in entries if entry.split == "validation"]
    pool = [entry for entry in entries if entry.split in ("train", None)]
    if held:
        return _checked([pool, held, _kept_for_testing(entries)], entries)
    return _checked([*_deal(pool, burdens, fractions[:2], seed), _kept_for_testing(entries)], entries)


def holdout(
    entries: Sequence[CaseEntry], burdens: Burdens, *, fractions: Fractions = (0.8, 0.2, 0.0), seed: int = 0
) -> Split:
    """One random division: 80/20 is [S0]'s, 70/15/15 [S2]'s. The dataset's own test cases, if any, stay the test.

    Raises:
        ScarSegError: The fractions do not add up to 1, or there are too few patients for them.
    """
    if min(fractions) < 0 or abs(sum(fractions) - 1) > 1e-6:
        raise ScarSegError(f"the fractions {fractions} of a split must be 0 or more and add up to 1")
    kept = _kept_for_testing(entries)
    pool = [entry for entry in entries if entry.split != "test"]
    if kept:
        return _checked([*_deal(pool, burdens, fractions[:2], seed), kept], entries)
    return _checked(_deal(pool, burdens, fractions, seed), entries)


def kfold(entries: Sequence[CaseEntry], burdens: Burdens, *, folds: int = 5, fold: int = 0, seed: int = 0) -> Split:
    """Cross-validation: fold number ``fold`` is validated on; [S1] uses five. The dataset's own test cases stay apart.

    Raises:
        ScarSegError: There is no such fold, or there are fewer patients than folds.
    """
    if folds < 2 or not 0 <= fold < folds:
        raise ScarSegError(f"fold {fold} of {folds} does not exist: folds count from 0 and there are at least two")
    pool = [entry for entry in entries if entry.split != "test"]
    parts = _deal(pool, burdens, (1 / folds,) * folds, seed)
    learnt = [entry for number, part in enumerate(parts) if number != fold for entry in part]
    return _checked([learnt, parts[fold], _kept_for_testing(entries)], entries)


def leave_cohort_out(
    entries: Sequence[CaseEntry],
    burdens: Burdens,
    *,
    cohorts: Sequence[str],
    fractions: Fractions = (0.8, 0.2, 0.0),
    seed: int = 0,
) -> Split:
    """Test on the named cohorts, learn from the others [S2]; fractions divide the others into training and validation.

    Raises:
        ScarSegError: A cohort is not in the data, or none is left to learn from.
    """
    known = sorted({entry.cohort for entry in entries if entry.cohort is not None})
    if not cohorts or (missing := sorted(set(cohorts) - set(known))):
        wanted = ", ".join(missing) if cohorts else "none"
        raise ScarSegError(f"the cohorts to test on are {wanted}: expected one or more of {', '.join(known) or 'none'}")
    return _transfer(entries, burdens, lambda entry: entry.cohort in cohorts, fractions, seed)


def chronic_to_acute(
    entries: Sequence[CaseEntry], burdens: Burdens, *, fractions: Fractions = (0.8, 0.2, 0.0), seed: int = 0
) -> Split:
    """Learn from chronic infarcts, test on acute ones [S2]; cases of no phase are left out.

    A patient seen in both phases is tested on: their chronic case is left out.

    Raises:
        ScarSegError: One of the phases is missing.
    """
    phased = [entry for entry in entries if entry.phase is not None]
    for phase in ("chronic", "acute"):
        if all(entry.phase != phase for entry in phased):
            raise ScarSegError(f"no case has the phase '{phase}': name phases in dataset.json or split another way")
    return _transfer(phased, burdens, lambda entry: entry.phase == "acute", fractions, seed)


def check_leaks(split: Split, entries: Iterable[CaseEntry]) -> None:
    """Raises ScarSegError where a patient's cases lie in two parts, naming the patient and the cases."""
    patient_of = {entry.case: entry.patient for entry in entries}
    part_of: dict[str, tuple[str, str]] = {}
    for part in ("train", "validation", "test"):
        for case in getattr(split, part):
            patient = patient_of[case]
            earlier_part, earlier_case = part_of.setdefault(patient, (part, case))
            if earlier_part != part:
                raise ScarSegError(
                    f"the split leaks patient {patient}: {earlier_case} is in '{earlier_part}', {case} in '{part}': "
                    "put all cases of a patient into one part"
                )


def _transfer(
    entries: Sequence[CaseEntry],
    burdens: Burdens,
    is_test: Callable[[CaseEntry], bool],
    fractions: Fractions,
    seed: int,
) -> Split:
    test = [entry for entry in entries if is_test(entry)]
    tested = {entry.patient for entry in [*test, *_kept_for_testing(entries)]}
    pool = [entry for entry in entries if entry.patient not in tested]
    return _checked([*_deal(pool, burdens, fractions[:2], seed), test], entries)


def _kept_for_testing(entries: Sequence[CaseEntry]) -> list[CaseEntry]:
    return [entry for entry in entries if entry.split == "test"]


def _checked(parts: Sequence[Sequence[CaseEntry]], entries: Sequence[CaseEntry]) -> Split:
    split = Split(*(tuple(sorted(entry.case for entry in part)) for part in parts))
    check_leaks(split, entries)
    return split


def _deal(entries: Sequence[CaseEntry], burdens: Burdens, shares: Sequence[float], seed: int) -> list[list[CaseEntry]]:
    """Divide patients, one after the other in the order of their strata, each to the part that lacks most.

    So each part has its share of every stratum to within one patient. Raises ScarSegError where a part stays empty.
    """
    wanted = np.asarray(shares, dtype=np.float64) / sum(shares)
    parts: list[list[CaseEntry]] = [[] for _ in shares]
    counts = np.zeros(len(parts))
    for place, patient in enumerate(_in_strata(entries, burdens, seed), start=1):
        # Rounded, so that sums of thirds and tenths tie and the first part wins.
        part = int(np.argmax(np.round(wanted * place - counts, 9)))
        counts[part] += 1
        parts[part] += [entry for entry in entries if entry.patient == patient]
    if ((counts == 0) & (wanted > 0)).any():
        raise ScarSegError(
            f"{int(counts.sum())} patients are too few to be split {' : '.join(f'{share:.2g}' for share in wanted)}: "
            "add patients or ask for fewer parts"
        )
    return parts


def _in_strata(entries: Sequence[CaseEntry], burdens: Burdens, seed: int) -> list[str]:
    """Patients by stratum: no scar marked, no scar, and equal groups of rising burden; at random within a stratum."""
    patients = sorted({entry.patient for entry in entries})
    found = {patient: _burden(patient, entries, burdens) for patient in patients}
    positive = [burden for burden in found.values() if burden]
    borders = np.quantile(positive, np.arange(1, BURDEN_STRATA) / BURDEN_STRATA) if positive else np.zeros(0)

    def stratum(patient: str) -> int:
        burden = found[patient]
        if burden is None:
            return -1
        return 0 if burden == 0 else 1 + int(np.searchsorted(borders, burden))

    shuffled = np.random.default_rng(seed).permutation(len(patients))
    return sorted((patients[index] for index in shuffled), key=stratum)


def _burden(patient: str, entries: Sequence[CaseEntry], burdens: Burdens) -> float | None:
    """The largest burden among a patient's cases."""
    values = [burdens.get(entry.case) for entry in entries if entry.patient == patient]
    return max((value for value in values if value is not None), default=None)
