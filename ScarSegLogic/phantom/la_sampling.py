"""Draws a left atrium and finds its ostia where the veins have narrowed."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ScarSegLogic.phantom.distance_fields import Field, Points, sample_waves, smooth_union
from ScarSegLogic.phantom.la_anatomy import (
    FLARE_MM,
    INFLOW_FILLET_MM,
    VEIN_NAMES,
    AtrialBody,
    LAAnatomy,
    MitralValve,
    PulmonaryVein,
)
from ScarSegLogic.phantom.ray_marching import exit_distance, jittered, section_radius, unit

EXITS = {
    "LSPV": (-0.78, -0.26, 0.57),
    "LIPV": (-0.80, -0.54, -0.26),
    "RSPV": (0.86, -0.08, 0.50),
    "RIPV": (0.82, -0.50, -0.26),
}
"""Where the veins leave the body, as directions from its middle; x right, y front, z head (ours, after CT atlases)."""

COURSES = {
    "LSPV": (-0.78, -0.22, 0.58),
    "LIPV": (-0.86, -0.48, -0.16),
    "RSPV": (0.84, 0.12, 0.52),
    "RIPV": (0.90, -0.40, -0.16),
}
"""Where they run to."""

MITRAL_DIRECTION = (-0.45, 0.70, -0.55)
APPENDAGE_DIRECTION = (-0.72, 0.60, 0.34)

OSTIUM_WIDENING = 1.2
"""The ostium is where the flare has narrowed to so many times the vein's radius (ours)."""


def sample_la_anatomy(generator: np.random.Generator) -> LAAnatomy:
    """Draw an atrium of about 45 to 140 ml. Ranges are ours, around those of patients with atrial fibrillation."""
    turn = _turn(generator.normal(0.0, 7.0, 3))
    body = _sample_body(turn, generator)
    return LAAnatomy(
        body=body,
        mitral=_sample_mitral(body, turn, generator),
        veins=tuple(_sample_vein(name, body, turn, generator) for name in VEIN_NAMES),
        thickness_waves=sample_waves((40.0, 90.0), 0.8, generator),
    )


def _sample_body(turn: NDArray[np.float64], generator: np.random.Generator) -> AtrialBody:
    g = generator
    semi_axes = np.array([g.uniform(26.0, 35.0), g.uniform(18.0, 25.0), g.uniform(22.0, 31.0)])
    body = AtrialBody(
        semi_axes_mm=semi_axes,
        axes=turn,
        back_mm=float(semi_axes[1] * g.uniform(0.78, 0.98)),
        bumps=sample_waves((35.0, 80.0), g.uniform(0.8, 1.8), g),
        appendage_ras=np.zeros((2, 3)),
        appendage_radii_mm=np.ones(2),
        appendage_lobes=sample_waves((9.0, 20.0), 0.6, g),
    )
    direction = jittered(turn @ APPENDAGE_DIRECTION, 6.0, g)
    base = exit_distance(body.main, direction) * direction
    # It leaves to the left and front and curls down over the atrioventricular groove or up past the pulmonary artery.
    curl = turn @ np.array([g.uniform(0.0, 0.5), 0.8, g.uniform(-0.9, 0.5)])
    knee = base + g.uniform(10.0, 16.0) * direction
    tip = knee + g.uniform(9.0, 18.0) * (0.5 * direction + curl) / np.linalg.norm(0.5 * direction + curl)
    width = g.uniform(6.0, 9.5)
    return replace(
        body,
        appendage_ras=np.stack([base - 4.0 * direction, knee, tip]),
        appendage_radii_mm=width * np.array([1.0, g.uniform(0.7, 1.0), g.uniform(0.4, 0.7)]),
    )


def _sample_mitral(body: AtrialBody, turn: NDArray[np.float64], generator: np.random.Generator) -> MitralValve:
    g = generator
    direction = jittered(turn @ MITRAL_DIRECTION, 6.0, g)
    normal = jittered(direction, 8.0, g)
    annulus = g.uniform(12.5, 16.5)
    centre = direction * (exit_distance(body.main, direction) * g.uniform(0.86, 0.96))
    ends = np.stack([centre - 5.0 * normal, centre + g.uniform(40.0, 60.0) * normal])
    valve = MitralValve(centre, normal, annulus, ends, np.array([annulus, annulus + g.uniform(4.0, 9.0)]))

    def blood(points: Points) -> Field:
        return smooth_union(body(points), valve.tube(points), INFLOW_FILLET_MM)

    return replace(valve, radius_mm=section_radius(blood, centre, normal, 30.0))


def _sample_vein(
    name: str, body: AtrialBody, turn: NDArray[np.float64], generator: np.random.Generator
) -> PulmonaryVein:
    g = generator
    exit_direction = jittered(turn @ EXITS[name], 4.0, g)
    course = jittered(turn @ COURSES[name], 7.0, g)
    surface = exit_direction * exit_distance(body.main, exit_direction)
    radius = g.uniform(5.0, 7.2) if name[1] == "I" else g.uniform(5.5, 8.0)
    inner = 7.0
    vein = PulmonaryVein(
        name=name,
        ostium_ras=surface,
        normal_ras=course,
        radius_mm=radius,
        tube_radius_mm=radius,
        inner_mm=inner,
        cut_mm=g.uniform(5.0, 14.0),
        branches=(surface, surface),
    )

    def blood(points: Points) -> Field:
        return smooth_union(body(points), vein.tube(points), FLARE_MM)

    for height in np.arange(-2.0, 16.0, 0.5):
        centre = surface + height * course
        width = section_radius(blood, centre, course, 2.5 * radius)
        if width <= OSTIUM_WIDENING * radius:
            break
    parting = centre + vein.PARTING_MM * course
    side = jittered(np.cross(course, jittered(course, 40.0, g)), 0.0, g)
    reach = g.uniform(22.0, 35.0, 2)
    branches = tuple(
        parting + length * unit(course + sign * g.uniform(0.35, 0.7) * side)
        for sign, length in zip((1.0, -1.0), reach, strict=True)
    )
    return replace(vein, ostium_ras=centre, radius_mm=width, inner_mm=inner + height, branches=branches)


def _turn(degrees: NDArray) -> NDArray[np.float64]:
    """Rotation by three angles about R, A and S."""
    matrix = np.eye(3)
    for axis, angle in enumerate(np.radians(degrees)):
        c, s = np.cos(angle), np.sin(angle)
        i, j = (axis + 1) % 3, (axis + 2) % 3
        step = np.eye(3)
        step[i, i], step[i, j], step[j, i], step[j, j] = c, -s, s, c
        matrix = step @ matrix
    return matrix
