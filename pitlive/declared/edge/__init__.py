"""Where declared sources meet the command line; everything else of them is pure."""
