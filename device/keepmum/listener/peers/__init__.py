"""The listener's sockets, and what is said on each of them."""
