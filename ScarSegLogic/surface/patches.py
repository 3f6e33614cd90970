"""Connected patches of a surface."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse import csgraph

from ScarSegLogic.surface.mesh import MM2_PER_CM2, TriangleMesh


def patch_areas_cm2(mesh: TriangleMesh, selected: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Area of each patch of selected vertices, the largest first; empty where none is selected.

    Vertices belong to one patch where edges between selected vertices join them.

    Args:
        mesh: The surface.
        selected: (V,) bool.
    """
    labels = label_patches(mesh, selected)
    areas = np.bincount(labels, weights=mesh.vertex_areas_mm2)[1:] / MM2_PER_CM2
    return np.sort(areas)[::-1]


def label_patches(mesh: TriangleMesh, selected: NDArray[np.bool_]) -> NDArray[np.int32]:
    """(V,) int32: 1, 2, ... in each patch of selected vertices, 0 elsewhere."""
    labels = np.zeros(len(selected), dtype=np.int32)
    numbers = np.cumsum(selected) - 1
    inner = mesh.edges[selected[mesh.edges].all(axis=1)]
    count = int(np.count_nonzero(selected))
    graph = sparse.coo_matrix((np.ones(len(inner)), (numbers[inner[:, 0]], numbers[inner[:, 1]])), shape=(count, count))
    if count:
        labels[selected] = csgraph.connected_components(graph, directed=False)[1] + 1
    return labels
