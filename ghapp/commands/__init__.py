"""The commands of `greenloop` that need the GitHub side, one file each."""
