"""What ALSA knows: which card is which, whether it is capturing now, and its mixer."""
