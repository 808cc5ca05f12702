"""Where races meet HTTP, Redis and the command line; everything else of them is pure."""
