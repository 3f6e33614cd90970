import numpy as np
import pytest

from ScarSegLogic.phantom.signal import (
    ScanSettings,
    Tissue,
    inversion_recovery,
    nulling_time_ms,
    sample_tissues,
    washed_out_t1_ms,
)


def test_a_tissue_gives_no_signal_at_ln2_times_t1_after_full_recovery():
    assert inversion_recovery(430.0, np.log(2.0) * 430.0) == pytest.approx(0.0, abs=1e-12)
    assert nulling_time_ms(430.0) == pytest.approx(298.053, abs=1e-3)


def test_nulling_comes_earlier_when_inversions_follow_quickly():
    early = nulling_time_ms(430.0, 1200.0)
    assert early < nulling_time_ms(430.0)
    assert inversion_recovery(430.0, early, 1200.0) == pytest.approx(0.0, abs=1e-12)


def test_signal_runs_from_fully_inverted_to_fully_recovered():
    assert inversion_recovery(500.0, 0.0) == pytest.approx(-1.0)
    assert inversion_recovery(500.0, 1e6) == pytest.approx(1.0)


def test_shorter_t1_is_brighter_where_myocardium_is_nulled():
    time_ms = nulling_time_ms(430.0)
    scar, blood, obstruction = inversion_recovery([260.0, 300.0, 500.0], time_ms)
    assert scar > blood > 0.0 > obstruction


def test_t1_returns_to_its_native_value_as_contrast_leaves():
    t1 = washed_out_t1_ms(400.0, 1000.0, [0.0, 1e6], 0.02)
    np.testing.assert_allclose(t1, [400.0, 1000.0])
    # After ln 2 / rate minutes half of the relaxivity is left: R1 is midway.
    half = washed_out_t1_ms(400.0, 1000.0, np.log(2.0) / 0.02, 0.02)
    assert 1.0 / half == pytest.approx(0.5 * (1 / 400.0 + 1 / 1000.0))


def test_later_slices_of_a_scan_lose_signal_by_washout():
    tissues = sample_tissues(np.random.default_rng(3))
    settings = ScanSettings(300.0, 2000.0, washout_per_minute=0.02, minutes_per_slice=0.5)
    signal = tissues.signal(settings, np.arange(10))
    assert signal.shape == (10, len(Tissue))
    assert (np.diff(signal[:, Tissue.SCAR]) < 0).all()


@pytest.mark.parametrize("seed", range(20))
def test_scar_always_has_a_shorter_t1_than_normal_myocardium(seed):
    tissues = sample_tissues(np.random.default_rng(seed))
    assert tissues.t1_ms[Tissue.SCAR] + 70.0 <= tissues.t1_ms[Tissue.MYOCARDIUM]
