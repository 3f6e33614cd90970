"""The networks of the LA jobs: which packages are needed, and what they find."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ScarSegLogic.errors import ScarSegError
from ScarSegLogic.models.catalogue import find_package
from ScarSegLogic.models.package import ModelPackage
from ScarSegLogic.quantification.la_request import LAMethod, LARequest
from ScarSegLogic.quantification.result import ModelUse
from ScarSegLogic.volume import LabelMap, Volume
from ScarSegLogic.workflow.predictions import Asked, ask

CAVITY_TASK, SCAR_TASK = "la_cavity", "la_scar"

CAVITY_CURE = "or draw the cavity and give it (command line: --cavity)"
SCAR_CURE = "or choose the method 'iir', 'sd' or 'otsu' (command line: --method)"


@dataclass(frozen=True, eq=False)
class FoundCavity:
    """What the cavity model found in a study.

    Attributes:
        labels: 0 and 1 on the grid of the image.
        models: The package that took part.
        warnings: Sentences for the user.
    """

    labels: LabelMap
    models: tuple[ModelUse, ...]
    warnings: tuple[str, ...] = ()


def needed_packages(request: LARequest, *, cavity_given: bool, scar_given: bool = False) -> tuple[ModelPackage, ...]:
    """The packages of a job, found before any work is done.

    Args:
        request: What is asked.
        cavity_given: Whether a cavity is given; else the cavity model is needed.
        scar_given: Whether scar drawn by hand is given; else the method ``model`` needs the scar model.

    Raises:
        ScarSegError: One is unknown or for another task, with what to do instead.
    """
    packages = []
    if not cavity_given:
        packages.append(_package(request.cavity_model, CAVITY_TASK, CAVITY_CURE))
    if request.method is LAMethod.MODEL and not scar_given:
        packages.append(_package(request.scar_model, SCAR_TASK, SCAR_CURE))
    return tuple(packages)


def find_cavity(
    image: Volume, request: LARequest, *, progress: Callable[[float, str], None] | None = None
) -> FoundCavity:
    """Find the cavity of the left atrium by the request's cavity model.

    Args:
        image: The LGE study, any orientation.
        request: Its ``cavity_model`` and ``device`` are used.
        progress: Called with a share done and a few words.

    Raises:
        ScarSegError: No left atrium is found, or the package is unknown, damaged or for another task.
    """
    from ScarSegLogic.inference.la_cavity import find_la_cavity

    package = _package(request.cavity_model, CAVITY_TASK, CAVITY_CURE)
    if progress:
        progress(0.05, "finding the atrium")
    asked = ask(package, request, lambda device: find_la_cavity(image, package, device))
    if progress:
        progress(1.0, "done")
    labels = LabelMap(asked.answer.astype(np.uint8), image.geometry, "cavity")
    return FoundCavity(labels, (asked.model,), asked.warnings)


def predict_la_scar(image: Volume, cavity: NDArray[np.bool_], request: LARequest) -> Asked[NDArray[np.bool_]]:
    """Scar about a (K, J, I) cavity, in and out of the wall. Raises ScarSegError."""
    from ScarSegLogic.inference.la_scar import find_la_scar

    package = _package(request.scar_model, SCAR_TASK, SCAR_CURE)
    threshold = package.manifest.thresholds[SCAR_TASK]
    return ask(package, request, lambda device: find_la_scar(image, cavity, package, device) > threshold)


def _package(name: str, task: str, cure: str) -> ModelPackage:
    try:
        return find_package(name, task=task)
    except ScarSegError as error:
        raise ScarSegError(f"{error}; {cure}") from error
