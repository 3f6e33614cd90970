"""Which model packages a job will use: found and verified before the work, with what must be said of their licence."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from ScarSegLogic.quantification.la_request import LARequest
from ScarSegLogic.quantification.request import LVRequest, ScarMethod

if TYPE_CHECKING:
    from ScarSegLogic.models.package import ModelPackage


def models_in_use(request: LVRequest, *, myocardium_given: bool) -> tuple[ModelPackage, ...]:
    """Find the packages of a job and check their weights.

    Raises:
        ScarSegError: A package that the job cannot do without is unknown, for another task or damaged.
    """
    from ScarSegLogic.errors import ScarSegError
    from ScarSegLogic.models.catalogue import find_package
    from ScarSegLogic.models.package import verify

    def whole(name: str, task: str) -> ModelPackage:
        package = find_package(name, task=task)
        verify(package)
        return package

    packages = []
    if request.method is ScarMethod.MODEL:
        packages.append(whole(request.scar_model, "lv_scar"))
    if not myocardium_given:
        packages.append(whole(request.anatomy_model, "lv_anatomy"))
    elif request.rv_insertion_ras is None:
        # With a myocardium the anatomy model only proposes the RV insertion: the job goes on without it.
        with suppress(ScarSegError):
            packages.append(whole(request.anatomy_model, "lv_anatomy"))
    return tuple(packages)


def la_models_in_use(request: LARequest, *, cavity_given: bool) -> tuple[ModelPackage, ...]:
    """Find the packages of an LA job and check their weights.

    Raises:
        ScarSegError: A package is unknown, for another task or damaged.
    """
    from ScarSegLogic.models.package import verify
    from ScarSegLogic.workflow.la_predictions import needed_packages

    packages = needed_packages(request, cavity_given=cavity_given)
    for package in packages:
        verify(package)
    return packages


def licence_notices(packages: tuple[ModelPackage, ...]) -> tuple[str, ...]:
    """One sentence for each package whose use is restricted."""
    return tuple(
        f"model {package.manifest.name} ({package.manifest.licence}): {package.manifest.notice}"
        for package in packages
        if package.manifest.notice
    )
