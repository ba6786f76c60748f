"""Speech to words: the model, the recognisers, and the decision that a command is over."""
