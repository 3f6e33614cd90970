"""The stand-in treats Qt objects as strictly as PythonQt does inside Slicer."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest

from Testing.desktop.application import REPOSITORY, Desktop
from Testing.desktop.thread_guard import StarvingThreadError


@pytest.fixture
def button(desktop: Desktop) -> Any:  # noqa: ARG001
    """A push button of Slicer's `qt`."""
    import qt

    return qt.QPushButton("Apply")


def test_properties_are_attributes(button: Any) -> None:
    button.text = "Cancel"
    button.enabled = False
    assert (button.text, button.enabled, button.isEnabled()) == ("Cancel", False, False)


def test_calling_a_property_raises_as_in_pythonqt(button: Any) -> None:
    with pytest.raises(TypeError, match="'str' object is not callable"):
        button.text()
    with pytest.raises(TypeError, match="'int' object is not callable"):
        button.width()


def test_setters_remain_methods(button: Any) -> None:
    button.setText("Cancel")
    button.setToolTip("why")
    assert (button.text, button.toolTip) == ("Cancel", "why")


def test_an_unknown_attribute_can_be_neither_read_nor_set(button: Any) -> None:
    with pytest.raises(AttributeError, match="colour"):
        _ = button.colour
    with pytest.raises(AttributeError, match="'colour' does not exist and can not be created on QPushButton"):
        button.colour = "red"
    with pytest.raises(AttributeError, match="_private"):
        button._private = 1


def test_a_read_only_property_cannot_be_set(button: Any) -> None:
    with pytest.raises(AttributeError, match="'sizeHint' of QPushButton object is not writable"):
        button.sizeHint = button.sizeHint


def test_a_class_derived_in_python_may_hold_attributes(desktop: Desktop) -> None:  # noqa: ARG001
    import qt

    class Label(qt.QLabel):
        pass

    label = Label("text")
    label.slice_number = 3
    assert label.slice_number == 3


def test_stand_in_widgets_are_as_strict_as_qt(desktop: Desktop) -> None:  # noqa: ARG001
    import ctk
    import slicer

    for widget, unknown in ((slicer.qMRMLNodeComboBox(), "nodeType"), (ctk.ctkSliderWidget(), "maximumValue")):
        with pytest.raises(AttributeError, match=unknown):
            setattr(widget, unknown, 1)
    with pytest.raises(TypeError, match="not callable"):
        ctk.ctkSliderWidget().value()


def test_connecting_to_a_missing_signal_returns_false_and_prints_a_line(
    button: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    assert button.connect("pressedHard(bool)", lambda: None) is False
    assert "signal 'pressedHard(bool)' does not exist on QPushButton" in capsys.readouterr().err


def test_both_ways_to_connect_pass_the_arguments_that_a_slot_takes(button: Any) -> None:
    received: list[Any] = []
    button.checkable = True
    assert button.connect("clicked(bool)", lambda checked: received.append(("string", checked))) is True
    button.connect("clicked()", lambda: received.append("none"))
    button.clicked.connect(lambda *arguments: received.append(("attribute", arguments)))
    button.connect("clicked(bool)", lambda: received.append("fewer"))
    button.click()
    assert received == [("string", True), "none", ("attribute", (True,)), "fewer"]


def test_disconnected_slots_are_not_called(button: Any) -> None:
    received: list[str] = []

    def slot() -> None:
        received.append("called")

    button.connect("clicked()", slot)
    assert button.disconnect("clicked()", slot) is True
    assert button.disconnect("clicked()", slot) is False
    button.clicked.connect(slot)
    button.clicked.disconnect(slot)
    button.click()
    assert received == []


def test_an_exception_in_a_slot_is_printed_and_the_loop_goes_on(
    desktop: Desktop, button: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    import qt

    received: list[str] = []

    def fails() -> None:
        raise ValueError("no volume")

    button.clicked.connect(fails)
    button.click()
    qt.QTimer.singleShot(0, lambda: received.append("later"))
    desktop.wait_until(lambda: received)
    assert "ValueError: no volume" in capsys.readouterr().err
    assert [str(error) for error in desktop.slot_errors] == ["no volume"]


def test_enumerations_are_unscoped(desktop: Desktop) -> None:  # noqa: ARG001
    import ctk
    import qt

    assert qt.QKeySequence(qt.Qt.Key_B).toString() == "B"
    assert qt.QMessageBox.Ok | qt.QMessageBox.Cancel
    assert ctk.ctkComboBox.NeverScroll == 0


def test_name_is_object_name(button: Any) -> None:
    button.name = "applyButton"
    assert (button.objectName, button.className()) == ("applyButton", "QPushButton")


@pytest.mark.parametrize(
    "statement",
    [
        "import qt; qt.QWebView",
        "import ctk; ctk.ctkVTKSliceView",
        "import slicer; slicer.modules.cropvolume",
        "import slicer; slicer.qMRMLVolumePropertyNodeWidget",
        "from slicer.parameterNodeWrapper import parameterNodeWrapper",
        "import slicer; slicer.app.layoutManager().setLayout(501)",
    ],
)
def test_a_name_that_the_stand_in_lacks_fails_loudly(desktop: Desktop, statement: str) -> None:  # noqa: ARG001
    with pytest.raises((AttributeError, ImportError, NotImplementedError)):
        exec(statement, {})


def test_a_module_cannot_start_a_python_thread(desktop: Desktop) -> None:  # noqa: ARG001
    module = compile("thread.start()", str(REPOSITORY / "ScarSegExtension/ScarSegLV/Background.py"), "exec")
    with pytest.raises(StarvingThreadError, match=r"Background\.py:1 starts a Python thread"):
        exec(module, {"thread": threading.Thread(target=print)})


def test_every_substituted_name_is_declared(desktop: Desktop) -> None:  # noqa: ARG001
    import ctk
    import qt
    import slicer

    from Testing.desktop.substitutes import declaration, substituted_names

    names = substituted_names()
    assert set(names["ctk"]) == {name for name in vars(ctk) if name.startswith("ctk")}
    assert {name for name in vars(slicer) if name.startswith(("qMRML", "qSlicer"))} <= set(names["slicer"])
    assert all(hasattr(qt, name) for name in names["qt (PySide6 under PythonQt's rules)"])
    assert "qMRMLNodeComboBox" in declaration()


def test_modules_know_nothing_of_the_stand_in() -> None:
    sources = [path for path in (REPOSITORY / "ScarSegExtension").rglob("*.py") if path.is_file()]
    assert sources
    for path in sources:
        text = Path(path).read_text(encoding="utf-8")
        assert "Testing.desktop" not in text, path
        assert "PySide" not in text, path
