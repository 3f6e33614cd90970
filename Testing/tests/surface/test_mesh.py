"""Triangle meshes: areas, volumes and normals that one can check on paper."""

from __future__ import annotations

import numpy as np
import pytest

from ScarSegLogic.surface.mesh import TriangleMesh
from ScarSegLogic.surface.patches import label_patches, patch_areas_cm2

TETRAHEDRON = TriangleMesh(
    np.array([[0, 0, 0], [10, 0, 0], [0, 10, 0], [0, 0, 10]]) + 500.0,
    np.array([[0, 2, 1], [0, 1, 3], [0, 3, 2], [1, 2, 3]]),
)


def strip(count: int) -> TriangleMesh:
    """A strip of squares of 10 mm in a row, each of two triangles."""
    x = np.repeat(np.arange(count + 1), 2) * 10.0
    vertices = np.stack([x, np.tile([0.0, 10.0], count + 1), np.zeros(2 * count + 2)], axis=1)
    lower = np.arange(count) * 2
    triangles = np.concatenate(
        [np.stack([lower, lower + 2, lower + 1], 1), np.stack([lower + 1, lower + 2, lower + 3], 1)]
    )
    return TriangleMesh(vertices, triangles)


def test_area_and_volume_are_those_of_a_tetrahedron():
    assert TETRAHEDRON.area_cm2 == pytest.approx((3 * 50 + np.sqrt(3) / 4 * 200) / 100)
    assert TETRAHEDRON.enclosed_volume_ml == pytest.approx(1 / 6)


def test_vertex_areas_add_up_to_the_surface():
    assert TETRAHEDRON.vertex_areas_mm2.sum() / 100 == pytest.approx(TETRAHEDRON.area_cm2)
    assert TETRAHEDRON.vertex_areas_mm2[0] == pytest.approx(50)
    assert TETRAHEDRON.area_of_cm2(np.array([True, False, False, False])) == pytest.approx(0.5)


def test_normals_look_outward():
    assert TETRAHEDRON.normals[0] == pytest.approx(-np.ones(3) / np.sqrt(3))
    outward = TETRAHEDRON.vertices_ras - TETRAHEDRON.vertices_ras.mean(axis=0)
    assert (np.einsum("ij,ij->i", TETRAHEDRON.normals, outward) > 0).all()


def test_each_edge_is_named_once():
    assert TETRAHEDRON.edges.tolist() == [[0, 1], [0, 2], [0, 3], [1, 2], [1, 3], [2, 3]]


def test_an_empty_mesh_has_no_area():
    empty = TriangleMesh(np.empty((0, 3)), np.empty((0, 3), dtype=int))
    assert empty.area_cm2 == 0
    assert empty.enclosed_volume_ml == 0
    assert len(empty.edges) == 0


def test_a_triangle_must_name_known_vertices():
    with pytest.raises(ValueError, match=r"triangles name vertices 0 to 3 of 3"):
        TriangleMesh(np.zeros((3, 3)), np.array([[0, 1, 3]]))


def test_patches_are_joined_by_edges_alone():
    mesh = strip(6)
    selected = np.zeros(14, dtype=bool)
    selected[[0, 1, 2, 3, 8, 9]] = True
    labels = label_patches(mesh, selected)
    assert (labels > 0).tolist() == selected.tolist()
    assert len(set(labels[:4])) == 1
    assert labels[8] == labels[9] != labels[0]
    areas = patch_areas_cm2(mesh, selected)
    assert areas.sum() == pytest.approx(mesh.area_of_cm2(selected))
    assert areas[0] > areas[1]


def test_no_selected_vertex_is_no_patch():
    assert patch_areas_cm2(strip(2), np.zeros(6, dtype=bool)).tolist() == []
