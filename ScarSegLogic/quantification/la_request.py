"""What a user asks of the LA job. Parsed by the command line, kept by the module, printed by the report."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from ScarSegLogic.errors import ScarSegError
from ScarSegLogic.quantification.la_presets import PRESETS, IirPreset
from ScarSegLogic.quantification.ranges import check_device, check_range
from ScarSegLogic.surface.kinds import Projection


class LAMethod(StrEnum):
    """How scar is told from the rest of the atrial wall."""

    MODEL = "model"
    IIR = "iir"
    SD = "sd"
    OTSU = "otsu"


class UtahScale(StrEnum):
    """Limits of the categories in % of wall volume."""

    UTAH = "5/20/35"
    DECAAF = "10/20/30"


@dataclass(frozen=True)
class LARequest:
    """Parameters of one LA scar study.

    Attributes:
        method: How scar is found. Mean + n SD by default: it needs no calibrated intensities, and no network has
            seen an expert's scar labels yet (ours).
        iir_preset: Published threshold of the method ``iir``, or ``custom``.
        iir_custom: IIR of the preset ``custom``, 0.5 to 3; required by it, else None.
        n_sd: SDs above the mean of the blood pool for ``sd``, 1 to 8; 2.3, 3 and 3.3 are published.
        is_magnitude: Whether the intensities are magnitudes, so that ratios of them mean something; None to go by the
            image's header.
        inner_mm: Thickness of the wall inside the cavity's surface, 0 to 6.
        outer_mm: Thickness of the wall outside it, 0 to 10. One of the two is above 0.
        blood_pool_erosion_mm: The blood pool is the cavity without a rim of this thickness, 0 to 10.
        minimum_island_mm3: Scar islands of a smaller volume are dropped, 0 to 1000; not from a model's scar.
        shell_from_mm, shell_to_mm: Part of each outward normal that the shell shows, -10 to 10, outward positive.
        shell_projection: Maximum or mean along it.
        ring_width_mm: Width of the band around a vein in which scar closes the ring, 1 to 30.
        antrum_mm: Everything within this distance of a vein's rim is antrum, 0 to 30.
        pre_ablation: Whether the study is declared to precede any ablation; only then there is a Utah category.
        utah_scale: Which limits the category goes by.
        cavity_model: Model package (name or path) that finds the cavity where none is given.
        scar_model: Model package (name or path) of the method ``model``.
        device: ``auto``, ``cpu``, ``cuda`` or ``mps``.

    Raises:
        ScarSegError: A value lies outside its range, is not finite or does not fit another.
    """

    method: LAMethod = LAMethod.SD
    iir_preset: IirPreset = IirPreset.BENITO_1_20
    iir_custom: float | None = None
    n_sd: float = 3.3
    is_magnitude: bool | None = None
    inner_mm: float = 0.0
    outer_mm: float = 2.5
    blood_pool_erosion_mm: float = 3.0
    minimum_island_mm3: float = 10.0
    shell_from_mm: float = -1.0
    shell_to_mm: float = 3.0
    shell_projection: Projection = Projection.MAX
    ring_width_mm: float = 8.0
    antrum_mm: float = 8.0
    pre_ablation: bool = False
    utah_scale: UtahScale = UtahScale.UTAH
    cavity_model: str = "la_cavity_la2018"
    scar_model: str = "la_scar_phantom"
    device: str = "auto"

    def __post_init__(self) -> None:
        if (self.iir_preset is IirPreset.CUSTOM) != (self.iir_custom is not None):
            raise ScarSegError(
                f"the preset '{self.iir_preset}' and the IIR {self.iir_custom} do not fit: an IIR of your own goes "
                "with the preset 'custom' and with no other (command line: --threshold)"
            )
        if self.iir_custom is not None:
            check_range("iir_custom", self.iir_custom, 0.5, 3)
        check_range("n_sd", self.n_sd, 1, 8)
        check_range("inner_mm", self.inner_mm, 0, 6)
        check_range("outer_mm", self.outer_mm, 0, 10)
        if not self.inner_mm + self.outer_mm > 0:
            raise ScarSegError("inner_mm and outer_mm are both 0: a wall needs a thickness")
        check_range("blood_pool_erosion_mm", self.blood_pool_erosion_mm, 0, 10)
        check_range("minimum_island_mm3", self.minimum_island_mm3, 0, 1000)
        check_range("shell_from_mm", self.shell_from_mm, -10, 10)
        check_range("shell_to_mm", self.shell_to_mm, -10, 10)
        if not self.shell_from_mm < self.shell_to_mm:
            raise ScarSegError(
                f"the shell runs from {self.shell_from_mm:g} to {self.shell_to_mm:g} mm: the second must be larger"
            )
        check_range("ring_width_mm", self.ring_width_mm, 1, 30)
        check_range("antrum_mm", self.antrum_mm, 0, 30)
        check_device(self.device)

    @property
    def iir(self) -> float:
        """The threshold of the method ``iir``."""
        return PRESETS[self.iir_preset].iir if self.iir_custom is None else self.iir_custom
