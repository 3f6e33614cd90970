"""Meshes as VTK sees them, and back; the file that Slicer and ParaView open."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray
from vtkmodules.util.numpy_support import numpy_to_vtk, vtk_to_numpy
from vtkmodules.vtkCommonCore import vtkPoints, vtkStringArray
from vtkmodules.vtkCommonDataModel import vtkCellArray, vtkPolyData
from vtkmodules.vtkIOXML import vtkXMLPolyDataWriter

from ScarSegLogic.surface.mesh import TriangleMesh


def to_polydata(mesh: TriangleMesh, point_arrays: Mapping[str, NDArray] | None = None) -> vtkPolyData:
    """A mesh with one value a vertex in each named array, and its normals.

    Args:
        mesh: The surface; its points stay in RAS.
        point_arrays: Name to (V,) values; bool becomes 0 and 1.

    Raises:
        ValueError: An array does not have one value for each vertex.
    """
    data = vtkPolyData()
    points = vtkPoints()
    points.SetData(_vtk_array(mesh.vertices_ras.astype(np.float32)))
    data.SetPoints(points)
    cells = vtkCellArray()
    offsets = np.arange(0, 3 * len(mesh.triangles) + 1, 3, dtype=np.int64)
    cells.SetData(_vtk_array(offsets), _vtk_array(mesh.triangles.astype(np.int64).ravel()))
    data.SetPolys(cells)
    normals = _vtk_array(mesh.normals.astype(np.float32))
    normals.SetName("Normals")
    data.GetPointData().SetNormals(normals)
    for name, values in (point_arrays or {}).items():
        if values.shape != (len(mesh.vertices_ras),):
            raise ValueError(f"array {name} of shape {values.shape} does not fit {len(mesh.vertices_ras)} vertices")
        array = _vtk_array(values.astype(np.uint8) if values.dtype == np.bool_ else values)
        array.SetName(name)
        data.GetPointData().AddArray(array)
    # Slicer takes files without this mark for LPS.
    space = vtkStringArray()
    space.SetName("SPACE")
    space.InsertNextValue("RAS")
    data.GetFieldData().AddArray(space)
    return data


def from_polydata(data: vtkPolyData) -> tuple[TriangleMesh, dict[str, NDArray]]:
    """The mesh and its named point arrays, normals left out.

    Raises:
        ValueError: The surface does not consist of triangles.
    """
    if data.GetNumberOfPoints() == 0:
        return TriangleMesh(np.empty((0, 3)), np.empty((0, 3), dtype=np.int64)), {}
    offsets = vtk_to_numpy(data.GetPolys().GetOffsetsArray())
    if data.GetNumberOfCells() != len(offsets) - 1 or (np.diff(offsets) != 3).any():
        raise ValueError("the surface does not consist of triangles alone")
    vertices = vtk_to_numpy(data.GetPoints().GetData()).astype(np.float64)
    triangles = vtk_to_numpy(data.GetPolys().GetConnectivityArray()).astype(np.int64).reshape(-1, 3)
    points = data.GetPointData()
    names = [points.GetArrayName(index) for index in range(points.GetNumberOfArrays())]
    arrays = {name: vtk_to_numpy(points.GetArray(name)).copy() for name in names if name != "Normals"}
    return TriangleMesh(vertices, triangles), arrays


def vtp_bytes(data: vtkPolyData) -> bytes:
    """The surface as the content of a ``.vtp`` file, in RAS and marked so for Slicer."""
    writer = vtkXMLPolyDataWriter()
    writer.SetInputData(data)
    writer.SetWriteToOutputString(True)
    writer.SetDataModeToBinary()
    writer.Write()
    return writer.GetOutputString().encode()


def _vtk_array(values: NDArray):
    return numpy_to_vtk(np.ascontiguousarray(values), deep=True)
