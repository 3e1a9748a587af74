"""From an engine's reply to changed files, or to a message the engine can use. Pure."""
