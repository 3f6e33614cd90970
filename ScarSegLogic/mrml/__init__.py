"""Between Slicer's scene and ScarSeg's arrays: the only package that imports slicer and vtk.

Functions come in pairs, take the nodes or the scene they work on, and never fetch one on their own. Everything is in
world RAS: a linear parent transform is folded in, a non-linear one is refused.
"""
