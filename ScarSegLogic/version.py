"""The one place where the version of ScarSeg stands."""

VERSION = "0.1.0"
