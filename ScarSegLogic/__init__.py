"""ScarSegLogic: everything the ScarSeg modules do, without Qt. See docs/architecture.md for the layers."""

from ScarSegLogic.version import VERSION as __version__

__all__ = ["__version__"]
