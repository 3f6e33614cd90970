import numpy as np
import pytest

from ScarSegLogic.labels import CAVITY, MVO, MYOCARDIUM, SCAR
from ScarSegLogic.phantom.observers import observer_dice, simulate_observers


@pytest.fixture
def a_scarred_ring():
    """Five slices of a ring of radius 16 to 24 pixels with a scarred quadrant, and a noisy picture of it."""
    j, i = np.mgrid[:80, :72] - np.array([40.0, 36.0])[:, None, None]
    radius = np.hypot(j, i)
    plane = np.zeros((80, 72), np.uint8)
    plane[radius < 16] = CAVITY
    plane[(radius >= 16) & (radius < 24)] = MYOCARDIUM
    plane[(plane == MYOCARDIUM) & (j > 0) & (i > 0)] = SCAR
    truth = np.repeat(plane[None], 5, axis=0)
    image = np.where(truth == SCAR, 400.0, np.where(truth == CAVITY, 380.0, 100.0))
    image += np.random.default_rng(1).normal(0.0, 25.0, image.shape)
    return truth, image.astype(np.float32)


def test_readers_disagree_but_draw_the_same_heart(a_scarred_ring):
    truth, image = a_scarred_ring
    readers = simulate_observers(truth, image, 2.0, np.random.default_rng(2), 4)
    assert len(readers) == 4
    for labels in readers:
        wall, true_wall = labels >= MYOCARDIUM, truth >= MYOCARDIUM
        dice = 2.0 * (wall & true_wall).sum() / (wall.sum() + true_wall.sum())
        assert 0.75 < dice < 1.0
        assert set(np.unique(labels)) <= {0, CAVITY, MYOCARDIUM, SCAR, MVO}
    assert 0.5 < observer_dice(readers) < 0.99


def test_the_same_generator_gives_the_same_readers(a_scarred_ring):
    first, again = (simulate_observers(*a_scarred_ring, 2.0, np.random.default_rng(5), 3) for _ in range(2))
    assert all(np.array_equal(a, b) for a, b in zip(first, again, strict=True))


def test_small_islands_are_missed_and_large_scars_are_not(a_scarred_ring):
    truth, image = a_scarred_ring
    with_island = truth.copy()
    with_island[:, 20:22, 36:38] = np.where(truth[:, 20:22, 36:38] == MYOCARDIUM, SCAR, truth[:, 20:22, 36:38])
    assert (with_island != truth).any()
    readers = simulate_observers(with_island, image, 2.0, np.random.default_rng(3), 10)
    island_seen = [(labels[:, 16:26, 30:42] >= SCAR).any(axis=(1, 2)).mean() for labels in readers]
    scar_seen = [(labels[:, 40:, 36:] >= SCAR).any(axis=(1, 2)).mean() for labels in readers]
    assert np.mean(island_seen) < 0.9
    assert min(scar_seen) == 1.0


def test_readers_draw_no_scar_on_a_healthy_heart(a_scarred_ring):
    truth, image = a_scarred_ring
    healthy = np.where(truth == SCAR, MYOCARDIUM, truth).astype(np.uint8)
    readers = simulate_observers(healthy, image, 2.0, np.random.default_rng(4), 3)
    assert not any((labels >= SCAR).any() for labels in readers)
    assert observer_dice(readers) is None


def test_an_empty_truth_gives_empty_readers():
    empty = np.zeros((2, 30, 30), np.uint8)
    readers = simulate_observers(empty, np.zeros((2, 30, 30), np.float32), 2.0, np.random.default_rng(0), 2)
    assert len(readers) == 2
    assert not any(labels.any() for labels in readers)


def test_dice_of_readers_is_the_mean_over_pairs():
    first, second = np.zeros((1, 1, 4), np.uint8), np.zeros((1, 1, 4), np.uint8)
    first[..., :2] = SCAR
    second[..., 1:3] = MVO
    # Pairs: first-second 2*1/4, first-first 1, second-first .5.
    assert observer_dice((first, second)) == pytest.approx(0.5)
    assert observer_dice((first, second, first)) == pytest.approx((0.5 + 1.0 + 0.5) / 3.0)
    assert observer_dice((first,)) is None
