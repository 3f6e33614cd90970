# What `find_package(Slicer)` of a Slicer build gives an extension, as far as ScarSeg uses it. For tests of the packaging.
set(Slicer_USE_FILE ${CMAKE_CURRENT_LIST_DIR}/UseSlicer.cmake)
set(Slicer_EXTENSION_GENERATE_CONFIG ${CMAKE_CURRENT_LIST_DIR}/GenerateConfig.cmake)
set(Slicer_EXTENSION_CPACK ${CMAKE_CURRENT_LIST_DIR}/ExtensionCPack.cmake)
set(Slicer_USE_PYTHONQT ON)
set(Slicer_QTSCRIPTEDMODULES_LIB_DIR "lib/Slicer-5.12/qt-scripted-modules")
# On macOS an extension is installed into a bundle; the tests give that root.
set(STUB_INSTALL_ROOT "./" CACHE STRING "Where Slicer installs extensions, ending in a slash")
set(Slicer_INSTALL_QTSCRIPTEDMODULES_LIB_DIR "${STUB_INSTALL_ROOT}${Slicer_QTSCRIPTEDMODULES_LIB_DIR}")
