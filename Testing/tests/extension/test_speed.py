"""Nothing blocks: the longest gap of Qt's event loop from Apply to the answer, and what writing it takes."""

from __future__ import annotations

import time

import numpy as np
import pytest
import slicer
from PySide6.QtCore import QTimer

from ScarSegLogic import terminology
from ScarSegLogic.jobs.client import shared_client

LARGE_KJI = (44, 576, 576)


class GapWatch:
    """A 10 ms timer that remembers the longest time between two of its ticks."""

    def __init__(self) -> None:
        self.longest_s = 0.0
        self._last_s = time.perf_counter()
        self._timer = QTimer()
        self._timer.timeout.connect(self._tick)
        self._timer.start(10)

    def _tick(self) -> None:
        now_s = time.perf_counter()
        self.longest_s = max(self.longest_s, now_s - self._last_s)
        self._last_s = now_s

    def stop(self) -> None:
        self._timer.stop()


@pytest.mark.slow
def test_the_window_stays_alive_while_a_large_study_is_computed(desk, record_property) -> None:
    """A 576 x 576 x 44 study with a drawn heart, method n-SD; watched from the click to the worker's answer."""
    k, j, i = np.indices(LARGE_KJI, sparse=True)
    radius = np.hypot(j - 288, i - 288)
    wall, cavity = (radius < 70) & (radius >= 50) & (k > 4) & (k < 40), (radius < 50) & (k > 4) & (k < 40)
    image = (100.0 + 5.0 * np.sin(j * 0.7 + i * 1.3 + k)).astype(np.float32)
    image[wall & (i > 320) & (abs(j - 288) < 20)] = 300.0
    image[cavity] = 280.0
    matrix = np.diag((0.6, 0.6, 2.0, 1.0))
    volume = slicer.util.addVolumeFromArray(image, matrix, "Large study")
    desk.ui.volumeSelector.setCurrentNode(volume)
    desk.write(terminology.CAVITY, cavity)
    desk.write(terminology.MYOCARDIUM, wall)
    desk.choose_method("nsd")
    desk.wait()

    gaps = []
    for _warm in range(3):
        # The views draw the answer before; that is not what is watched.
        end_s = time.perf_counter() + 1.0
        desk.wait_until(lambda end_s=end_s: time.perf_counter() > end_s)
        watch = GapWatch()
        started_s = time.perf_counter()
        desk.ui.applyButton.click()
        runner = desk.session.runner
        answered_s = until_the_answer(desk, watch) - started_s
        message = desk.wait()
        assert "Scar segmented" in message, message
        gaps.append(watch.longest_s)
        text = (
            f"longest gap {1000 * watch.longest_s:.0f} ms; answer after {answered_s:.2f} s, of which "
            f"{runner.job.elapsed_s:.2f} s with the worker; writing it {1000 * runner.write_s:.0f} ms"
        )
        print(text)
        record_property("apply", text)
    # The goal is 50 ms; the bound leaves room for a machine that trains networks at the same time.
    assert min(gaps) < 1.0


def until_the_answer(desk, watch: GapWatch) -> float:
    """Let the event loop run until the worker's answer is there and stop the watch; the time then.

    Only this function polls the worker meanwhile: the module's own timer would write the answer in the same turn.
    """
    runner = desk.session.runner
    desk.wait_until(lambda: runner.job is not None)
    runner._timer.stop()
    desk.wait_until(lambda: shared_client().poll() or runner.job.finished)
    slicer.app.processEvents()
    watch.stop()
    runner._timer.start()
    return time.perf_counter()
