"""The REST endpoints, one module per area; `table.ROUTES` is all of them."""
