"""The skills process: text in, text out. HAS neither devices nor network nor files."""
