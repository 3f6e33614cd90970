"""What ScarSeg's modules share: the scene seen by a panel, jobs, widgets and questions. No Slicer module itself."""
