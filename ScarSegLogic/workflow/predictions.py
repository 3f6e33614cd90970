"""The networks of the LV jobs: each is asked here and nowhere else in ``workflow``, torch and all imported late."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from ScarSegLogic.inference.device_memory import with_cpu_fallback
from ScarSegLogic.inference.watch import heard
from ScarSegLogic.labels import HeartMasks
from ScarSegLogic.models.catalogue import find_package
from ScarSegLogic.models.package import ModelPackage
from ScarSegLogic.quantification.la_request import LARequest
from ScarSegLogic.quantification.request import LVRequest
from ScarSegLogic.quantification.result import ModelUse
from ScarSegLogic.volume import Volume

if TYPE_CHECKING:
    from ScarSegLogic.inference.lv_anatomy import AnatomyPrediction
    from ScarSegLogic.inference.lv_scar import ScarPrediction

Answer = TypeVar("Answer")

Point = tuple[float, float, float]
"""R, A, S in mm."""


@dataclass(frozen=True, eq=False)
class Asked(Generic[Answer]):
    """What a network answered.

    Attributes:
        answer: The prediction.
        model: The package that was asked.
        warnings: What the user should know of how, for example that the graphics card was too small.
    """

    answer: Answer
    model: ModelUse
    warnings: tuple[str, ...] = ()


def predict_anatomy(stack: Volume, request: LVRequest) -> Asked[AnatomyPrediction]:
    """Cavity, myocardium and RV insertion of a stack with slices first. Raises ScarSegError."""
    from ScarSegLogic.inference.lv_anatomy import predict_anatomy as run_network

    package = find_package(request.anatomy_model, task="lv_anatomy")
    return ask(package, request, lambda device: run_network(stack, package, device))


def predict_insertion(stack: Volume, masks: HeartMasks, request: LVRequest) -> Asked[tuple[Point | None, str | None]]:
    """The anterior RV insertion, or None and why there is none. Raises ScarSegError."""
    from ScarSegLogic.inference.lv_anatomy import find_insertion

    package = find_package(request.anatomy_model, task="lv_anatomy")
    return ask(package, request, lambda device: find_insertion(stack, masks.cavity, masks.myocardium, package, device))


def predict_scar(
    stack: Volume, cavity: NDArray[np.bool_], myocardium: NDArray[np.bool_], request: LVRequest
) -> Asked[ScarPrediction]:
    """Scar and MVO inside (K, J, I) masks of a stack with slices first. Raises ScarSegError."""
    from ScarSegLogic.inference.lv_scar import predict_scar as run_network

    package = find_package(request.scar_model, task="lv_scar")
    return ask(package, request, lambda device: run_network(stack, cavity, myocardium, package, device))


def ask(package: ModelPackage, request: LVRequest | LARequest, run: Callable[[str], Answer]) -> Asked[Answer]:
    """Run on the device that the request names, or on the CPU where that does not suffice."""
    with heard() as said:
        answer = with_cpu_fallback(run, request.device)
    return Asked(answer, model_use(package), tuple(said))


def model_use(package: ModelPackage) -> ModelUse:
    """What the report says of a package."""
    manifest = package.manifest
    return ModelUse(
        manifest.name,
        manifest.version,
        manifest.task,
        manifest.licence,
        manifest.training_data,
        manifest.sha256,
        manifest.notice,
    )
