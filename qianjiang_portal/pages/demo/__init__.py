"""A believable district for demonstrations and tests, made through the functions that people's clicks call."""
