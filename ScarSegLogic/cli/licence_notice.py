"""Says what a user must know of a model's licence before it is used."""

from __future__ import annotations

from contextlib import suppress

from ScarSegLogic.quantification.request import LVRequest, ScarMethod


def licence_notices(request: LVRequest, *, myocardium_given: bool) -> tuple[str, ...]:
    """One sentence for each model package with restrictions that this job will use.

    Raises:
        ScarSegError: A package that the job cannot do without is unknown or damaged.
    """
    from ScarSegLogic.errors import ScarSegError
    from ScarSegLogic.models.catalogue import find_package

    packages = []
    if request.method is ScarMethod.MODEL:
        packages.append(find_package(request.scar_model, task="lv_scar"))
    if not myocardium_given:
        packages.append(find_package(request.anatomy_model, task="lv_anatomy"))
    elif request.rv_insertion_ras is None:
        # With a myocardium the anatomy model only proposes the RV insertion: the job goes on without it.
        with suppress(ScarSegError):
            packages.append(find_package(request.anatomy_model, task="lv_anatomy"))
    return tuple(
        f"model {package.manifest.name} ({package.manifest.licence}): {package.manifest.notice}"
        for package in packages
        if package.manifest.notice
    )
