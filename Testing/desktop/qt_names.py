"""The names of `qt`: what Slicer modules of this kind use, all present in Qt 5.15 and wrapped by PythonQt.

A module that needs another one adds it here, after a look whether Slicer's `qt` has it.
"""

from __future__ import annotations

from typing import Any

from PySide6 import QtCore, QtGui, QtWidgets

from Testing.desktop.ui_loader import StrictUiLoader

CORE = (
    "QAbstractItemModel", "QAbstractTableModel", "QBuffer", "QByteArray", "QCoreApplication", "QDate", "QDateTime",
    "QDir", "QElapsedTimer", "QEvent", "QEventLoop", "QFile", "QFileInfo", "QIODevice", "QItemSelection",
    "QItemSelectionModel", "QLocale", "QMimeData", "QModelIndex", "QObject", "QPersistentModelIndex", "QPoint",
    "QPointF", "QProcess", "QProcessEnvironment", "QRect", "QRectF", "QSettings", "QSignalBlocker", "QSize", "QSizeF",
    "QSortFilterProxyModel", "QStandardPaths", "QStringListModel", "QTemporaryDir", "QThread", "QTime", "QTimer",
    "QUrl", "Qt", "Signal", "Slot",
)  # fmt: skip
GUI = (
    "QBrush", "QClipboard", "QColor", "QCursor", "QDesktopServices", "QDoubleValidator", "QFont", "QFontMetrics",
    "QGuiApplication", "QIcon", "QImage", "QIntValidator", "QKeyEvent", "QKeySequence", "QMouseEvent", "QPainter",
    "QPalette", "QPen", "QPixmap", "QStandardItem", "QStandardItemModel", "QTextCursor", "QTextDocument", "QWheelEvent",
)  # fmt: skip
# In Qt 5 these three belong to QtWidgets; `qt` is flat, so a module sees no difference.
GUI_OF_QT6 = ("QAction", "QActionGroup", "QShortcut")
WIDGETS = (
    "QAbstractItemView", "QAbstractScrollArea", "QApplication", "QBoxLayout", "QButtonGroup", "QCheckBox", "QComboBox",
    "QDialog", "QDialogButtonBox", "QDockWidget", "QDoubleSpinBox", "QFileDialog", "QFormLayout", "QFrame",
    "QGridLayout", "QGroupBox", "QHBoxLayout", "QHeaderView", "QInputDialog", "QLabel", "QLayout", "QLineEdit",
    "QListView", "QListWidget", "QListWidgetItem", "QMainWindow", "QMenu", "QMenuBar", "QMessageBox", "QPlainTextEdit",
    "QProgressBar", "QProgressDialog", "QPushButton", "QRadioButton", "QScrollArea", "QScrollBar", "QSizePolicy",
    "QSlider", "QSpacerItem", "QSpinBox", "QSplitter", "QStackedWidget", "QStatusBar", "QStyle", "QStyledItemDelegate",
    "QTabBar", "QTabWidget", "QTableView", "QTableWidget", "QTableWidgetItem", "QTextBrowser", "QTextEdit", "QToolBar",
    "QToolButton", "QToolTip", "QTreeView", "QTreeWidget", "QTreeWidgetItem", "QVBoxLayout", "QWidget",
)  # fmt: skip


def qt_members() -> dict[str, Any]:
    """Return what the module `qt` holds, by name."""
    members = {name: getattr(QtCore, name) for name in CORE}
    members |= {name: getattr(QtGui, name) for name in GUI + GUI_OF_QT6}
    members |= {name: getattr(QtWidgets, name) for name in WIDGETS}
    return members | {"QUiLoader": StrictUiLoader}
