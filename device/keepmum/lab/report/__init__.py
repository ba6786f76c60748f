"""A run told to people: plots for a talk, a page that needs nothing but a browser, tables, and what a paper cites."""
