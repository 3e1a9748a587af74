"""The edges of a run: each module implements one port with one outside thing."""
