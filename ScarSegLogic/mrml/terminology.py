"""The codes of ``ScarSegLogic.terminology`` as Slicer keeps them: one string in a segment's terminology tag."""

from __future__ import annotations

from typing import Any

from ScarSegLogic.terminology import STRUCTURES, Code

TYPE_CONTEXT = "Segmentation category and type - DICOM master list"
REGION_CONTEXT = "Anatomic codes - DICOM master list"
"""The names of the terminologies that Slicer ships (Modules/Loadable/Terminologies/Resources)."""


def terminology_entry(kind: str) -> str:
    """The terminology of a kind of segment, serialised as ``vtkSlicerTerminologiesModuleLogic`` does.

    That is ``context~category~type~type modifier~region context~region~region modifier``, each code as
    ``scheme^value^meaning``.
    """
    structure = STRUCTURES[kind]
    return "~".join(
        (
            TYPE_CONTEXT,
            _serialised(structure.category),
            _serialised(structure.type),
            _serialised(None),
            REGION_CONTEXT,
            _serialised(structure.region),
            _serialised(None),
        )
    )


def apply_terminology(segment: Any, kind: str) -> None:
    """Give a ``vtkSegment`` the name, the colour and the codes of its kind."""
    structure = STRUCTURES[kind]
    segment.SetName(structure.name)
    segment.SetColor(*structure.rgb)
    segment.SetTerminology(terminology_entry(kind))


def _serialised(code: Code | None) -> str:
    return f"{code.scheme}^{code.value}^{code.meaning}" if code else "^^"
