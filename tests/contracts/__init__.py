"""GitHub's own description of its API, and whether traffic keeps to it."""
