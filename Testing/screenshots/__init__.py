"""The pictures of README and tutorial, taken of the real LV module at work on the desktop stand-in.

`make screenshots`, or `python -m Testing.screenshots`, drives the module through its own buttons on the shipped sample
study; the worker, the networks, the scene and the views are the real ones. What is Slicer's own and not the module's
(loading sample data, the eye of a segmentation, zooming, the brush) is done through Slicer's scene.
"""
