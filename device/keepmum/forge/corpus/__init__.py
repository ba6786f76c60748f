"""What a model learns from: recordings, spoken sentences, noises and rooms, and the features that come of them."""
