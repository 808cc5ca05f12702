"""Sources that are declared and need no code: fields, and figures over them."""
