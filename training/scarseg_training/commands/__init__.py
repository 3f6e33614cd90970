"""The commands of `scarseg-train`, one file each."""
