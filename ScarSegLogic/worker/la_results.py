"""An LA result on its way to and from the worker: numbers as JSON, masks and shell as arrays."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from numpy.typing import NDArray

from ScarSegLogic.quantification.la_result import LAScarResult, LAShell
from ScarSegLogic.quantification.la_result_json import LAArrays, la_result_from_json, la_result_to_json
from ScarSegLogic.surface.mesh import TriangleMesh
from ScarSegLogic.volume import LabelMap
from ScarSegLogic.worker.images import label_map_from_json, label_map_to_json

MASKS = ("cavity", "wall", "scar", "blood_pool_mask")
SHELL_VALUES = ("intensity", "iir", "scar", "thickness_mm", "region", "excluded")


def result_to_answer(result: LAScarResult) -> tuple[dict[str, Any], dict[str, NDArray]]:
    """JSON and arrays of a result."""
    masks: dict[str, LabelMap] = {name: getattr(result, name) for name in MASKS}
    document = {
        "result": la_result_to_json(result),
        "masks": {name: label_map_to_json(mask) for name, mask in masks.items()},
    }
    arrays = {name: mask.array for name, mask in masks.items()}
    return document, {**arrays, **_shell_arrays(result.shell)}


def result_from_answer(document: Mapping[str, Any], arrays: Mapping[str, NDArray]) -> LAScarResult:
    """The result of ``result_to_answer``. Raises ScarSegError where the JSON is damaged."""
    masks = {name: label_map_from_json(document["masks"][name], arrays[name]) for name in MASKS}
    return la_result_from_json(document["result"], LAArrays(**masks, shell=_shell(arrays)))


def _shell_arrays(shell: LAShell | None) -> dict[str, NDArray]:
    if shell is None:
        return {}
    values = {f"shell_{name}": getattr(shell, name) for name in SHELL_VALUES}
    mesh = {"shell_vertices_ras": shell.mesh.vertices_ras, "shell_triangles": shell.mesh.triangles}
    return {**mesh, **{name: array for name, array in values.items() if array is not None}}


def _shell(arrays: Mapping[str, NDArray]) -> LAShell | None:
    if "shell_vertices_ras" not in arrays:
        return None
    mesh = TriangleMesh(arrays["shell_vertices_ras"], arrays["shell_triangles"])
    return LAShell(mesh, **{name: arrays.get(f"shell_{name}") for name in SHELL_VALUES})
