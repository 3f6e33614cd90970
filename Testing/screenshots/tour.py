"""From sample data to report: every step of the tutorial, and its picture."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import gettempdir
from typing import Any

from ScarSegLogic import terminology
from Testing.screenshots import anatomy, html_page
from Testing.screenshots.picture import Album, Picture, beside, of_widget
from Testing.screenshots.stage import Stage

STUDY = "LV phantom large infarct"
READER = "Dr. Example"
USE = 3
"""Column of the table of slices."""
HERO_SIZE = (1280, 860)
REPORT_FOLDER = "LGE reports"
SHOWN_OF_TABS = 140
CAMERA_DISTANCE_MM, CAMERA_TILT = 230.0, 0.55
MYOCARDIUM_OPACITY = 0.25


def take_pictures(album: Album) -> None:
    """Drive the module once through the tutorial."""
    stage = Stage()
    tour = Tour(stage, album)
    tour.load()
    tour.segment_heart()
    tour.segment_scar()
    tour.try_a_threshold()
    tour.place_points()
    tour.return_to_the_model()
    tour.edit()
    tour.review()
    tour.look_at_results()
    tour.show_in_3d()
    tour.show_the_window()
    tour.export()
    stage.desktop.stop()


class Tour:
    """The steps, in their order; each goes on from what the one before left."""

    def __init__(self, stage: Stage, album: Album) -> None:
        self.stage = stage
        self.ui = stage.ui
        self.album = album
        self.view = "Red"

    def load(self) -> None:
        """Sample data, and the study chosen."""
        import SampleData
        import slicer

        volume = SampleData.downloadSample(STUDY)
        self.stage.ui.volumeSelector.setCurrentNode(volume)
        for given in slicer.util.getNodesByClass("vtkMRMLSegmentationNode"):
            given.GetDisplayNode().SetVisibility(False)
        self.stage.wait()
        self.view = anatomy.short_axis_view(volume)
        self._add("lv-study", self.ui.studySection)

    def segment_heart(self) -> None:
        """The licence is asked once, then the heart is found."""
        dialogs: list[Picture] = []
        self.stage.desktop.popups.answer_next(lambda dialog: _photograph(dialog, dialogs))
        self.ui.anatomyModelBox.setCollapsed(False)
        self.stage.press(self.ui.segmentHeartButton, "Heart segmented")
        card = self.stage.widget_picture(self.ui.heartSection)
        self.album.add("lv-model", beside(card, dialogs[0]) if dialogs else card)
        self.ui.anatomyModelBox.setCollapsed(True)
        self.stage.zoom_to(anatomy.centre_of(self.stage.study, terminology.MYOCARDIUM))
        self._add("lv-heart", self.ui.heartSection)

    def segment_scar(self) -> None:
        """By the model."""
        self.stage.press(self.ui.segmentScarButton, "Scar segmented")
        self.index = anatomy.slice_with_most(self.stage.study, terminology.SCAR)
        self.stage.go_to_slice(self._row(self.index))
        self._add("lv-scar-model", self.ui.scarSection)

    def try_a_threshold(self) -> None:
        """Another method shows its own parameters."""
        self.stage.choose(self.ui.methodSelector, "nsd")
        self.stage.press(self.ui.segmentScarButton, "Scar segmented")
        self._add("lv-scar-threshold", self.ui.scarSection)

    def place_points(self) -> None:
        """The remote region is placed on the far wall, the RV insertion is confirmed."""
        self.stage.press(self.ui.placeRemoteButton)
        self.stage.click_in_view(self.view, anatomy.wall_across_from_scar(self.stage.study, self.index))
        self.stage.press(self.ui.confirmRvInsertionButton)
        section = self.stage.widget_picture(self.ui.reviewSection)
        rows = section.crop((0, 0, section.width, self.ui.sliceTable.y))
        self.album.add("lv-points", beside(rows, self.stage.view_picture(self.view)))

    def return_to_the_model(self) -> None:
        """The result that is reviewed from here on."""
        self.stage.choose(self.ui.methodSelector, "model")
        self.stage.press(self.ui.segmentScarButton, "Scar segmented")

    def edit(self) -> None:
        """An edit in the Segment Editor makes the numbers stale until they are computed again."""
        import slicer
        from ScarSegLVLib.segments import segment_ids
        from ScarSegModuleLib.segment_editor import save_state_before

        from ScarSegLogic.mrml.segment_writing import write_masks

        study = self.stage.study
        self.ui.autoRecomputeCheckBox.click()
        self.stage.press(self.ui.editScarButton)
        scar = segment_ids(study)[terminology.SCAR]
        mask = anatomy.scar_without_outer_rim(study, self.index)
        write_masks(
            study.segmentation,
            {scar: mask},
            study.volume,
            save_state=save_state_before(study.segmentation, study.volume),
        )
        editor = self.stage.widget_picture(slicer.util.getModuleWidget("SegmentEditor"))
        self.album.add("lv-edit", beside(editor, self.stage.view_picture(self.view)))
        self.stage.show_module("ScarSegLV")
        self.stage.wait()
        results = self.stage.widget_picture(self.ui.resultsSection)
        self.ui.editLogBox.setCollapsed(False)
        log = self.stage.widget_picture(self.ui.reviewSection)
        self.album.add(
            "lv-stale",
            beside(
                results.crop((0, 0, results.width, self.ui.resultTabs.y + SHOWN_OF_TABS)),
                log.crop((0, self.ui.reviewState.y - 4, log.width, log.height)),
            ),
        )
        self.ui.editLogBox.setCollapsed(True)
        self.stage.press(self.ui.recomputeButton, "Measured")
        self.ui.autoRecomputeCheckBox.click()

    def review(self) -> None:
        """The lowest slice is left out, the others are accepted one by one."""
        self.stage.tick(0, USE, False)
        self.stage.type(self.ui.readerLineEdit, READER)
        self.stage.go_to_slice(1)
        for _slice in range(3):
            self.stage.press(self.ui.acceptSliceButton)
        self._add("lv-review", self.ui.reviewSection)

    def look_at_results(self) -> None:
        """Numbers, slices, segments."""
        while self.stage.study.review.open_slices(self.stage.study.result):
            self.stage.press(self.ui.acceptSliceButton)
        tabs = []
        for index in range(self.ui.resultTabs.count):
            self.ui.resultTabs.setCurrentIndex(index)
            self.stage.desktop.wait_until(lambda: True)
            self.stage.wait()
            tabs.append(self.stage.widget_picture(self.ui.resultsSection))
        self.album.add("lv-numbers", tabs[0])
        self.album.add("lv-slices-bullseye", beside(*tabs[1:]))
        self.ui.resultTabs.setCurrentIndex(0)

    def show_in_3d(self) -> None:
        """The scar within the wall."""

        segmentation = self.stage.study.segmentation
        from ScarSegLVLib.segments import segment_ids

        ids = segment_ids(self.stage.study)
        segmentation.CreateClosedSurfaceRepresentation()
        display = segmentation.GetDisplayNode()
        display.SetSegmentOpacity3D(ids[terminology.MYOCARDIUM], MYOCARDIUM_OPACITY)
        display.SetSegmentVisibility3D(ids[terminology.CAVITY], False)
        self.stage.go_to_slice(self._row(self.index))
        self._look_at_the_scar()
        self.album.add("lv-3d", beside(self.stage.view_picture(self.view), self.stage.view_picture("3D")))

    def show_the_window(self) -> None:
        """The whole module: method and numbers unfolded, the rest folded."""
        folded = ("studySection", "heartSection", "reviewSection", "reportSection")
        for name in folded:
            getattr(self.ui, name).setCollapsed(True)
        self.stage.desktop.window.resize(*HERO_SIZE)
        self.stage.wait()
        self.stage.scroll_to_top()
        self._look_at_the_scar()
        self.album.add("lv-module", self.stage.window_picture(), maximum_width=HERO_SIZE[0])
        for name in folded:
            getattr(self.ui, name).setCollapsed(False)

    def export(self) -> None:
        """The files, and the report as a browser shows it."""
        with _report_folder() as folder:
            self.ui.exportFolder.setCurrentPath(str(folder))
            self.stage.press(self.ui.exportButton, "Exported")
            self.album.add("lv-export", self.stage.widget_picture(self.ui.reportSection))
            program = html_page.browser()
            if program is None:
                print("lv-report.png is left as it is: no Chromium or Chrome is installed.")
                return
            page = html_page.of_page(next(folder.rglob("report.html")), program)
            self.album.add("lv-report", page)

    def _look_at_the_scar(self) -> None:
        """Turn the 3D view so that the scar is in front and the base of the heart above."""
        import slicer

        view = slicer.app.layoutManager().threeDWidget(0).threeDView()
        centre, towards, up = anatomy.directions_of_scar(self.stage.study)
        camera = view.cameraNode().GetCamera()
        camera.SetFocalPoint(*centre)
        camera.SetPosition(*(centre + CAMERA_DISTANCE_MM * (towards + CAMERA_TILT * up)))
        camera.SetViewUp(*up)
        view.renderWindow().GetRenderers().GetFirstRenderer().ResetCameraClippingRange()

    def _add(self, name: str, section: Any) -> None:
        """A section of the panel beside the short-axis view."""
        self.album.add(name, beside(self.stage.widget_picture(section), self.stage.view_picture(self.view)))

    def _row(self, index: int) -> int:
        return self.stage.panel.review.table.indices.index(index)


@contextmanager
def _report_folder() -> Iterator[Path]:
    """A folder whose name reads well in a picture; gone afterwards, unless it was there before."""
    folder = Path(gettempdir()) / REPORT_FOLDER
    before = set(folder.iterdir()) if folder.is_dir() else None
    folder.mkdir(exist_ok=True)
    try:
        yield folder
    finally:
        for path in set(folder.iterdir()) - (before or set()):
            shutil.rmtree(path)
        if before is None:
            folder.rmdir()


def _photograph(dialog: Any, pictures: list[Picture]) -> Any:
    """Show a question, take its picture, agree."""
    from PySide6.QtWidgets import QMessageBox

    dialog.show()
    dialog.adjustSize()
    pictures.append(of_widget(dialog))
    dialog.hide()
    return QMessageBox.Ok
