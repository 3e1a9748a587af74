"""What each page shows, one module per area; `pages` turns it into HTML."""
