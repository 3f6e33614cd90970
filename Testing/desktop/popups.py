"""Pop-ups that tests answer: recorded instead of shown, since nobody is there to click."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from PySide6.QtWidgets import QDialog, QFileDialog, QInputDialog, QMessageBox

FILE_QUESTIONS = ("getExistingDirectory", "getOpenFileName", "getOpenFileNames", "getSaveFileName")


@dataclass(frozen=True)
class Popup:
    """One pop-up that was recorded: its class, title, text, details and the answer it got."""

    kind: str
    title: str
    text: str
    detailed_text: str
    answer: Any


@dataclass
class PopupRecorder:
    """Records pop-ups and answers them.

    A message box without a prepared answer is answered by its first accepting button (Ok, Yes, ...); a question for a
    file or a text without a prepared answer raises, since no sensible default exists.
    """

    shown: list[Popup] = field(default_factory=list)
    answers: deque[Any] = field(default_factory=deque)
    _originals: dict[tuple[type, str], Any] = field(default_factory=dict)

    def answer_next(self, *answers: Any) -> None:
        """Prepare answers: a standard button, a path, (text, accepted) or a callable that gets the dialog."""
        self.answers.extend(answers)

    def clear(self) -> None:
        """Forget what was shown and prepared."""
        self.shown.clear()
        self.answers.clear()

    def install(self) -> None:
        """Record from now on; nothing blocks any more."""
        if self._originals:
            return
        for dialog_class in (QMessageBox, QDialog):
            for name in ("exec", "exec_"):
                self._replace(dialog_class, name, self._answer_dialog)
        for name in FILE_QUESTIONS:
            self._replace(QFileDialog, name, self._question(QFileDialog, name))
        for name in ("getText", "getItem", "getInt", "getDouble"):
            self._replace(QInputDialog, name, self._question(QInputDialog, name))

    def uninstall(self) -> None:
        """Show pop-ups again."""
        for (owner, name), original in self._originals.items():
            setattr(owner, name, original)
        self._originals.clear()

    def _replace(self, owner: type, name: str, replacement: Callable[..., Any]) -> None:
        self._originals[(owner, name)] = owner.__dict__.get(name) or getattr(owner, name)
        recorder_call = replacement
        setattr(owner, name, (lambda box: recorder_call(box)) if name.startswith("exec") else staticmethod(replacement))

    def _answer_dialog(self, dialog: QDialog) -> Any:
        prepared = self.answers.popleft() if self.answers else None
        answer = prepared(dialog) if callable(prepared) and not isinstance(prepared, int) else prepared
        if answer is None:
            answer = _accepting_button(dialog) if isinstance(dialog, QMessageBox) else QDialog.Accepted
        self.shown.append(
            Popup(
                kind=type(dialog).__name__,
                title=dialog.windowTitle.strip(),
                text=dialog.text if isinstance(dialog, QMessageBox) else "",
                detailed_text=dialog.detailedText if isinstance(dialog, QMessageBox) else "",
                answer=answer,
            )
        )
        return answer

    def _question(self, owner: type, name: str) -> Callable[..., Any]:
        def ask(parent: Any = None, caption: str = "", *_details: Any, **_options: Any) -> Any:  # noqa: ARG001
            if not self.answers:
                raise RuntimeError(f"{owner.__name__}.{name} was called without a prepared answer: {caption}")
            answer = self.answers.popleft()
            self.shown.append(Popup(f"{owner.__name__}.{name}", caption, "", "", answer))
            return answer

        return ask


def _accepting_button(box: QMessageBox) -> QMessageBox.StandardButton:
    for button in (QMessageBox.Ok, QMessageBox.Yes, QMessageBox.Save, QMessageBox.Retry, QMessageBox.Close):
        if box.standardButtons & button:
            return button
    return QMessageBox.Ok
