"""The networks of the LV jobs: each is asked here and nowhere else in ``workflow``, torch and all imported late."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ScarSegLogic.labels import HeartMasks
from ScarSegLogic.models.catalogue import find_package
from ScarSegLogic.models.package import ModelPackage
from ScarSegLogic.quantification.request import LVRequest
from ScarSegLogic.quantification.result import ModelUse
from ScarSegLogic.volume import Volume

if TYPE_CHECKING:
    from ScarSegLogic.inference.lv_anatomy import AnatomyPrediction
    from ScarSegLogic.inference.lv_scar import ScarPrediction

Point = tuple[float, float, float]
"""R, A, S in mm."""


def predict_anatomy(stack: Volume, request: LVRequest) -> tuple[AnatomyPrediction, ModelUse]:
    """Cavity, myocardium and RV insertion of a stack with slices first. Raises ScarSegError."""
    from ScarSegLogic.inference.lv_anatomy import predict_anatomy as run_network

    package = find_package(request.anatomy_model, task="lv_anatomy")
    return run_network(stack, package, request.device), model_use(package)


def predict_insertion(
    stack: Volume, masks: HeartMasks, request: LVRequest
) -> tuple[Point | None, str | None, ModelUse]:
    """The anterior RV insertion or None, why there is none, and the package asked. Raises ScarSegError."""
    from ScarSegLogic.inference.lv_anatomy import find_insertion

    package = find_package(request.anatomy_model, task="lv_anatomy")
    return *find_insertion(stack, masks.cavity, masks.myocardium, package, request.device), model_use(package)


def predict_scar(
    stack: Volume, cavity: NDArray[np.bool_], myocardium: NDArray[np.bool_], request: LVRequest
) -> tuple[ScarPrediction, ModelUse]:
    """Scar and MVO inside (K, J, I) masks of a stack with slices first. Raises ScarSegError."""
    from ScarSegLogic.inference.lv_scar import predict_scar as run_network

    package = find_package(request.scar_model, task="lv_scar")
    return run_network(stack, cavity, myocardium, package, request.device), model_use(package)


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
