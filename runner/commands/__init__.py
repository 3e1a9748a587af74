"""The runner's commands: one module each, registered in runner.__main__."""
