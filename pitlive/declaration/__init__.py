"""What declarations of every kind share: fields, receivers of notices, and what is wrong."""
