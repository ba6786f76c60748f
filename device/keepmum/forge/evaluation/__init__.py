"""How good a model is, on voices it never heard: each question in a file of its own, each answer with its interval."""
