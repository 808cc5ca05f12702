"""Where declared sources meet HTTP and the command line; everything else of them is pure."""
