"""The ear of a model: a network that hears phones, how it learns, and how it is written for Vosk."""
