# Slicer refuses to package an extension whose licence or description file is missing.
foreach(name EXTENSION_README_FILE EXTENSION_LICENSE_FILE)
  if(NOT EXISTS "${${name}}")
    message(FATAL_ERROR "${name} points to an inexistent file: ${${name}}")
  endif()
endforeach()
foreach(name HOMEPAGE CATEGORY CONTRIBUTORS DESCRIPTION ICONURL SCREENSHOTURLS DEPENDS LICENSE_FILE README_FILE)
  _record(metadata ${name} "${EXTENSION_${name}}")
endforeach()
