"""What Map and Logic think with: which code a task is about. Pure."""
