"""A desktop that stands in for 3D Slicer where Slicer is not installed, to run ScarSeg's modules and their tests.

What is real: MRML, the module logics and `slicer.util` (wheel `slicer-core`), Slicer's slice and 3D views with their
displayable managers (`trame-slicer`), Qt (PySide6), a window on an X display (Xvfb where there is none).

What is substituted: everything of Slicer that is compiled against Qt. `qt`, `ctk`, the `qMRML...` and `qSlicer...`
widgets, `slicer.app`, `slicer.modules`, `slicer.ScriptedLoadableModule`, `slicer.i18n`, `slicer.packaging` and
`SampleData` are written here, with the names, signatures and defaults of Slicer 5.12 and CTK, as strictly as PythonQt
treats them, and only as far as the modules use them. `substitutes.py` lists every one; the list is printed on start-up.

What it is not:
- Not Slicer. A module that runs here is tested; that it also runs in Slicer is shown by the same self-tests there
  (`Testing/run_in_slicer.py`, CTest).
- PythonQt's rules hold for the whole process, tests included: `button.text` is a property there too.
- Not Qt 5.15: PySide6 brings Qt 6. Names that Qt 5.15 lacks are not offered as far as `qt_names.py` can tell.
- No Segment Editor: `qMRMLSegmentEditorWidget` is a declared placeholder around the real `vtkMRMLSegmentEditorNode` and
  the real undo history of `vtkSlicerSegmentEditorLogic`; it has no effects.
- No DICOM browser, no extension manager, no `slicer.parameterNodeWrapper`, no command line modules.
- Colours, icons and fonts are Qt's, not Slicer's.

A name that is missing here raises; nothing is swallowed.
"""
