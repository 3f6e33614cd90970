"""A small scripted module, written as for Slicer, to try the desktop stand-in with."""
# ruff: noqa: N802, ARG002

import qt
import slicer
from slicer.i18n import tr as _
from slicer.ScriptedLoadableModule import (
    ScriptedLoadableModule,
    ScriptedLoadableModuleLogic,
    ScriptedLoadableModuleTest,
    ScriptedLoadableModuleWidget,
)
from slicer.util import VTKObservationMixin


class DeskProbe(ScriptedLoadableModule):
    """What the module says about itself."""

    def __init__(self, parent):
        super().__init__(parent)
        parent.title = _("Desk probe")
        parent.categories = ["Testing"]
        self.started = False
        slicer.app.connect("startupCompleted()", self.onStartup)

    def onStartup(self):
        self.started = True


class DeskProbeWidget(ScriptedLoadableModuleWidget, VTKObservationMixin):
    """A panel with the widgets that ScarSeg's modules use."""

    def __init__(self, parent=None):
        ScriptedLoadableModuleWidget.__init__(self, parent)
        VTKObservationMixin.__init__(self)
        self.logic = None
        self.events = []

    def setup(self):
        ScriptedLoadableModuleWidget.setup(self)
        panel = slicer.util.loadUI(self.resourcePath("UI/DeskProbe.ui"))
        self.layout.addWidget(panel)
        self.ui = slicer.util.childWidgetVariables(panel)
        panel.setMRMLScene(slicer.mrmlScene)
        self.logic = DeskProbeLogic()
        self.ui.applyButton.connect("clicked(bool)", self.onApply)
        self.ui.volumeSelector.connect("currentNodeChanged(vtkMRMLNode*)", self.onVolume)
        self.ui.factor.valueChanged.connect(self.onFactor)
        self.addObserver(slicer.mrmlScene, slicer.mrmlScene.EndCloseEvent, self.onClosed)
        self.ui.applyButton.enabled = False
        self.ui.applyButton.toolTip = _("Select a volume")

    def cleanup(self):
        self.removeObservers()
        self.events.append("cleanup")

    def enter(self):
        self.events.append("enter")

    def exit(self):
        self.events.append("exit")

    def onClosed(self, caller, event):
        self.events.append("closed")

    def onVolume(self, node):
        self.ui.applyButton.enabled = node is not None
        self.events.append(("volume", node.GetName() if node else None))

    def onFactor(self, value):
        self.events.append(("factor", value))

    def onApply(self):
        with slicer.util.tryWithErrorDisplay(_("Apply failed."), waitCursor=True):
            self.logic.process(self.ui.volumeSelector.currentNode())
        qt.QTimer.singleShot(0, lambda: self.events.append("applied"))


class DeskProbeLogic(ScriptedLoadableModuleLogic):
    """Work worth a test: it fails where the volume is negative."""

    def process(self, node):
        array = slicer.util.arrayFromVolume(node)
        if array.min() < 0:
            raise ValueError("The volume has negative values.")
        self.getParameterNode().SetParameter("maximum", str(array.max()))


class DeskProbeTest(ScriptedLoadableModuleTest):
    """Self-tests that run here and in Slicer."""

    def setUp(self):
        slicer.mrmlScene.Clear(0)

    def test_scene_is_empty(self):
        assert slicer.mrmlScene.GetNumberOfNodesByClass("vtkMRMLScalarVolumeNode") == 0

    def test_testing_is_enabled(self):
        self.delayDisplay("seen")
        assert slicer.app.testingEnabled()
