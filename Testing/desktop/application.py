"""The desktop as tests and scripts drive it."""

from __future__ import annotations

import sys
import time
import traceback
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from Testing.desktop.display import ensure_display
from Testing.desktop.popups import PopupRecorder
from Testing.desktop.thread_guard import forbid_threads_of

REPOSITORY = Path(__file__).resolve().parents[2]
EXTENSION = REPOSITORY / "ScarSegExtension"


class DesktopView:
    """One of the four views."""

    def __init__(self, frame: Any) -> None:
        self.frame = frame

    def pixels(self) -> NDArray[np.uint8]:
        """Render and return the picture: rows from the top, columns, RGB, 0..255."""
        return self.frame.pixels()


class Desktop:
    """A running desktop; one per process, as there is one Slicer per process.

    Attributes:
        app: `slicer.app`.
        window: the main window.
        scene: the MRML scene.
        popups: pop-ups that were recorded instead of shown.
        slot_errors: exceptions that slots raised; Qt's loop went on, as in Slicer.
    """

    _running: Desktop | None = None

    @classmethod
    def start(cls, *, record_popups: bool = True, quiet: bool = False) -> Desktop:
        """Return the running desktop; start it, on an X display of its own where there is none.

        Args:
            record_popups: answer pop-ups instead of showing them.
            quiet: do not print the list of substituted names.
        """
        if cls._running is None:
            cls._running = cls(quiet=quiet)
            cls._running._load_extension()
        if record_popups:
            cls._running.popups.install()
        cls._running.install_names()
        return cls._running

    def __init__(self, *, quiet: bool) -> None:
        ensure_display()
        from Testing.desktop import pythonqt

        pythonqt.apply()
        from trame_slicer.core import SlicerApp

        from Testing.desktop import substitutes

        self._substitutes = substitutes
        self._core = SlicerApp()
        substitutes.install_qt_and_ctk()
        if not quiet:
            print(substitutes.declaration(), flush=True)
        from Testing.desktop.hierarchy_items import HierarchyItems
        from Testing.desktop.layout_manager import qSlicerLayoutManager
        from Testing.desktop.main_window import qSlicerMainWindow
        from Testing.desktop.slicer_application import qSlicerApplication

        self.app = qSlicerApplication(self._core)
        self.scene = self._core.scene
        self._hierarchy = HierarchyItems(self.scene)
        self.popups = PopupRecorder()
        self.slot_errors: list[BaseException] = []
        self._previous_hook = sys.excepthook
        sys.excepthook = self._record_slot_error
        substitutes.install_slicer(self.app, self._core)
        substitutes.register_core_modules(self.app, self._core)
        self.app._layout_manager = qSlicerLayoutManager(self._core, self.app)
        forbid_threads_of(EXTENSION, REPOSITORY / "ScarSegLogic")
        self.window = qSlicerMainWindow(self.app.layoutManager().viewport())
        self.window.show()
        self.process_events()

    def install_names(self) -> None:
        """Put `slicer.app`, `slicer.mrmlScene` and the others in place, should a test have changed them."""
        self._substitutes.install_slicer(self.app, self._core)

    def _load_extension(self) -> None:
        self.load_modules(sorted(path for path in EXTENSION.glob("*/*.py") if path.stem == path.parent.name))
        self.app.startupCompleted.emit()
        self.process_events()

    def load_modules(self, paths: Iterable[Path]) -> None:
        """Load scripted modules from their files, as Slicer does at start."""
        for path in paths:
            self.app.moduleManager()._load(Path(path))

    def open_module(self, name: str) -> Any:
        """Show a module's panel and return its Python widget.

        Raises:
            RuntimeError: no such module is loaded.
        """
        import slicer.util

        slicer.util.selectModule(name)
        self.process_events()
        return slicer.util.getModuleWidget(name)

    def view(self, name: str) -> DesktopView:
        """Return a view: "Red", "Green", "Yellow" or "3D"."""
        manager = self.app.layoutManager()
        widget = manager.sliceWidget(name)
        return DesktopView(widget.sliceView() if widget is not None else manager.threeDWidget(0).threeDView())

    def screenshot(self, path: str | Path) -> Path:
        """Save a picture of the whole window."""
        self.process_events()
        for name in ("Red", "Green", "Yellow", "3D"):
            self.view(name).frame.render_now()
        self.process_events()
        path = Path(path)
        path.parent.mkdir(parents=True, exist_ok=True)
        if not self.window.grab().save(str(path)):
            raise OSError(f"The screenshot could not be written to {path}.")
        return path

    def run_self_tests(self, name: str) -> list[str]:
        """Run a module's self-tests as Slicer does with `--testing`; return the names of the tests that ran.

        Raises:
            AssertionError: a test failed; or whatever else it raised.
        """
        test = getattr(sys.modules[name], f"{name}Test")()
        test.messageDelay = 0
        with self.testing():
            test.runTest()
        return test.moduleTestNames

    @contextmanager
    def testing(self) -> Iterator[None]:
        """Let `slicer.app.testingEnabled()` be true for a while, as in a Slicer started with `--testing`."""
        self.app._testing = True
        try:
            yield
        finally:
            self.app._testing = False

    def wait_until(self, predicate: Callable[[], Any], timeout_s: float = 10.0) -> None:
        """Let Qt's loop run until `predicate` holds.

        Raises:
            TimeoutError: it did not hold in time.
        """
        deadline = time.monotonic() + timeout_s
        while not predicate():
            if time.monotonic() > deadline:
                raise TimeoutError(f"Waited {timeout_s:g} s in vain.")
            self.process_events()
            time.sleep(0.002)

    def process_events(self) -> None:
        """Let Qt handle what waits."""
        self.app.processEvents()

    def clear(self) -> None:
        """Close the scene and forget pop-ups and errors."""
        self.scene.Clear(0)
        self.process_events()
        self.popups.clear()
        self.slot_errors.clear()

    def stop(self) -> None:
        """Tell the modules to clean up, as quitting Slicer does."""
        self.app.moduleManager()._unload_all()
        self.app.aboutToQuit.emit()
        self.window.close()
        self.process_events()
        sys.excepthook = self._previous_hook

    def _record_slot_error(self, kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        self.slot_errors.append(error)
        traceback.print_exception(kind, error, trace)
