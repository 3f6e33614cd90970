"""Reading and writing images: the only place outside `mrml` that turns axes or LPS into RAS."""
