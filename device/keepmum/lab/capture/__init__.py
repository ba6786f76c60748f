"""The wire: a tap that writes down what goes by, and captures of speakers that somebody owns, read and measured."""
