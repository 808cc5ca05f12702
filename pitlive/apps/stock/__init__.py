"""A parts store: stock, demand, suppliers."""
