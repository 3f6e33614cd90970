from __future__ import annotations

import numpy as np
import pytest

from ScarSegLogic.mrml.markups import point_of, points_of, set_point


@pytest.fixture
def point(app):
    return app.add("vtkMRMLMarkupsFiducialNode", "RV insertion")


@pytest.fixture
def mirrored_and_moved(linear_transform):
    """x becomes -x + 10."""
    matrix = np.diag([-1.0, 1.0, 1.0, 1.0])
    matrix[0, 3] = 10
    return linear_transform(matrix)


def heard_on(node) -> list[str]:
    heard: list[str] = []
    for event in ("ModifiedEvent", node.PointModifiedEvent, node.PointAddedEvent, node.PointRemovedEvent):
        node.AddObserver(event, lambda *_, event=event: heard.append(str(event)))
    return heard


def test_no_node_and_no_point_are_none(point):
    assert point_of(None) is None
    assert point_of(point) is None
    assert points_of(None) == ()


def test_a_point_is_put_and_read_in_the_world(point):
    set_point(point, (1.5, -2, 3), "anterior")

    assert point_of(point) == (1.5, -2, 3)
    assert point.GetNthControlPointLabel(0) == "anterior"


def test_points_under_a_transform_are_in_the_world_both_ways(point, mirrored_and_moved):
    point.AddControlPoint([4.0, 5.0, 6.0])
    point.SetAndObserveTransformNodeID(mirrored_and_moved.GetID())

    assert point_of(point) == pytest.approx((6, 5, 6))
    set_point(point, (1, 2, 3), "moved")
    assert point_of(point) == pytest.approx((1, 2, 3))
    assert tuple(point.GetNthControlPointPosition(0)) == pytest.approx((9, 2, 3))


def test_a_non_linear_transform_is_followed(point, bent):
    """The landmark (50, 0, 0) of the spline goes to (51, 1, 1)."""
    point.AddControlPoint([50.0, 0.0, 0.0])
    point.SetAndObserveTransformNodeID(bent.GetID())

    assert point_of(point) == pytest.approx((51, 1, 1), abs=1e-3)


def test_moving_keeps_the_point_and_leaves_only_one(point):
    for number in range(3):
        point.AddControlPoint([float(number), 0.0, 0.0])
    identity = point.GetNthControlPointID(0)

    set_point(point, (7, 8, 9), "only")

    assert points_of(point) == ((7, 8, 9),)
    assert point.GetNthControlPointID(0) == identity


def test_the_same_place_again_rings_no_bell_also_under_a_transform(point, linear_transform):
    turned = np.eye(4)
    turned[:2, :2] = [[np.cos(0.3), -np.sin(0.3)], [np.sin(0.3), np.cos(0.3)]]
    point.SetAndObserveTransformNodeID(linear_transform(turned).GetID())
    set_point(point, (1.1, 2.2, 3.3), "here")
    heard = heard_on(point)

    set_point(point, (1.1, 2.2, 3.3), "here")
    set_point(point, point_of(point), "here")
    assert heard == []

    set_point(point, (1.1, 2.2, 3.4), "here")
    assert heard


def test_a_point_that_still_follows_the_mouse_does_not_count(point):
    point.AddControlPoint([1.0, 2.0, 3.0])
    point.SetNthControlPointPosition(0, 1.0, 2.0, 3.0, point.PositionPreview)
    assert point_of(point) is None

    point.AddControlPoint([4.0, 5.0, 6.0])
    assert points_of(point) == ((4, 5, 6),)
