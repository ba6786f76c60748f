"""The process that has the network and the broker's credentials, and has no devices, files or memory of its own."""
