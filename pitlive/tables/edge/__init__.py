"""Where tables meet HTTP and Redis; everything else of them is pure."""
