"""The body around the heart as a function of patient coordinates: skin fat, chest wall, lungs, liver, abdomen."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ScarSegLogic.phantom.signal import Tissue


@dataclass(frozen=True)
class Organ:
    """An ellipsoid with its axes along RAS: centre and semi-axes in mm, tissue, and tissue of its 3 mm rim."""

    centre_ras_mm: tuple[float, float, float]
    semi_axes_mm: tuple[float, float, float]
    tissue: Tissue
    rim: Tissue | None = None


@dataclass(frozen=True)
class Torso:
    """An elliptic trunk. All coordinates are RAS relative to the middle of the LV, in mm.

    Attributes:
        centre_ra: Trunk axis, (R, A).
        semi_axes_ra: Half width and half depth at the skin.
        fat_mm, wall_mm: Thickness of the fat under the skin and of the muscular chest wall.
        diaphragm_s: Height of the diaphragm under the heart.
        dome_mm: Further rise of its right dome.
        mediastinum_mm: Half width of the fat between the lungs.
        liver_left_r: R coordinate where the liver ends and stomach, spleen and fat begin.
        organs: Drawn last, in order, inside the trunk.
    """

    centre_ra: tuple[float, float]
    semi_axes_ra: tuple[float, float]
    fat_mm: float
    wall_mm: float
    diaphragm_s: float
    dome_mm: float
    liver_left_r: float
    mediastinum_mm: float
    organs: tuple[Organ, ...]

    def inside_chest_mm(self, r: NDArray[np.float32], a: NDArray[np.float32]) -> NDArray[np.float32]:
        """About how deep points lie within the chest wall; negative in it and outside."""
        depth, fat = self._depth_and_fat_mm(r, a)
        return depth - fat - np.float32(self.wall_mm)

    def _depth_and_fat_mm(
        self, r: NDArray[np.float32], a: NDArray[np.float32]
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Depth under the skin and thickness of the fat there."""
        across = ((r - np.float32(self.centre_ra[0])) / np.float32(self.semi_axes_ra[0])) ** 2
        deep = ((a - np.float32(self.centre_ra[1])) / np.float32(self.semi_axes_ra[1])) ** 2
        # A trunk is flatter than an ellipse, so fourth powers mix in.
        distance = np.float32(0.4) * (across * across + deep * deep) + np.float32(0.6) * (across + deep) ** 2
        depth = (1.0 - np.sqrt(np.sqrt(distance))) * np.float32(sum(self.semi_axes_ra) / 2.0)
        return depth, np.float32(self.fat_mm) * (1.0 + np.float32(0.25) * np.sin(r / np.float32(31.0)))

    def tissue(self, r: NDArray[np.float32], a: NDArray[np.float32], s: NDArray[np.float32]) -> NDArray[np.uint8]:
        """Tissue of points given by their R, A and S coordinates in mm, arrays of one shape."""
        depth, fat = self._depth_and_fat_mm(r, a)
        found = np.full(r.shape, Tissue.AIR, np.uint8)
        inside = depth > fat + np.float32(self.wall_mm)
        found[depth > 0.0] = Tissue.FAT
        # The ribs slant, so an oblique slice meets them as a row of spots between strips of muscle.
        ribs = np.sin((s + 0.5 * a) / 4.5) > 0.45
        found[depth > fat] = Tissue.MUSCLE
        found[(depth > fat + 0.35 * self.wall_mm) & ribs] = Tissue.BONE
        found[(depth > fat + 0.8 * self.wall_mm)] = Tissue.FAT
        diaphragm = (
            self.diaphragm_s
            + self.dome_mm * np.clip((r - 20.0) / 70.0, 0.0, 1.0)
            - (np.maximum(-r - 10.0, 0.0) ** 2 + (a * 0.7) ** 2) / np.float32(170.0)
        )
        above = s > diaphragm
        found[inside & above] = Tissue.LUNG
        mediastinum = (np.abs(r - self.centre_ra[0]) < self.mediastinum_mm) & above & inside
        found[mediastinum] = Tissue.FAT
        below = inside & ~above
        found[below] = Tissue.FAT
        found[below & (s < diaphragm - 2.0) & (r > self.liver_left_r + 0.3 * (s - diaphragm))] = Tissue.LIVER
        for organ in self.organs:
            squares = [
                ((points - np.float32(centre)) * np.float32(1.0 / axis)) ** 2
                for points, centre, axis in zip((r, a, s), organ.centre_ras_mm, organ.semi_axes_mm, strict=True)
            ]
            distance = squares[0] + squares[1] + squares[2]
            where = (distance < 1.0) & inside
            found[where] = organ.tissue
            if organ.rim is not None:
                found[where & (distance > (1.0 - 3.0 / min(organ.semi_axes_mm)) ** 2)] = organ.rim
        return found


def sample_torso(generator: np.random.Generator) -> Torso:
    """Draw a body around a heart. Ranges are ours: adult trunks, the heart left of and before the middle."""
    g = generator
    half_depth, half_width = g.uniform(98.0, 128.0), g.uniform(150.0, 190.0)
    fat, wall = g.uniform(6.0, 32.0), g.uniform(12.0, 24.0)
    centre_r = g.uniform(28.0, 52.0)
    # The RV needs about 50 mm between the LV's middle and the chest wall.
    centre_a = -(half_depth - fat - wall - g.uniform(45.0, 70.0))
    diaphragm = -g.uniform(32.0, 46.0)
    organs = [
        # Vertebra, spinal muscles, descending aorta, oesophagus.
        Organ((centre_r, centre_a - half_depth + fat + 48.0, 0.0), (22.0, 20.0, 400.0), Tissue.BONE),
        Organ((centre_r - 30.0, centre_a - half_depth + fat + 22.0, 0.0), (22.0, 16.0, 400.0), Tissue.MUSCLE),
        Organ((centre_r + 30.0, centre_a - half_depth + fat + 22.0, 0.0), (22.0, 16.0, 400.0), Tissue.MUSCLE),
        Organ((centre_r - 26.0, centre_a - half_depth + fat + 70.0, 0.0), (12.0, 12.0, 400.0), Tissue.RV_BLOOD),
    ]
    if g.random() < 0.85:
        size = g.uniform(0.7, 1.3)
        organs.append(
            Organ(
                (-g.uniform(5.0, 40.0), g.uniform(-40.0, 10.0), diaphragm - 45.0 * size),
                (32.0 * size, 40.0 * size, 38.0 * size),
                Tissue.STOMACH,
                Tissue.MYOCARDIUM,
            )
        )
    if g.random() < 0.8:
        organs.append(
            Organ(
                (-g.uniform(55.0, 85.0), -g.uniform(40.0, 80.0), diaphragm - g.uniform(20.0, 45.0)),
                (26.0, 42.0, 32.0),
                Tissue.SPLEEN,
            )
        )
    if g.random() < 0.6:
        centre = (-g.uniform(20.0, 50.0), -g.uniform(60.0, 85.0), diaphragm - g.uniform(70.0, 95.0))
        organs.append(Organ(centre, (28.0, 28.0, 48.0), Tissue.RV_BLOOD))
        organs.append(Organ(centre, (12.0, 12.0, 26.0), Tissue.FAT))
    for _ in range(int(g.integers(2, 9))):
        # Bowel and whatever else: shapes that are not the heart, so a network learns what it is not.
        centre = (g.uniform(-80.0, 60.0), g.uniform(-60.0, 50.0), diaphragm - g.uniform(55.0, 130.0))
        axes = tuple(float(size) for size in g.uniform(9.0, 26.0, 3))
        tissue = Tissue(int(g.choice([Tissue.STOMACH, Tissue.MUSCLE, Tissue.BLOOD, Tissue.AIR, Tissue.SPLEEN])))
        organs.append(Organ(centre, axes, tissue, Tissue.MUSCLE if g.random() < 0.5 else None))
    return Torso(
        centre_ra=(centre_r, centre_a),
        semi_axes_ra=(half_width, half_depth),
        fat_mm=fat,
        wall_mm=wall,
        diaphragm_s=diaphragm,
        dome_mm=g.uniform(0.0, 30.0),
        liver_left_r=g.uniform(-70.0, 25.0),
        mediastinum_mm=g.uniform(0.0, 20.0),
        organs=tuple(organs),
    )
