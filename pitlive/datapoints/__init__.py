"""Stats with data points below them: what each is called, and its rows as nested values."""
