"""`QUiLoader` that knows the stand-in's widgets and refuses what Slicer's designer files could not mean."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from typing import Any, ClassVar

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QObject
from PySide6.QtUiTools import QUiLoader
from PySide6.QtWidgets import QWidget

from Testing.desktop.connections import connect


class StrictUiLoader(QUiLoader):
    """Loads a `.ui` file; an unknown widget class, property, signal or slot is an error, not a warning.

    What Qt's loader cannot do for classes written in Python is done here after loading: enumerations of custom widgets
    and connections by C++ signature.
    """

    custom_widgets: ClassVar[dict[str, type[QWidget]]] = {}

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        for widget_class in self.custom_widgets.values():
            self.registerCustomWidget(widget_class)

    def load(self, device: QIODevice, parent: QWidget | None = None) -> QWidget:
        """Return the widget that the file describes.

        Raises:
            RuntimeError: the file names a widget class, property, signal or slot that does not exist.
        """
        root = ElementTree.fromstring(bytes(device.readAll().data()))
        known = set(self.availableWidgets()) | set(self.custom_widgets)
        for element in root.iter("widget"):
            if element.get("class") not in known:
                raise RuntimeError(f"The .ui file needs the widget class {element.get('class')}, which is not known.")
        later = self._take_enumerations(root)
        links = self._take_connections(root)
        buffer = QBuffer()
        buffer.setData(QByteArray(ElementTree.tostring(root)))
        buffer.open(QIODevice.ReadOnly)
        widget = super().load(buffer, parent)
        if widget is None:
            raise RuntimeError(f"The .ui file could not be loaded: {self.errorString()}")
        named = {child.objectName: child for child in [widget, *widget.findChildren(QObject)]}
        for name, attribute, value in later:
            setattr(named[name], attribute, value)
        for link in links:
            _link(named, link)
        _refuse_unknown_properties(root, named)
        return widget

    def _take_enumerations(self, root: ElementTree.Element) -> list[tuple[str, str, Any]]:
        taken = []
        for element in root.iter("widget"):
            widget_class = self.custom_widgets.get(element.get("class", ""))
            if widget_class is None:
                continue
            for entry in list(element.findall("property")):
                words = entry.findtext("enum") or entry.findtext("set")
                attribute = entry.get("name", "")
                if words is None or not words.startswith(widget_class.__name__):
                    continue
                value = 0
                for word in words.split("|"):
                    value |= int(getattr(widget_class, word.rpartition("::")[2]))
                taken.append((element.get("name", ""), attribute, value))
                element.remove(entry)
        return taken

    @staticmethod
    def _take_connections(root: ElementTree.Element) -> list[ElementTree.Element]:
        group = root.find("connections")
        if group is None:
            return []
        root.remove(group)
        return list(group)


def _link(named: dict[str, QObject], link: ElementTree.Element) -> None:
    sender, receiver = named[link.findtext("sender", "")], named[link.findtext("receiver", "")]
    signal, slot = link.findtext("signal", ""), link.findtext("slot", "")
    if not hasattr(receiver, slot.partition("(")[0]):
        raise RuntimeError(f"The .ui file connects to {slot}, which {receiver.className()} lacks.")
    if not connect(sender, signal, receiver, slot):
        raise RuntimeError(f"The .ui file connects {signal}, which {sender.className()} lacks.")


def _refuse_unknown_properties(root: ElementTree.Element, named: dict[str, QObject]) -> None:
    for element in root.iter("widget"):
        qobject = named.get(element.get("name", ""))
        if qobject is None:
            raise RuntimeError(f"The widget {element.get('name')} of the .ui file could not be made.")
        for entry in element.findall("property"):
            name = entry.get("name", "")
            if qobject.metaObject().indexOfProperty(name) < 0 and not _belongs_to_loader(qobject, name):
                raise RuntimeError(
                    f"The .ui file sets '{name}' of {qobject.objectName}, which {qobject.className()} lacks."
                )


def _belongs_to_loader(qobject: QObject, name: str) -> bool:
    """Say whether a property is the loader's own: a line's orientation, a button's group."""
    return qobject.className() == "QFrame" and name == "orientation"
