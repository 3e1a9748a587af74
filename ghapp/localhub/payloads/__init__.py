"""GitHub's JSON for what the hub keeps, one module per area. Pure."""
