"""The parts of the ScarSeg LV module, one concept a file."""
