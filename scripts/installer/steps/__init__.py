"""What an installation consists of, one file for each step."""
