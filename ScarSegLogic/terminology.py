"""Names, codes and colours of the structures that ScarSeg segments: one table for Slicer's segments and DICOM.

The codes are SNOMED CT's as DICOM PS3.16 carries them; no code is of our own making:

- cavity: "Left ventricle" of CID 7151, as in Slicer's standard terminology; SNOMED's code for the lumen alone is in
  neither of the two.
- myocardium: "Left ventricle myocardium" of CID 12305; Slicer's terminology has no myocardium.
- scar: "Scar tissue" of CID 7191 under "Tissue", as in Slicer's standard terminology.
- MVO: neither knows microvascular obstruction. "Obstruction" (a morphologic abnormality of SNOMED CT) in the
  myocardium says it; "Necrosis", which Slicer's list has, would be wrong: the scar around an acute MVO is necrotic too.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True)
class Code:
    """A coded concept: its value, its scheme (``SCT`` is SNOMED CT) and its meaning, in DICOM's own wording."""

    value: str
    meaning: str
    scheme: str = "SCT"


@dataclass(frozen=True)
class Structure:
    """One kind of segment.

    Attributes:
        kind: The key in ``STRUCTURES``.
        name: What people call it; the name of the segment.
        category, type: Segmented property category and type.
        region: Where it lies, for what is not itself a place of the body; else None.
        colour: ``#RRGGBB``, the same in Slicer, DICOM and the report.
    """

    kind: str
    name: str
    category: Code
    type: Code
    region: Code | None
    colour: str

    @property
    def rgb(self) -> tuple[float, float, float]:
        """Red, green and blue from 0 to 1."""
        return tuple(int(self.colour[start : start + 2], 16) / 255.0 for start in (1, 3, 5))


ANATOMICAL_STRUCTURE = Code("123037004", "Anatomical Structure")
TISSUE = Code("85756007", "Tissue")
MORPHOLOGICALLY_ALTERED_STRUCTURE = Code("49755003", "Morphologically Altered Structure")
LEFT_VENTRICLE = Code("87878005", "Left ventricle")
LEFT_VENTRICLE_MYOCARDIUM = Code("49848007", "Left Ventricle Myocardium")
SCAR_TISSUE = Code("12402003", "Scar tissue")
OBSTRUCTION = Code("26036001", "Obstruction")

CAVITY, MYOCARDIUM, SCAR, MVO = "cavity", "myocardium", "scar", "mvo"

STRUCTURES: Mapping[str, Structure] = MappingProxyType(
    {
        structure.kind: structure
        for structure in (
            Structure(CAVITY, "LV cavity", ANATOMICAL_STRUCTURE, LEFT_VENTRICLE, None, "#35C2FF"),
            Structure(MYOCARDIUM, "LV myocardium", ANATOMICAL_STRUCTURE, LEFT_VENTRICLE_MYOCARDIUM, None, "#B8F5C8"),
            Structure(SCAR, "Scar", TISSUE, SCAR_TISSUE, LEFT_VENTRICLE_MYOCARDIUM, "#E8402A"),
            Structure(MVO, "MVO", MORPHOLOGICALLY_ALTERED_STRUCTURE, OBSTRUCTION, LEFT_VENTRICLE_MYOCARDIUM, "#FFE45C"),
        )
    }
)
"""Every kind, in the order of the segments. The myocardium is the whole wall: scar and MVO lie inside it."""

SEGMENT_KINDS = tuple(STRUCTURES)

_BASAL_TO_APEX = (
    ("264850008", "basal anterior"),
    ("396482007", "basal anteroseptal"),
    ("396646008", "basal inferoseptal"),
    ("264846001", "basal inferior"),
    ("396652009", "basal inferolateral"),
    ("396654005", "basal anterolateral"),
    ("264848000", "mid anterior"),
    ("396647004", "mid anteroseptal"),
    ("396649001", "mid inferoseptal"),
    ("264847005", "mid inferior"),
    ("396655006", "mid inferolateral"),
    ("396656007", "mid anterolateral"),
    ("264844003", "apical anterior"),
    ("264845002", "apical septal"),
    ("264849008", "apical inferior"),
    ("264853005", "apical lateral"),
)

AHA_SEGMENTS: Mapping[int, Code] = MappingProxyType(
    {
        **{
            number: Code(value, f"left ventricle {name} segment")
            for number, (value, name) in enumerate(_BASAL_TO_APEX, start=1)
        },
        17: Code("128564006", "Left ventricle apex"),
    }
)
"""Finding sites of the 17 segments (CID 3717; the apex also in CID 3609)."""
