"""Where Arithmospora meets HTTP, Redis and the command line; everything else of it is pure."""
