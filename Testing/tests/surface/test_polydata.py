"""Meshes as VTK and Slicer read them."""

from __future__ import annotations

import numpy as np
import pytest
from vtkmodules.vtkFiltersCore import vtkMassProperties, vtkPolyDataNormals
from vtkmodules.vtkIOXML import vtkXMLPolyDataReader

from ScarSegLogic.surface.extraction import cavity_surface
from ScarSegLogic.surface.mesh import TriangleMesh
from ScarSegLogic.surface.polydata import from_polydata, to_polydata, vtp_bytes
from Testing.tests.atrium import Atrium, grid


@pytest.fixture(scope="module")
def mesh() -> TriangleMesh:
    atrium = Atrium(grid((2.0, 1.0, 1.0), size_mm=64))
    return cavity_surface(atrium.cavity, atrium.geometry)


def test_a_mesh_and_its_values_come_back(mesh):
    values = {"IIR": np.linspace(0, 2, len(mesh.vertices_ras), dtype=np.float32), "Scar": mesh.normals[:, 0] > 0}
    again, arrays = from_polydata(to_polydata(mesh, values))
    assert again.vertices_ras == pytest.approx(mesh.vertices_ras, abs=1e-4)
    assert (again.triangles == mesh.triangles).all()
    assert list(arrays) == ["IIR", "Scar"]
    assert (arrays["IIR"] == values["IIR"]).all()
    assert arrays["Scar"].dtype == np.uint8
    assert (arrays["Scar"] == values["Scar"]).all()


def test_vtk_measures_the_same_area_and_volume(mesh):
    properties = vtkMassProperties()
    properties.SetInputData(to_polydata(mesh))
    assert properties.GetSurfaceArea() / 100 == pytest.approx(mesh.area_cm2, rel=1e-4)
    assert properties.GetVolume() / 1000 == pytest.approx(mesh.enclosed_volume_ml, rel=1e-3)


def test_vtk_finds_the_same_outward_normals(mesh):
    normals = vtkPolyDataNormals()
    normals.SetInputData(to_polydata(mesh))
    normals.SplittingOff()
    normals.ConsistencyOff()
    normals.Update()
    theirs = normals.GetOutput().GetPointData().GetNormals()
    cosines = [np.dot(theirs.GetTuple3(place), mesh.normals[place]) for place in range(0, len(mesh.normals), 50)]
    # VTK gives every triangle the same weight, we weigh by area.
    assert min(cosines) > 0.98


def test_the_file_says_that_it_is_in_ras(mesh, tmp_path):
    path = tmp_path / "Schale mit Ä.vtp"
    path.write_bytes(vtp_bytes(to_polydata(mesh, {"Scar": np.ones(len(mesh.vertices_ras), dtype=bool)})))
    reader = vtkXMLPolyDataReader()
    reader.SetFileName(str(path))
    reader.Update()
    data = reader.GetOutput()
    assert data.GetFieldData().GetAbstractArray("SPACE").GetValue(0) == "RAS"
    again, arrays = from_polydata(data)
    assert again.vertices_ras == pytest.approx(mesh.vertices_ras, abs=1e-4)
    assert arrays["Scar"].all()


def test_slicer_reads_the_file_where_it_was_written(mesh, tmp_path):
    slicer = pytest.importorskip("slicer", reason="needs slicer-core")
    path = tmp_path / "shell.vtp"
    path.write_bytes(vtp_bytes(to_polydata(mesh)))
    scene, node, storage = slicer.vtkMRMLScene(), slicer.vtkMRMLModelNode(), slicer.vtkMRMLModelStorageNode()
    scene.AddNode(node)
    scene.AddNode(storage)
    storage.SetFileName(str(path))
    assert storage.ReadData(node) == 1
    assert from_polydata(node.GetPolyData())[0].vertices_ras == pytest.approx(mesh.vertices_ras, abs=1e-3)


def test_each_vertex_needs_its_value(mesh):
    with pytest.raises(ValueError, match=r"array IIR of shape \(3,\) does not fit"):
        to_polydata(mesh, {"IIR": np.zeros(3)})


def test_nothing_is_a_surface_too():
    empty = TriangleMesh(np.empty((0, 3)), np.empty((0, 3), dtype=int))
    assert len(from_polydata(to_polydata(empty))[0].vertices_ras) == 0
