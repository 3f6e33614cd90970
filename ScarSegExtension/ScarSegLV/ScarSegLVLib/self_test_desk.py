"""What the self-tests share: a phantom in an empty scene, the open module, and waiting for the worker."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import numpy as np
import slicer

from ScarSegLogic import labels, terminology
from ScarSegLogic.mrml.segment_writing import write_masks
from ScarSegLogic.phantom import LVPhantom, LVPhantomConfig, make_lv_phantom
from ScarSegLVLib.segments import make_segments, read_segments, segment_ids
from ScarSegLVLib.study import Study
from ScarSegModuleLib.segment_editor import save_state_before

if TYPE_CHECKING:
    from ScarSegLVLib.panel import Panel
    from ScarSegLVLib.session import StudySession

JOB_TIMEOUT_S = 180.0
"""A cold start of the networks on a slow machine (ours)."""


class SelfTestDesk:
    """The module on a phantom study of 12 % infarct, driven as a user drives it."""

    def __init__(self) -> None:
        """Empty the scene, load the phantom and open the module on it."""
        slicer.mrmlScene.Clear(0)
        config = LVPhantomConfig(
            seed=7, tier="easy", pattern="lad", target_burden_percent=12, matrix_size=96, observer_count=0
        )
        self.phantom: LVPhantom = make_lv_phantom(config)
        image = self.phantom.image
        self.volume = slicer.util.addVolumeFromArray(image.array, image.geometry.ijk_to_ras, "LGE phantom")
        slicer.util.selectModule("ScarSegLV")
        self.ui.volumeSelector.setCurrentNode(self.volume)

    @property
    def panel(self) -> Panel:
        return slicer.util.getModuleWidget("ScarSegLV").panel

    @property
    def ui(self) -> object:
        return self.panel.ui

    @property
    def session(self) -> StudySession:
        return self.panel.session

    @property
    def study(self) -> Study:
        return self.session.study

    def draw_true_heart(self) -> None:
        """Draw the phantom's own cavity and myocardium, as a reader would contour them."""
        truth = self.phantom.labels.array
        self.write(terminology.CAVITY, truth == labels.CAVITY)
        self.write(terminology.MYOCARDIUM, truth >= labels.MYOCARDIUM)

    def write(self, kind: str, mask: np.ndarray) -> None:
        """Change a segment by hand: (K, J, I) bool; one step of undo, as after a stroke of the brush."""
        ids = make_segments(self.study, terminology.SEGMENT_KINDS)
        segmentation = self.study.segmentation
        save_state = save_state_before(segmentation, self.study.volume)
        write_masks(segmentation, {ids[kind]: mask}, self.study.volume, save_state=save_state)

    def segment_id(self, kind: str) -> str:
        return segment_ids(self.study)[kind]

    def mask(self, kind: str) -> np.ndarray:
        """A segment as (K, J, I) bool."""
        return read_segments(self.study).mask(kind)

    def erase_scar_in_one_slice(self) -> int:
        """Erase the scar of the slice that has most of it; its index."""
        scar = self.mask(terminology.SCAR)
        index = int(scar.sum(axis=(1, 2)).argmax())
        scar[index] = False
        self.write(terminology.SCAR, scar)
        return index

    def choose_method(self, method: str) -> None:
        self.ui.methodSelector.currentIndex = self.ui.methodSelector.findData(method)

    def accept_all(self, reader: str) -> None:
        """Name the reader and accept slice after slice by the button."""
        self.ui.readerLineEdit.text = reader
        self.panel.review.take_reader()
        for _slice in self.study.review.open_slices(self.study.result):
            self.ui.acceptSliceButton.click()

    def press(self, button: object) -> str:
        """Press a button and wait for what it started; the status line then.

        Raises:
            AssertionError: The button is disabled; its tool tip says why.
        """
        if not button.enabled:
            raise AssertionError(f"'{button.text}' is disabled: {button.toolTip}")
        button.click()
        return self.wait()

    def wait(self) -> str:
        """Let the event loop run until changes are noticed and nothing is computed; the status line then.

        Raises:
            TimeoutError: It does not end.
        """
        self.wait_until(lambda: self.session.is_settled)
        return self.session.runner.message

    def wait_until(self, predicate: object, timeout_s: float = JOB_TIMEOUT_S) -> None:
        """Let the event loop run until ``predicate()`` holds.

        Raises:
            TimeoutError: It does not hold in time.
        """
        end_s = time.monotonic() + timeout_s
        while not predicate():
            if time.monotonic() > end_s:
                raise TimeoutError(f"waited {timeout_s:g} s in vain; status: {self.session.runner.message}")
            slicer.app.processEvents()
            time.sleep(0.002)
