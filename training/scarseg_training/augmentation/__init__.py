"""Random views of whole batches: each transform samples parameters and has a deterministic twin that applies them.

One transform a file. Parameters are drawn by ``draws.Draws`` on the CPU, each sample from a seed of its own, and
applied on the device of the tensors. ``points`` moves places, ``pipeline`` joins transforms, ``tables`` holds the
augmentations of the sources.
"""
